/**
 * The client's end of WebSocket framing, as little of it as it takes to count: frames and lines are found by their bytes,
 * and no JSON is parsed. Where bytes come from is no matter of this.
 *
 * Invariant: what is counted does not depend on how the stream is cut into reads.
 *
 * @module
 */

/** How a server wraps the messages of PROTOCOL.md. */
export interface Dialect {
  /** What each frame begins with, else it is one of the protocol's own and no message. */
  readonly packet: "" | "42";
  /** What stands before a message, and after it. */
  readonly before: string;
  readonly after: string;
}

/** The messages as they stand, and the events of Socket.IO, whose names have four letters. */
export const DIALECTS = {
  plain: { packet: "", before: "", after: "" },
  "socket.io": { packet: "42", before: '["chat",', after: "]" },
} as const satisfies Record<string, Dialect>;

const BEFORE_TYPE = '{"type":"';
const BEFORE_TEXT = '{"type":"chat","message":"';
/** What every chat has after its text, at the least. */
const AFTER_TEXT =
  '","username":"u","client_id":"","timestamp":"2026-11-20T14:30:25.123Z","offset":1}';
/** The digits of the moment, in µs, with which each text begins. */
const STAMP_DIGITS = 16;

const LF = 10;
const LETTER = { chat: 99, time: 116, welcome: 119, fibonacci: 102, error: 101 } as const;
const OPCODE = { continuation: 0, text: 1, close: 8, ping: 9, pong: 10 } as const;
const MASK = [0x37, 0xfa, 0x21, 0x3d] as const;

const encoder = new TextEncoder();

/** What came in, over all connections of a generator. */
export class Tally {
  /** Lines that are chats. */
  chats = 0;
  /** Text frames. */
  frames = 0;
  /** Lines that are ticks. */
  ticks = 0;
}

/** What a {@linkcode Receiver} tells; all of it is optional, since most need not know. */
export interface Events {
  /** A chat of a sampled receiver, with the moment at which it was sent, in µs. */
  readonly stamped?: (at: number) => void;
  readonly ticked?: () => void;
  /** The first line that welcomes. */
  readonly welcomed?: () => void;
  /** An answer to a Fibonacci request, or an error. */
  readonly answered?: () => void;
  readonly pinged?: (payload: Uint8Array) => void;
  /** A frame of the dialect's own: of Engine.IO `0…` opens, `2` is a ping, `40…` has connected. */
  readonly packet?: (payload: string) => void;
  readonly closed?: (code: number) => void;
}

/** What {@linkcode Receiver} takes. */
export interface ReceiverOptions {
  readonly tally: Tally;
  readonly dialect: Dialect;
  /** How long the text of a chat is at the least, in bytes: so much of each line need not be looked at. */
  readonly textBytes: number;
  readonly events: Events;
}

/** One connection's stream of frames. */
export class Receiver {
  /** Lines that are chats. */
  chats = 0;
  readonly #tally: Tally;
  readonly #events: Events;
  readonly #isSampled: boolean;
  readonly #packet: string;
  /** Where in a line the first letter of its type is. */
  readonly #typeAt: number;
  readonly #textAt: number;
  /** A line that is a chat has at least so many bytes. */
  readonly #shortest: number;
  readonly #header = new Uint8Array(10);
  #headerLength = 0;
  #opcode = 0;
  /** How much of the payload is still to come. */
  #rest = 0;
  /** How much of the line has come by; beyond the letter of its type it does not matter. */
  #column = 0;
  /** What has come of a frame that is not known to hold messages. */
  #aside: number[] | undefined;

  constructor({ tally, dialect, textBytes, events }: ReceiverOptions) {
    this.#tally = tally;
    this.#events = events;
    this.#isSampled = events.stamped !== undefined;
    this.#packet = dialect.packet;
    this.#typeAt = dialect.before.length + BEFORE_TYPE.length;
    this.#textAt = dialect.before.length + BEFORE_TEXT.length;
    this.#shortest = this.#textAt + textBytes + AFTER_TEXT.length;
  }

