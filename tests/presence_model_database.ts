/**
 * One PGlite whose clock is the test's, as several nodes have it: a statement is sent, and its answer heard, when it is
 * its turn; who is asleep, cut off or dead is so from one turn to the next.
 *
 * @module
 */

import { openDatabase } from "../lib/database.ts";
import { type Database, DatabaseError, type Queries, type Row } from "../lib/queries.ts";
import type { Player, Turns } from "./presence_model_turns.ts";

/** When each run begins, by every clock. */
export const START = Date.parse("2026-11-20T14:30:25.000Z");

const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/;

/** The shared database as one node has it. */
export class NodeDatabase implements Database, Player {
  readonly kind = "postgresql";
  readonly #shared: Database;
  readonly #turns: Turns;
  readonly #spoil: (text: string) => string;
  #isMigrated = false;
  #isDead = false;
  isAsleep = false;
  /** Nothing arrives there, or no answer comes back. */
  fault: "silent" | "unheard" | undefined;
  /** How many transactions it has committed, and how often it was told that something failed. */
  commits = 0;
  failures = 0;
  /** What the node calls itself, and did. */
  readonly ids = new Set<string>();

  constructor(
    shared: Database,
    options: { readonly turns: Turns; readonly spoil: (text: string) => string },
  ) {
    this.#shared = shared;
    this.#turns = options.turns;
    this.#spoil = options.spoil;
  }

  /** The node is dead, in the midst of whatever it does. */
  kill(): void {
    this.#isDead = true;
    this.#turns.forget(this);
  }
  query(text: string, parameters: readonly unknown[] = []): Promise<readonly Row[]> {
    return this.#ask(() => this.#query(this.#shared, text, parameters));
  }
  read(text: string, parameters?: readonly unknown[]): Promise<readonly Row[]> {
    return this.query(text, parameters);
  }
  script(text: string): Promise<void> {
    return this.#ask(() => this.#shared.script(text));
  }
  async transaction<T>(work: (queries: Queries) => Promise<T>): Promise<T> {
    if (!this.#isMigrated) {
      // The first one migrates, which was done before.
      await this.#ask(() => Promise.resolve());
      this.#isMigrated = true;
      return undefined as T;
    }
    return await this.#ask(async () => {
      const done = await this.#shared.transaction((on) =>
        work({
          query: (text, parameters = []) => this.#inside(() => this.#query(on, text, parameters)),
          script: (text) => this.#inside(() => on.script(text)),
        })
      );
      this.commits++;
      return done;
    });
  }
  close(): Promise<void> {
    return Promise.resolve();
  }

  #query(on: Queries, text: string, parameters: readonly unknown[]): Promise<readonly Row[]> {
    const own = String(parameters[0]);
    if (UUID.test(own)) this.ids.add(own);
    return on.query(this.#spoil(text), parameters);
  }

  async #inside<T>(work: () => Promise<T>): Promise<T> {
    await this.#turns.pause(this);
    if (this.fault === "silent") throw away();
    return await work();
  }

  async #ask<T>(work: () => Promise<T>): Promise<T> {
    await this.#turn();
    const answer = this.fault === "silent" ? Promise.reject(away()) : this.#turns.work(work);
    await answer.catch(() => {});
    await this.#turn();
    try {
      const heard = await answer;
      if (this.fault !== undefined) throw away();
      return heard;
    } catch (error) {
      this.failures++;
      throw error;
    }
  }

  #turn(): Promise<void> {
    return this.#isDead ? new Promise(() => {}) : this.#turns.wait(this);
  }
}

/** What is in the database. */
export interface Observed {
  readonly rows: readonly {
    readonly id: string;
    readonly nodeId: string;
    readonly version: number;
    readonly awayUntil: number | null;
  }[];
  readonly leases: readonly { readonly nodeId: string; readonly until: number }[];
}

/** A session in the log of visits. */
export interface Visit {
  readonly number: number;
  readonly id: string;
  readonly nodeId: string;
  readonly code: number | null;
}

/** One database, for one run after the other. */
export class SteppedDatabase {
  readonly #database: Database;
  readonly #folder: string;
  /** What becomes of the nodes' statements, to see whether that is found. */
  spoil = (text: string): string => text;

  private constructor(database: Database, folder: string) {
    this.#database = database;
    this.#folder = folder;
  }

  /** Opens it, with a clock that stands still. */
  static async open(): Promise<SteppedDatabase> {
    const folder = await Deno.makeTempDir({ prefix: "pulso-test-" });
    const database = await openDatabase({ folder, deadlineMs: 60_000 });
    await database.script(
      `create schema test_clock;
       create function test_clock.clock_timestamp() returns timestamptz language sql
         as $$ select current_setting('test_clock.now')::timestamptz $$;
       set search_path = public, test_clock, pg_catalog;`,
    );
    const migrations = new URL("../migrations/", import.meta.url);
    for (const name of Array.from(Deno.readDirSync(migrations), (file) => file.name).sort()) {
      await database.script(await Deno.readTextFile(new URL(name, migrations)));
    }
    return new SteppedDatabase(database, folder);
  }

  async close(): Promise<void> {
    await this.#database.close();
    await Deno.remove(this.#folder, { recursive: true });
  }

  /** The same one as another node has it. */
  connect(turns: Turns): NodeDatabase {
    return new NodeDatabase(this.#database, { turns, spoil: this.spoil });
  }

  async setClock(now: number): Promise<void> {
    const at = new Date(now).toISOString();
    await this.#database.query("select set_config('test_clock.now', $1, false)", [at]);
  }

  /** Removes what runs before have left. */
  async clear(): Promise<void> {
    await this.#database.script(
      `delete from nodes; delete from visits;
       select setval(pg_get_serial_sequence('visits', 'id'), 1, false)`,
    );
  }

  async observe(): Promise<Observed> {
    const [observed] = await this.#database.query(
      `select
         (select coalesce(json_agg(json_build_object('id', client_id, 'nodeId', node_id,
            'version', version, 'awayUntil', (extract(epoch from away_until) * 1000)::float8)), '[]')
          from connections) as rows,
         (select coalesce(json_agg(json_build_object('nodeId', node_id,
            'until', (extract(epoch from lease_until) * 1000)::float8)), '[]') from nodes) as leases`,
    );
    return observed as unknown as Observed;
  }

  async visits(): Promise<readonly Visit[]> {
    const visits = await this.#database.query(
      `select id::int as number, client_id as id, node_id as "nodeId", close_code as code
       from visits order by number`,
    );
    return visits as unknown as Visit[];
  }
}

function away(): DatabaseError {
  return new DatabaseError("ECONNREFUSED", "away");
}
