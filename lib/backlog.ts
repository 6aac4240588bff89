/**
 * What waits for a peer that reads slowly: messages in order, of the times only the newest, of presence the sum.
 *
 * Invariant: `bytes` counts everything that is kept.
 *
 * @module
 */

import { encode, type ServerMessageOf, type User } from "./protocol.ts";

interface Kept {
  readonly line: string;
  readonly since: number;
  readonly isOwn: boolean;
}

/** The queue of one slow peer. */
export class Backlog {
  #lines: Kept[] = [];
  /** The lines before it have been taken; they go all at once, not one by one. */
  #first = 0;
  #lineBytes = 0;
  #ownBytes = 0;
  #time: string | undefined;
  #presence:
    | {
      joined: Map<string, User>;
      left: Map<string, User>;
      online: number;
      since: number;
      line: string | undefined;
    }
    | undefined;

  /** How much is kept, in bytes of UTF-16: what it costs at the most. */
  get bytes(): number {
    const people = (this.#presence?.joined.size ?? 0) + (this.#presence?.left.size ?? 0);
    // A user takes about so many bytes; counting them would cost more than it is worth.
    return this.#lineBytes + 2 * (this.#time?.length ?? 0) + 300 * people;
  }

  /**
   * Since when the oldest of it waits, by the clock of `now`; `Infinity` where nothing does. A time does not count: it is
   * never older than a second.
   */
  get since(): number {
    return Math.min(
      this.#lines[this.#first]?.since ?? Infinity,
      this.#presence?.since ?? Infinity,
    );
  }

  /** How much of it is the peer's own. */
  get ownBytes(): number {
    return this.#ownBytes;
  }

  /** Keeps a line, behind all others. */
  push(line: string, now: number): void {
    this.#lines.push({ line, since: now, isOwn: false });
    this.#lineBytes += 2 * line.length;
  }

  /** Keeps a line that is for this peer alone, behind all others. */
  pushOwn(line: string, now: number): void {
    this.#lines.push({ line, since: now, isOwn: true });
    this.#lineBytes += 2 * line.length;
    this.#ownBytes += 2 * line.length;
  }

  /** Keeps the newest time in the place of the one before. */
  replaceTime(line: string): void {
    this.#time = line;
  }

  /**
   * Adds a change of presence to what is kept of them; of each user only the newest is kept. Not even who came and went is
   * left out: the reader may know them from a list that it has taken meanwhile, which goes before.
   */
  mergePresence(message: ServerMessageOf<"presence">, now: number, line?: string): void {
    const isFirst = this.#presence === undefined;
    const merged = this.#presence ??= {
      joined: new Map(),
      left: new Map(),
      online: 0,
      since: now,
      line,
    };
    if (!isFirst) merged.line = undefined;
    for (const user of message.joined) {
      merged.left.delete(user.client_id);
      merged.joined.set(user.client_id, user);
    }
    for (const user of message.left) {
      merged.joined.delete(user.client_id);
      merged.left.set(user.client_id, user);
    }
    merged.online = message.online;
  }

  /**
   * Takes the next frame: lines joined by line ends, as many as have no more than `length` UTF-16 units, at least one.
   *
   * @returns The frame, or `undefined` where nothing is left.
   */
  shift(length: number): string | undefined {
    const line = this.#shiftLine();
    if (line === undefined || length <= line.length) return line;
    const lines = [line];
    let total = line.length;
    while (total < length) {
      // What is kept once for all leaves as it is.
      if (total + (this.#lines[this.#first]?.line.length ?? 0) > length) break;
      const next = this.#shiftLine();
      if (next === undefined) break;
      lines.push(next);
      total += next.length;
    }
    return lines.join("\n");
  }

  // The time last: its offset must not run ahead of chats that still wait.
  #shiftLine(): string | undefined {
    const kept = this.#lines[this.#first];
    if (kept !== undefined) {
      this.#first++;
      this.#lineBytes -= 2 * kept.line.length;
      if (kept.isOwn) this.#ownBytes -= 2 * kept.line.length;
      if (this.#first === this.#lines.length || this.#first > 1000) {
        this.#lines = this.#lines.slice(this.#first);
        this.#first = 0;
      }
      return kept.line;
    }
    const presence = this.#presence;
    this.#presence = undefined;
    if (presence !== undefined) {
      const { joined, left, online, line } = presence;
      return line ?? encode({
        type: "presence",
        joined: [...joined.values()],
        left: [...left.values()],
        online,
      });
    }
    const time = this.#time;
    this.#time = undefined;
    return time;
  }
}
