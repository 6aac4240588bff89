/**
 * What the nodes say to each other of who is connected where: one JSON text a message. Pure. Who says it when is
 * peer_feed.ts's business, what becomes of it peers.ts's.
 *
 * Invariant: what is read is as right as a client's input: names and their keys are made here, never taken over.
 *
 * @module
 */

import { z } from "zod";
import { parseName } from "./names.ts";
import { type User, userSchema } from "./protocol.ts";
import type { Present } from "./roster.ts";

/** The most changes of one message: with the longest names they are less than 256 KiB, of the 1 MiB that NATS takes. */
export const CHANGES = 1000;

const clientIdSchema = userSchema.shape.client_id.min(1);
const nodeSchema = z.string().min(1).max(64);
const presentSchema = userSchema.omit({ node: true }).extend({
  client_id: clientIdSchema,
  version: z.int32().nonnegative(),
});
const reapedSchema = z.object({ client_id: clientIdSchema, node: nodeSchema });
const messageSchema = z.object({
  node: nodeSchema,
  seq: z.int().positive(),
  // One by one, below: one that is wrong must not cost the others.
  here: z.array(z.unknown()).max(CHANGES),
  away: z.array(clientIdSchema).max(CHANGES),
  gone: z.array(clientIdSchema).max(CHANGES),
  reaped: z.array(reapedSchema).max(CHANGES),
});

/** Somebody whose row was deleted because the lease of its node was over. */
export type Reaped = z.infer<typeof reapedSchema>;

/** What a node tells the others; of somebody who is in several parts, `here` comes first and `gone` last. */
export interface PeerMessage extends Omit<z.infer<typeof messageSchema>, "here"> {
  /** The node that says it, and that all who are `here` are connected to. */
  readonly node: string;
  /** Counts up by one a message. */
  readonly seq: number;
  /** They have come, are back, or were taken over. */
  readonly here: readonly Present[];
}

/** Writes a message; the node is written once. */
export function encodePeerMessage(message: PeerMessage): string {
  const here = message.here.map(({ user, version }) => {
    const { node: _, ...rest } = user;
    return { ...rest, version };
  });
  return JSON.stringify({ ...message, here });
}

/** A message that was read, without those of `here` that were wrong; `dropped` is how many these are. */
export interface ReadMessage {
  readonly message: PeerMessage;
  readonly dropped: number;
}

/**
 * Reads a message of a node. Never throws.
 *
 * @param isOwn Whether a node's messages are not to be read further.
 * @returns `unreadable` where the text is no such message.
 */
export function parsePeerMessage(
  text: string,
  isOwn: (node: string) => boolean,
): ReadMessage | "own" | "unreadable" {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return "unreadable";
  }
  const parsed = messageSchema.safeParse(json);
  if (!parsed.success) return "unreadable";
  const { here, ...rest } = parsed.data;
  if (isOwn(rest.node)) return "own";
  const read = here.map((entry) => readPresent(entry, rest.node));
  const present = read.filter((entry) => entry !== undefined);
  return { message: { ...rest, here: present }, dropped: here.length - present.length };
}

function readPresent(entry: unknown, node: string): Present | undefined {
  const parsed = presentSchema.safeParse(entry);
  if (!parsed.success) return undefined;
  const { version, ...rest } = parsed.data;
  const user: User = { ...rest, node };
  const name = parseName(user.username);
  if (!name.ok || name.value.name !== user.username) return undefined;
  return { user, key: name.value.key, version };
}
