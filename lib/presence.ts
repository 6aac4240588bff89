/**
 * Who is connected, in the database: start, beat, list, close. Which rows there are to be is presence_rows.ts's business,
 * by which right they are this node's node_lease.ts's; what a claim means to a client is the hub's.
 *
 * Invariant: while the database is up, the rows of this node's lease are the sessions given here and not released, or are
 * about to be; while it is away nothing waits for it but one try at a time, and on its return the truth is written anew.
 *
 * @see docs/ARCHITECTURE.md, "Presence"
 * @module
 */

import { systemTime, type Time } from "./clock.ts";
import { databaseRemedy } from "./database_remedy.ts";
import { describeError, type Log } from "./log.ts";
import { migrate } from "./migrate.ts";
import { NodeLease } from "./node_lease.ts";
import { deleteAllNodes, deleteNode, isWritable, leaveNode } from "./nodes_sql.ts";
import { askingAgain } from "./presence_again.ts";
import { PresenceReader } from "./presence_reader.ts";
import { type Claimant, type ClaimOutcome, PresenceRows, type Resumed } from "./presence_rows.ts";
import type { UserPage, VisitPage } from "./http_schemas.ts";
import type { PresenceEntry } from "./presence_sql.ts";
import { type Database, DatabaseError } from "./queries.ts";
import type { VisitQuery } from "./visits_sql.ts";

export type { Claimant, ClaimOutcome, PresenceEntry, Resumed };

/** Who hears what happens later. */
export interface PresenceSubscriber {
  /** The database has come, or gone. */
  readonly databaseChanged: (up: boolean) => void;
  /** The name of a session turned out to be somebody else's, since it was not recorded, or the lease was over. */
  readonly taken: (clientId: string) => void;
  /** Likewise a session turned out to be another node's. */
  readonly moved: (clientId: string) => void;
  /** These sessions are over, since the node that had them is dead. Of all nodes one is told. */
  readonly reaped: (clientIds: readonly string[]) => void;
  /** {@linkcode Presence.nodeId} is another one than `former`. */
  readonly renamed: (former: string) => void;
}

/** How long to wait before the next try to reach a database that is away, in ms. */
const RETRY_MS = 1000;
/** How often it is asked something, so that it is soon known to be away, in ms. */
const BEAT_MS = 500;
/** The least time between two lines of the log that say why it is away, in ms. */
const COMPLAIN_MS = 10_000;

/** The SQLSTATE of a database without our tables. */
const NO_TABLE = "42P01";

/** What {@linkcode Presence} takes. */
export interface PresenceOptions {
  readonly database: Database;
  /** How long a node may be silent before others take its names, in ms. */
  readonly leaseMs: number;
  /** How long a session that is away keeps its name and may be resumed, in ms. */
  readonly graceMs: number;
  /** How many days it is known who was here; 0: not at all. */
  readonly visitsDays: number;
  readonly log: Log;
  readonly time?: Time;
}

/** What the hub needs of presence; tests give fakes. */
export type PresencePort = Pick<
  Presence,
  | "nodeId"
  | "up"
  | "isSure"
  | "othersMayReturn"
  | "makeSure"
  | "subscribe"
  | "claim"
  | "release"
  | "leave"
  | "resume"
  | "claimAgain"
  | "snapshot"
>;

