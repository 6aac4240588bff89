/**
 * Nodes on one database, for the tests of presence.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { openDatabase } from "../lib/database.ts";
import { createLog } from "../lib/log.ts";
import { type Claimant, Presence } from "../lib/presence.ts";
import { type Database, DatabaseError, type Queries } from "../lib/queries.ts";
import { FakeTime } from "./fakes.ts";
import { postgresPath, startPostgres } from "./postgres.ts";
import { ignoreWithout } from "./requirements.ts";

export const LEASE_MS = 15_000;
export const GRACE_MS = 10_000;

/** A new session; its name is its client_id unless it is given. */
export function claimant(id: string, username = id): Claimant {
  return {
    clientId: id,
    username,
    usernameKey: username.toLowerCase(),
    sessionHash: createHash("sha256").update(id).digest("hex"),
    connectedAt: undefined,
    version: 0,
  };
}

/** A database that counts what it is asked, and can be taken away. */
export class WatchedDatabase implements Database {
  readonly #database: Database;
  /** What presence takes it for: only PostgreSQL has several nodes, and only there rows outlive theirs. */
  kind: Database["kind"];
  statements: string[] = [];
  away = false;
  /** SQLSTATEs with which the next statements are refused, and the next transactions when all of theirs are done. */
  refusals: string[] = [];
  /** Transactions are carried out, but their answers do not arrive. */
  losesAnswers = false;
  /** Called at the beginning of a transaction. */
  onTransaction: () => void | Promise<void> = () => {};
  /** Called when a statement outside of a transaction is under way. */
  onQuery = (_text: string) => {};

  constructor(database: Database) {
    this.#database = database;
    this.kind = database.kind;
  }

  read(text: string, parameters?: readonly unknown[]) {
    return this.#ask(text, () => this.#database.read(text, parameters));
  }
  query(text: string, parameters?: readonly unknown[]) {
    const answer = this.#ask(text, async () => {
      this.#refuse();
      return await this.#database.query(text, parameters);
    });
    this.onQuery(text);
    return answer;
  }
  script(text: string) {
    return this.#ask(text, () => this.#database.script(text));
  }
  transaction<T>(work: (queries: Queries) => Promise<T>) {
    return this.#ask("transaction", async () => {
      await this.onTransaction();
      const result = await this.#database.transaction(async (on) => {
        const done = await work(on);
        this.#refuse();
        return done;
      });
      if (this.losesAnswers) throw new DatabaseError("DEADLINE", "no answer");
      return result;
    });
  }
  close() {
    return this.#database.close();
  }
  #refuse(): void {
    const code = this.refusals.shift();
    if (code !== undefined) throw new DatabaseError(code, `refused (${code})`);
  }
  #ask<T>(text: string, work: () => Promise<T>): Promise<T> {
    this.statements.push(text);
    return this.away ? Promise.reject(new DatabaseError("TEST", "away")) : work();
  }
}

/** A node, and what it has told. */
export interface Node {
  readonly presence: Presence;
  readonly time: FakeTime;
  readonly taken: string[];
  readonly moved: string[];
  readonly reaped: string[];
  /** Its former node_ids. */
  readonly formers: string[];
  /** Whether it was up each time that it took another one. */
  readonly upWhenRenamed: boolean[];
  readonly changes: boolean[];
  /** What it has logged, but for what is for finding faults. */
  readonly logged: LogLine[];
}

/** A line of a node's log. */
type LogLine =
  & { readonly level: string; readonly event: string }
  & Readonly<Record<string, unknown>>;

/** One database and the nodes on it. */
export interface World {
  readonly database: WatchedDatabase;
  /** The same one, for the test's own questions: never away, and not counted. */
  readonly beside: Database;
  /** A node on that database, not started yet. */
  readonly node: (options?: { readonly graceMs?: number; readonly visitsDays?: number }) => Node;
  /** Started nodes, however the database takes itself. */
  readonly nodes: (count: number) => Promise<Node[]>;
  /** Who is connected, by name. */
  readonly names: () => Promise<string[]>;
}

