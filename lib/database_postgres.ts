/**
 * PostgreSQL behind the interface of database.ts: one lasting connection for whatever writes, some more for what only
 * reads. What becomes of a single connection is database_link.ts's business.
 *
 * Invariant: on a connection there is one call at a time, a transaction being one; few calls wait for their turn, and
 * none beyond its deadline: nothing piles up behind a server that is silent.
 *
 * @module
 */

import { Link } from "./database_link.ts";
import { hidePasswords } from "./log.ts";
import {
  type Database,
  DatabaseError,
  type Queries,
  type Row,
  transact,
  withDeadline,
} from "./queries.ts";

/** What {@linkcode openPostgres} takes. */
export interface PostgresOptions {
  /** `postgres://…` */
  readonly url: string;
  /** How long a call may take, in ms. */
  readonly deadlineMs: number;
}

/** The most calls that are under way or wait at a time, of those that write and of those that read. */
const MOST_CALLS = 16;
/** The most connections for reading. */
const MOST_READERS = 8;
/** How long one for reading is kept without use, in ms. */
const IDLE_MS = 60_000;

/**
 * Opens a PostgreSQL; it is connected to when it is asked something.
 *
 * @throws {DatabaseError} `URL` where the driver cannot read the URL.
 */
export function openPostgres(options: PostgresOptions): Database {
  try {
    return new Postgres(options);
  } catch (error) {
    const said = hidePasswords((error as Error).message);
    throw new DatabaseError("URL", `Could not read DATABASE_URL: ${said}`);
  }
}

class Postgres implements Database {
  readonly kind = "postgresql";
  readonly #deadlineMs: number;
  readonly #writer: Links;
  readonly #readers: Links;

  constructor({ url, deadlineMs }: PostgresOptions) {
    this.#deadlineMs = deadlineMs;
    this.#writer = new Links({
      most: 1,
      deadlineMs,
      // Never given up: who has taken all other connections does not take this one.
      open: () => new Link({ url, deadlineMs, idleMs: undefined }),
    });
    this.#readers = new Links({
      most: MOST_READERS,
      deadlineMs,
      open: () => new Link({ url, deadlineMs, idleMs: IDLE_MS }),
    });
  }

  query(text: string, parameters?: readonly unknown[]): Promise<readonly Row[]> {
    return this.#once(this.#writer, (link) => link.query(text, parameters));
  }

  script(text: string): Promise<void> {
    return this.#once(this.#writer, (link) => link.script(text));
  }

  read(text: string, parameters?: readonly unknown[]): Promise<readonly Row[]> {
    return this.#once(this.#readers, (link) => link.query(text, parameters));
  }

  transaction<T>(work: (queries: Queries) => Promise<T>): Promise<T> {
    return this.#writer.use((link) => transact(link, work));
  }

  async close(): Promise<void> {
    await Promise.all([this.#writer.close(), this.#readers.close()]);
  }

  // The deadline is for all of it: the wait for a turn, that for a connection, the statement. What was not sent by then
  // never is; how long a server is silent that has been asked, only the link knows.
  async #once<T>(links: Links, ask: (link: Link) => Promise<T>): Promise<T> {
    let isWanted = true;
    let lent: Link | undefined;
    const call = links.use(async (link) => {
      if (!isWanted) throw new DatabaseError("DEADLINE", "Could not use the database: too late");
      lent = link;
      return await ask(link);
    });
    try {
      return await withDeadline(this.#deadlineMs, call);
    } finally {
      isWanted = false;
      lent?.endUnlessConnected();
    }
  }
}

/** What {@linkcode Links} takes. */
interface LinksOptions {
  /** How many there are at most. */
  readonly most: number;
  /** How long a call waits for its turn, in ms. */
  readonly deadlineMs: number;
  readonly open: () => Link;
}

/** Links that are used in turns, opened as they are needed. */
class Links {
  readonly #options: LinksOptions;
  readonly #used = new Set<Link>();
  /** Those that nobody uses; the one that was used last is last. */
  readonly #free: Link[];
  /** Those that are under way or wait for their turn. */
  readonly #calls = new Set<Promise<unknown>>();
  /** How many more links may be used. */
  #turns: number;
  /** Who waits for a turn, in the order of their coming. */
  readonly #waiting = new Set<PromiseWithResolvers<void>>();
  #isClosed = false;

  constructor(options: LinksOptions) {
    this.#options = options;
    this.#turns = options.most;
    // The first one at once: a URL that cannot be read is told where it is given.
    this.#free = [options.open()];
  }

  /**
   * Lets `work` use a link, alone.
   *
   * @throws {DatabaseError} `BUSY` where too many ask, `DEADLINE` where its turn does not come, `CLOSED` after the end:
   *   then `work` was not called. What `work` throws is thrown on.
   */
  async use<T>(work: (link: Link) => Promise<T>): Promise<T> {
    if (this.#isClosed) {
      throw new DatabaseError("CLOSED", "Could not use the database: it is closed");
    }
    if (this.#calls.size === MOST_CALLS) {
      throw new DatabaseError("BUSY", "Could not use the database: too many ask at once");
    }
    const call = this.#callInTurn(work);
    this.#calls.add(call);
    try {
      return await call;
    } finally {
      this.#calls.delete(call);
    }
  }

  /** Waits for the calls that there are, within the deadline, and ends all; never rejects. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const calls = Promise.allSettled(this.#calls);
    await withDeadline(this.#options.deadlineMs, calls).catch(() => {});
    for (const link of this.#used) link.end();
    await Promise.all(this.#free.map((link) => link.close()));
  }

  async #callInTurn<T>(work: (link: Link) => Promise<T>): Promise<T> {
    await this.#takeTurn();
    try {
      return await this.#callWith(this.#take(), work);
    } finally {
      this.#giveTurn();
    }
  }

  async #callWith<T>(link: Link, work: (link: Link) => Promise<T>): Promise<T> {
    this.#used.add(link);
    try {
      return await work(link);
    } finally {
      this.#used.delete(link);
      if (!link.isOver) this.#free.push(link);
    }
  }

  #take(): Link {
    let link = this.#free.pop();
    // One that ended while nobody used it is no loss.
    while (link?.isOver) link = this.#free.pop();
    return link ?? this.#options.open();
  }

  async #takeTurn(): Promise<void> {
    if (this.#turns > 0) {
      this.#turns--;
      return;
    }
    const turn = Promise.withResolvers<void>();
    this.#waiting.add(turn);
    try {
      await withDeadline(this.#options.deadlineMs, turn.promise);
    } catch (error) {
      // It may have come in the same moment.
      if (!this.#waiting.delete(turn)) this.#giveTurn();
      throw error;
    }
  }

  #giveTurn(): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#turns++;
      return;
    }
    this.#waiting.delete(next);
    next.resolve();
  }
}
