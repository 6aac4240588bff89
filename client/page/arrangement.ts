/**
 * From the items of the talk to the rows of the list: days, chats grouped by sender and minute, quiet lines. Pure.
 *
 * A group is no element of its own: its first chat says who and when, the others follow below. So a row stays what it is
 * wherever the part of the talk that is in the document begins.
 *
 * Invariant: a row has the key of its item, and is the same object as before where nothing of it has changed.
 *
 * @module
 */

import type { ChatItem, GapItem, MovesItem, TalkItem } from "./talk_items.ts";
import { isoDate, MINUTE_MS, type Zone } from "./text.ts";

/** What somebody said, as a row. */
export interface ChatRow {
  readonly kind: "chat";
  readonly key: string;
  readonly chat: ChatItem;
  /** Whether it is the first of its group. */
  readonly isFirst: boolean;
  /** Whether the next of its group says what became of it too. */
  readonly isToldBelow: boolean;
}

/** One row of the list. */
export type Row =
  | { readonly kind: "day"; readonly key: string; readonly at: number }
  | ChatRow
  | { readonly kind: "moves"; readonly key: string; readonly moves: MovesItem }
  | { readonly kind: "gap"; readonly key: string }
  | { readonly kind: "unread"; readonly key: string };

/** What {@linkcode arrange} takes besides the items. */
export interface Arrangement {
  readonly zone: Zone;
  /** The key of the first chat that has not been seen. */
  readonly unreadFrom: string | undefined;
  /** The rows of before. */
  readonly before?: readonly Row[];
}

/** Arranges the items, oldest first. */
export function arrange(items: readonly TalkItem[], arrangement: Arrangement): readonly Row[] {
  const rows = new Rows(arrangement);
  for (const item of items) {
    if (item.kind === "chat") rows.addChat(item);
    else if (item.kind === "moves") rows.addMoves(item);
    else rows.addGap(item);
  }
  const known = new Map(arrangement.before?.map((row) => [row.key, row]));
  return rows.close().map((row) => {
    const before = known.get(row.key);
    return before !== undefined && isSame(before, row) ? before : row;
  });
}

/** The rows so far, and the group that may still grow. */
class Rows {
  readonly #arrangement: Arrangement;
  readonly #rows: Row[] = [];
  #previous: ChatRow | undefined;
  // Who comes and goes does not break a group apart: it waits until the group is over.
  #waiting: MovesItem[] = [];
  #day = "";

  constructor(arrangement: Arrangement) {
    this.#arrangement = arrangement;
  }

  addChat(chat: ChatItem): void {
    const previous = this.#previous;
    const isUnread = chat.key === this.#arrangement.unreadFrom;
    const isFirst = isUnread || previous === undefined || !belongTogether(previous.chat, chat);
    if (isFirst) {
      this.close();
      this.#begin(chat);
    } else if (isSameDelivery(previous.chat, chat)) {
      this.#rows[this.#rows.length - 1] = { ...previous, isToldBelow: true };
    }
    this.#previous = { kind: "chat", key: chat.key, chat, isFirst, isToldBelow: false };
    this.#rows.push(this.#previous);
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
    for (const moves of this.#waiting) {
      this.#begin(moves);
      this.#rows.push({ kind: "moves", key: moves.key, moves });
    }
    this.#previous = undefined;
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
    Math.floor(a.at / MINUTE_MS) === Math.floor(b.at / MINUTE_MS);
}

/** Whether two chats of one group need one line only to say what became of them. */
function isSameDelivery(a: ChatItem, b: ChatItem): boolean {
  if (a.delivery === undefined || b.delivery === undefined) return a.delivery === b.delivery;
  if (a.delivery.at === "sent" && b.delivery.at === "sent") {
    return a.delivery.ack.recipients === b.delivery.ack.recipients;
  }
  return a.delivery.at === "waiting" && b.delivery.at === "waiting";
}

/** Whether two rows of one key are alike; their items are the same objects as long as nothing has changed. */
function isSame(a: Row, b: Row): boolean {
  if (a.kind === "chat" && b.kind === "chat") {
    return a.chat === b.chat && a.isFirst === b.isFirst && a.isToldBelow === b.isToldBelow;
  }
  return a.kind !== "moves" || b.kind !== "moves" || a.moves === b.moves;
}
