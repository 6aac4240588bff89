/**
 * PGlite behind the interface of database.ts. What becomes of a single worker is embedded_worker.ts's business, what of
 * its folder that of database_folder.ts.
 *
 * Invariant: one thing at a time is asked of it, a transaction being one; where its worker is over, the next that is
 * asked begins another one on the same folder, which stays locked.
 *
 * @module
 */

import { DatabaseFolder } from "./database_folder.ts";
import type { EmbeddedRequest } from "./database_worker.ts";
import type { EmbeddedWorker } from "./embedded_worker.ts";
import type { Log } from "./log.ts";
import {
  type Database,
  DatabaseError,
  type Queries,
  type Row,
  transact,
  withDeadline,
} from "./queries.ts";

/** What {@linkcode openEmbedded} takes. */
export interface EmbeddedOptions {
  /** Made if it is missing. */
  readonly folder: string;
  /** How long a call may take, and in a transaction each statement, in ms; after five times that, it is restarted. */
  readonly deadlineMs: number;
  /** How often it tidies up, in ms. */
  readonly choresMs?: number;
  /** Where it says what it has done by itself. */
  readonly log?: Log | undefined;
}

/** The most that waits for its turn. */
const MOST_WAITING = 64;
/** How long it is not opened again where that failed, in ms. */
const OPEN_AGAIN_MS = 3000;
/** So many deadlines it may be silent. */
const SILENT_DEADLINES = 5;

/**
 * What PGlite never does by itself: without the one its log grows without end, and with it the time that the next start
 * takes; without the other what is deleted keeps its place.
 */
const CHORES = ["checkpoint", "vacuum"];

/** Asks the worker of one turn. */
type Ask = (request: EmbeddedRequest) => Promise<readonly Row[]>;

/**
 * Opens the embedded database.
 *
 * @throws {FolderLockedError} If another process holds the folder.
 * @throws {DatabaseError|Error} If it cannot be opened; {@linkcode openingRemedy} tells what to do.
 */
export async function openEmbedded(options: EmbeddedOptions): Promise<Database> {
  const folder = await DatabaseFolder.lock(options.folder, options.log);
  const database = new EmbeddedDatabase(folder, options);
  try {
    await database.open();
  } catch (error) {
    folder.unlock();
    throw error;
  }
  return database;
}

class EmbeddedDatabase implements Database {
  readonly kind = "pglite";
  readonly #folder: DatabaseFolder;
  readonly #deadlineMs: number;
  readonly #choresMs: number;
  /** Open, or about to be. */
  #worker: Promise<EmbeddedWorker> | undefined;
  /** Ends when the newest turn has. */
  #free: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  /** Why the folder is to be set aside: once only, lest one error of ours fills the disk with folders. */
  #damage: { readonly reason: string; readonly isOver: boolean } | undefined;
  #isClosed = false;

  constructor(folder: DatabaseFolder, { deadlineMs, choresMs = 60_000 }: EmbeddedOptions) {
    this.#folder = folder;
    this.#deadlineMs = deadlineMs;
    this.#choresMs = choresMs;
  }

  /** Opens it, unless it is open. */
  async open(): Promise<EmbeddedWorker> {
    if (this.#isClosed) throw closedError();
    this.#worker ??= this.#start();
    return await this.#worker;
  }

  async query(text: string, parameters: readonly unknown[] = []): Promise<readonly Row[]> {
    return await this.#once({ query: text, parameters });
  }

  async read(text: string, parameters?: readonly unknown[]): Promise<readonly Row[]> {
    return await this.query(text, parameters);
  }

  async script(text: string): Promise<void> {
    await this.#once({ script: text });
  }

  async transaction<T>(work: (queries: Queries) => Promise<T>): Promise<T> {
    return await this.#inTurn((ask) => {
      const query: Queries["query"] = (text, parameters = []) => ask({ query: text, parameters });
      const script: Queries["script"] = async (text) => void await ask({ script: text });
      // Not waited for: it is carried out before whatever is asked later.
      const rollback = () => void script("rollback").catch(() => {});
      return transact({ query, script, rollback }, work);
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    // Each of what is under way has its deadline.
    await withDeadline(2 * this.#deadlineMs, this.#end()).catch(() => {});
  }

  async #end(): Promise<void> {
    await this.#free;
    try {
      const worker = await this.#worker;
      await worker?.ask({ close: true }, this.#deadlineMs).catch(() => {});
      worker?.end({ reason: "it is closed" });
    } catch {
      // It could not be opened.
    }
    this.#folder.unlock();
  }

  async #start(): Promise<EmbeddedWorker> {
    const damage = this.#damage?.isOver === false ? this.#damage.reason : undefined;
    try {
      const worker = await this.#folder.open(damage);
      if (damage !== undefined) this.#damage = { reason: damage, isOver: true };
      const chores = setInterval(() => void this.#doChores(), this.#choresMs);
      void worker.ended.then(async ({ reason, isDamage }) => {
        clearInterval(chores);
        // What is away, with the disk that it is on, lacks files too.
        if (isDamage && await this.#folder.isThere()) this.#damage ??= { reason, isOver: false };
        this.#worker = undefined;
      });
      return worker;
    } catch (error) {
      // Each try takes its time of a processor.
      Deno.unrefTimer(setTimeout(() => this.#worker = undefined, OPEN_AGAIN_MS));
      throw error;
    }
  }

  async #doChores(): Promise<void> {
    try {
      for (const script of CHORES) await this.script(script);
    } catch {
      // The next time there is more to do.
    }
  }

  // The deadline of the call: waiting for its turn counts.
  #once(request: EmbeddedRequest): Promise<readonly Row[]> {
    return withDeadline(this.#deadlineMs, this.#inTurn((ask) => ask(request)));
  }

  async #inTurn<T>(work: (ask: Ask) => Promise<T>): Promise<T> {
    if (this.#waiting === MOST_WAITING) {
      throw new DatabaseError("BUSY", "Could not use the database: too many ask at once");
    }
    this.#waiting++;
    const before = this.#free;
    const turn = Promise.withResolvers<void>();
    this.#free = before.then(() => turn.promise);
    try {
      const worker = await withDeadline(this.#deadlineMs, before.then(() => this.open()));
      return await work((request) => {
        const answer = worker.ask(request, SILENT_DEADLINES * this.#deadlineMs);
        return withDeadline(this.#deadlineMs, answer);
      });
    } finally {
      this.#waiting--;
      turn.resolve();
    }
  }
}

function closedError(): DatabaseError {
  return new DatabaseError("CLOSED", "Could not use the database: it is closed");
}