/** Runs a test on a database that is empty before and after. */
export async function inWorld(
  database: Database,
  test: (world: World) => Promise<void>,
): Promise<void> {
  const watched = new WatchedDatabase(database);
  const made: Presence[] = [];
  const node: World["node"] = ({ graceMs = GRACE_MS, visitsDays = 30 } = {}) => {
    const time = new FakeTime(Date.now());
    const logged: LogLine[] = [];
    const write = (line: string) => logged.push(JSON.parse(line));
    const log = createLog({ level: "info", format: "json", write });
    const options = { database: watched, leaseMs: LEASE_MS, graceMs, visitsDays, log, time };
    const presence = new Presence(options);
    made.push(presence);
    const taken: string[] = [];
    const moved: string[] = [];
    const reaped: string[] = [];
    const formers: string[] = [];
    const upWhenRenamed: boolean[] = [];
    const changes: boolean[] = [];
    presence.subscribe({
      databaseChanged: (up) => changes.push(up),
      taken: (clientId) => taken.push(clientId),
      moved: (clientId) => moved.push(clientId),
      reaped: (clientIds) => reaped.push(...clientIds),
      renamed: (former) => {
        formers.push(former);
        upWhenRenamed.push(presence.up);
      },
    });
    return { presence, time, taken, moved, reaped, formers, upWhenRenamed, changes, logged };
  };
  const nodes = async (count: number) => {
    watched.kind = "postgresql";
    const started = Array.from({ length: count }, () => node());
    for (const { presence } of started) await presence.start();
    return started;
  };
  const names = async () => {
    const rows = await database.query("select username from connected_users order by username_key");
    return rows.map(({ username }) => String(username));
  };
  try {
    await test({ database: watched, beside: database, node, nodes, names });
  } finally {
    watched.away = watched.losesAnswers = false;
    watched.refusals = [];
    for (const presence of made) await presence.close();
    await database.query("delete from nodes");
    await database.query("delete from visits");
  }
}

/** Names a and b are held, then the database goes, which the claim of c finds; then it is there again. */
export async function loseDatabase(presence: Presence, database: WatchedDatabase): Promise<void> {
  await presence.claim(claimant("a"));
  await presence.claim(claimant("b"));
  database.away = true;
  await presence.claim(claimant("c"));
  database.away = false;
}

/** What is to hold, by what it says. */
export type Promises<T = World> = Readonly<Record<string, (world: T) => Promise<void>>>;

/** A world on PostgreSQL, and where that is. */
export interface PostgresWorld extends World {
  readonly url: string;
}

/** Registers the tests of what holds on every database, and of what holds on one kind of them. */
export function testOnDatabases(
  name: string,
  promises: Promises,
  only: { readonly pglite?: Promises; readonly postgresql?: Promises<PostgresWorld> } = {},
): void {
  Deno.test(`${name} on PGlite`, async (t) => {
    const folder = await Deno.makeTempDir({ prefix: "pulso-test-" });
    const database = await openDatabase({ folder });
    for (const [promise, test] of Object.entries({ ...promises, ...only.pglite })) {
      await t.step(promise, () => inWorld(database, test));
    }
    await database.close();
    await Deno.remove(folder, { recursive: true });
  });
  Deno.test({
    name: `${name} on PostgreSQL`,
    ignore: ignoreWithout("postgres", postgresPath),
    fn: async (t) => {
      const postgres = await startPostgres();
      const { url } = postgres;
      const database = await openDatabase({ url, folder: "unused" });
      for (const [promise, test] of Object.entries({ ...promises, ...only.postgresql })) {
        await t.step(promise, () => inWorld(database, (world) => test({ ...world, url })));
      }
      await database.close();
      await postgres.remove();
    },
  });
}
