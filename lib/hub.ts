/**
 * The hub: who is in the room, what their messages mean, and the beat. How a socket is fed is fan_out.ts's business, the
 * order of chats the journal's, the rows of the database presence.ts's.
 *
 * Invariant: a name is held by at most one connection; a connection that is out of the pool receives nothing more and
 * is nobody's `online`; whatever a member does costs at most its own connection.
 *
 * @module
 */

import { CloseCode } from "./close_codes.ts";
import { systemTime, type Time, wallTime } from "./clock.ts";
import type { Config } from "./config.ts";
import { Dispatcher } from "./dispatch.ts";
import { FanOut } from "./fan_out.ts";
import type { FibonacciPool } from "./fibonacci.ts";
import type { ConnectRequest } from "./handshake.ts";
import { type Journal, type JournalEntry, toChat } from "./journal.ts";
import { describeError, type Log } from "./log.ts";
import { Member } from "./member.ts";
import { type HeldName, NameDesk, type NameError } from "./name_desk.ts";
import type { PresencePort } from "./presence.ts";
import type { ServerMessage, ServerMessageOf, User } from "./protocol.ts";
import { Roster } from "./roster.ts";
import { RosterFeed } from "./roster_feed.ts";

/** A socket that has not opened by then never will. */
const OPEN_WITHIN_MS = 10_000;
/** When clients are asked to come back after the server has left. */
const RECONNECT_AFTER_MS = 1000;

/** The settings that the hub keeps to. */
export type HubLimits = Pick<
  Config,
  | "MESSAGE_LENGTH"
  | "FRAME_BYTES"
  | "QUEUE_BYTES"
  | "MESSAGES_PER_SECOND"
  | "MESSAGES_BURST"
  | "FIBONACCI_MAX"
>;

/** What {@linkcode Hub} takes. */
export interface HubOptions {
  readonly limits: HubLimits;
  readonly journal: Journal;
  readonly presence: PresencePort;
  readonly fibonacci: Pick<FibonacciPool, "compute">;
  readonly log: Log;
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
  readonly #feed: RosterFeed;
  readonly #names: NameDesk;
  readonly #roster = new Roster();
  readonly #members = new Map<string, Member>();
  #draining = false;
  #faults = 0;

