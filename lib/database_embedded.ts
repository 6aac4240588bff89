/**
 * PGlite behind the interface of database.ts: in a worker, because its queries hold the thread they run on, and behind a
 * lock, because it would let two processes write into one folder.
 *
 * Invariant: a folder is open in at most one process; a transaction has the database for itself.
 *
 * @module
 */

import { type Database, DatabaseError, type Queries, type Row, withDeadline } from "./queries.ts";
import type { EmbeddedAnswer, EmbeddedRequest } from "./database_worker.ts";

/** Another process holds the folder. */
export class FolderLockedError extends Error {
  override readonly name = "FolderLockedError";
  /** The process that holds it, as it wrote itself down. */
  readonly holder: string;

  constructor(folder: string, holder: string) {
    super(`Could not open the folder of the database: process ${holder} holds it: ${folder}`);
    this.holder = holder;
  }
}

// Its first start makes a folder, which on a slow disk takes its time.
const OPEN_WITHIN_MS = 60_000;

/**
 * Opens the embedded database in `folder`, which is made if it is missing.
 *
 * @throws {FolderLockedError} If another process holds the folder.
 * @throws {DatabaseError} If it cannot be opened.
 */
export async function openEmbedded(
  options: { readonly folder: string; readonly deadlineMs: number },
): Promise<Database> {
  const { folder, deadlineMs } = options;
  await Deno.mkdir(folder, { recursive: true });
  const lock = await lockFolder(folder);
  const worker = new EmbeddedWorker();
  try {
    await withDeadline(OPEN_WITHIN_MS, worker.ask({ open: `${folder}/pglite` }));
  } catch (error) {
    worker.terminate();
    lock.close();
    throw error;
  }
  return new EmbeddedDatabase(worker, lock, deadlineMs);
}

async function lockFolder(folder: string): Promise<Deno.FsFile> {
  const path = `${folder}/pulso.lock`;
  const file = await Deno.open(path, { read: true, write: true, create: true });
  if (!await file.tryLock(true)) {
    file.close();
    const holder = (await Deno.readTextFile(path)).trim() || "unknown";
    throw new FolderLockedError(folder, holder);
  }
  await file.truncate();
  await file.write(new TextEncoder().encode(`${Deno.pid}\n`));
  return file;
}

/** Questions to the worker and their answers, by number. */
class EmbeddedWorker {
  readonly #worker = new Worker(new URL("./database_worker.ts", import.meta.url), {
    type: "module",
  });
  readonly #waiting = new Map<number, PromiseWithResolvers<readonly Row[]>>();
  #asked = 0;

  constructor() {
    this.#worker.onmessage = ({ data }: MessageEvent<EmbeddedAnswer>) => {
      const waiting = this.#waiting.get(data.number);
      this.#waiting.delete(data.number);
      if (data.error === undefined) waiting?.resolve(data.rows ?? []);
      else waiting?.reject(new DatabaseError(data.error.code, data.error.message));
    };
    this.#worker.onerror = (event) => {
      // Unhandled, it would end the process.
      event.preventDefault();
      this.#failAll("its worker failed");
    };
  }

  ask(request: EmbeddedRequest): Promise<readonly Row[]> {
    const number = this.#asked++;
    const answer = Promise.withResolvers<readonly Row[]>();
    this.#waiting.set(number, answer);
    this.#worker.postMessage({ ...request, number });
    return answer.promise;
  }

  terminate(): void {
    this.#worker.terminate();
    this.#failAll("it is closed");
  }

  #failAll(why: string): void {
    const error = new DatabaseError("CLOSED", `Could not use the embedded database: ${why}`);
    for (const waiting of this.#waiting.values()) waiting.reject(error);
    this.#waiting.clear();
  }
}

class EmbeddedDatabase implements Database {
  readonly kind = "pglite";
  readonly #worker: EmbeddedWorker;
  readonly #lock: Deno.FsFile;
  readonly #deadlineMs: number;
  /** Ends when the newest transaction has: all else waits for it. */
  #free: Promise<unknown> = Promise.resolve();

  constructor(worker: EmbeddedWorker, lock: Deno.FsFile, deadlineMs: number) {
    this.#worker = worker;
    this.#lock = lock;
    this.#deadlineMs = deadlineMs;
  }

  query(text: string, parameters: readonly unknown[] = []): Promise<readonly Row[]> {
    const asked = this.#free.then(() => this.#worker.ask({ query: text, parameters }));
    return withDeadline(this.#deadlineMs, asked);
  }

  async script(text: string): Promise<void> {
    const asked = this.#free.then(() => this.#worker.ask({ script: text }));
    await withDeadline(this.#deadlineMs, asked);
  }

  transaction<T>(work: (queries: Queries) => Promise<T>): Promise<T> {
    const done = this.#free.then(() => this.#transact(work));
    this.#free = done.catch(() => {});
    return withDeadline(this.#deadlineMs, done);
  }

  async #transact<T>(work: (queries: Queries) => Promise<T>): Promise<T> {
    const queries: Queries = {
      query: (text, parameters = []) => this.#worker.ask({ query: text, parameters }),
      script: async (text) => void await this.#worker.ask({ script: text }),
    };
    await queries.script("begin");
    try {
      const result = await work(queries);
      await queries.script("commit");
      return result;
    } catch (error) {
      await queries.script("rollback");
      throw error;
    }
  }

  async close(): Promise<void> {
    try {
      await withDeadline(
        this.#deadlineMs,
        this.#free.then(() => this.#worker.ask({ close: true })),
      );
    } catch {
      // It is ended anyway; what was committed is in the folder.
    }
    this.#worker.terminate();
    this.#lock.close();
  }
}
