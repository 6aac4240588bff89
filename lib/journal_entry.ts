/**
 * Chats as they are kept outside of a process. Pure; where they are kept is `lib/nats_stream.ts`.
 *
 * Invariant: what comes back was read like a client's input.
 *
 * @module
 */

import type { Chat, JournalEntry } from "./journal.ts";
import { parseName, SERVER_NAME } from "./names.ts";
import { ackSchema, chatSchema } from "./protocol.ts";

/** A chat that came back from where it is kept. */
export interface StoredMessage {
  readonly offset: number;
  /** When it got its place, ISO 8601, UTC, ms: the same wherever and whenever it is read. */
  readonly timestamp: string;
  /** What {@linkcode encodeChat} gave, or anything else. */
  readonly data: Uint8Array;
}

const keptSchema = chatSchema.pick({ message: true, username: true, client_id: true, id: true })
  .extend({ recipients: ackSchema.shape.recipients });

/** A chat as it is kept, in UTF-8. */
export function encodeChat(chat: Chat): Uint8Array {
  const { message, username, clientId, id, recipients } = chat;
  const kept = { message, username, client_id: clientId, id, recipients };
  return new TextEncoder().encode(JSON.stringify(kept));
}

/** Reads what is kept; `undefined` where it is no chat. Never throws. */
export function parseEntry({ offset, timestamp, data }: StoredMessage): JournalEntry | undefined {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(data));
  } catch {
    return undefined;
  }
  const parsed = keptSchema.safeParse(json);
  if (!parsed.success) return undefined;
  const { message, username, client_id: clientId, id, recipients } = parsed.data;
  if (message.trim() === "" || !isSenders(username, clientId)) return undefined;
  return { message: message.toWellFormed(), username, clientId, id, recipients, offset, timestamp };
}

function isSenders(username: string, clientId: string): boolean {
  if (clientId === SERVER_NAME) return username === SERVER_NAME;
  const name = parseName(username);
  return name.ok && name.value.name === username;
}