/** The presence of one node. */
export class Presence {
  readonly #options: PresenceOptions;
  readonly #database: Database;
  readonly #log: Log;
  readonly #time: Time;
  readonly #rows: PresenceRows;
  readonly #lease: NodeLease;
  readonly #reader: PresenceReader;
  #subscriber: PresenceSubscriber = {
    databaseChanged() {},
    taken() {},
    moved() {},
    reaped() {},
    renamed() {},
  };
  #up = false;
  #closed = false;
  #migrated = false;
  /** By `elapsed`; set while the database is away. */
  #lostAt: number | undefined;
  /** What was said of it last, and when, by `elapsed`. */
  #complaint = { reason: "", at: 0 };
  #work: Promise<void> | undefined;
  #cancelTimer: () => void = () => {};

  constructor(options: PresenceOptions) {
    this.#options = options;
    // A statement that was refused is no sign that the database is away.
    this.#database = askingAgain(options.database);
    this.#log = options.log;
    this.#time = options.time ?? systemTime;
    this.#lease = new NodeLease({ ...options, database: this.#database });
    this.#reader = new PresenceReader(this.#database, () => this.#up);
    this.#rows = new PresenceRows({
      graceMs: options.graceMs,
      time: this.#time,
      log: options.log,
      taken: (clientId) => this.#subscriber.taken(clientId),
      moved: (clientId) => this.#subscriber.moved(clientId),
    });
  }

  /** The name of this node; another one after it has lost its lease. */
  get nodeId(): string {
    return this.#lease.own.nodeId;
  }

  /** Whether the database answers. */
  get up(): boolean {
    return this.#up;
  }

  /**
   * Whether this node's names are its own, as far as can be known without asking: where it has slept for longer than its
   * lease, others may have them by now. While the database is away that is not to be known.
   */
  get isSure(): boolean {
    return !this.#up || !this.#lease.mayBeOver;
  }

  /** Whether other nodes may be about to come back, which have no lease until then: the database was away. */
  get othersMayReturn(): boolean {
    return this.#lease.takesFrom !== undefined;
  }

  /** Finds out where it is not sure; resolves when that is done, or the database is away. Never rejects. */
  makeSure(): Promise<void> {
    return this.#exclusively(async () => {
      if (!this.isSure && !this.#closed) await this.#keepLease();
    });
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
   * Claims a name for a session, or brings back one that is away. Claims that come while a statement is under way share
   * the next one. Never rejects.
   */
  claim(claimant: Claimant): Promise<ClaimOutcome> {
    const claimed = this.#rows.claim(claimant);
    this.#write();
    return claimed;
  }

  /**
   * A session is away: from now on for the grace nobody else gets its name, and any node may resume it. It is kept here
   * until it is released or claimed. Idempotent.
   *
   * @param code That of the close, for the log of visits.
   */
  leave(clientId: string, code: number): void {
    this.#rows.leave(clientId, code);
    this.#write();
  }

  /**
   * Takes back a claim, whatever has become of it. Idempotent; by client_id, so that a successor keeps the name, and
   * without effect on a session that another node has taken over.
   *
   * @param code As in {@linkcode Presence.leave}.
   */
  release(clientId: string, code: number): void {
    this.#rows.release(clientId, code);
    this.#write();
  }

  /**
   * Takes over a session from another node, or from before this one was started. From then on it is kept here, as one
   * that is connected. Of several nodes that do so the one with the highest version has it. Those that come while a
   * statement is under way share the next one.
   *
   * @param sessionHash As in a claim.
   * @returns `undefined` where it is unknown or over; `away` where the database cannot tell, but the session may not be
   *   over when it can. Never rejects.
   */
  async resume(sessionHash: string): Promise<Resumed | "away" | undefined> {
    const resumed = this.#rows.resume(sessionHash);
    this.#write();
    const found = await resumed;
    if (found !== "away") return found;
    const now = this.#time.elapsed();
    return now - (this.#lostAt ?? now) < this.#options.graceMs ? found : undefined;
  }

  /** A session that is here was not found in the database: it gets its row again, or is told whose it is. */
  claimAgain(clientId: string): void {
    this.#rows.claimAgain([clientId]);
    this.#write();
  }

  /** See {@linkcode PresenceReader.snapshot}. */
  async snapshot(): Promise<readonly PresenceEntry[]> {
    return await this.#reader.snapshot();
  }

  /** See {@linkcode PresenceReader.list}. */
  async list(page: { readonly limit: number; readonly after: string }): Promise<UserPage> {
    return await this.#reader.list(page);
  }

  /** See {@linkcode PresenceReader.visits}. */
  async visits(query: VisitQuery): Promise<VisitPage> {
    return await this.#reader.visits(query);
  }

  /**
   * Leaves all sessions away, for other nodes to resume within the grace, and this node's lease ends with it; where there
   * are no other nodes, removes them. As far as the database can be reached; never rejects.
   */
  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelTimer();
    await this.#work;
    this.#rows.pause();
    if (!this.#up) return;
    const { graceMs } = this.#options;
    const { own } = this.#lease;
    try {
      if (this.#database.kind === "pglite" || graceMs === 0) {
        await deleteNode(own);
      } else {
        await this.#rows.writeReleases(own);
        await leaveNode(own, graceMs);
      }
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
    if (!this.#rows.pending || !this.#up || this.#closed || this.#work !== undefined) return;
    void this.#exclusively(async () => {
      const { own, takesFrom } = this.#lease;
      const lease = { ...own, takesFrom, holds: () => this.#lease.renew() };
      if (!await this.#rows.write(lease)) await this.#register();
    });
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
    if (this.#lostAt !== undefined) {
      const seconds = Math.round(this.#time.elapsed() - this.#lostAt) / 1000;
      this.#log.info("database_back", { away_seconds: seconds });
      this.#lostAt = undefined;
    }
    this.#subscriber.databaseChanged(true);
    this.#beat();
  }

  /** Takes a new node_id and writes all rows anew. */
  async #register(): Promise<void> {
    const former = this.nodeId;
    const isReturn = this.#up || this.#lostAt !== undefined;
    await this.#lease.replace(this.#rows, isReturn);
    if (isReturn) this.#log.info("node_renamed", { node: this.nodeId, former });
    // Before it is told: whoever hears it may ask the database.
    this.#up = true;
    this.#subscriber.renamed(former);
  }

  async #keepLease(): Promise<void> {
    // Where it may be over, that it is not says little: the clock of the database may have been set back.
    if (this.#lease.mayBeOver || !await this.#lease.renew()) await this.#register();
  }

  #beat(): void {
    this.#cancelTimer();
    const beatMs = Math.min(BEAT_MS, this.#options.leaseMs / 3);
    this.#cancelTimer = this.#time.after(beatMs, () => {
      void this.#exclusively(async () => {
        if (!this.#up || this.#closed) return;
        if (this.#lease.isDue) {
          await this.#keepLease();
          const reaped = await this.#lease.reap();
          if (reaped.length > 0) this.#subscriber.reaped(this.#rows.claimAgain(reaped));
        } else if (!await isWritable(this.#database)) {
          throw new DatabaseError("READ_ONLY", "Could not use the database: it is read-only");
        }
        this.#beat();
      });
    });
  }

  #lose(error: unknown): void {
    if (this.#closed) return;
    this.#complain(describeError(error), error);
    // It is another one than before: begun anew, or restored.
    if (error instanceof DatabaseError && error.code === NO_TABLE) this.#migrated = false;
    this.#lostAt ??= this.#time.elapsed();
    const wasUp = this.#up;
    this.#up = false;
    this.#rows.pause();
    this.#cancelTimer();
    // It may have been a single statement that failed.
    this.#cancelTimer = this.#time.after(wasUp ? 0 : RETRY_MS, () => void this.start());
    if (wasUp) this.#subscriber.databaseChanged(false);
  }

  #complain(reason: string, error: unknown): void {
    const now = this.#time.elapsed();
    const { reason: said, at } = this.#complaint;
    // In a long outage what keeps it away may be another thing by now.
    const isNews = this.#lostAt === undefined || (reason !== said && now - at >= COMPLAIN_MS);
    if (!isNews) return;
    this.#complaint = { reason, at: now };
    const remedy = databaseRemedy(this.#database.kind, error);
    this.#log.error("database_away", { reason, remedy, retry_ms: RETRY_MS });
  }
}
