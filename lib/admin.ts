/**
 * What whoever runs the server sees from inside: the dashboards of this node, and what it measures for those of all nodes.
 * There is one only where ADMIN_TOKEN is set.
 *
 * Invariant: it costs the room one sample a second, and what a dashboard asks for, which is bounded in rows and in rate.
 *
 * @module
 */

import { AdminDesk } from "./admin_desk.ts";
import { AdminExchange } from "./admin_exchange.ts";
import type { News } from "./admin_message.ts";
import { AdminSession } from "./admin_session.ts";
import { checkBearer, checkKey } from "./bearer.ts";
import type { Bus } from "./bus.ts";
import { CloseCode } from "./close_codes.ts";
import { systemTime, type Time } from "./clock.ts";
import { DASHBOARD_PROTOCOL, protocolsFor } from "./dashboard_protocol.ts";
import type { Hub } from "./hub.ts";
import type { Log, LogEntry } from "./log.ts";
import type { Metrics } from "./metrics.ts";
import type { Problem } from "./problem.ts";
import type { Result } from "./result.ts";
import { Ring } from "./ring.ts";
import { LINES_KEPT, toSample } from "./sample.ts";
import { TokenBucket } from "./token_bucket.ts";

/** How many dashboards are served. Each may ask for lists as often as it likes. */
const SERVED = 32;
/** How many refusals are warnings: what anybody can cause is not to hide the others. */
const WARNINGS = { perSecond: 0.1, burst: 10 } as const;

/** What a node has measured; read once a second. */
export interface Measured {
  /** Chats that came from clients, since the start. */
  readonly chats: number;
  /** Chats given to clients, since the start. */
  readonly deliveries: number;
  /** Of the time since the last reading, in ms; `undefined` where there was nothing to measure. */
  readonly deliveryMs: number | undefined;
  readonly tickMs: number | undefined;
  readonly lagMs: number | undefined;
}

/** Reads what the metrics of a node count; of durations, those since the reading before. */
export function measuring(metrics: Metrics): () => Measured {
  const delivery = metrics.deliveryTime.watch();
  const tick = metrics.tickLateness.watch();
  const lag = metrics.eventLoopLag.watch();
  return () => ({
    chats: metrics.chats,
    deliveries: metrics.traffic.deliveries,
    deliveryMs: delivery().p99Ms,
    tickMs: tick().p99Ms,
    lagMs: lag().p99Ms,
  });
}

/** The lines of the log that are not told yet: the last ones, where there are very many. */
export class FreshLines {
  #lines = new Ring<LogEntry>(LINES_KEPT);

  /** Takes a line; for createLog(). */
  readonly heard = (entry: LogEntry): void => this.#lines.push(entry);

  /** Takes out what is kept. */
  take(): LogEntry[] {
    const lines = this.#lines.toArray();
    if (lines.length > 0) this.#lines = new Ring(LINES_KEPT);
    return lines;
  }
}

/** What {@linkcode Admin} takes. */
export interface AdminOptions {
  readonly token: string;
  /** Of Pulso. */
  readonly version: string;
  readonly hub: Pick<Hub, "members" | "connections" | "dismiss">;
  /** As long as the process lives: a node whose lease was over has another one for its names. */
  readonly nodeId: string;
  /** To the other nodes' Admins, where there are any. */
  readonly bus: Bus | undefined;
  readonly lines: FreshLines;
  readonly measure: () => Measured;
  readonly log: Log;
  readonly time?: Time;
  /** Resident memory, in bytes. */
  readonly memory?: () => number;
}

/** The dashboards of one node. */
export class Admin {
  readonly #options: AdminOptions;
  readonly #time: Time;
  readonly #desk: AdminDesk;
  readonly #exchange: AdminExchange;
  readonly #sessions = new Set<AdminSession>();
  /** Those that are over, but for their sockets. */
  readonly #closing = new Set<AdminSession>();
  readonly #warnings: TokenBucket;
  #before: Pick<Measured, "chats" | "deliveries">;

