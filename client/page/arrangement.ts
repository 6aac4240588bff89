/**
 * From the items of the talk to the rows of the list: days, groups by sender and minute, quiet lines. Pure.
 *
 * Invariant: a row has the same key as long as it begins with the same item, so that the list is never built anew.
 *
 * @module
 */

import type { ChatItem, GapItem, MovesItem, TalkItem } from "./talk.ts";
import { isoDate, type Zone } from "./text.ts";

/** One row of the list. */
export type Row =
  | { readonly kind: "day"; readonly key: string; readonly at: number }
  | {
    readonly kind: "group";
    readonly key: string;
    readonly chats: readonly [ChatItem, ...ChatItem[]];
  }
  | { readonly kind: "moves"; readonly key: string; readonly moves: MovesItem }
  | { readonly kind: "gap"; readonly key: string }
  | { readonly kind: "unread"; readonly key: string };

/** What {@linkcode arrange} takes besides the items. */
export interface Arrangement {
  readonly zone: Zone;
  /** The key of the first chat that has not been seen. */
  readonly unreadFrom: string | undefined;
}

/** Arranges the items, oldest first. */
export function arrange(items: readonly TalkItem[], arrangement: Arrangement): Row[] {
  const rows = new Rows(arrangement);
  for (const item of items) {
    if (item.kind === "chat") rows.addChat(item);
    else if (item.kind === "moves") rows.addMoves(item);
    else rows.addGap(item);
  }
  return rows.close();
}

/** The rows so far, and the group that may still grow. */
class Rows {
  readonly #arrangement: Arrangement;
  readonly #rows: Row[] = [];
  #group: ChatItem[] = [];
  // Who comes and goes does not break a group apart: it waits until the group is over.
  #waiting: MovesItem[] = [];
  #day = "";

  constructor(arrangement: Arrangement) {
    this.#arrangement = arrangement;
  }

  addChat(chat: ChatItem): void {
    const previous = this.#group.at(-1);
    const isUnread = chat.key === this.#arrangement.unreadFrom;
    if (isUnread || previous === undefined || !belongTogether(previous, chat)) this.close();
    this.#group.push(chat);
  }

  addMoves(moves: MovesItem): void {
    this.#waiting.push(moves);
  }

  addGap(gap: GapItem): void {
    this.close();
    this.#begin(gap);
    this.#rows.push({ kind: "gap", key: gap.key });
  }

  /** Ends the group; returns the rows. */
  close(): Row[] {
    const [first, ...more] = this.#group;
    if (first !== undefined) {
      this.#begin(first);
      this.#rows.push({ kind: "group", key: first.key, chats: [first, ...more] });
    }
    for (const moves of this.#waiting) {
      this.#begin(moves);
      this.#rows.push({ kind: "moves", key: moves.key, moves });
    }
    this.#group = [];
    this.#waiting = [];
    return this.#rows;
  }

  /** What stands before a row: the line of a new day, and the one that marks where reading stopped. */
  #begin(item: TalkItem): void {
    const { zone, unreadFrom } = this.#arrangement;
    const day = isoDate(item.at, zone);
    if (day !== this.#day) this.#rows.push({ kind: "day", key: `day-${item.key}`, at: item.at });
    this.#day = day;
    if (item.key === unreadFrom) this.#rows.push({ kind: "unread", key: "unread" });
  }
}

function belongTogether(a: ChatItem, b: ChatItem): boolean {
  return a.name === b.name && a.isMine === b.isMine &&
    Math.floor(a.at / 60_000) === Math.floor(b.at / 60_000);
}
