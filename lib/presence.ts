/**
 * Who is connected, in the database: claim, release, lease, reap, list. What a claim means to a client is the hub's
 * business, how it is said in SQL that of presence_sql.ts.
 *
 * Invariant: while the database is up, the rows of this node's lease are the connections given here and not released,
 * or are about to be; while it is away nothing waits for it, and on its return the truth is written anew.
 *
 * @see docs/ARCHITECTURE.md, "Presence"
 * @module
 */

import { systemTime, type Time } from "./clock.ts";
import { describeError, type Log } from "./log.ts";
import { migrate } from "./migrate.ts";
import {
  claimNames,
  deleteAllNodes,
  deleteNode,
  insertNode,
  listUsers,
  type PresenceRow,
  reapNodes,
  releaseNames,
  renewLease,
  type UserPage,
} from "./presence_sql.ts";
import { type Database, DatabaseError, type Queries } from "./queries.ts";

/** A connection that wants its name; no two of one node want the same at a time. */
export type Claimant = Omit<PresenceRow, "connectedAt">;

/**
 * What became of a claim: the name is held since `connectedAt`; somebody else holds it; or the database is away, and the
 * claim is made when it is back.
 */
export type ClaimOutcome =
  | { readonly is: "held"; readonly connectedAt: Date }
  | { readonly is: "taken" }
  | { readonly is: "unrecorded" };

/** Who hears what happens later. */
export interface PresenceSubscriber {
  /** The database has come, or gone. */
  readonly databaseChanged: (up: boolean) => void;
  /** The name of an unrecorded connection turned out to be somebody else's. */
  readonly taken: (clientId: string) => void;
}

interface Row extends Claimant {
  connectedAt: Date | undefined;
  settle: ((outcome: ClaimOutcome) => void) | undefined;
}

/** How long to wait before the next try to reach a database that is away, in ms. */
const RETRY_MS = 1000;
/** The most rows of one statement. */
const BATCH = 1000;
/** The most pages of the list that are read at a time. */
const LISTS = 8;

/** What {@linkcode Presence} takes. */
export interface PresenceOptions {
  readonly database: Database;
  /** How long a node may be silent before others take its names, in ms. */
  readonly leaseMs: number;
  readonly log: Log;
  readonly time?: Time;
}

/** What the hub needs of presence; tests give fakes. */
export type PresencePort = Pick<Presence, "nodeId" | "up" | "subscribe" | "claim" | "release">;

/** The presence of one node. */
export class Presence {
  readonly #database: Database;
  readonly #leaseMs: number;
  readonly #log: Log;
  readonly #time: Time;
  #subscriber: PresenceSubscriber = { databaseChanged: () => {}, taken: () => {} };
  /** Everyone who is to have a row, by client_id. */
  readonly #live = new Map<string, Row>();
  /** Those of them that have none yet and are in no statement under way. */
  readonly #unwritten = new Set<Row>();
  #released: string[] = [];
  /** The pages that are being read; who asks for one of them meanwhile shares it. */
  readonly #lists = new Map<string, Promise<UserPage>>();
  #nodeId: string = crypto.randomUUID();
  /** Kept over a try that failed: its commit may have come after the deadline. */
  #nextNodeId: string = crypto.randomUUID();
  #up = false;
  #closed = false;
  #migrated = false;
  /** By `elapsed`; set while the database is away. */
  #lostAt: number | undefined;
  #reapFrom = 0;
  #work: Promise<void> | undefined;
  #cancelTimer: () => void = () => {};

  constructor(options: PresenceOptions) {
    this.#database = options.database;
    this.#leaseMs = options.leaseMs;
    this.#log = options.log;
    this.#time = options.time ?? systemTime;
  }

  /** The name of this node; another one after it has lost its lease. */
  get nodeId(): string {
    return this.#nodeId;
  }

  /** Whether the database answers. */
  get up(): boolean {
    return this.#up;
  }

  /** Sets who hears what happens from now on. */
  subscribe(subscriber: PresenceSubscriber): void {
    this.#subscriber = subscriber;
  }

  /**
   * Begins: migrates, registers this node, keeps its lease. Where the database is away it is tried again each second
   * until {@linkcode Presence.close}. Resolves after the first try; never rejects.
   */
  start(): Promise<void> {
    return this.#exclusively(() => this.#arrive());
  }

