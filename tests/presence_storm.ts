/**
 * Many who come and go at once, seen from the database: a real node on a real PostgreSQL.
 *
 * @module
 */

import assert from "node:assert/strict";
import postgres from "postgres";
import { FREE } from "./cluster.ts";
import { eventually } from "./eventually.ts";
import { startPostgres } from "./postgres.ts";
import { startServer, type TestServer, within } from "./server.ts";

/** What {@linkcode storm} takes. */
export interface StormOptions {
  readonly visitors: number;
  readonly perSecond: number;
}

/** Those who come together: so many of them a second. */
const BURSTS_PER_SECOND = 10;
/** They stay for so many bursts. */
const STAY = 5;
/** The database may see one statement for so many of those who come or go. */
const PER_STATEMENT = 20;
/** Whatever was begun is over within this time. */
const WITHIN_MS = 30_000;

/** A node on a PostgreSQL of its own. */
interface Stage {
  readonly server: TestServer;
  readonly databaseUrl: string;
}

async function onStage<T>(scenario: (stage: Stage) => Promise<T>): Promise<T> {
  const { url: databaseUrl, remove } = await startPostgres();
  try {
    const server = await startServer({ ...FREE, DATABASE_URL: databaseUrl });
    return await scenario({ server, databaseUrl });
  } finally {
    await remove();
  }
}

/** Looks into the database, over a connection of its own that is gone afterwards. */
async function look<T>(url: string, at: (sql: postgres.Sql) => Promise<T>): Promise<T> {
  const sql = postgres(url, { max: 1, fetch_types: false });
  try {
    return await at(sql);
  } finally {
    await sql.end();
  }
}

/** Somebody who comes with a name and goes with a goodbye. */
class Visitor {
  readonly #socket: WebSocket;
  readonly #welcomed = Promise.withResolvers<void>();
  readonly #closed = Promise.withResolvers<void>();

  constructor({ socketUrl }: TestServer, name: string) {
    const socket = this.#socket = new WebSocket(`${socketUrl}?username=${name}&format=ndjson`);
    socket.onmessage = () => this.#welcomed.resolve();
    socket.onerror = (event) => event.preventDefault();
    socket.onclose = ({ code, reason }) => {
      this.#welcomed.reject(new Error(`${name} was sent away: ${code} ${reason}`));
      this.#closed.resolve();
    };
  }

  /** Resolves when the server has sent its first message, which is the welcome. */
  get welcomed(): Promise<void> {
    return this.#welcomed.promise;
  }

  /** Says goodbye as soon as it was welcomed. */
  async leave(): Promise<void> {
    await this.welcomed;
    this.#socket.close(1000);
    await this.#closed.promise;
  }
}

/**
 * Visitors come and go in bursts. At the end there are no rows of connections, the visits are as many as the visitors and
 * closed, and the database has seen at most one statement per 20 of those who came or went.
 *
 * @returns How many statements there were in all, those for the start, the lease and the end among them.
 * @throws {Error} Where that is not so.
 */
export function storm(
  { visitors, perSecond }: StormOptions,
): Promise<{ readonly statements: number; readonly seconds: number }> {
  return onStage(async ({ server, databaseUrl }) => {
    const startedAt = performance.now();
    let looks: number;
    try {
      await blow(server, { visitors, perSecond });
      looks = await settled(databaseUrl, visitors);
    } finally {
      await server.stop();
    }
    const seconds = (performance.now() - startedAt) / 1000;
    const statements = await countStatements(databaseUrl) - looks;
    const most = 2 * visitors / PER_STATEMENT;
    assert.ok(statements <= most, `${statements} statements, at most ${most}`);
    assert.deepEqual(faultsOf(server), []);
    return { statements, seconds };
  });
}

/** How many statements there were in the database: what a connection has asked is counted for sure when it is gone. */
function countStatements(url: string): Promise<number> {
  return look(url, async (sql) => {
    await eventually(async () => {
      const [row] = await sql`select count(*)::int as others from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid()`;
      assert.equal(row?.others, 0);
    });
    const [row] = await sql`select (xact_commit + xact_rollback)::int as statements
      from pg_stat_database where datname = current_database()`;
    return Number(row?.statements);
  });
}

async function blow(server: TestServer, { visitors, perSecond }: StormOptions): Promise<void> {
  const bursts: Visitor[][] = [];
  const goodbyes: Promise<void>[] = [];
  const everyMs = 1000 / BURSTS_PER_SECOND;
  const beat = Promise.withResolvers<void>();
  let count = 0;
  const timer = setInterval(() => {
    const burst: Visitor[] = [];
    const most = Math.min(visitors, count + perSecond / BURSTS_PER_SECOND);
    while (count < most) burst.push(new Visitor(server, `visitor-${count++}`));
    bursts.push(burst);
    if (bursts.length > STAY) {
      goodbyes.push(...(bursts.shift() ?? []).map((visitor) => visitor.leave()));
    }
    if (goodbyes.length === visitors) beat.resolve();
  }, everyMs);
  try {
    await within(WITHIN_MS + visitors * 1000 / perSecond, "all have come and gone", beat.promise);
    await within(WITHIN_MS, "all have gone", Promise.all(goodbyes));
  } finally {
    clearInterval(timer);
  }
}

/**
 * Waits until everything is written: no connections, and a closed visit of each.
 *
 * @returns How many statements that took.
 */
function settled(url: string, visitors: number): Promise<number> {
  let looks = 0;
  return look(url, async (sql) => {
    await eventually(async () => {
      looks++;
      const [row] = await sql`select (select count(*)::int from connections) as connections,
        (select count(*)::int from visits) as visits,
        (select count(*)::int from visits where disconnected_at is not null and close_code = 1000)
          as ended`;
      assert.deepEqual({ ...row }, { connections: 0, visits: visitors, ended: visitors });
    });
    return looks;
  });
}

/**
 * Many connect at once, as fast as they can: all are welcomed and have their rows, and the database is not taken for away.
 *
 * @returns After how many ms all were welcomed.
 * @throws {Error} Where that is not so.
 */
export function rush(
  { visitors: count }: { readonly visitors: number },
): Promise<{ readonly welcomedMs: number }> {
  return onStage(async ({ server, databaseUrl }) => {
    try {
      const startedAt = performance.now();
      const visitors = Array.from(
        { length: count },
        (_, index) => new Visitor(server, `v${index}`),
      );
      await within(WITHIN_MS, "all are welcomed", Promise.all(visitors.map((one) => one.welcomed)));
      const welcomedMs = performance.now() - startedAt;
      const [row] = await look(
        databaseUrl,
        (sql) => sql`select count(*)::int as connections from connected_users`,
      );
      assert.equal(row?.connections, count);
      await within(WITHIN_MS, "all have gone", Promise.all(visitors.map((one) => one.leave())));
      await settled(databaseUrl, count);
      assert.deepEqual(faultsOf(server), []);
      return { welcomedMs };
    } finally {
      await server.stop();
    }
  });
}

/** What a server has logged that it should not have. */
function faultsOf({ log }: TestServer): readonly unknown[] {
  return log.filter(({ event }) => event === "fault" || event === "database_away");
}
