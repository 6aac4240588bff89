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
   * Runs `work` in a transaction: all of it happens, or nothing. The deadline is for the whole of it.
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
  /** The SQLSTATE or the system's error code, such as `57014` or `ECONNREFUSED`; `DEADLINE` where it took too long. */
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
  const said = typeof severity === "string" ? String(message) : "the database does not answer";
  return new DatabaseError(known, `Could not use the database: ${said} (${known})`);
}

/** Ends a wait after `ms` with a DatabaseError; what is waited for goes on by itself. */
export async function withDeadline<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(
        new DatabaseError("DEADLINE", `Could not use the database: no answer within ${ms} ms`),
      );
    }, ms);
  });
  try {
    return await Promise.race([work, deadline]);
  } catch (error) {
    throw toDatabaseError(error);
  } finally {
    clearTimeout(timer);
  }
}
