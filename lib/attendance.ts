/**
 * Who is there, over all nodes, as far as this one knows: the roster, what the clients are told of it, and what the nodes
 * tell each other.
 *
 * @module
 */

import type { Bus } from "./bus.ts";
import type { Time } from "./clock.ts";
import type { FanOut } from "./fan_out.ts";
import type { Log } from "./log.ts";
import { Peers } from "./peers.ts";
import type { PresencePort } from "./presence.ts";
import type { User } from "./protocol.ts";
import { type Present, Roster } from "./roster.ts";
import { RosterFeed } from "./roster_feed.ts";
import type { Session } from "./sessions.ts";
import { Announcement } from "./turn.ts";

/** What {@linkcode Attendance} takes. */
export interface AttendanceOptions {
  readonly fanOut: FanOut;
  readonly presence: PresencePort;
  /** To the other nodes, where there are any. */
  readonly bus: Bus | undefined;
  readonly time: Time;
  readonly log: Log;
  /** Called where a session of this node has been resumed on another one. */
  readonly moved: (clientId: string) => void;
}

/** The attendance of a room. */
export class Attendance {
  readonly #presence: PresencePort;
  readonly #roster = new Roster();
  readonly #feed: RosterFeed;
  readonly #peers: Peers | undefined;
  #users: Announcement | undefined;

  constructor({ fanOut, presence, bus, time, log, moved }: AttendanceOptions) {
    this.#presence = presence;
    const roster = this.#roster;
    this.#feed = new RosterFeed({ roster, fanOut, time });
    const changed = () => this.#feed.changed();
    this.#peers = bus && new Peers({ bus, roster, presence, time, log, changed, moved });
  }

  /** How many are online. */
  get online(): number {
    return this.#roster.online;
  }

  /** The answer to `users`, encoded once for all who ask before somebody comes or goes. */
  get users(): Announcement {
    const { users } = this.#roster;
    if (this.#users?.message !== users) this.#users = new Announcement(users);
    return this.#users;
  }

  /** The first `limit` of those who are online, by name; at most as many as `users` tells of. */
  list(limit: number): User[] {
    return this.#roster.users.users.slice(0, limit);
  }

  /** Somebody of this node came, or came back. */
  here(present: Present): void {
    this.#roster.here(present);
    this.#peers?.here(present);
    this.#feed.changed();
  }

  /** Somebody of this node is away, and may come back. */
  away(session: Session): void {
    if (this.#isElsewhere(session)) return;
    this.#roster.away(session.clientId);
    this.#peers?.away(session.clientId);
    this.#feed.changed();
  }

  /** Somebody of this node left. */
  gone(session: Session): void {
    if (this.#isElsewhere(session)) return;
    this.#roster.gone(session.clientId);
    this.#peers?.gone(session.clientId);
    this.#feed.changed();
  }

  /** Whether another node has taken it over: then it is that one's to tell of. */
  #isElsewhere({ clientId, version }: Session): boolean {
    return (this.#roster.find(clientId)?.version ?? version) > version;
  }

  /** Somebody of this node turned out to be another one's. */
  moved(clientId: string): void {
    if (this.#peers !== undefined) return this.#peers.moved(clientId);
    this.#roster.gone(clientId);
    this.#feed.changed();
  }

  /** This node had another node_id, `former`, until now. */
  renamed(former: string): void {
    this.#roster.renameNode(former, this.#presence.nodeId);
    this.#peers?.renamed();
  }

  /** Others left with their node, whose rows this node has removed. */
  reaped(clientIds: readonly string[]): void {
    this.#peers?.reaped(clientIds);
  }

  /** Tells the other nodes what they have not been told yet, and nothing more. */
  stop(): void {
    this.#peers?.stop();
  }
}
