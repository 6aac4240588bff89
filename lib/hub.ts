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
import { systemTime, type Time, wallTime } from "./clock.ts";
import { Condition } from "./condition.ts";
import type { Config } from "./config.ts";
import type { Connection } from "./connection.ts";
import { Delivery } from "./delivery.ts";
import { Dispatcher } from "./dispatch.ts";
import { FanOut } from "./fan_out.ts";
import type { FibonacciPool } from "./fibonacci.ts";
import type { ConnectRequest } from "./handshake.ts";
import { type Journal, JournalError } from "./journal.ts";
import { describeError, type Log } from "./log.ts";
import { Member } from "./member.ts";
import type { PresencePort } from "./presence.ts";
import type { ServerMessage, User } from "./protocol.ts";
import { type EntryError, type Opened, type Session, Sessions } from "./sessions.ts";

/** A socket that has not opened by then never will. */
const OPEN_WITHIN_MS = 10_000;

/** How a connection is closed that cannot come in. */
const REFUSED_WITH: Readonly<Record<EntryError["code"], CloseCode>> = {
  username_taken: CloseCode.nameTaken,
  username_invalid: CloseCode.nameNotAllowed,
  unavailable: CloseCode.full,
};

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
  /** See {@linkcode FanOut}. */
  readonly afterTurn?: (callback: () => void) => void;
}

/** The hub of one node. */
export class Hub {
  readonly #options: HubOptions;
  readonly #time: Time;
  readonly #fanOut: FanOut;
  readonly #dispatcher: Dispatcher;
  readonly #sessions: Sessions;
  readonly #attendance: Attendance;
  readonly #delivery: Delivery;
  readonly #condition: Condition;
  /** Everyone whose socket is open. */
  readonly #pool = new Map<Connection, Member>();
  /** Those of them that are online, by client_id. */
  readonly #members = new Map<string, Member>();
  #epoch: string;
  #faults = 0;

