/**
 * A chat that comes by HTTP: who may send one, and what is wrong with it. What becomes of it is `lib/outside_chats.ts`'s
 * business.
 *
 * @see docs/PROTOCOL.md, section 8
 * @module
 */

import { checkBearer } from "./bearer.ts";
import { parseClientMessage } from "./client_message.ts";
import type { Time } from "./clock.ts";
import type { Config } from "./config.ts";
import type { OutsideChats } from "./outside_chats.ts";
import type { Problem } from "./problem.ts";
import { readBody } from "./request_body.ts";
import type { Result } from "./result.ts";

/** What it takes of the server. */
export interface PostState {
  readonly config: Pick<Config, "API_KEY" | "FRAME_BYTES" | "MESSAGE_LENGTH" | "FIBONACCI_MAX">;
  readonly hub: { readonly outside: Pick<OutsideChats, "say">; readonly draining: boolean };
  readonly time?: Pick<Time, "after"> | undefined;
}

function refuse(status: number, detail: string, retryAfterSeconds?: number) {
  const headers = retryAfterSeconds && { "retry-after": String(retryAfterSeconds) };
  return { ok: false, error: { status, detail, ...headers && { headers } } } as const;
}

/**
 * Takes a chat from outside.
 *
 * @returns Its offset, or why it was not taken.
 */
export async function postMessage(
  { config, hub, time }: PostState,
  request: Request,
): Promise<Result<number, Problem>> {
  if (config.API_KEY === undefined) {
    return refuse(404, "no key for chats from outside is configured: API_KEY");
  }
  const stranger = checkBearer(request.headers, config.API_KEY);
  if (stranger !== undefined) return { ok: false, error: stranger };
  const body = await readBody(request, { most: config.FRAME_BYTES, time });
  if (!body.ok) return body;
  // Only now: while it came the server may have begun to leave, and then nobody would hear it.
  if (hub.draining) return refuse(503, "the server is leaving", 1);
  const parsed = parseClientMessage(body.value, {
    messageLength: config.MESSAGE_LENGTH,
    fibonacciMax: config.FIBONACCI_MAX,
  });
  if (!parsed.ok) return refuse(400, parsed.error.message);
  if (parsed.value.type !== "chat") return refuse(400, "this address takes chats alone");
  const said = await hub.outside.say(parsed.value.message, parsed.value.id);
  if (said.ok) return { ok: true, value: said.value.offset };
  if (said.error.is === "unavailable") {
    return refuse(503, "the chat could not be ordered now; send it again, by the same id", 1);
  }
  return refuse(429, "too many chats come by this key", Math.ceil(said.error.retryAfterMs / 1000));
}