  constructor(options: AdminOptions) {
    const { hub, nodeId, bus, log, time = systemTime } = options;
    this.#options = options;
    this.#time = time;
    this.#warnings = new TokenBucket(WARNINGS, time.elapsed());
    this.#before = options.measure();
    const desk = this.#desk = new AdminDesk({
      ...{ hub, nodeId, time, log },
      watched: (to, watched) => this.#exchange.deliver(to, watched),
    });
    const news = (news: News) => this.#tell(news);
    this.#exchange = new AdminExchange({ bus, nodeId, desk, time, news });
  }

  /** How many sockets of dashboards that are over have not ended yet. */
  get closing(): number {
    return this.#closing.size;
  }

  /** Asks the other nodes for what they have kept. */
  start(): void {
    this.#exchange.meet();
  }

  /**
   * Takes what was measured since the last time, and tells it; for each second, after the hub's tick, so that each sample has
   * one.
   *
   * @param at Ms since the epoch.
   */
  tick(at: number): void {
    const { hub, lines, measure, memory = () => Deno.memoryUsage().rss } = this.#options;
    const { chats, deliveries, deliveryMs = null, tickMs = null, lagMs = null } = measure();
    const sample = toSample({
      at,
      connections: hub.connections,
      chats: chats - this.#before.chats,
      deliveries: deliveries - this.#before.deliveries,
      ...{ deliveryMs, tickMs, lagMs },
      memoryBytes: memory(),
    });
    this.#before = { chats, deliveries };
    this.#desk.tick();
    this.#exchange.tell({ samples: [[...sample]], lines: lines.take() });
    for (const session of [...this.#sessions]) session.tick();
  }

  /** Ends every dashboard; they come back, to whichever node is there. */
  stop(): void {
    for (const session of [...this.#sessions]) {
      session.close(CloseCode.leaving, "the server is leaving");
    }
    this.#desk.stop();
  }

  /**
   * Whether a request bears the token: as one of its subprotocols, or as any other. How often an address tries is not
   * limited: behind a proxy all may share one, a right token is not to wait for anybody's wrong ones, and one that may be
   * set is too long to be guessed.
   *
   * @param address Of who asks, for the log.
   * @returns What to speak, where that is offered; or the problem (401).
   */
  admit(
    headers: Headers,
    address: string,
  ): Result<{ readonly protocol?: string }, Problem> {
    const { token, log } = this.#options;
    const offered = headers.get("sec-websocket-protocol") ?? "";
    const [spoken, shown] = offered.split(",", 2).map((protocol) => protocol.trim());
    const problem = shown === undefined
      ? checkBearer(headers, token)
      : checkKey(shown, protocolsFor(token)[1]);
    if (problem === undefined) {
      return { ok: true, value: spoken === DASHBOARD_PROTOCOL ? { protocol: spoken } : {} };
    }
    const isWarned = this.#warnings.take(this.#time.elapsed()) === 0;
    if (isWarned) log.warning("admin_refused", { address, detail: problem.detail });
    return { ok: false, error: problem };
  }

  /**
   * Takes a socket that is being upgraded, of who was admitted.
   *
   * @param address Of who opens it.
   */
  connect(socket: WebSocket, address: string): void {
    const { version, nodeId, log } = this.#options;
    const session: AdminSession = new AdminSession(socket, address, {
      ...{ version, nodeId, log, exchange: this.#exchange, time: this.#time },
      isFull: () => [...this.#sessions].filter(({ isOpen }) => isOpen).length >= SERVED,
      left: () => {
        if (this.#sessions.delete(session)) this.#closing.add(session);
      },
      ended: () => this.#closing.delete(session),
    });
    this.#sessions.add(session);
  }

  #tell(news: News): void {
    if (this.#sessions.size === 0) return;
    const line = JSON.stringify(news);
    for (const session of [...this.#sessions]) session.tell(line);
  }
}
