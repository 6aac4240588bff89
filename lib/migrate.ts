/**
 * Brings a database to the newest schema: the numbered files of `migrations/`, each once, in order.
 *
 * @module
 */

import type { Database } from "./queries.ts";

const FOLDER = new URL("../migrations/", import.meta.url);
/** Any number will do that no other program on the database uses: here the letters of "puls". */
const ADVISORY_LOCK = 0x70756c73;

const MIGRATIONS =
  "create table migrations (name text primary key, run_at timestamptz not null default now())";

/**
 * Runs the migrations that the database has not had. Nodes that start together take turns; all of it happens, or
 * nothing.
 *
 * @throws {DatabaseError} If the database is away or says no.
 */
export async function migrate(database: Database): Promise<void> {
  const files = Array.from(Deno.readDirSync(FOLDER), (entry) => entry.name)
    .filter((name) => /^\d{3}_.*\.sql$/.test(name)).sort();
  await database.transaction(async ({ query, script }) => {
    await query("select pg_advisory_xact_lock($1)", [ADVISORY_LOCK]);
    // Asked first: who may not create tables may not try to either, and needs none where there are all.
    const [found] = await query("select to_regclass('migrations') is not null as is_there");
    if (!found?.is_there) await script(MIGRATIONS);
    const had = new Set((await query("select name from migrations")).map(({ name }) => name));
    for (const name of files.filter((name) => !had.has(name))) {
      await script(Deno.readTextFileSync(new URL(name, FOLDER)));
      await query("insert into migrations (name) values ($1)", [name]);
    }
  });
}
