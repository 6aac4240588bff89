/**
 * The route of a socket, wherever it is mounted: checks, admits, upgrades, hands over to the hub.
 *
 * @module
 */

import type { Context } from "fresh";
import type { Refusal } from "./admission.ts";
import {
  clientAddress,
  type ConnectRequest,
  isUpgrade,
  parseHandshake,
  peerOf,
} from "./handshake.ts";
import { type Problem, problemResponse } from "./problem.ts";
import type { Format } from "./protocol.ts";
import type { Result } from "./result.ts";
import type { State } from "./state.ts";
import type { Identity } from "./tokens.ts";

/** How long it takes to see that a client has broken off its handshake. */
const GONE_MS = 5;
/** Deno closes a socket whose peer has not answered its ping for so long. */
const IDLE_SECONDS = 30;
const LEAVING: Problem = {
  status: 503,
  detail: "the server is leaving",
  headers: { "retry-after": "1" },
};
/** As of any other address at which there is nothing. */
export const NO_DASHBOARD: Problem = { status: 404, detail: "there is nothing at this address" };

/** A socket that may open. */
interface Admitted {
  readonly connect: (socket: WebSocket) => void;
  /** To be called when it is gone. */
  readonly ended?: () => void;
  /** The subprotocol, where one was chosen. */
  readonly protocol?: string;
}

type Handler = (ctx: Context<State>) => Promise<Response>;
/** Whether an upgrade may begin that comes from an address; no await lies between that and the upgrade. */
type Admit = (address: string) => Result<Admitted, Problem>;

/**
 * A handler that upgrades to a socket of the hub. What is refused here gets an HTTP answer; what is refused later a close
 * code.
 *
 * @param format What the format is where the request does not say.
 */
export function socketHandler(format: Format): Handler {
  return upgradeHandler(async (ctx) => {
    const identified = await ctx.state.tokens?.identify(ctx.req);
    return (address) => {
      const admitted = admit(ctx, { format, address, identified });
      if (!admitted.ok) return admitted;
      const { request, ended } = admitted.value;
      const connect = (socket: WebSocket) =>
        ctx.state.hub.connect(socket, request, { address, ended });
      return { ok: true, value: { connect, ended } };
    };
  });
}

/** A handler that upgrades to the socket of a dashboard; 404 where there are no dashboards, 401 without the token. */
export function adminSocketHandler(): Handler {
  return upgradeHandler((ctx) => (address) => {
    const { admin, config, hub } = ctx.state;
    if (admin === undefined) return { ok: false, error: NO_DASHBOARD };
    // First, so that a page that asks by a plain GET, as above, hears whether its token is right.
    const admitted = admin.admit(ctx.req.headers, address);
    if (!admitted.ok) return admitted;
    const parsed = parseHandshake(ctx.req, config, "json");
    if (!parsed.ok) return parsed;
    if (hub.draining) return { ok: false, error: LEAVING };
    const connect = (socket: WebSocket) => admin.connect(socket, address);
    return { ok: true, value: { connect, ...admitted.value } };
  });
}

function upgradeHandler(prepare: (ctx: Context<State>) => Admit | Promise<Admit>): Handler {
  return async (ctx) => {
    // Of a client that has gone meanwhile Deno would make a socket that never opens, never closes and keeps its
    // descriptor.
    const { signal } = ctx.req; // It tells only of what comes after it was asked for.
    const admit = await prepare(ctx);
    await new Promise((resolve) => setTimeout(resolve, GONE_MS));
    if (signal.aborted) return new Response(null, { status: 499 });
    const { config, log, metrics } = ctx.state;
    const address = clientAddress(peerOf(ctx.info), ctx.req.headers, config.TRUST_PROXY);
    const admitted = admit(address);
    if (!admitted.ok) {
      const { status, detail } = admitted.error;
      // Who only asks is refused nothing.
      const isAsking = !isUpgrade(ctx.req.headers);
      if (!isAsking) metrics.refusedConnections.add(status);
      const level = isAsking ? "debug" : "info";
      log[level]("refused", { address, status, detail });
      return problemResponse(admitted.error);
    }
    const { connect, ended, protocol } = admitted.value;
    try {
      const options = { idleTimeout: IDLE_SECONDS, ...protocol !== undefined && { protocol } };
      const { socket, response } = ctx.upgrade(options);
      connect(socket);
      return response;
    } catch (error) {
      ended?.();
      throw error;
    }
  };
}

function admit(
  ctx: Context<State>,
  { format, address, identified }: {
    readonly format: Format;
    readonly address: string;
    /** `undefined` where nobody needs a token. */
    readonly identified: Result<Identity, Problem> | undefined;
  },
): Result<{ request: ConnectRequest; ended: () => void }, Problem> {
  const { hub, config, admission, metrics } = ctx.state;
  const parsed = parseHandshake(ctx.req, config, format);
  // A browser hides from its page why an upgrade was refused: the page asks again by a plain GET.
  const isAsking = ctx.req.method === "GET" && !isUpgrade(ctx.req.headers);
  if (!parsed.ok && !isAsking) return parsed;
  if (hub.draining) return { ok: false, error: LEAVING };
  if (identified?.ok === false) return identified;
  if (!parsed.ok) {
    const refused = admission.peek(address);
    return refused === undefined ? parsed : { ok: false, error: problemOf(refused) };
  }
  const admitted = admission.admit(address);
  if (admitted.ok) {
    const request = { ...parsed.value, ...identified && { identity: identified.value } };
    return { ok: true, value: { request, ended: admitted.value } };
  }
  if (admitted.error.is === "too_fast") metrics.rateLimited.add("connects");
  return { ok: false, error: problemOf(admitted.error) };
}

function problemOf({ is, retryAfterSeconds }: Refusal): Problem {
  const [status, detail] = {
    full: [503, "the server is full"] as const,
    too_many: [429, "too many connections from this address"] as const,
    too_fast: [429, "too many new connections from this address"] as const,
  }[is];
  return { status, detail, headers: { "retry-after": String(retryAfterSeconds) } };
}
