/**
 * The chats that the server keeps, fetched over HTTP: what a connection that could not resume has missed, and what was
 * said before it.
 *
 * Invariant: what is returned belongs to the order that was asked for.
 *
 * @module
 */

import type { ServerMessageOf } from "../lib/protocol.ts";
import { isSound } from "./page/soundness.ts";

/** The most that the server gives at once, and of what was missed the most that is fetched: the newest. */
const GIVEN_AT_ONCE = 1000;

/** The offsets between two others. */
export interface Range {
  readonly after: number;
  readonly before: number;
}

/**
 * The chats between two offsets, oldest first; none where the server follows another order by now. The server may give
 * them in several parts.
 *
 * @throws {Error} If they cannot be fetched, or the answer is not a page of chats.
 */
export async function fetchBetween(
  { epoch, after, before }: Range & { readonly epoch: string },
  fetchJson: (path: string) => Promise<unknown>,
): Promise<ServerMessageOf<"chat">[]> {
  const chats: ServerMessageOf<"chat">[] = [];
  for (let from = after; from < before - 1;) {
    const page = readPage(await fetchJson(pathOf(from, before - 1 - from)));
    if (page.epoch !== epoch) return [];
    const news = page.chats.filter(({ offset }) => offset > from && offset < before);
    if (news.length === 0) break;
    chats.push(...news);
    from = Math.max(...news.map(({ offset }) => offset));
  }
  return chats;
}

/** What was missed between two offsets, oldest first: the newest of it where it is much, nothing where it cannot be had. */
export function fetchMissed(
  { epoch, after, before }: Range & { readonly epoch: string },
  fetchJson: (path: string) => Promise<unknown>,
): Promise<ServerMessageOf<"chat">[]> {
  const range = { epoch, after: Math.max(after, before - 1 - GIVEN_AT_ONCE), before };
  return fetchBetween(range, fetchJson).catch(() => []);
}

/** The first offset of a range of which there is no chat; `undefined` where all are there. */
export function firstMissing(
  chats: readonly ServerMessageOf<"chat">[],
  { after, before }: Range,
): number | undefined {
  const offsets = new Set(chats.map(({ offset }) => offset));
  let first = after + 1;
  while (offsets.has(first)) first++;
  return first < before ? first : undefined;
}

function pathOf(after: number, limit: number): string {
  return `/api/messages?after=${after}&limit=${Math.min(limit, GIVEN_AT_ONCE)}`;
}

interface Page {
  readonly epoch: string;
  readonly chats: readonly ServerMessageOf<"chat">[];
}

function readPage(answer: unknown): Page {
  if (isRecord(answer) && typeof answer.epoch === "string" && Array.isArray(answer.messages)) {
    return { epoch: answer.epoch, chats: answer.messages.filter(isChat) };
  }
  throw new Error("Could not read the kept messages: the answer is not a page of them");
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function isChat(value: unknown): value is ServerMessageOf<"chat"> {
  return isSound(value) && value.type === "chat";
}
