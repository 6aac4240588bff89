/**
 * What goes to everybody in one turn of the event loop, encoded once for each format. Who everybody is, the hub knows.
 *
 * Invariant: a message is encoded at most once, and a frame built at most once, however many connections receive it.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { encodeFor, type Format, type ServerMessage } from "./protocol.ts";

/** The most that is put into one frame of several lines, in UTF-16 units. */
export const FRAME_LENGTH = 64 * 1024;

/** A message for everybody, or for all who ask for the same. */
export class Announcement {
  readonly message: ServerMessage;
  #json: string | undefined;

  constructor(message: ServerMessage) {
    this.message = message;
  }

  /** Its line in a format, or `undefined` where that format leaves it out. */
  lineFor(format: Format): string | undefined {
    const isShared = format !== "text" && (format !== "events" || this.message.type === "chat");
    if (!isShared) return encodeFor(format, this.message);
    return this.#json ??= encodeFor("json", this.message);
  }
}

/** A turn in one format. */
interface Encoded {
  readonly frames: readonly string[];
  /** How long they are together, in UTF-16 units. */
  readonly length: number;
  /** Likewise in UTF-8, in proportion to the first: to look through all of them would cost as much as to send them. */
  readonly bytes: number;
}

/** The announcements of one turn, in their order. */
export class Turn {
  readonly #announcements: Announcement[] = [];
  readonly #encoded = new Map<Format, Encoded>();
  #chats = 0;

  /** How many announcements there are. */
  get length(): number {
    return this.#announcements.length;
  }

  /** How many of them are chats. */
  get chats(): number {
    return this.#chats;
  }

  /** The announcement at an index, or `undefined` beyond the last. */
  at(index: number): Announcement | undefined {
    return this.#announcements[index];
  }

  /** Adds a message at the end. */
  announce(message: ServerMessage): void {
    this.#announcements.push(new Announcement(message));
    if (message.type === "chat") this.#chats++;
    this.#encoded.clear();
  }

  /** The whole turn in a format; its frames in `ndjson` are as few as may be, else one for each message. */
  in(format: Format): Encoded {
    let encoded = this.#encoded.get(format);
    if (encoded === undefined) {
      const lines = this.#announcements.map((announcement) => announcement.lineFor(format))
        .filter((line) => line !== undefined);
      encoded = measured(format === "ndjson" ? joinLines(lines) : lines);
      this.#encoded.set(format, encoded);
    }
    return encoded;
  }
}

function measured(frames: readonly string[]): Encoded {
  const length = frames.reduce((length, frame) => length + frame.length, 0);
  const [first = ""] = frames;
  const bytes = Math.round(length * (Buffer.byteLength(first) / (first.length || 1)));
  return { frames, length, bytes };
}

function joinLines(lines: readonly string[]): readonly string[] {
  const frames: string[][] = [];
  let length = Infinity;
  for (const line of lines) {
    length += line.length;
    if (length > FRAME_LENGTH) {
      frames.push([]);
      length = line.length;
    }
    frames.at(-1)?.push(line);
  }
  return frames.map((frame) => frame.join("\n"));
}
