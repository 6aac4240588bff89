/**
 * The room of all nodes: what the others tell is taken into the roster, and is put right from the database after
 * anything may have been missed. What this node tells is peer_feed.ts's business.
 *
 * Invariant: of its own sessions nobody knows better than this node, but for one that another node has taken over; of all
 * others the newest version is right, and what its own node says of it.
 *
 * @see docs/ARCHITECTURE.md, "Presence"
 * @module
 */

import type { Bus } from "./bus.ts";
import { systemTime, type Time } from "./clock.ts";
import { describeError, type Log } from "./log.ts";
import { PeerFeed } from "./peer_feed.ts";
import { parsePeerMessage, type PeerMessage } from "./peer_message.ts";
import type { PresenceEntry, PresencePort } from "./presence.ts";
import { RecentChanges } from "./recent_changes.ts";
import type { Present, Roster } from "./roster.ts";

/** How often it is looked whether something is to be done; also the least time between two snapshots. */
const BEAT_MS = 1000;
/** When a snapshot is taken though nothing was missed. */
const PUT_RIGHT_MS = 30_000;
/** When a snapshot is taken again that failed, or that could not decide everything. */
const AGAIN_MS = 5000;
/** The most nodes whose numbers are known. */
const NODES = 1000;
/** The least time between two complaints about what others say. */
const COMPLAIN_MS = 60_000;

/** What {@linkcode Peers} takes. */
export interface PeersOptions {
  readonly bus: Bus;
  /** Is changed by what the others tell; of what happens on this node it is told by whoever calls {@linkcode Peers}. */
  readonly roster: Roster;
  readonly presence: Pick<PresencePort, "nodeId" | "snapshot">;
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
  /** Whether a snapshot is under way. */
  #isAsking = false;
  #endedAt = -Infinity;
  /** When the next snapshot is to be taken. */
  #dueAt = -Infinity;
  #isFailing = false;
  #complainedAt = -Infinity;
  #cancelBeat: () => void = () => {};
  #stopped = false;

  /** Begins at once: hears what the others tell, and takes a snapshot. */
  constructor(options: PeersOptions) {
    const { bus, roster, presence, time = systemTime } = options;
    this.#options = options;
    this.#roster = roster;
    this.#time = time;
    this.#recent = new RecentChanges(time);
    this.#feed = new PeerFeed({ bus, nodeId: presence.nodeId, time });
    bus.subscribe({
      message: (text) => this.#receive(text),
      changed: (up) => {
        if (!up || this.#stopped) return;
        this.#feed.resume();
        this.#putRight();
      },
    });
    this.#beat();
  }

  /** Somebody of this node has come, is back, or was taken over by it; to be called after the roster's `here`. */
  here(present: Present): void {
    this.#noticeNode();
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

  /** The rows of these were deleted by this node, because their node is dead: they are gone, for all nodes. */
  reaped(clientIds: readonly string[]): void {
    for (const clientId of clientIds) {
      const known = this.#roster.find(clientId);
      if (known === undefined || this.#feed.isOwn(known.user.node)) continue;
      // Its node may be back and have claimed it anew.
      if (this.#recent.isSince(clientId, this.#time.elapsed())) {
        this.#putRight(AGAIN_MS);
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
    this.#cancelBeat();
  }

  #beat(): void {
    this.#noticeNode();
    this.#putRight(Infinity);
    this.#cancelBeat = this.#time.after(BEAT_MS, () => this.#beat());
  }

  // A lost lease gives this node another name, and all its sessions with it.
  #noticeNode(): void {
    for (const own of this.#feed.rename(this.#options.presence.nodeId)) {
      const { client_id: clientId } = own.user;
      // Another one may have the name by now, or they may be back just now.
      const isHere = this.#roster.find(clientId)?.isHere;
      if (isHere !== undefined) this.#roster.here(own);
      if (isHere === false) this.#roster.away(clientId);
    }
  }

  #receive(text: string): void {
    if (this.#stopped) return;
    this.#noticeNode();
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
    if (last === undefined || seq !== last + 1) this.#putRight();
    this.#tellChanges();
  }

  #take({ node, here, away, gone, reaped }: PeerMessage): void {
    const isAway = new Set(away);
    for (const present of here) {
      this.#recent.note(present.user.client_id);
      this.#put(present, isAway.has(present.user.client_id));
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

  /** Takes somebody of another node into the roster, where nothing newer is known. */
  #put(present: Present, isAway: boolean): void {
    const { client_id: clientId } = present.user;
    const own = this.#feed.find(clientId);
    if (own !== undefined && present.version <= own.version) return;
    if (own !== undefined) this.#feed.drop(clientId);
    if (this.#isNews(present)) {
      this.#roster.here(present);
      if (isAway) this.#roster.away(clientId);
    }
    if (own !== undefined) this.#options.moved(clientId);
  }

  /** Whether nothing is known against somebody: messages of two nodes may come in the wrong order. */
  #isNews({ user, key, version }: Present): boolean {
    if (version < this.#recent.goneVersion(user.client_id)) return false;
    if (version < (this.#roster.find(user.client_id)?.version ?? 0)) return false;
    const holder = this.#roster.holder(key);
    if (holder === undefined || holder.user.client_id === user.client_id) return true;
    const isOwn = this.#feed.find(holder.user.client_id) !== undefined;
    const isNewer = user.connected_at > holder.user.connected_at;
    if (isNewer && !(isOwn && holder.isHere)) return true;
    // Two have one name, as it is while the database is away: it decides.
    this.#putRight(AGAIN_MS);
    return false;
  }

  /** Takes a snapshot as soon as may be, or after a while; `Infinity`: where it is due anyway. */
  #putRight(afterMs = 0): void {
    const now = this.#time.elapsed();
    this.#dueAt = Math.min(this.#dueAt, now + afterMs);
    const isDue = now >= this.#dueAt && now >= this.#endedAt + BEAT_MS;
    if (isDue && !this.#isAsking) void this.#takeSnapshot(now);
  }

  async #takeSnapshot(began: number): Promise<void> {
    const { presence, log } = this.#options;
    this.#isAsking = true;
    this.#recent.keepFrom(began);
    this.#dueAt = Infinity;
    try {
      const entries = await presence.snapshot();
      if (this.#stopped) return;
      this.#noticeNode();
      this.#isFailing = false;
      const isSure = this.#compare(entries, began);
      this.#dueAt = Math.min(
        this.#dueAt,
        this.#time.elapsed() + (isSure ? PUT_RIGHT_MS : AGAIN_MS),
      );
      this.#tellChanges();
    } catch (error) {
      if (!this.#isFailing) log.warning("snapshot_failed", { reason: describeError(error) });
      this.#isFailing = true;
      this.#dueAt = Math.min(this.#dueAt, this.#time.elapsed() + AGAIN_MS);
    } finally {
      this.#isAsking = false;
      this.#recent.keepFrom(Infinity);
      this.#endedAt = this.#time.elapsed();
    }
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
      if (this.#feed.isOwn(user.node)) continue;
      if (this.#recent.isSince(clientId, began)) isSure = false;
      else this.#roster.gone(clientId);
    }
    for (const entry of entries) {
      if (this.#feed.isOwn(entry.user.node) || !this.#differs(entry)) continue;
      if (this.#recent.isSince(entry.user.client_id, began)) isSure = false;
      else this.#put(entry, entry.isAway);
    }
    return isSure;
  }

  #differs({ user, version, isAway }: PresenceEntry): boolean {
    const known = this.#roster.find(user.client_id);
    return known?.isHere !== !isAway || known.version !== version || known.user.node !== user.node;
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
