/**
 * What the talk consists of. Pure.
 *
 * @module
 */

import type { ServerMessageOf } from "../../lib/protocol.ts";
import type { OutgoingChat } from "../outbox.ts";

/** What somebody said. */
export interface ChatItem {
  readonly kind: "chat";
  readonly key: string;
  readonly at: number;
  /** The sender's own id for it. */
  readonly id: string | undefined;
  readonly name: string;
  readonly text: string;
  /** Its place in the order; none before the `ack`. */
  readonly offset: number | undefined;
  /** Offsets compare within one era; it ends when the server's order begins anew. */
  readonly era: number;
  readonly clientId: string | undefined;
  readonly isMine: boolean;
  /** What became of it, for one's own of this visit. */
  readonly delivery: OutgoingChat["state"] | undefined;
}

/** Some people: the names of the first two, and how many there are. */
export interface Told {
  readonly first: string | undefined;
  readonly second: string | undefined;
  readonly count: number;
}

/** Who came and who went, one after the other; whoever did both is not told. */
export interface MovesItem {
  readonly kind: "moves";
  readonly key: string;
  readonly at: number;
  readonly joined: Told;
  readonly left: Told;
}

/** Here something may be missing. */
export interface GapItem {
  readonly kind: "gap";
  readonly key: string;
  readonly at: number;
  readonly era: number;
  /** Where it begins: the offset of the first chat that is missing. */
  readonly offset: number;
}

/** One item of the talk. */
export type TalkItem = ChatItem | MovesItem | GapItem;

/** The key of a chat that has a place in the order. */
export function keyOf({ era, offset }: { readonly era: number; readonly offset: number }): string {
  return `chat-${era}-${offset}`;
}

/** The key that an item has where it is a chat of others: by it one's own are found too that have their places. */
export function placedKeyOf(item: TalkItem): string {
  if (item.kind !== "chat" || item.offset === undefined) return item.key;
  const { era, offset } = item;
  return keyOf({ era, offset });
}

/** A chat as the server has it. */
export function heardItem(
  { id, message, username, client_id, timestamp, offset }: ServerMessageOf<"chat">,
  { era, isMine }: { readonly era: number; readonly isMine: boolean },
): ChatItem {
  return {
    kind: "chat",
    key: keyOf({ era, offset }),
    at: Date.parse(timestamp),
    id,
    name: username,
    text: message,
    offset,
    era,
    clientId: client_id,
    isMine,
    delivery: undefined,
  };
}

/** One's own chats that were not sent, or perhaps not. */
export function unsentOf(items: readonly TalkItem[]): readonly ChatItem[] {
  return items.filter((item): item is ChatItem =>
    item.kind === "chat" && item.delivery?.at === "failed"
  );
}

/** A chat of one's own that has no place in the order yet. */
export function ownItem(
  { id, text, state }: OutgoingChat,
  { name, now, era }: { readonly name: string; readonly now: number; readonly era: number },
): ChatItem {
  return {
    kind: "chat",
    key: id,
    at: now,
    id,
    name,
    text,
    offset: undefined,
    era,
    clientId: undefined,
    isMine: true,
    delivery: state,
  };
}

/** Puts a chat in, `at` its place if that is given, else at the end, or where its offset belongs if others are in between. */
export function inOrder(
  others: readonly TalkItem[],
  { chat, at = others.length }: { readonly chat: ChatItem; readonly at?: number },
): TalkItem[] {
  const offsetOf = (item: TalkItem) =>
    item.kind === "chat" && item.era === chat.era ? item.offset : undefined;
  const { offset = 0 } = chat;
  const later = others.findIndex((item) => (offsetOf(item) ?? 0) > offset);
  const earlier = others.findLastIndex((item) => (offsetOf(item) ?? Infinity) < offset);
  if (later !== -1 && later < at) return others.toSpliced(later, 0, chat);
  return others.toSpliced(Math.max(at, earlier + 1), 0, chat);
}