  constructor(options: HubOptions) {
    const { time = systemTime, afterTurn, journal, presence, limits, fibonacci, bus, log } =
      options;
    this.#options = options;
    this.#time = time;
    this.#epoch = journal.epoch;
    this.#condition = new Condition({ presence, journal, time });
    this.#sessions = new Sessions({
      presence,
      graceMs: limits.RESUME_GRACE_MS,
      time,
      lost: (session) => this.#lost(session),
    });
    const fanOut = this.#fanOut = new FanOut({
      time,
      ...(afterTurn && { afterTurn }),
      onTooSlow: (connection) => {
        const member = this.#pool.get(connection);
        if (member) this.#close(member, CloseCode.tooSlow, "reads too slowly");
      },
    });
    const moved = (clientId: string) => this.#moved(clientId);
    const attendance = new Attendance({ fanOut, presence, bus, time, log, moved });
    this.#attendance = attendance;
    this.#dispatcher = new Dispatcher({ limits, journal, fibonacci, fanOut, attendance, time });
    this.#delivery = new Delivery({
      journal,
      fanOut,
      find: (clientId) => this.#members.get(clientId),
      changed: () => this.#journalChanged(),
    });
    presence.subscribe({
      databaseChanged: () => this.#conditionChanged(),
      taken: (clientId) => this.#taken(clientId),
      reaped: (clientIds) => attendance.reaped(clientIds),
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
        this.#leave(member, { code, by: "client" });
      },
      failed: (error) => this.#fault(member, error),
    });
  }

  /** Tells everybody the time; meant for each second. */
  tick(at: number): void {
    this.#fanOut.announce({
      type: "time",
      ...wallTime(at),
      epoch: this.#options.journal.epoch,
      offset: this.#options.journal.offset,
      online: this.online,
    });
    // At once: a tick that waits for the end of a busy turn is late.
    this.#fanOut.flush();
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
    this.#join(member).catch((error) => this.#fault(member, error));
  }

  #sendAway(member: Member): void {
    const reconnectAfterMs = Math.floor(Math.random() * this.#options.limits.DRAIN_SPREAD_MS);
    this.#close(member, CloseCode.leaving, "the server is leaving", {
      ...this.#condition.status,
      reconnect_after_ms: reconnectAfterMs,
    });
  }

  async #join(member: Member): Promise<void> {
    const { username, resume } = member.request;
    const opened = await this.#sessions.open({ username, secret: resume?.session });
    if (!opened.ok) return this.#refuse(member, opened.error);
    const { session, isKnown } = opened.value;
    const reaches = isKnown ? await this.#reaches(member.request) : false;
    if (this.#sessions.holds(session) && reaches !== undefined && !member.connection.closed) {
      return await this.#enter(member, opened.value, reaches ? resume?.after : undefined);
    }
    // It has gone meanwhile, of a new session without having heard; or it is asked to try again.
    if (!isKnown) this.#sessions.end(session);
    else if (this.#sessions.leave(session)) this.#attendance.away(session);
    const message = "could not resume: what was missed cannot be had now; try again";
    this.#refuse(member, { code: "unavailable", message });
  }

  /** Whether it can have all that it missed; `undefined` where that cannot be found out now, but perhaps soon. */
  async #reaches({ resume }: ConnectRequest): Promise<boolean | undefined> {
    const { epoch, after } = resume ?? {};
    if (epoch === undefined || after === undefined) return false;
    const reaches = await this.#options.journal.reaches(epoch, after);
    // Where the broker stays away, the clock and who is here are better than nothing.
    return reaches ?? (this.#condition.unready === undefined ? undefined : false);
  }

  /** Closes a connection that cannot come in. */
  #refuse(member: Member, error: EntryError): void {
    this.#close(member, REFUSED_WITH[error.code], error.code, { type: "error", ...error });
  }

  /** @param after Up to where it has everything; `undefined` where it begins anew. */
  async #enter(
    member: Member,
    { session, isKnown }: Opened,
    after: number | undefined,
  ): Promise<void> {
    const { journal, presence, log } = this.#options;
    const { clientId, name, key, version } = session;
    const former = this.#members.get(clientId);
    const user: User = {
      username: name,
      client_id: clientId,
      connected_at: (session.connectedAt ??= new Date(this.#time.now())).toISOString(),
      node: presence.nodeId,
    };
    member.online = { connection: member.connection, user, computing: false, session };
    this.#members.set(clientId, member);
    if (former) this.#close(former, CloseCode.resumedElsewhere, "resumed elsewhere");
    this.#attendance.here({ user, key, version });
    const resumed = after !== undefined;
    const { address, format } = member.connection;
    const fields = { username: name, client_id: clientId, address, format };
    log.info("connected", { action: "LOGIN", ...fields, ...(isKnown && { resumed }) });
    try {
      const welcome = this.#welcome(session, resumed);
      await this.#delivery.begin(member, { welcome, after: after ?? journal.offset });
    } catch (error) {
      if (!(error instanceof JournalError)) throw error;
      return this.#refuse(member, { code: "unavailable", message: error.message });
    }
    if (!member.follows) return;
    if (!this.#condition.isWell) this.#fanOut.send(member.connection, this.#condition.status);
    for (const data of member.takeEarly()) this.#received(member, data);
  }

  #welcome(session: Session, resumed: boolean): ServerMessage {
    const { limits, journal, presence } = this.#options;
    return {
      type: "welcome",
      message: `Welcome, ${session.name}`,
      client_id: session.clientId,
      username: session.name,
      session: session.secret,
      epoch: journal.epoch,
      offset: journal.offset,
      resumed,
      online: this.online,
      node: presence.nodeId,
      limits: {
        message_length: limits.MESSAGE_LENGTH,
        fibonacci_input: limits.FIBONACCI_MAX,
        messages_per_second: limits.MESSAGES_PER_SECOND || null,
      },
      timestamp: new Date(this.#time.now()).toISOString(),
    };
  }

  #received(member: Member, data: unknown): void {
    if (member.connection.closed) return;
    if (member.online === undefined || !member.follows) {
      const accepted = member.connection.accept(data);
      if (accepted.is === "refused") return this.#close(member, accepted.code, accepted.reason);
      if (member.keepEarly(data, this.#options.limits.QUEUE_BYTES)) return;
      return this.#close(member, CloseCode.overRate, "too much before it could be heard");
    }
    const faulted = (error: unknown) => this.#fault(member, error);
    const ending = this.#dispatcher.receive(member.online, data, faulted);
    if (ending !== undefined) this.#close(member, ending.code, ending.reason);
  }

  #journalChanged(): void {
    this.#conditionChanged();
    const { epoch } = this.#options.journal;
    if (epoch === this.#epoch) return;
    this.#epoch = epoch;
    // The clients' places in the order mean nothing any more: they learn it by the time.
    this.tick(this.#time.now());
  }

  /** Takes a member out of the pool, then closes its socket. Idempotent. */
  #close(member: Member, code: CloseCode, reason: string, last?: ServerMessage): void {
    if (member.connection.closed) return;
    // What was answered before the reason for the close came up still arrives.
    if (code !== CloseCode.tooSlow) this.#fanOut.settle(member.connection);
    member.connection.close(code, reason, last);
    this.#leave(member, { code, by: "server", reason });
  }

  #leave(member: Member, end: { code: number; by: "client" | "server"; reason?: string }): void {
    const { connection, online } = member;
    connection.leave();
    if (!this.#pool.delete(connection)) return;
    this.#fanOut.remove(connection);
    this.#delivery.remove(member);
    member.takeEarly();
    const { log } = this.#options;
    const { address } = connection;
    if (online === undefined) {
      const username = member.request.username?.slice(0, 64);
      return log.info("refused", { username, address, ...end });
    }
    member.online = undefined;
    const { session, user: { username, client_id } } = online;
    if (this.#members.get(client_id) === member) this.#members.delete(client_id);
    const mayReturn = member.mayReturn && !isGoodbye(end.code);
    if (!mayReturn && this.#sessions.end(session)) this.#attendance.gone(session);
    else if (mayReturn && this.#sessions.leave(session)) this.#attendance.away(session);
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
    if (member) this.#refuse(member, this.#sessions.taken(session.name).error);
  }

  /** A session has been resumed on another node. */
  #moved(clientId: string): void {
    this.#sessions.forget(clientId);
    const member = this.#members.get(clientId);
    if (member) this.#close(member, CloseCode.resumedElsewhere, "resumed elsewhere");
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
    this.#close(member, CloseCode.fault, "a fault in the server");
  }
}
