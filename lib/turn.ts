/**
 * What goes to everybody in one turn of the event loop, encoded once for each format. Who everybody is, the hub knows.
 *
 * Invariant: a message is encoded at most once, and a frame built at most once, however many connections receive it.
 *
 * @module
 */

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

/** The announcements of one turn, in their order. */
export class Turn {
  readonly #announcements: Announcement[] = [];
  readonly #frames = new Map<Format, readonly string[]>();
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
    this.#frames.clear();
  }

  /** The frames of the whole turn in a format: in `ndjson` as few as may be, else one for each message. */
  frames(format: Format): readonly string[] {
    let frames = this.#frames.get(format);
    if (frames === undefined) {
      const lines = this.#announcements.map((announcement) => announcement.lineFor(format))
        .filter((line) => line !== undefined);
      frames = format === "ndjson" ? joinLines(lines) : lines;
      this.#frames.set(format, frames);
    }
    return frames;
  }

  /** How long its frames in a format are together, in UTF-16 units. */
  lengthFor(format: Format): number {
    return this.frames(format).reduce((length, frame) => length + frame.length, 0);
  }
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
