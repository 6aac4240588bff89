/**
 * The server's side of the measuring of its clock, for tests of the page's state: it answers the pings of a fake socket.
 *
 * @module
 */

import type { FakeSurroundings, SentMessage } from "./fake_surroundings.ts";

/** The newest ping that the page has sent on its newest connection; due timers fire first. */
export function ping({ time, socket }: FakeSurroundings): SentMessage | undefined {
  time.advance(0);
  return socket.sent.findLast(({ type }) => type === "ping");
}

/** What {@linkcode pong} takes. */
export interface PongOptions {
  /** How long ping and pong take together, in ms; the server answers in the middle of it. */
  readonly tookMs?: number;
  /** By how much the server's clock is ahead of the monotonic time of this device, in ms. */
  readonly aheadMs?: number;
}

/** The server answers the newest ping. */
export function pong(env: FakeSurroundings, { tookMs = 0, aheadMs = 0 }: PongOptions = {}): void {
  const { id = "" } = ping(env) ?? {};
  env.time.advance(tookMs);
  const timestamp = new Date(env.elapsed() - tookMs / 2 + aheadMs).toISOString();
  env.socket.receive({ type: "pong", id, timestamp });
}
