/**
 * What can be asked of a database, whichever it is, and how that fails.
 *
 * Invariant: every call ends within its deadline, and what goes wrong is a DatabaseError that holds no address, query,
 * parameter or password.
 *
 * @module
 */

/** A row; columns by name. */
export type Row = Readonly<Record<string, unknown>>;

/** What can be asked, inside of a transaction or outside. */
export interface Queries {
  /**
   * Runs one statement.
   *
   * @param parameters For `$1`, `$2`, …
   * @throws {DatabaseError} If it could not be run, or not within the deadline: then its effect is unknown.
   */
  query(text: string, parameters?: readonly unknown[]): Promise<readonly Row[]>;
  /**
   * Runs a script of several statements.
   *
   * @throws {DatabaseError} As for `query`.
   */
  script(text: string): Promise<void>;
}

/** An open database; each version keeps the same promises. */
export interface Database extends Queries {
  readonly kind: "postgresql" | "pglite";
  /**
   * Runs one statement that only reads, beside what is written: it waits for no writer but where the database is
   * embedded.
   *
   * @throws {DatabaseError} As for `query`.
   */
  read(text: string, parameters?: readonly unknown[]): Promise<readonly Row[]>;
  /**
   * Runs `work` in a transaction: all of it happens, or nothing, also where `work` overlooks that one of its statements
   * failed. Begin, commit and each statement have the deadline of their own.
   *
   * @throws {DatabaseError} If it could not be committed. What `work` throws is thrown on.
   */
  transaction<T>(work: (queries: Queries) => Promise<T>): Promise<T>;
  /** Closes, waiting for what is under way within the deadline; never rejects. */
  close(): Promise<void>;
}

/** The database could not do what was asked: it is away, too slow or said no. */
export class DatabaseError extends Error {
  override readonly name = "DatabaseError";
  /**
   * The SQLSTATE or the system's error code, such as `57014` or `ECONNREFUSED`; `DEADLINE` where there was no answer in
   * time, `CONNECTION_CLOSED` where its connection broke, `BUSY` where too many ask, `CLOSED` after the end.
   */
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/**
 * The driver's error without what must not leave this module.
 *
 * @param error Whatever a driver threw.
 */
export function toDatabaseError(error: unknown): DatabaseError {
  if (error instanceof DatabaseError) return error;
  const { code, severity, message } = error as {
    code?: unknown;
    severity?: unknown;
    message?: unknown;
  };
  const known = typeof code === "string" ? code : "UNKNOWN";
  // A server's own message names tables and limits; a driver's names addresses.
  const said = typeof severity === "string"
    ? withoutQuotes(known, String(message))
    : "the database does not answer";
  return new DatabaseError(known, `Could not use the database: ${said} (${known})`);
}

// What a server quotes are parameters in errors of data, addresses in those of authorization, and else names of its own.
function withoutQuotes(code: string, message: string): string {
  return /^(?:22|28|42601)/.test(code) ? message.replace(/".*"/s, '"…"') : message;
}

/** The longest that this process waits before it looks how much time it has had, in ms. */
const SLICE_MS = 200;

/**
 * Ends a wait after `ms` with a DatabaseError; what is waited for goes on by itself. Time in which this process did not
 * run does not count, since it could not take an answer either: stopped, suspended, or its event loop held up.
 */
export async function withDeadline<T>(ms: number, work: Promise<T>): Promise<T> {
  const deadline = new Deadline(ms);
  try {
    return await Promise.race([work, deadline.over]);
  } catch (error) {
    throw toDatabaseError(error);
  } finally {
    deadline.cancel();
  }
}

class Deadline {
  readonly #ms: number;
  readonly #over = Promise.withResolvers<never>();
  #leftMs: number;
  #wasHeldUp = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(ms: number) {
    this.#ms = this.#leftMs = ms;
    this.#wait();
  }

  /** Rejects when the time is over. */
  get over(): Promise<never> {
    return this.#over.promise;
  }

  cancel(): void {
    clearTimeout(this.#timer);
  }

  #wait(): void {
    const sliceMs = Math.min(SLICE_MS, Math.max(0, this.#leftMs));
    const from = performance.now();
    this.#timer = setTimeout(() => this.#pass(sliceMs, performance.now() - from), sliceMs);
  }

  #pass(sliceMs: number, passedMs: number): void {
    const isHeldUp = passedMs > sliceMs + SLICE_MS;
    this.#leftMs -= isHeldUp ? sliceMs : passedMs;
    // An answer that came in meanwhile is read after this: the last slice is to be one that was lived through.
    const isSpared = isHeldUp && !this.#wasHeldUp;
    this.#wasHeldUp = isHeldUp;
    if (this.#leftMs > 0) return this.#wait();
    if (!isSpared) return this.#over.reject(this.#error());
    this.#leftMs = SLICE_MS;
    this.#wait();
  }

  #error(): DatabaseError {
    const said = `no answer within ${this.#ms} ms`;
    return new DatabaseError("DEADLINE", `Could not use the database: ${said}`);
  }
}
