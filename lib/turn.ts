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

/** What everybody of a format gets of a turn who has nothing of their own in it. */
export interface Share {
  readonly frames: readonly string[];
  /** How long they are together, in UTF-16 units. */
  readonly length: number;
  /** How many have got it; whoever sends it counts. */
  receivers: number;
}

/** The announcements of one turn, in their order. */
export class Turn {
  readonly #announcements: Announcement[] = [];
  readonly #shares = new Map<Format, Share>();
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
    this.#shares.clear();
  }

  /** What all of a format get of it, whoever takes it as it is: in `ndjson` as few frames as may be. */
  share(format: Format): Share {
    let share = this.#shares.get(format);
    if (share === undefined) {
      const lines = this.#announcements.map((announcement) => announcement.lineFor(format))
        .filter((line) => line !== undefined);
      const frames = format === "ndjson" ? joinLines(lines) : lines;
      const length = frames.reduce((sum, frame) => sum + frame.length, 0);
      share = { frames, length, receivers: 0 };
      this.#shares.set(format, share);
    }
    return share;
  }

  /** Those that somebody has asked for. */
  get shares(): Iterable<Share> {
    return this.#shares.values();
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
