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
   * time, `CONNECTION_CLOSED` where its connection broke, `BUSY` where too many ask, `CLOSED` after the end, `URL` where
   * the driver cannot read it.
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
 * run hardly counts, since it could not take an answer either: stopped, suspended, or its event loop held up.
 */
export async function withDeadline<T>(ms: number, work: Promise<T>): Promise<T> {
  const over = Promise.withResolvers<never>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const wait = (leftMs: number, isSpare = false) => {
    const sliceMs = Math.min(SLICE_MS, leftMs);
    const from = performance.now();
    timer = setTimeout(() => {
      const passedMs = performance.now() - from;
      const restMs = leftMs - Math.min(passedMs, 2 * SLICE_MS);
      if (restMs > 0) return wait(restMs, isSpare);
      // An answer that came in meanwhile is read after this: the last slice is to be one that was lived through.
      if (passedMs > sliceMs + SLICE_MS && !isSpare) return wait(SLICE_MS, true);
      const said = `no answer within ${ms} ms`;
      over.reject(new DatabaseError("DEADLINE", `Could not use the database: ${said}`));
    }, sliceMs);
  };
  wait(ms);
  try {
    return await Promise.race([work, over.promise]);
  } catch (error) {
    throw toDatabaseError(error);
  } finally {
    clearTimeout(timer);
  }
}

/** What a transaction is run on, and nothing else meanwhile. */
export interface Transactor extends Queries {
  /** Ends a transaction with nothing done; never rejects. */
  rollback(): Promise<void> | void;
}

/**
 * Runs `work` in a transaction.
 *
 * @throws {DatabaseError} If it could not be committed. What `work` throws is thrown on.
 */
export async function transact<T>(
  on: Transactor,
  work: (queries: Queries) => Promise<T>,
): Promise<T> {
  let failure: unknown;
  const noting = async <R>(answer: Promise<R>): Promise<R> => {
    try {
      return await answer;
    } catch (error) {
      failure ??= error;
      throw error;
    }
  };
  try {
    await on.script("begin");
    const result = await work({
      query: (text, parameters) => noting(on.query(text, parameters)),
      script: (text) => noting(on.script(text)),
    });
    // PostgreSQL would answer this commit with a rollback, and with no error.
    if (failure !== undefined) throw failure;
    await on.script("commit");
    return result;
  } catch (error) {
    await on.rollback();
    throw error;
  }
}
