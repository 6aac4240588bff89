/**
 * What tests of the embedded database run on.
 *
 * @module
 */

import { openEmbedded } from "../lib/database_embedded.ts";
import { createLog } from "../lib/log.ts";
import { type Database, DatabaseError } from "../lib/queries.ts";

/** A test in a folder of its own, with a database that holds the row 1, and the lines of the log. */
export class Bench {
  readonly logged: Record<string, unknown>[] = [];
  readonly #log = createLog({
    level: "info",
    format: "json",
    write: (line) => this.logged.push(JSON.parse(line)),
  });

  readonly #opened: Database[] = [];

  constructor(readonly parent: string) {}

  get folder(): string {
    return `${this.parent}/data`;
  }

  async open(deadlineMs = 10_000, choresMs = 60_000): Promise<Database> {
    const options = { folder: this.folder, deadlineMs, choresMs, log: this.#log };
    const database = await openEmbedded(options);
    this.#opened.push(database);
    return database;
  }

  /** Closes what is open, and removes all. */
  async remove(): Promise<void> {
    await Promise.all(this.#opened.map((database) => database.close()));
    await Deno.remove(this.parent, { recursive: true });
  }

  /** How large all tables are. */
  async bytes(): Promise<number> {
    let bytes = 0;
    const tables = `${this.folder}/pglite/base/5`;
    for await (const { name } of Deno.readDir(tables)) {
      bytes += (await Deno.stat(`${tables}/${name}`)).size;
    }
    return bytes;
  }

  /** The names in the parent of the folder, and in the folder. */
  async names(): Promise<string[]> {
    const names: string[] = [];
    for (const folder of [this.parent, this.folder]) {
      for await (const { name } of Deno.readDir(folder)) names.push(name);
    }
    return names.sort();
  }
}

/** One folder for all tests, because it takes its time to make one. */
let made: string | undefined;

/** Runs a test on a bench. */
export async function onBench(test: (bench: Bench) => Promise<void>): Promise<void> {
  const bench = new Bench(await Deno.makeTempDir({ prefix: "pulso-test-" }));
  try {
    if (made === undefined) {
      const first = `${bench.parent}-made`;
      const database = await openEmbedded({ folder: first, deadlineMs: 10_000 });
      await database.script("create table kept (n int primary key); insert into kept values (1)");
      await database.close();
      made = first;
      addEventListener("unload", () => Deno.removeSync(first, { recursive: true }));
    }
    await new Deno.Command("cp", { args: ["-R", made, bench.folder] }).output();
    await test(bench);
  } finally {
    await bench.remove();
  }
}

/** The rows of the table that each database has. */
export async function kept(database: Database): Promise<unknown[]> {
  return (await database.query("select n from kept order by n")).map(({ n }) => n);
}

/** Checks, for `assert.rejects`, the code of an error. */
export const hasCode = (code: string) => (error: unknown) =>
  error instanceof DatabaseError && error.code === code;
