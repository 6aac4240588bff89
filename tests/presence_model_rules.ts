/**
 * What presence promises, in a few lines that need no database: who holds which name, which node has a lease by the
 * database's clock, who is away until when. How the real one is held against it is presence_model_judge.ts's business.
 *
 * A session is written as its name and a number: `a1`.
 *
 * @module
 */

import { GRACE_MS, LEASE_MS } from "./presence_world.ts";

/** Who has been away for so much longer than might be is nobody's. */
const FADED_MS = 60_000;

/** A row of `connections`. */
export interface RuledRow {
  readonly id: string;
  readonly node: string;
  readonly version: number;
  readonly awayUntil: number | undefined;
}

/**
 * A session that a node has. `leftAt`: since when it is away, by the node's clock; `row`: what is still to become of its row,
 * but for nothing.
 */
export interface Kept {
  readonly version: number;
  readonly leftAt: number | undefined;
  readonly row?: "is to go" | "is to come again";
}

/** Whether a row that is away until then may be removed by any node. */
export const isFaded = (awayUntil: number | null | undefined, now: number): boolean =>
  now - (awayUntil ?? Infinity) >= FADED_MS;

/** Whose rows are those that a node had before it began anew. */
const formerly = (node: string): string => `${node} before`;

/** The name of a session. */
export const nameOf = (id: string): string => id.charAt(0);

/** The state of the database and of all nodes, as it ought to be. */
export class Rules {
  /** The database's clock. */
  now = 0;
  /** Until when each node has its lease. */
  leases = new Map<string, number>();
  /** By name. */
  rows = new Map<string, RuledRow>();
  /** By node and session. */
  kept = new Map<string, Map<string, Kept>>();

  holds(node: string): boolean {
    return (this.leases.get(node) ?? 0) > this.now;
  }

  /**
   * A node writes what it keeps of a session; where the name is another's, or the session another node's, it keeps it no
   * longer.
   *
   * @param how `elapsed`: the node's clock; `takesOver`: whether names of nodes without a lease are free.
   */
  write(node: string, id: string, how: { elapsed: number; takesOver: boolean }): boolean {
    const { version, leftAt } = this.kept.get(node)!.get(id)!;
    const row = this.rows.get(nameOf(id));
    const isOver = (row?.awayUntil ?? Infinity) <= this.now;
    const takesOver = how.takesOver || row?.node === formerly(node);
    const isFree = row === undefined ||
      (row.id === id ? row.version <= version : isOver || takesOver && !this.holds(row.node));
    if (!isFree) return !this.kept.get(node)!.delete(id);
    const leftMs = leftAt === undefined ? undefined : Math.max(0, leftAt + GRACE_MS - how.elapsed);
    const awayUntil = leftMs === undefined ? undefined : this.now + leftMs;
    this.rows.set(nameOf(id), { id, node, version, awayUntil });
    this.kept.get(node)!.set(id, { version, leftAt });
    return true;
  }

  /** A session is over, and its row goes, where it still is the node's. */
  release(node: string, id: string): void {
    this.kept.get(node)!.delete(id);
    const row = this.rows.get(nameOf(id));
    if (row?.id === id && row.node === node) this.rows.delete(nameOf(id));
  }

  /** A node takes a session over, where there is one; returns its version. */
  resume(node: string, id: string): number | undefined {
    const row = this.rows.get(nameOf(id));
    if (row?.id !== id || (row.awayUntil ?? Infinity) <= this.now) return undefined;
    const version = row.version + 1;
    this.rows.set(nameOf(id), { id, node, version, awayUntil: undefined });
    return version;
  }

  /** A node begins anew with what it keeps; what else it had, without having heard of it, is away. */
  register(node: string, how: { elapsed: number; takesOver: boolean }): void {
    const kept = [...this.kept.get(node)!].sort(([, a], [, b]) => b.version - a.version);
    this.#rename(node, formerly(node));
    this.leases.set(node, this.now + LEASE_MS);
    for (const [id, { row }] of kept) if (row !== "is to go") this.write(node, id, how);
    this.#rename(formerly(node), node);
  }

  /** The rows of a node are another one's, and away where it is none that keeps any. */
  #rename(from: string, to: string): void {
    const until = from === formerly(to) ? this.now + GRACE_MS : undefined;
    for (const [name, row] of this.rows) {
      if (row.node !== from) continue;
      this.rows.set(name, { ...row, node: to, awayUntil: row.awayUntil ?? until });
    }
  }

  /** The rows of the dead go, but for those that the node itself wants again; returns whose the others were. */
  reap(node: string): string[] {
    const kept = this.kept.get(node)!;
    const dead = [...this.rows.values()].filter((row) => !this.holds(row.node));
    for (const { id } of dead) this.rows.delete(nameOf(id));
    const isWanted = (id: string) => kept.has(id) && kept.get(id)!.row !== "is to go";
    for (const { id } of dead) {
      if (isWanted(id)) kept.set(id, { ...kept.get(id)!, row: "is to come again" });
    }
    return dead.map(({ id }) => id).filter((id) => !isWanted(id)).sort();
  }

  /** The rows of those go who have not come back for long. */
  fade(): void {
    for (const [name, { awayUntil }] of this.rows) {
      if (isFaded(awayUntil, this.now)) this.rows.delete(name);
    }
  }

  /** A node leaves properly, for others to have its sessions within the grace. */
  close(node: string): void {
    if (!this.leases.has(node)) return;
    const until = this.now + GRACE_MS;
    this.leases.set(node, until);
    for (const [name, row] of this.rows) {
      if (row.node === node) this.rows.set(name, { ...row, awayUntil: row.awayUntil ?? until });
    }
  }

  copy(): Rules {
    const copy = new Rules();
    copy.now = this.now;
    copy.leases = new Map(this.leases);
    copy.rows = new Map(this.rows);
    for (const [node, kept] of this.kept) copy.kept.set(node, new Map(kept));
    return copy;
  }

  /** The same for states that are the same. */
  get key(): string {
    const kept = [...this.kept].map(([node, all]) => [node, [...all].sort()]);
    return JSON.stringify([[...this.rows].sort(), [...this.leases].sort(), kept]);
  }
}
