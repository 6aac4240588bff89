/**
 * What presence promises, in a few lines that need no database: who holds which name, which node has a lease by the
 * database's clock, who is away until when. How the real one is held against it is presence_model_judge.ts's business.
 *
 * A session is written as its name and a number: `a1`.
 *
 * @module
 */

import { GRACE_MS, LEASE_MS } from "./presence_world.ts";

/** A row of `connections`. */
export interface RuledRow {
  readonly id: string;
  readonly node: string;
  readonly version: number;
  readonly awayUntil: number | undefined;
}

/** A session that a node is to have a row for; `leftAt`: since when it is away, by the node's clock. */
export interface Kept {
  readonly version: number;
  readonly leftAt: number | undefined;
}

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
    const isFree = row === undefined ||
      (row.id === id ? row.version <= version : isOver || how.takesOver && !this.holds(row.node));
    if (!isFree) return !this.kept.get(node)!.delete(id);
    const leftMs = leftAt === undefined ? undefined : Math.max(0, leftAt + GRACE_MS - how.elapsed);
    const awayUntil = leftMs === undefined ? undefined : this.now + leftMs;
    this.rows.set(nameOf(id), { id, node, version, awayUntil });
    return true;
  }

  /** A node's row goes, where it still is its own. */
  release(node: string, id: string): void {
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

  /** A node begins anew with what it keeps. */
  register(node: string, how: { elapsed: number; takesOver: boolean }): void {
    for (const [name, row] of this.rows) if (row.node === node) this.rows.delete(name);
    this.leases.set(node, this.now + LEASE_MS);
    const kept = [...this.kept.get(node)!].sort(([, a], [, b]) => b.version - a.version);
    for (const [id] of kept) this.write(node, id, how);
  }

  /** The rows of the dead go; returns whose they were. */
  reap(): string[] {
    const dead = [...this.rows.values()].filter(({ node }) => !this.holds(node));
    for (const { id } of dead) this.rows.delete(nameOf(id));
    return dead.map(({ id }) => id).sort();
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
