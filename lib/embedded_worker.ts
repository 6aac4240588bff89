/**
 * A PGlite in a worker of its own, because its queries hold the thread they run on: questions to it, and their answers.
 *
 * Invariant: every question is answered, or fails when the worker is over; once it is over, nothing of it touches its
 * folder.
 *
 * @module
 */

import type { EmbeddedAnswer, EmbeddedPlace, EmbeddedRequest } from "./database_worker.ts";
import { DatabaseError, type Row, toDatabaseError, withDeadline } from "./queries.ts";

/** Why a worker is over. */
export interface WorkerEnd {
  readonly reason: string;
  /** Whether its folder is damaged. */
  readonly isDamage: boolean;
}

/** Opening recovers what was written last, and on a slow disk making takes its time. */
const OPEN_WITHIN_MS = 30_000;
/** SQLSTATEs of a folder that is damaged: pages, indexes or files that are not what they were. */
const DAMAGE = /^(?:XX001|XX002|58P01)$/;

/** One worker, from its start to its end. */
export class EmbeddedWorker {
  readonly #worker = new Worker(new URL("./database_worker.ts", import.meta.url), {
    type: "module",
  });
  readonly #waiting = new Map<number, PromiseWithResolvers<readonly Row[]>>();
  readonly #over = new Int32Array(new SharedArrayBuffer(4));
  readonly #ended = Promise.withResolvers<WorkerEnd>();
  #asked = 0;
  #reason: string | undefined;

  constructor() {
    this.#worker.onmessage = ({ data }: MessageEvent<EmbeddedAnswer>) => this.#take(data);
    this.#worker.onerror = (event) => {
      // Unhandled, it would end the process.
      event.preventDefault();
      this.end({ reason: `its worker failed: ${event.message}` });
    };
  }

  /** Resolves when it is over; never rejects. */
  get ended(): Promise<WorkerEnd> {
    return this.#ended.promise;
  }

  /**
   * Opens a database.
   *
   * @throws {DatabaseError} If it cannot be opened; then this worker is over.
   */
  async open(folder: string): Promise<void> {
    const place: EmbeddedPlace = { folder, over: this.#over };
    await this.ask({ open: place }, OPEN_WITHIN_MS);
  }

  /**
   * Makes a database, and leaves it closed.
   *
   * @throws {DatabaseError} If it cannot be made; then this worker is over.
   */
  async make(folder: string): Promise<void> {
    const place: EmbeddedPlace = { folder, over: this.#over };
    await this.ask({ make: place }, OPEN_WITHIN_MS);
  }

  /**
   * Asks for something; questions are answered in their order. Where there is no answer in time the worker is over.
   *
   * @throws {DatabaseError} If it is refused, or the worker is over.
   */
  async ask(request: EmbeddedRequest, withinMs: number): Promise<readonly Row[]> {
    if (this.#reason !== undefined) throw brokenError(this.#reason);
    const number = this.#asked++;
    const answer = Promise.withResolvers<readonly Row[]>();
    this.#waiting.set(number, answer);
    this.#worker.postMessage({ ...request, number });
    const silence = withDeadline(withinMs, answer.promise);
    silence.catch((error) => {
      if (error.code === "DEADLINE") this.end({ reason: `no answer within ${withinMs} ms` });
    });
    return await silence;
  }

  /** Ends it, and with it all that is asked. Idempotent. */
  end(
    { reason, isDamage = false }: { readonly reason: string; readonly isDamage?: boolean },
  ): void {
    if (this.#reason !== undefined) return;
    this.#reason = reason;
    Atomics.store(this.#over, 0, 1);
    this.#worker.terminate();
    for (const waiting of this.#waiting.values()) waiting.reject(brokenError(reason));
    this.#waiting.clear();
    this.#ended.resolve({ reason, isDamage });
  }

  #take({ number, rows, error }: EmbeddedAnswer): void {
    const waiting = this.#waiting.get(number);
    this.#waiting.delete(number);
    if (error === undefined) return waiting?.resolve(rows ?? []);
    const { code, message } = error;
    waiting?.reject(toDatabaseError({ ...error, severity: "ERROR" }));
    if (code === "BROKEN") this.end({ reason: message });
    else if (DAMAGE.test(code)) this.end({ reason: message, isDamage: true });
  }
}

function brokenError(reason: string): DatabaseError {
  return new DatabaseError("BROKEN", `Could not use the database: ${reason}`);
}