  constructor(options: HubOptions) {
    const { time = systemTime, afterTurn, journal, presence, limits, fibonacci } = options;
    this.#options = options;
    this.#time = time;
    this.#names = new NameDesk(presence);
    const fanOut = this.#fanOut = new FanOut({
      time,
      ...(afterTurn && { afterTurn }),
      onTooSlow: ({ id }) => {
        const member = this.#members.get(id);
        if (member) this.#close(member, CloseCode.tooSlow, "reads too slowly");
      },
    });
    const roster = this.#roster;
    this.#feed = new RosterFeed({ roster, fanOut, time });
    this.#dispatcher = new Dispatcher({ limits, journal, fibonacci, fanOut, roster, time });
    journal.subscribe((entry) => this.#deliver(entry));
    presence.subscribe({
      databaseChanged: () => fanOut.announce(this.#status()),
      taken: (clientId) => {
        const member = this.#members.get(clientId);
        const name = member?.online?.user.username;
        if (member && name) this.#refuse(member, this.#names.taken(name).error);
      },
    });
  }

  /** How many are online. */
  get online(): number {
    return this.#roster.online;
  }

  /** How many connections there are, those that are not welcomed yet among them. */
  get connections(): number {
    return this.#fanOut.size;
  }

  /** How many faults of the server itself there were. */
  get faults(): number {
    return this.#faults;
  }

  /** Whether the server is leaving. */
  get draining(): boolean {
    return this.#draining;
  }

  /** Who is online, by name. */
  users(limit: number): User[] {
    return this.#roster.list(limit);
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
    const member = new Member(request.username, {
      socket,
      format: request.format,
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

  /** Sends everybody away, telling them to come back. Whoever connects from now on is to be refused before. */
  drain(): void {
    this.#draining = true;
    this.#fanOut.flush();
    for (const member of [...this.#members.values()]) this.#sendAway(member);
  }

  #opened(member: Member): void {
    this.#members.set(member.id, member);
    this.#fanOut.add(member.connection);
    member.offset = this.#options.journal.offset;
    // It was admitted before the draining began.
    if (this.#draining) return this.#sendAway(member);
    this.#join(member).catch((error) => this.#fault(member, error));
  }

  #sendAway(member: Member): void {
    this.#close(member, CloseCode.leaving, "the server is leaving", this.#status());
  }

  async #join(member: Member): Promise<void> {
    const claimed = await this.#names.claim(member.wished, {
      clientId: member.id,
      sessionHash: member.sessionHash,
    });
    if (member.connection.closed) return;
    if (claimed.ok) return this.#welcome(member, claimed.value);
    this.#refuse(member, claimed.error);
  }

  /** Closes a connection that cannot have its name. */
  #refuse(member: Member, error: NameError): void {
    const code = error.code === "username_taken" ? CloseCode.nameTaken : CloseCode.nameNotAllowed;
    this.#close(member, code, error.code, { type: "error", ...error });
  }

  #welcome(member: Member, { name, key, connectedAt }: HeldName): void {
    const { limits, journal, presence, log } = this.#options;
    const now = new Date(this.#time.now());
    const user: User = {
      username: name,
      client_id: member.id,
      connected_at: (connectedAt ?? now).toISOString(),
      node: presence.nodeId,
    };
    member.online = { connection: member.connection, user, computing: false, key };
    this.#roster.add(key, user);
    this.#feed.changed();
    this.#fanOut.release(member.connection, {
      type: "welcome",
      message: `Welcome, ${name}`,
      client_id: member.id,
      username: name,
      session: member.session,
      epoch: journal.epoch,
      offset: member.offset,
      resumed: false,
      online: this.online,
      node: presence.nodeId,
      limits: {
        message_length: limits.MESSAGE_LENGTH,
        fibonacci_input: limits.FIBONACCI_MAX,
        messages_per_second: limits.MESSAGES_PER_SECOND || null,
      },
      timestamp: now.toISOString(),
    });
    if (!presence.up) this.#fanOut.send(member.connection, this.#status());
    const { address, format } = member.connection;
    const fields = { username: name, client_id: member.id, address, format };
    log.info("connected", { action: "LOGIN", ...fields });
    for (const data of member.takeEarly()) this.#received(member, data);
  }

  #received(member: Member, data: unknown): void {
    if (member.connection.closed) return;
    if (member.online === undefined) {
      const accepted = member.connection.accept(data);
      if (accepted.is === "refused") return this.#close(member, accepted.code, accepted.reason);
      if (member.keepEarly(data, this.#options.limits.QUEUE_BYTES)) return;
      return this.#close(member, CloseCode.overRate, "too much before the welcome");
    }
    const faulted = (error: unknown) => this.#fault(member, error);
    const ending = this.#dispatcher.receive(member.online, data, faulted);
    if (ending !== undefined) this.#close(member, ending.code, ending.reason);
  }

  #deliver(entry: JournalEntry): void {
    const { clientId, id, offset, timestamp } = entry;
    const chat = toChat(entry);
    const sender = this.#members.get(clientId);
    if (sender === undefined) return this.#fanOut.announce(chat);
    const recipients = this.online - 1;
    const ack = id === undefined
      ? undefined
      : { type: "ack", id, offset, timestamp, recipients } as const;
    this.#fanOut.announceExcept(chat, sender.connection, ack);
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
    member.connection.leave();
    if (!this.#members.delete(member.id)) return;
    this.#fanOut.remove(member.connection);
    this.#names.release(member.id);
    member.takeEarly();
    const { id, connection, online } = member;
    const fields = { client_id: id, address: connection.address, ...end };
    if (online === undefined) {
      return this.#options.log.info("refused", {
        username: member.wished?.slice(0, 64),
        ...fields,
      });
    }
    member.online = undefined;
    this.#roster.remove(online.key, online.user);
    this.#feed.changed();
    const { username } = online.user;
    const seconds = Math.round((this.#time.elapsed() - connection.openedAt) / 100) / 10;
    this.#options.log.info("disconnected", { action: "LOGOUT", username, ...fields, seconds });
  }

  #status(): ServerMessageOf<"status"> {
    const status = {
      type: "status",
      database: this.#options.presence.up ? "up" : "down",
      broker: "none",
      draining: this.#draining,
    } as const;
    return this.#draining ? { ...status, reconnect_after_ms: RECONNECT_AFTER_MS } : status;
  }

  /** A bug of ours: it costs the one connection, and is counted. */
  #fault(member: Member, error: unknown): void {
    this.#faults++;
    const stack = error instanceof Error ? error.stack : undefined;
    this.#options.log.error("fault", { client_id: member.id, reason: describeError(error), stack });
    this.#close(member, CloseCode.fault, "a fault in the server");
  }
}
