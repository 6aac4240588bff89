/**
 * The hub: who is in the room, what their messages mean, and the beat. How a socket is fed is fan_out.ts's business, the
 * order of chats the journal's, the rows of the database presence.ts's.
 *
 * Invariant: a name is held by at most one connection; a connection that is out of the pool receives nothing more and
 * is nobody's `online`; whatever a member does costs at most its own connection.
 *
 * @module
 */

import { Attendance } from "./attendance.ts";
import type { Bus } from "./bus.ts";
import { CloseCode, isGoodbye } from "./close_codes.ts";
import { systemTime, type Time, wallTime, when } from "./clock.ts";
import { Condition } from "./condition.ts";
import type { Config } from "./config.ts";
import type { Connection } from "./connection.ts";
import { Delivery } from "./delivery.ts";
import { Dispatcher } from "./dispatch.ts";
import { Entrance } from "./entrance.ts";
import { FanOut } from "./fan_out.ts";
import type { FibonacciPool } from "./fibonacci.ts";
import type { ConnectRequest } from "./handshake.ts";
import type { Journal } from "./journal.ts";
import { describeError, type Log } from "./log.ts";
import { Member } from "./member.ts";
import { Metrics } from "./metrics.ts";
import { OutsideChats } from "./outside_chats.ts";
import type { PresencePort } from "./presence.ts";
import type { ServerMessage, User } from "./protocol.ts";
import { type Session, Sessions } from "./sessions.ts";
import { traced } from "./tracing.ts";

/** A socket that has not opened by then never will. */
const OPEN_WITHIN_MS = 10_000;

/** The settings that the hub keeps to. */
export type HubLimits = Pick<
  Config,
  | "MESSAGE_LENGTH"
  | "FRAME_BYTES"
  | "QUEUE_BYTES"
  | "MESSAGES_PER_SECOND"
  | "MESSAGES_BURST"
  | "FIBONACCI_MAX"
  | "RESUME_GRACE_MS"
  | "DRAIN_SPREAD_MS"
  | "MAX_CONNECTIONS"
>;

/** What {@linkcode Hub} takes. */
export interface HubOptions {
  readonly limits: HubLimits;
  readonly journal: Journal;
  readonly presence: PresencePort;
  readonly fibonacci: Pick<FibonacciPool, "compute">;
  readonly log: Log;
  /** To the other nodes of the same room, where there are any. */
  readonly bus?: Bus;
  readonly time?: Time;
  /** Where what it does is counted; nobody looks at it by default. */
  readonly metrics?: Metrics;
  /** See {@linkcode FanOut}. */
  readonly afterTurn?: (callback: () => void) => void;
}

/** The hub of one node. */
export class Hub {
  readonly #options: HubOptions;
  readonly #time: Time;
  readonly #metrics: Metrics;
  readonly #fanOut: FanOut;
  readonly #dispatcher: Dispatcher;
  readonly #sessions: Sessions;
  readonly #attendance: Attendance;
  readonly #delivery: Delivery;
  readonly #condition: Condition;
  readonly #entrance: Entrance;
  /** Chats of those who have the key. */
  readonly outside: OutsideChats;
  /** Everyone whose socket is open. */
  readonly #pool = new Map<Connection, Member>();
  /** Those of them that are online, by client_id. */
  readonly #members = new Map<string, Member>();
  /** Whether this node may have lost its names, and is finding out. */
  #doubts = false;
  #faults = 0;
  #closing = 0;