  /** Takes the next bytes of the stream: `bytes` from `at` to `end`. */
  take(bytes: Uint8Array, at: number, end: number): void {
    while (at < end) {
      if (this.#rest > 0) {
        const stop = Math.min(end, at + this.#rest);
        this.#rest -= stop - at;
        if (this.#aside === undefined) this.#takeText(bytes, at, stop);
        else this.#takeAside(this.#aside, bytes, at, stop);
        at = stop;
      } else at = this.#takeHeader(bytes, at, end);
    }
  }

  /** Takes a header, or what there is of it; returns where to go on. */
  #takeHeader(bytes: Uint8Array, at: number, end: number): number {
    if (this.#headerLength === 0 && end - at >= this.#header.length) {
      this.#readHeader(bytes, at);
      return at + headerLength(bytes[at + 1]!);
    }
    const header = this.#header;
    while (at < end) {
      header[this.#headerLength++] = bytes[at++]!;
      if (this.#headerLength < 2 || this.#headerLength < headerLength(header[1]!)) continue;
      this.#headerLength = 0;
      this.#readHeader(header, 0);
      break;
    }
    return at;
  }

  #readHeader(bytes: Uint8Array, at: number): void {
    const length = headerLength(bytes[at + 1]!);
    let rest = length === 2 ? bytes[at + 1]! & 127 : 0;
    for (let index = at + 2; index < at + length; index++) rest = rest * 256 + bytes[index]!;
    this.#rest = rest;
    this.#begin(bytes[at]! & 15);
  }

  #begin(opcode: number): void {
    if (opcode === OPCODE.continuation) {
      // Of a text, whatever came between: nobody here sends anything else in parts.
      this.#opcode = OPCODE.text;
      this.#aside = undefined;
      return;
    }
    this.#opcode = opcode;
    this.#aside = opcode === OPCODE.text && this.#packet === "" ? undefined : [];
    if (this.#aside === undefined) this.#beginText();
    else if (this.#rest === 0) this.#endAside(this.#aside);
  }

  #beginText(): void {
    this.#column = 0;
    this.#tally.frames++;
  }

  #takeAside(aside: number[], bytes: Uint8Array, at: number, stop: number): void {
    while (at < stop) {
      aside.push(bytes[at++]!);
      if (this.#opcode === OPCODE.text && textOf(aside) === this.#packet) {
        this.#aside = undefined;
        this.#beginText();
        return this.#takeText(bytes, at, stop);
      }
    }
    if (this.#rest === 0) this.#endAside(aside);
  }

  #endAside(aside: readonly number[]): void {
    if (this.#opcode === OPCODE.text) this.#events.packet?.(textOf(aside));
    else if (this.#opcode === OPCODE.ping) this.#events.pinged?.(new Uint8Array(aside));
    else if (this.#opcode === OPCODE.close) {
      const [high = 1005 >> 8, low = 1005 & 255] = aside;
      this.#events.closed?.(high * 256 + low);
    }
  }

  #takeText(bytes: Uint8Array, at: number, stop: number): void {
    const typeAt = this.#typeAt;
    const shortest = this.#shortest;
    let column = this.#column;
    while (at < stop) {
      if (column === 0 && stop - at >= shortest && bytes[at + typeAt] === LETTER.chat) {
        // A whole chat, as nearly all are: only its end is looked for.
        this.#count();
        if (this.#isSampled) this.#readStamp(bytes, at + this.#textAt);
        at += shortest;
        column = shortest;
      } else if (column <= typeAt) {
        const byte = bytes[at++]!;
        if (byte === LF) column = 0;
        else if (column++ === typeAt) this.#see(byte);
        continue;
      }
      while (at < stop && bytes[at] !== LF) at++;
      if (at < stop) {
        at++;
        column = 0;
      }
    }
    this.#column = column;
  }

  #count(): void {
    this.chats++;
    this.#tally.chats++;
  }

  #see(letter: number): void {
    if (letter === LETTER.chat) this.#count();
    else if (letter === LETTER.time) {
      this.#tally.ticks++;
      this.#events.ticked?.();
    } else if (letter === LETTER.welcome) this.#events.welcomed?.();
    else if (letter === LETTER.fibonacci || letter === LETTER.error) this.#events.answered?.();
  }

  #readStamp(bytes: Uint8Array, at: number): void {
    let stamp = 0;
    for (let index = at; index < at + STAMP_DIGITS; index++) {
      stamp = stamp * 10 + bytes[index]! - 48;
    }
    this.#events.stamped!(stamp);
  }
}

/** How long the header of a server's frame is, by its second byte. */
function headerLength(second: number): number {
  const short = second & 127;
  return short < 126 ? 2 : short === 126 ? 4 : 10;
}

function textOf(bytes: readonly number[]): string {
  return String.fromCharCode(...bytes);
}

/** One masked frame of a client, of fewer than 65536 bytes. */
export function clientFrame(
  opcode: keyof typeof OPCODE,
  payload: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const { length } = payload;
  const size = length < 126 ? [0x80 | length] : [0x80 | 126, length >> 8, length & 255];
  const frame = new Uint8Array(1 + size.length + MASK.length + length);
  frame.set([0x80 | OPCODE[opcode], ...size, ...MASK]);
  const start = frame.length - length;
  for (let index = 0; index < length; index++) {
    frame[start + index] = payload[index]! ^ MASK[index & 3]!;
  }
  return frame;
}

/** One masked text frame. */
export function textFrame(text: string): Uint8Array<ArrayBuffer> {
  return clientFrame("text", encoder.encode(text));
}

/** The frame of a chat, made once; each time only the moment in it is written anew. */
export class ChatFrame {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly #stampAt: number;
  readonly #phase: number;

  /** @param textBytes How long the text is; at least 16. */
  constructor(dialect: Dialect, textBytes: number) {
    const text = "x".repeat(textBytes);
    const before = dialect.packet + dialect.before + BEFORE_TEXT;
    const payload = `${before}${text}"}${dialect.after}`;
    this.bytes = textFrame(payload);
    const start = this.bytes.length - payload.length;
    this.#stampAt = start + before.length;
    this.#phase = before.length;
  }

  /** Writes the moment, in µs, a positive integer below 10^16. */
  stamp(at: number): void {
    let rest = at;
    for (let index = STAMP_DIGITS - 1; index >= 0; index--) {
      const digit = rest % 10;
      rest = (rest - digit) / 10;
      this.bytes[this.#stampAt + index] = (48 + digit) ^ MASK[(this.#phase + index) & 3]!;
    }
  }
}