  /**
   * Claims a name for a connection. Claims that come while a statement is under way share the next one. Never rejects.
   */
  claim(claimant: Claimant): Promise<ClaimOutcome> {
    const { promise, resolve } = Promise.withResolvers<ClaimOutcome>();
    const row: Row = { ...claimant, connectedAt: undefined, settle: resolve };
    this.#live.set(row.clientId, row);
    this.#unwritten.add(row);
    if (this.#up) this.#write();
    else this.#leaveUnrecorded(row);
    return promise;
  }

  /** Takes back a claim, whatever has become of it. Idempotent; by client_id, so that a successor keeps the name. */
  release(clientId: string): void {
    const row = this.#live.get(clientId);
    if (row === undefined) return;
    this.#live.delete(clientId);
    settle(row, { is: "unrecorded" });
    // While the database is away there is nothing to remember: its return deletes all rows of this node.
    if (this.#unwritten.delete(row) || !this.#up) return;
    this.#released.push(clientId);
    this.#write();
  }

  /**
   * Who is online on all nodes, by name.
   *
   * @param page `after`: the `next` of the page before, or empty.
   * @throws {DatabaseError} If the database is away, or too many ask at once (`BUSY`).
   */
  async list(page: { readonly limit: number; readonly after: string }): Promise<UserPage> {
    // A database that is away is not asked, and readers never stand in the way of claims.
    if (!this.#up) throw new DatabaseError("AWAY", "Could not use the database: it is away");
    const key = `${page.limit} ${page.after}`;
    const shared = this.#lists.get(key);
    if (shared !== undefined) return await shared;
    if (this.#lists.size >= LISTS) {
      throw new DatabaseError("BUSY", "Could not list who is online: too many ask");
    }
    const list = listUsers(this.#database, page).finally(() => this.#lists.delete(key));
    this.#lists.set(key, list);
    return await list;
  }

  /** Removes this node and its rows, as far as the database can be reached. Never rejects. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelTimer();
    await this.#work;
    if (!this.#up) return;
    try {
      await deleteNode(this.#database, this.#nodeId);
    } catch (error) {
      this.#log.warning("presence_not_released", { reason: describeError(error) });
    }
  }

  // One thing at a time is asked of the database for writing, so that no two statements of this node race.
  async #exclusively(work: () => Promise<void>): Promise<void> {
    const done = (this.#work ?? Promise.resolve()).then(work).catch((error) => this.#lose(error));
    this.#work = done;
    await done;
    if (this.#work !== done) return;
    this.#work = undefined;
    this.#write();
  }

  // While a statement is under way the next batch gathers; its end comes here again.
  #write(): void {
    const pending = this.#released.length > 0 || this.#unwritten.size > 0;
    if (!pending || !this.#up || this.#closed || this.#work !== undefined) return;
    void this.#exclusively(async () => {
      await this.#writeReleases();
      await this.#writeClaims();
    });
  }

  async #writeReleases(): Promise<void> {
    const released = this.#released.splice(0);
    if (released.length === 0) return;
    await releaseNames(this.#database, released);
    this.#log.debug("names_released", { rows: released.length });
  }

  async #writeClaims(): Promise<void> {
    const rows = [...this.#unwritten].slice(0, BATCH);
    if (rows.length === 0) return;
    for (const row of rows) this.#unwritten.delete(row);
    try {
      const refused = await this.#insert(this.#database, rows, this.#nodeId);
      // No row comes back for a taken name, and none at all for a node without a lease.
      if (refused.length > 0 && !await this.#renew()) {
        this.#putBack(rows);
        return await this.#register();
      }
      this.#settle(rows, refused);
      this.#log.debug("names_claimed", { rows: rows.length, refused: refused.length });
    } catch (error) {
      this.#putBack(rows);
      throw error;
    }
  }

  #putBack(rows: readonly Row[]): void {
    for (const row of rows) if (this.#live.has(row.clientId)) this.#unwritten.add(row);
  }

  /** Inserts rows; returns those that got none because their names are others'. */
  async #insert(on: Queries, rows: readonly Row[], nodeId: string): Promise<Row[]> {
    const held = await claimNames(on, nodeId, rows);
    for (const row of rows) row.connectedAt = held.get(row.clientId) ?? row.connectedAt;
    return rows.filter((row) => !held.has(row.clientId));
  }

  #settle(rows: readonly Row[], refused: readonly Row[]): void {
    for (const row of refused) {
      if (!this.#live.delete(row.clientId)) continue;
      if (row.settle === undefined) this.#subscriber.taken(row.clientId);
      else settle(row, { is: "taken" });
    }
    for (const row of rows) {
      if (row.connectedAt !== undefined) settle(row, { is: "held", connectedAt: row.connectedAt });
    }
  }

  /** Reaches the database and makes it true; throws where it is away. */
  async #arrive(): Promise<void> {
    if (this.#closed) return;
    if (!this.#migrated) {
      await migrate(this.#database);
      // Only this process has the embedded database, so whatever rows it holds are of dead ones.
      if (this.#database.kind === "pglite") await deleteAllNodes(this.#database);
      this.#migrated = true;
    }
    await this.#register();
    this.#up = true;
    if (this.#lostAt !== undefined) {
      const seconds = Math.round(this.#time.elapsed() - this.#lostAt) / 1000;
      this.#log.info("database_back", { away_seconds: seconds });
      this.#lostAt = undefined;
    }
    this.#subscriber.databaseChanged(true);
    this.#keepLease();
  }

  /** Takes a new node_id and claims all names anew, in one transaction. */
  async #register(): Promise<void> {
    const nodeId = this.#nextNodeId;
    const rows = [...this.#live.values()];
    this.#released = [];
    this.#unwritten.clear();
    const refused: Row[] = [];
    try {
      await this.#database.transaction(async (queries) => {
        await deleteNode(queries, this.#nodeId);
        await deleteNode(queries, nodeId);
        await insertNode(queries, nodeId, this.#leaseMs);
        for (let start = 0; start < rows.length; start += BATCH) {
          refused.push(...await this.#insert(queries, rows.slice(start, start + BATCH), nodeId));
        }
      });
    } catch (error) {
      this.#putBack(rows);
      throw error;
    }
    this.#nodeId = nodeId;
    this.#nextNodeId = crypto.randomUUID();
    // Other nodes could not renew either: who comes back first must not take the others for dead.
    this.#reapFrom = this.#time.elapsed() + this.#leaseMs;
    this.#released.push(...rows.map((row) => row.clientId).filter((id) => !this.#live.has(id)));
    this.#settle(rows, refused);
  }

  #keepLease(): void {
    this.#cancelTimer();
    this.#cancelTimer = this.#time.after(this.#leaseMs / 3, () => {
      void this.#exclusively(async () => {
        if (!this.#up || this.#closed) return;
        if (!await this.#renew()) await this.#register();
        if (this.#time.elapsed() >= this.#reapFrom) {
          for (const node of await reapNodes(this.#database)) {
            this.#log.warning("node_reaped", { node });
          }
        }
        this.#keepLease();
      });
    });
  }

  #renew(): Promise<boolean> {
    return renewLease(this.#database, this.#nodeId, this.#leaseMs);
  }

  #lose(error: unknown): void {
    if (this.#closed) return;
    if (this.#lostAt === undefined) {
      this.#log.error("database_away", {
        reason: describeError(error),
        remedy: this.#database.kind === "postgresql"
          ? "check DATABASE_URL and the server behind it"
          : "check DATA_DIR",
        retry_ms: RETRY_MS,
      });
    }
    this.#lostAt ??= this.#time.elapsed();
    const wasUp = this.#up;
    this.#up = false;
    for (const row of this.#unwritten) this.#leaveUnrecorded(row);
    this.#cancelTimer();
    this.#cancelTimer = this.#time.after(RETRY_MS, () => void this.start());
    if (wasUp) this.#subscriber.databaseChanged(false);
  }

  #leaveUnrecorded(row: Row): void {
    row.connectedAt ??= new Date(this.#time.now());
    settle(row, { is: "unrecorded" });
  }
}

function settle(row: Row, outcome: ClaimOutcome): void {
  row.settle?.(outcome);
  row.settle = undefined;
}
