/**
 * One connection to PostgreSQL, through postgres.js. Who uses it when is database_postgres.ts's business.
 *
 * Invariant: a link is connected at most once. What is under way when it ends fails, nothing is sent afterwards, and no
 * socket and no timer of it is left.
 *
 * @module
 */

import { once } from "node:events";
import { createConnection, type Socket } from "node:net";
import postgres from "postgres";
import { DatabaseError, type Row, type Transactor, withDeadline } from "./queries.ts";

/** What {@linkcode Link} takes. */
export interface LinkOptions {
  readonly url: string;
  /** How long a statement may take, and with the first one to connect, in ms. */
  readonly deadlineMs: number;
  /** How long it is kept without use, in ms; `undefined`: for ever. */
  readonly idleMs: number | undefined;
}

/** The part of the deadline after which the server gives up a lock, and a statement: in time for its own error. */
const LOCK_PART = 0.8;
const STATEMENT_PART = 0.9;

/** A connection, made with the first statement. */
export class Link implements Transactor {
  readonly #deadlineMs: number;
  readonly #idleMs: number | undefined;
  readonly #sql: postgres.Sql;
  #socket: Socket | undefined;
  #idleTimer: ReturnType<typeof setTimeout> | undefined;
  #isConnected = false;
  #isOver = false;

  constructor(options: LinkOptions) {
    this.#deadlineMs = options.deadlineMs;
    this.#idleMs = options.idleMs;
    this.#sql = postgres(options.url, {
      max: 1,
      connection: serverSettings(options),
      // The deadline is the only timer; when a connection has served long enough is not the driver's to say.
      connect_timeout: null,
      idle_timeout: null,
      max_lifetime: null,
      // Its own question about types would be nobody's: that it failed would end the process.
      fetch_types: false,
      types: { texts: TEXTS },
      // Notices such as "relation exists, skipping" are nobody's business.
      onnotice: () => {},
      onclose: () => this.end(),
      // By itself the driver connects again and again, at once, and keeps the socket of a silent server.
      socket: (place: Place) => this.#connect(place),
    } as unknown as postgres.Options<Record<string, never>>);
  }

  /** Whether it has ended; then nothing can be asked any more. */
  get isOver(): boolean {
    return this.#isOver;
  }

  async query(text: string, parameters: readonly unknown[] = []): Promise<readonly Row[]> {
    const options = { prepare: true };
    return [...await this.#ask(this.#sql.unsafe<Row[]>(text, [...parameters] as never[], options))];
  }

  async script(text: string): Promise<void> {
    await this.#ask(this.#sql.unsafe(text).simple());
  }

  async rollback(): Promise<void> {
    // Where the link is over, so is the transaction.
    if (!this.#isOver) await this.script("rollback").catch(() => this.end());
  }

  /** Ends it at once, whatever is under way. Idempotent. */
  end(): void {
    this.#isOver = true;
    clearTimeout(this.#idleTimer);
    this.#socket?.destroy();
    this.#sql.end({ timeout: 0 }).catch(() => {});
  }

  /** Ends it where the server has not answered anything yet: what waits for that is not sent any more. */
  endUnlessConnected(): void {
    if (!this.#isConnected) this.end();
  }

  /** Takes leave of the server, as far as it listens within the deadline; never rejects. */
  async close(): Promise<void> {
    this.#isOver = true;
    await this.#sql.end({ timeout: this.#deadlineMs / 1000 }).catch(() => {});
    this.end();
  }

  async #ask<T>(statement: PromiseLike<T>): Promise<T> {
    if (this.#isOver) throw broken();
    clearTimeout(this.#idleTimer);
    try {
      return await withDeadline(this.#deadlineMs, this.#answer(statement));
    } catch (error) {
      if (error instanceof DatabaseError && error.code === "DEADLINE") this.end();
      throw error;
    } finally {
      this.#rest();
    }
  }

  #rest(): void {
    if (this.#idleMs === undefined || this.#isOver) return;
    this.#idleTimer = setTimeout(() => void this.close(), this.#idleMs);
  }

  async #answer<T>(statement: PromiseLike<T>): Promise<T> {
    try {
      return await statement;
    } catch (error) {
      // A server that refuses a statement is ready for the next one; after any other failure it is not.
      if ((error as { severity?: unknown }).severity !== "ERROR") this.end();
      throw error;
    } finally {
      this.#isConnected = !this.#isOver;
    }
  }

  async #connect({ host, port }: Place): Promise<Socket> {
    if (this.#isOver || this.#socket !== undefined) throw broken();
    const place = { host: host[0] ?? "", port: port[0] ?? 0 };
    const socket = createConnection(place);
    // The name is what the driver has a certificate compared with.
    this.#socket = Object.assign(socket, place);
    await once(socket, "connect");
    return socket;
  }
}

/** Where the server is, as the driver has read it from the URL: the first of each. */
interface Place {
  readonly host: readonly string[];
  readonly port: readonly number[];
}

function serverSettings({ deadlineMs }: LinkOptions): Record<string, string> {
  return {
    application_name: "pulso",
    lock_timeout: String(Math.ceil(deadlineMs * LOCK_PART)),
    statement_timeout: String(Math.ceil(deadlineMs * STATEMENT_PART)),
    // Whoever is stopped in the middle of a transaction is not to hold up the other nodes with its locks.
    idle_in_transaction_session_timeout: String(deadlineMs),
  };
}

function broken(): DatabaseError {
  return new DatabaseError("CONNECTION_CLOSED", "Could not use the database: the connection broke");
}

/** The only type that the driver does not know by itself and that is asked for: `text[]`, without nulls. */
const TEXTS = {
  to: 1009,
  from: [1009],
  serialize: String,
  parse: (array: string) =>
    Array.from(
      array.slice(1, -1).matchAll(/"((?:[^"\\]|\\.)*)"|[^,]+/g),
      ([bare, quoted]) => quoted?.replace(/\\(.)/g, "$1") ?? bare,
    ),
};