  constructor(options: HubOptions) {
    const { time = systemTime, afterTurn, journal, presence, limits, fibonacci, bus, log } =
      options;
    this.#options = options;
    this.#time = time;
    const metrics = this.#metrics = options.metrics ?? new Metrics(time);
    const condition = this.#condition = new Condition({ presence, journal, time });
    const sessions = this.#sessions = new Sessions({
      presence,
      graceMs: limits.RESUME_GRACE_MS,
      most: limits.MAX_CONNECTIONS || Infinity,
      time,
      lost: (session) => this.#lost(session),
    });
    const fanOut = this.#fanOut = new FanOut({
      time,
      metrics,
      ...(afterTurn && { afterTurn }),
      onTooSlow: (connection) => {
        const member = this.#pool.get(connection);
        const code = CloseCode.tooSlow;
        metrics.slowReaders++;
        if (member) this.#close(member, { code, reason: "reads too slowly" });
      },
    });
    const moved = (clientId: string) => this.#moved(clientId);
    const attendance = new Attendance({ fanOut, presence, bus, time, log, moved });
    this.#attendance = attendance;
    const means = { journal, fibonacci, fanOut, attendance, time, metrics };
    this.#dispatcher = new Dispatcher({ ...means, limits });
    this.outside = new OutsideChats({ journal, limits, attendance, time, metrics });
    const members = this.#members;
    const delivery = this.#delivery = new Delivery({
      journal,
      fanOut,
      members,
      outside: this.outside,
      metrics,
      changed: () => this.#conditionChanged(),
      // The clients' places in the order mean nothing any more: they learn it by the time.
      begun: () => this.tick(time.now()),
      mistaken: (member) => {
        const message = "could not resume: there are not so many chats; try again";
        this.#entrance.refuse(member, { code: "unavailable", message });
      },
    });
    const close = this.#close.bind(this);
    const parts = { journal, presence, sessions, attendance, delivery, condition, fanOut };
    this.#entrance = new Entrance({ ...parts, limits, members, close, log, time, metrics });
    presence.subscribe({
      databaseChanged: () => this.#conditionChanged(),
      taken: (clientId) => this.#taken(clientId),
      moved: (clientId) => {
        attendance.moved(clientId);
        moved(clientId);
      },
      reaped: (clientIds) => attendance.reaped(clientIds),
      renamed: (former) => attendance.renamed(former),
    });
  }

  /** How many are online, over all nodes. */
  get online(): number {
    return this.#attendance.online;
  }

  /** How many connections this node has, those that are not welcomed yet among them. */
  get connections(): number {
    return this.#pool.size;
  }

  /** How many sockets of connections that have left have not ended yet. */
  get closing(): number {
    return this.#closing;
  }

  /** How much waits for slow readers, in bytes: for all of them, and for the one that is furthest behind. */
  get queues(): { readonly bytes: number; readonly largest: number } {
    return this.#fanOut.queues;
  }

  /** How many faults of the server itself there were. */
  get faults(): number {
    return this.#faults;
  }

  /** Whether the server is leaving. */
  get draining(): boolean {
    return this.#condition.draining;
  }

  /** Why no new clients should be sent here, if so. */
  get unready(): string | undefined {
    return this.#condition.unready;
  }

  /** Who is online on this node, by client_id. */
  get members(): ReadonlyMap<string, Member> {
    return this.#members;
  }

  /** Closes a connection of this node because whoever runs the server says so; its session is over. Idempotent. */
  dismiss(member: Member): void {
    this.#close(member, { code: CloseCode.overRate, reason: "closed by the administrator" });
  }

  /** Who is online, by name. */
  users(limit: number): User[] {
    return this.#attendance.list(limit);
  }

  /**
   * Takes a socket that is being upgraded.
   *
   * @param options `address`: the client's; `ended`: called when the socket is gone, perhaps more than once.
   */
  connect(
    socket: WebSocket,
    request: ConnectRequest,
    options: { readonly address: string; readonly ended: () => void },
  ): void {
    const { limits } = this.#options;
    const member = new Member(request, {
      socket,
      address: options.address,
      frameBytes: limits.FRAME_BYTES,
      queueBytes: limits.QUEUE_BYTES,
      rate: { perSecond: limits.MESSAGES_PER_SECOND, burst: limits.MESSAGES_BURST },
      elapsed: this.#time.elapsed,
      traffic: this.#metrics.traffic,
    });
    // Of a client that breaks off its handshake Deno may never tell.
    const forget = this.#time.after(OPEN_WITHIN_MS, options.ended);
    member.connection.listen({
      opened: () => {
        forget();
        this.#opened(member);
      },
      received: (data) => this.#received(member, data),
      ended: (code) => {
        forget();
        options.ended();
        if (member.connection.closed) this.#closing--;
        this.#leave(member, { code, by: "client" });
      },
      failed: (error) => this.#fault(member, error),
    });
  }

  /** Tells everybody the time; meant for each second. */
  tick(at: number): void {
    const { epoch, offset } = this.#options.journal;
    const { online } = this;
    this.#delivery.tick({ type: "time", ...wallTime(at), epoch, offset, online });
  }

  /**
   * Sends everybody away, telling each when to come back. Whoever connects from now on is to be refused before.
   */
  drain(): void {
    this.#condition.draining = true;
    this.#fanOut.flush();
    for (const member of [...this.#pool.values()]) this.#sendAway(member);
    this.#attendance.stop();
  }

  #opened(member: Member): void {
    this.#pool.set(member.connection, member);
    // It was admitted before the draining began.
    if (this.#condition.draining) return this.#sendAway(member);
    const { identity } = member.request;
    if (identity) {
      const callback = () => this.#expired(member);
      member.forgetToken = when(identity.expiresAt, { time: this.#time, callback });
    }
    this.#join(member).catch((error) => this.#fault(member, error));
  }

  #expired(member: Member): void {
    const message = "could not stay connected: the token has expired";
    const last = { type: "error", code: "unauthorized", message } as const;
    this.#close(member, {
      code: CloseCode.notAuthenticated,
      reason: "the token has expired",
      last,
    });
  }

  #sendAway(member: Member): void {
    const { DRAIN_SPREAD_MS: spreadMs, RESUME_GRACE_MS: graceMs } = this.#options.limits;
    // Who comes back must not be too late to resume.
    const mostMs = graceMs === 0 ? spreadMs : Math.min(spreadMs, graceMs / 2);
    const reconnectAfterMs = Math.floor(Math.random() * mostMs);
    const last = { ...this.#condition.status, reconnect_after_ms: reconnectAfterMs };
    this.#close(member, { code: CloseCode.leaving, reason: "the server is leaving", last });
  }

  async #join(member: Member): Promise<void> {
    const { format } = member.connection;
    await traced({
      name: "connect",
      attributes: { "pulso.format": format },
      after: (refused) => ({
        "pulso.online": member.online !== undefined,
        ...refused && { "error.type": refused },
      }),
    }, () => this.#entrance.admit(member));
    this.#hearEarly(member);
  }

  #received(member: Member, data: unknown): void {
    if (member.connection.closed) return;
    if (member.online === undefined || !member.follows || !this.#isSure()) {
      const accepted = member.connection.accept(data);
      if (accepted.is === "refused") return this.#close(member, accepted);
      if (member.keepEarly(data, this.#options.limits.QUEUE_BYTES)) return;
      const reason = "too much before it could be heard";
      return this.#close(member, { code: CloseCode.overRate, reason });
    }
    const faulted = (error: unknown) => this.#fault(member, error);
    const ending = this.#dispatcher.receive(member.online, data, faulted);
    if (ending !== undefined) this.#close(member, ending);
  }

  /** Whether the names are this node's own; where that must be found out first, what its clients say waits for it. */
  #isSure(): boolean {
    const { presence } = this.#options;
    if (this.#doubts) return false;
    if (presence.isSure) return true;
    this.#doubts = true;
    void presence.makeSure().then(() => {
      this.#doubts = false;
      for (const member of [...this.#pool.values()]) if (member.follows) this.#hearEarly(member);
    });
    return false;
  }

  #hearEarly(member: Member): void {
    for (const data of member.takeEarly()) this.#received(member, data);
  }

  /** Takes a member out of the pool, then closes its socket. Idempotent. */
  #close(
    member: Member,
    { code, reason, last }: { code: CloseCode; reason: string; last?: ServerMessage },
  ): void {
    if (member.connection.closed) return;
    // What was answered before the reason for the close came up still arrives.
    if (code !== CloseCode.tooSlow) this.#fanOut.settle(member.connection);
    member.connection.close(code, reason, last);
    this.#closing++;
    this.#leave(member, { code, by: "server", reason });
  }

  #leave(member: Member, end: { code: number; by: "client" | "server"; reason?: string }): void {
    const { connection, online } = member;
    connection.leave();
    member.forgetToken();
    if (!this.#pool.delete(connection)) return;
    this.#fanOut.remove(connection);
    this.#delivery.remove(member);
    member.takeEarly();
    this.#metrics.closed(end);
    const { log } = this.#options;
    const { address } = connection;
    if (online === undefined) {
      const username = member.request.username?.slice(0, 64);
      return log.info("refused", { username, address, ...end });
    }
    const mayReturn = member.mayReturn && !isGoodbye(end.code);
    member.online = undefined;
    const { session, user: { username, client_id } } = online;
    if (this.#members.get(client_id) === member) this.#members.delete(client_id);
    if (!mayReturn && this.#sessions.end(session, end.code)) this.#attendance.gone(session);
    else if (mayReturn && this.#sessions.leave(session, end.code)) this.#attendance.away(session);
    const seconds = Math.round((this.#time.elapsed() - connection.openedAt) / 100) / 10;
    log.info("disconnected", { action: "LOGOUT", username, client_id, address, ...end, seconds });
  }

  /** The database has given a session's name to somebody else. */
  #taken(clientId: string): void {
    const session = this.#sessions.forget(clientId);
    if (session !== undefined) this.#lost(session);
  }

  #lost(session: Session): void {
    this.#attendance.gone(session);
    const member = this.#members.get(session.clientId);
    if (member) {
      this.#entrance.refuse(member, this.#sessions.taken(session.name, session.owner).error);
    }
  }

  /** A session has been resumed on another node. */
  #moved(clientId: string): void {
    this.#sessions.forget(clientId);
    const member = this.#members.get(clientId);
    const code = CloseCode.resumedElsewhere;
    if (member) this.#close(member, { code, reason: "resumed elsewhere" });
  }

  #conditionChanged(): void {
    if (this.#condition.change()) this.#fanOut.announce(this.#condition.status);
  }

  /** A bug of ours: it costs the one connection, and is counted. */
  #fault(member: Member, error: unknown): void {
    this.#faults++;
    const stack = error instanceof Error ? error.stack : undefined;
    const client_id = member.online?.user.client_id;
    this.#options.log.error("fault", { client_id, reason: describeError(error), stack });
    this.#close(member, { code: CloseCode.fault, reason: "a fault in the server" });
  }
}
