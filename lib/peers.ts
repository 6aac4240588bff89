/**
 * The room of all nodes: what the others tell is taken into the roster, and is put right from the database after
 * anything may have been missed. What this node tells is peer_feed.ts's business.
 *
 * Invariant: of its own sessions nobody knows better than this node, but for the database where another node has taken one
 * over; of all others the newest version that was heard is right, and what its own node says of it, until the database
 * says otherwise.
 *
 * @see docs/ARCHITECTURE.md, "Presence"
 * @module
 */

import type { Bus } from "./bus.ts";
import { systemTime, type Time } from "./clock.ts";
import type { Log } from "./log.ts";
import { PeerFeed } from "./peer_feed.ts";
import { parsePeerMessage, type PeerMessage } from "./peer_message.ts";
import { Snapshots } from "./peer_snapshots.ts";
import type { PresenceEntry, PresencePort } from "./presence.ts";
import { RecentChanges } from "./recent_changes.ts";
import type { Known, Present, Roster } from "./roster.ts";

/** The most nodes whose numbers are known. */
const NODES = 1000;
/** The least time between two complaints about what others say. */
const COMPLAIN_MS = 60_000;

/** What {@linkcode Peers} takes. */
export interface PeersOptions {
  readonly bus: Bus;
  /** Is changed by what the others tell; of what happens on this node it is told by whoever calls {@linkcode Peers}. */
  readonly roster: Roster;
  readonly presence: Pick<PresencePort, "nodeId" | "snapshot" | "othersMayReturn" | "claimAgain">;
  readonly log: Log;
  readonly time?: Time;
  /** The roster has something to tell by what others told. */
  readonly changed: () => void;
  /** A session of this node is another node's by now; the roster knows it already. */
  readonly moved: (clientId: string) => void;
}

/** The exchange of one node with the others. */
export class Peers {
  readonly #options: PeersOptions;
  readonly #roster: Roster;
  readonly #time: Time;
  readonly #feed: PeerFeed;
  /** The number of each node's last message; who was heard last stands last. */
  readonly #heard = new Map<string, number>();
  readonly #recent: RecentChanges;
  readonly #snapshots: Snapshots;
  /** When others have said that they have a session of this node. */
  readonly #doubted = new Map<string, number>();
  #complainedAt = -Infinity;
  #stopped = false;

