/**
 * Tells the other nodes who came to this one and who went: merged, at most once a second. What others tell is peers.ts's
 * business.
 *
 * Invariant: whoever hears every message knows all sessions of this node, and whether they are away.
 *
 * @module
 */

import type { Bus } from "./bus.ts";
import type { Time } from "./clock.ts";
import { CHANGES, encodePeerMessage, type Reaped } from "./peer_message.ts";
import type { Known, Present } from "./roster.ts";

/** The least time between two publications. */
const INTERVAL_MS = 1000;
/** So many former node_ids are known as this node's. */
const FORMER_NODES = 10;

interface Own extends Known {
  isHere: boolean;
  /** Whether another node may know of it. */
  isTold: boolean;
}

interface Change {
  /** Set where the others are to be told who it is. */
  readonly present: Present | undefined;
  readonly is: "here" | "away" | "gone";
}

/** What one node tells the others. */
export class PeerFeed {
  readonly #bus: Bus;
  readonly #time: Time;
  readonly #own = new Map<string, Own>();
  /** By client_id. */
  #changes = new Map<string, Change>();
  #reaped: Reaped[] = [];
  /** The node_ids of this node, the newest first. */
  #nodes: readonly string[];
  #seq = 0;
  #publishedAt = -Infinity;
  #cancel: (() => void) | undefined;

  constructor(options: { readonly bus: Bus; readonly nodeId: string; readonly time: Time }) {
    this.#bus = options.bus;
    this.#time = options.time;
    this.#nodes = [options.nodeId];
  }

  /** A session of this node. */
  find(clientId: string): Known | undefined {
    return this.#own.get(clientId);
  }

  /** Whether a node_id is this node's, or was. */
  isOwn(node: string): boolean {
    return this.#nodes.includes(node);
  }

  /** A session is here. */
  here(present: Present): void {
    const { client_id: clientId } = present.user;
    const isTold = present.version > 0 || this.#own.get(clientId)?.isTold === true;
    this.#own.set(clientId, { ...present, isHere: true, isTold });
    this.#change(clientId, { present, is: "here" });
  }

  /** A session is away. */
  away(clientId: string): void {
    const own = this.#own.get(clientId);
    if (own === undefined) return;
    own.isHere = false;
    this.#change(clientId, { present: this.#changes.get(clientId)?.present, is: "away" });
  }

  /** A session is over. */
  gone(clientId: string): void {
    const own = this.#own.get(clientId);
    if (!this.#own.delete(clientId)) return;
    // Who came and went in between is nobody's news.
    if (own?.isTold !== true) this.#changes.delete(clientId);
    else this.#change(clientId, { present: this.#changes.get(clientId)?.present, is: "gone" });
  }

  /** A session is another node's now: there is nothing more to tell of it. */
  drop(clientId: string): void {
    this.#own.delete(clientId);
    this.#changes.delete(clientId);
  }

  /** Somebody was of a node that is dead. */
  reaped(who: Reaped): void {
    this.#reaped.push(who);
    this.#plan();
  }

  /** Takes the node_id that this node has now. Where it is another one, all sessions are told again. */
  rename(node: string): void {
    if (node === this.#nodes[0]) return;
    this.#nodes = [node, ...this.#nodes].slice(0, 1 + FORMER_NODES);
    for (const [clientId, own] of this.#own) {
      const user = { ...own.user, node };
      this.#own.set(clientId, { ...own, user });
      const present = { user, key: own.key, version: own.version };
      this.#change(clientId, { present, is: own.isHere ? "here" : "away" });
    }
  }

  /** Lets the others notice what they have missed while the bus was away. */
  resume(): void {
    this.#publish({ evenNothing: true });
  }

  /** Tells what is not told yet, and no more of itself. */
  stop(): void {
    this.#publish();
    this.#cancel?.();
    // As if something were planned: then nothing is planned any more.
    this.#cancel = () => {};
  }

  #change(clientId: string, change: Change): void {
    this.#changes.set(clientId, change);
    this.#plan();
  }

  #plan(): void {
    if (this.#cancel !== undefined) return;
    const waitMs = Math.max(0, this.#publishedAt + INTERVAL_MS - this.#time.elapsed());
    this.#cancel = this.#time.after(waitMs, () => {
      this.#cancel = undefined;
      this.#publish();
    });
  }

  #publish({ evenNothing = false } = {}): void {
    const changes = [...this.#changes];
    const reaped = this.#reaped;
    this.#changes = new Map();
    this.#reaped = [];
    const length = Math.max(changes.length, reaped.length, evenNothing ? 1 : 0);
    if (length > 0) this.#publishedAt = this.#time.elapsed();
    for (let start = 0; start < length; start += CHANGES) {
      const end = start + CHANGES;
      this.#tell(changes.slice(start, end), reaped.slice(start, end));
    }
  }

  #tell(changes: readonly [string, Change][], reaped: readonly Reaped[]): void {
    for (const [clientId] of changes) {
      const own = this.#own.get(clientId);
      if (own !== undefined) own.isTold = true;
    }
    const those = (which: Change["is"]) =>
      changes.filter(([, { is }]) => is === which).map(([clientId]) => clientId);
    this.#bus.publish(encodePeerMessage({
      node: this.#nodes[0]!,
      seq: ++this.#seq,
      here: changes.map(([, { present }]) => present).filter((present) => present !== undefined),
      away: those("away"),
      gone: those("gone"),
      reaped: [...reaped],
    }));
  }
}