  /** Begins at once: hears what the others tell, and takes a snapshot. */
  constructor(options: PeersOptions) {
    const { bus, roster, presence, log, time = systemTime } = options;
    this.#options = options;
    this.#roster = roster;
    this.#time = time;
    this.#recent = new RecentChanges(time);
    this.#feed = new PeerFeed({ bus, nodeId: presence.nodeId, time });
    this.#snapshots = new Snapshots({
      ...{ presence, log, time },
      asked: (at) => this.#recent.keepFrom(at),
      taken: (entries, began) => this.#compare(entries, began),
      ended: () => this.#recent.keepFrom(Infinity),
    });
    bus.subscribe({
      message: (text) => this.#receive(text),
      changed: (up) => {
        if (!up || this.#stopped) return;
        this.#feed.resume();
        this.#snapshots.want();
      },
    });
    this.#snapshots.start();
  }

  /** Somebody of this node has come, is back, or was taken over by it; to be called after the roster's `here`. */
  here(present: Present): void {
    this.#recent.note(present.user.client_id);
    this.#feed.here(present);
  }

  /** Somebody of this node is away. Has no effect on who is not this node's, or no longer. */
  away(clientId: string): void {
    this.#feed.away(clientId);
  }

  /** Somebody of this node is gone. Has no effect on who is not this node's, or no longer. */
  gone(clientId: string): void {
    const own = this.#feed.find(clientId);
    if (own === undefined) return;
    this.#recent.note(clientId, own.version);
    this.#feed.gone(clientId);
  }

  /** A session of this node is another one's, as the database said; that one tells of it, or the next snapshot. */
  moved(clientId: string): void {
    this.#doubted.set(clientId, this.#time.elapsed());
    this.#snapshots.want();
  }

  /**
   * This node has another node_id, and all its sessions with it; the roster knows it already. It has lost its lease: others
   * have been told what it may have missed.
   */
  renamed(): void {
    this.#feed.rename(this.#options.presence.nodeId);
    this.#snapshots.want();
  }

  /** The rows of these were deleted by this node, because their node is dead: they are gone, for all nodes. */
  reaped(clientIds: readonly string[]): void {
    for (const clientId of clientIds) {
      const known = this.#roster.find(clientId);
      if (known === undefined || this.#feed.isOwn(known.user.node)) continue;
      // Its node may be back and have claimed it anew.
      if (this.#recent.isSince(clientId, this.#time.elapsed())) {
        this.#snapshots.wantLater();
        continue;
      }
      this.#remove(clientId);
      this.#feed.reaped({ client_id: clientId, node: known.user.node });
    }
    this.#tellChanges();
  }

  /** Tells the others what they have not been told yet, and hears and does nothing more. Idempotent. */
  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#feed.stop();
    this.#snapshots.stop();
  }

  #receive(text: string): void {
    if (this.#stopped) return;
    const parsed = parsePeerMessage(text, (node) => this.#feed.isOwn(node));
    if (parsed === "own") return;
    if (parsed === "unreadable") return this.#complain("peer_message_unreadable", {});
    const { message, dropped } = parsed;
    const { node, seq } = message;
    if (dropped > 0) this.#complain("peer_entries_dropped", { node, entries: dropped });
    this.#take(message);
    const last = this.#heard.get(node);
    this.#heard.delete(node);
    this.#heard.set(node, seq);
    const [oldest = node] = this.#heard.keys();
    if (this.#heard.size > NODES) this.#heard.delete(oldest);
    if (last === undefined || seq !== last + 1) this.#snapshots.want();
    this.#tellChanges();
  }

  #take({ node, here, away, gone, reaped }: PeerMessage): void {
    const isAway = new Set(away);
    for (const present of here) {
      const { client_id: clientId } = present.user;
      const own = this.#feed.find(clientId);
      if (own === undefined) {
        this.#recent.note(clientId);
        if (this.#isNews(present)) this.#put(present, isAway.has(clientId));
      } else if (present.version > own.version) {
        // Anybody could say so: the database decides.
        this.#doubted.set(clientId, this.#time.elapsed());
        this.#snapshots.want();
      }
    }
    for (const clientId of away) {
      this.#recent.note(clientId);
      if (this.#roster.find(clientId)?.user.node === node) this.#roster.away(clientId);
    }
    for (const clientId of gone) this.#removeOf(node, clientId);
    for (const { client_id: clientId, node: dead } of reaped) {
      if (!this.#feed.isOwn(dead)) this.#removeOf(dead, clientId);
    }
  }

  /** Removes somebody who is a node's. Who is not known is remembered too: a snapshot may be under way that knows them. */
  #removeOf(node: string, clientId: string): void {
    const known = this.#roster.find(clientId);
    if (known === undefined) this.#recent.note(clientId);
    else if (known.user.node === node) this.#remove(clientId);
  }

  #remove(clientId: string): void {
    this.#recent.note(clientId, this.#roster.find(clientId)?.version);
    this.#roster.gone(clientId);
  }

  /** Takes somebody of another node into the roster, where the name is free. */
  #put(present: Present, isAway: boolean): void {
    if (!this.#mayHaveName(present)) return;
    this.#roster.here(present);
    if (isAway) this.#roster.away(present.user.client_id);
  }

  /** Whether nothing newer is known: messages of two nodes may come in the wrong order. */
  #isNews({ user: { client_id: clientId }, version }: Present): boolean {
    const known = this.#roster.find(clientId)?.version ?? 0;
    return version >= Math.max(known, this.#recent.goneVersion(clientId));
  }

  #mayHaveName({ user, key }: Present): boolean {
    const holder = this.#roster.holder(key);
    if (holder === undefined || holder.user.client_id === user.client_id) return true;
    const isOwn = this.#feed.find(holder.user.client_id) !== undefined;
    const isNewer = user.connected_at > holder.user.connected_at;
    if (isNewer && !(isOwn && holder.isHere)) return true;
    // Two have one name, as it is while the database is away: it decides.
    this.#snapshots.wantLater();
    return false;
  }

  /**
   * Makes the roster what the database says, but for this node's own and for those of whom something was heard since it
   * was asked, or so shortly before that it may not have known.
   *
   * @returns Whether nothing was left open.
   */
  #compare(entries: readonly PresenceEntry[], began: number): boolean {
    let isSure = true;
    const surplus = new Map(
      [...this.#roster.everybody].map((known) => [known.user.client_id, known]),
    );
    for (const { user } of entries) surplus.delete(user.client_id);
    for (const [clientId, { user }] of surplus) {
      const isOwn = this.#feed.isOwn(user.node);
      if (isOwn && !this.#isDoubted(clientId, began)) {
        this.#claimAgain(clientId, began);
        continue;
      }
      const { othersMayReturn } = this.#options.presence;
      const mayReturn = this.#recent.isSince(clientId, began) || othersMayReturn;
      if (!isOwn && mayReturn) isSure = false;
      else this.#roster.gone(clientId);
      if (isOwn) this.#giveUp(clientId);
    }
    for (const entry of entries) {
      const known = this.#roster.find(entry.user.client_id);
      if (this.#feed.isOwn(entry.user.node) || !differs(entry, known)) continue;
      if (!this.#replace(entry, began)) isSure = false;
    }
    for (const [clientId, at] of this.#doubted) if (at <= began) this.#doubted.delete(clientId);
    this.#tellChanges();
    return isSure;
  }

  /** Takes somebody as the database has them; returns whether nothing was heard that may be newer. */
  #replace(entry: PresenceEntry, began: number): boolean {
    const { client_id: clientId } = entry.user;
    const own = this.#feed.find(clientId);
    if (own === undefined && this.#recent.isSince(clientId, began)) return false;
    // Of this node's own only the database could know better; then what was heard of it was not taken.
    if (own !== undefined && entry.version <= own.version) return true;
    if (entry.version < (this.#roster.find(clientId)?.version ?? 0)) this.#roster.gone(clientId);
    this.#put(entry, entry.isAway);
    if (own !== undefined) this.#giveUp(clientId);
    return own === undefined;
  }

  /** Somebody who is here without a row: it was reaped with a node that had taken the session, but not the socket. */
  #claimAgain(clientId: string, began: number): void {
    const isLost = this.#feed.find(clientId)?.isHere && !this.#recent.isSince(clientId, began);
    if (isLost) this.#options.presence.claimAgain(clientId);
  }

  #isDoubted(clientId: string, began: number): boolean {
    return (this.#doubted.get(clientId) ?? Infinity) <= began;
  }

  /** A session of this node is another one's, or was and is over. */
  #giveUp(clientId: string): void {
    this.#feed.drop(clientId);
    this.#options.moved(clientId);
  }

  #tellChanges(): void {
    if (this.#roster.changed) this.#options.changed();
  }

  #complain(event: string, fields: Readonly<Record<string, string | number>>): void {
    const now = this.#time.elapsed();
    if (now < this.#complainedAt + COMPLAIN_MS) return;
    this.#complainedAt = now;
    this.#options.log.warning(event, fields);
  }
}

function differs({ user, version, isAway }: PresenceEntry, known: Known | undefined): boolean {
  return known?.isHere !== !isAway || known.version !== version ||
    known.user.node !== user.node || known.user.username !== user.username;
}
