import assert from "node:assert/strict";
import { openEmbedded } from "../lib/database_embedded.ts";
import { FolderLockedError, openingRemedy } from "../lib/database_folder.ts";
import { createLog } from "../lib/log.ts";
import { type Database, DatabaseError } from "../lib/queries.ts";
import { Chance } from "./chance.ts";
import { eventually } from "./eventually.ts";
import { killEmbedded } from "./presence_kills.ts";
import { PERMISSIONS } from "./server.ts";

/** A function that calls itself until the stack is over; PGlite answers it, and everything after it, with nothing. */
const OVERFLOW = `create function deeper(i int) returns int language plpgsql
  as $$ begin return deeper(i + 1) + 1; end $$;
  select deeper(1)`;

/** Writes for some seconds. */
const SLOW = `create table slow (n int);
  do $$ begin for i in 1..2000000 loop insert into slow values (i); end loop; end $$`;

/** A test in a folder of its own, with a database that holds the row 1, and the lines of the log. */
class Bench {
  readonly logged: Record<string, unknown>[] = [];
  readonly #log = createLog({
    level: "info",
    format: "json",
    write: (line) => this.logged.push(JSON.parse(line)),
  });

  constructor(readonly parent: string) {}

  get folder(): string {
    return `${this.parent}/data`;
  }

  open(deadlineMs = 2000, choresMs = 60_000): Promise<Database> {
    return openEmbedded({ folder: this.folder, deadlineMs, choresMs, log: this.#log });
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

async function onBench(test: (bench: Bench) => Promise<void>): Promise<void> {
  const bench = new Bench(await Deno.makeTempDir({ prefix: "pulso-test-" }));
  try {
    if (made === undefined) {
      const first = `${bench.parent}-made`;
      const database = await openEmbedded({ folder: first, deadlineMs: 2000 });
      await database.script("create table kept (n int primary key); insert into kept values (1)");
      await database.close();
      made = first;
      addEventListener("unload", () => Deno.removeSync(first, { recursive: true }));
    }
    await new Deno.Command("cp", { args: ["-R", made, bench.folder] }).output();
    await test(bench);
  } finally {
    await Deno.remove(bench.parent, { recursive: true });
  }
}

async function kept(database: Database): Promise<unknown[]> {
  return (await database.query("select n from kept order by n")).map(({ n }) => n);
}

/** Starts a server that cannot write a file of more than 2 MiB, as if there were no room. */
function startWithoutRoom(folder: string): Promise<Deno.CommandOutput> {
  const main = new URL("../main.ts", import.meta.url).pathname;
  const limited = 'trap "" XFSZ; ulimit -f 4096; exec "$@"';
  const child = new Deno.Command("sh", {
    args: ["-c", limited, "sh", Deno.execPath(), "run", ...PERMISSIONS, main],
    env: { PORT: "0", DATA_DIR: folder },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const ending = setTimeout(() => child.kill("SIGKILL"), 20_000);
  return child.output().finally(() => clearTimeout(ending));
}

const isAway = (error: unknown) => error instanceof DatabaseError;

Deno.test("openEmbedded brings its log to an end and gives deleted rows their place back, now and then", async () => {
  await onBench(async (bench) => {
    const database = await bench.open(2000, 100);
    const [before] = await database.query("select checkpoint_lsn from pg_control_checkpoint()");
    await database.script("insert into kept select generate_series(2, 1000)");
    await database.script("delete from kept where n > 1");
    await eventually(async () => {
      const [after] = await database.query("select checkpoint_lsn from pg_control_checkpoint()");
      assert.notEqual(after?.checkpoint_lsn, before?.checkpoint_lsn);
      const [pages] = await database.query(
        "select relpages, reltuples from pg_class where relname = 'kept'",
      );
      assert.deepEqual(pages, { relpages: 1, reltuples: 1 });
    });
    await database.close();
  });
});

Deno.test("openEmbedded starts a PGlite that broke again, keeps its folder locked, and takes no silence for a success", async () => {
  await onBench(async (bench) => {
    const database = await bench.open();
    const broken = database.script(OVERFLOW);
    const beside = database.query("insert into kept values (2)");
    await assert.rejects(broken, (error) => (error as DatabaseError).code === "BROKEN");
    await assert.rejects(bench.open(), FolderLockedError);
    await beside;
    await database.query("insert into kept values (3)");
    await database.close();
    const again = await bench.open();
    assert.deepEqual(await kept(again), [1, 2, 3]);
    await again.close();
  });
});

Deno.test("openEmbedded lets nothing of a transaction happen in which PGlite broke, nor of one that overlooks a failure", async () => {
  await onBench(async (bench) => {
    const database = await bench.open();
    const broken = database.transaction(async ({ query, script }) => {
      await query("insert into kept values (2)");
      await script(OVERFLOW);
      await query("insert into kept values (3)");
    });
    await assert.rejects(broken, isAway);
    const overlooking = database.transaction(async ({ query }) => {
      await query("insert into kept values (4)");
      await query("insert into kept values (1)").catch(() => {});
    });
    await assert.rejects(overlooking, (error) => (error as DatabaseError).code === "23505");
    assert.deepEqual(await kept(database), [1]);
    await database.close();
  });
});

Deno.test("openEmbedded fails what a silent PGlite is asked, replaces it, and lets it write no more", async () => {
  await onBench(async (bench) => {
    const database = await bench.open(400);
    const late = database.script(SLOW);
    await assert.rejects(late, (error) => (error as DatabaseError).code === "DEADLINE");
    await assert.rejects(database.query("select 1"), isAway);
    await eventually(async () => assert.deepEqual(await kept(database), [1]), 10_000);
    const slow = database.query("select n from slow");
    await assert.rejects(slow, (error) => (error as DatabaseError).code === "42P01");
    await database.query("insert into kept values (3)");
    const [bytes, measured] = [await bench.bytes(), performance.now()];
    await eventually(() => assert.ok(performance.now() - measured > 700));
    assert.equal(await bench.bytes(), bytes, "the silent one still writes");
    await database.close();
    const again = await bench.open();
    assert.deepEqual(await kept(again), [1, 3]);
    await again.close();
  });
});

Deno.test("openEmbedded says BUSY where too many wait", async () => {
  await onBench(async (bench) => {
    const database = await bench.open();
    const asked = await Promise.allSettled(
      Array.from({ length: 200 }, () => database.read("select n from kept")),
    );
    const refused = asked.flatMap((one) => one.status === "rejected" ? one.reason.code : []);
    assert.deepEqual(new Set(refused), new Set(["BUSY"]));
    assert.ok(refused.length >= 100 && refused.length < 200, `${refused.length} refused`);
    await database.close();
  });
});

Deno.test("openEmbedded sets a damaged folder aside by its side, says so, and begins a new one", async () => {
  await onBench(async (bench) => {
    await Deno.truncate(`${bench.folder}/pglite/global/pg_control`, 100);
    const database = await bench.open();
    await database.script("create table kept (n int)");
    assert.deepEqual(await kept(database), []);
    const [line] = bench.logged;
    assert.deepEqual([bench.logged.length, line?.level, line?.event], [
      1,
      "error",
      "data_set_aside",
    ]);
    assert.match(String(line?.moved_to), /\/data\.bad-\d{8}T\d{6}Z$/);
    const control = await Deno.stat(`${line?.moved_to}/global/pg_control`);
    assert.equal(control.size, 100);
    await database.close();
  });
});

Deno.test("openEmbedded sets a folder of another version aside in its place where it cannot be moved out, and says why", async () => {
  await onBench(async (bench) => {
    await Deno.writeTextFile(`${bench.folder}/pglite/PG_VERSION`, "17\n");
    // As where the folder is a mount point, nothing can be put beside it.
    for (let seconds = 0; seconds < 60; seconds++) {
      const at = new Date(Date.now() + seconds * 1000).toISOString().replace(/[-:]|\.\d+/g, "");
      await Deno.mkdir(`${bench.parent}/data.bad-${at}/taken`, { recursive: true });
    }
    const database = await bench.open();
    const [line] = bench.logged;
    assert.match(String(line?.moved_to), /\/data\/pglite\.bad-\d{8}T\d{6}Z$/);
    assert.match(String(line?.reason), /of PostgreSQL 17, and this is PostgreSQL \d\d$/);
    assert.equal(await Deno.readTextFile(`${line?.moved_to}/PG_VERSION`), "17\n");
    await database.close();
  });
});

Deno.test("openEmbedded sets a folder aside that turns out damaged in use, once", async () => {
  await onBench(async (bench) => {
    const first = await bench.open();
    const [where] = await first.query("select pg_relation_filepath('kept') as path");
    await first.close();
    await Deno.writeFile(`${bench.folder}/pglite/${where?.path}`, new Uint8Array(8192).fill(7));
    const database = await bench.open();
    await assert.rejects(kept(database), (error) => (error as DatabaseError).code === "XX001");
    await eventually(() => database.script("create table kept (n int)"), 15_000);
    assert.deepEqual(await kept(database), []);
    assert.match(String(bench.logged[0]?.reason), /invalid page/);
    const missing = database.query("select pg_read_file('/none')");
    await assert.rejects(missing, (error) => (error as DatabaseError).code === "58P01");
    await eventually(async () => assert.deepEqual(await kept(database), []), 15_000);
    assert.equal(bench.logged.length, 1);
    await database.close();
  });
});

Deno.test("openEmbedded begins again where the making of a folder was cut short", async () => {
  const bench = new Bench(await Deno.makeTempDir({ prefix: "pulso-test-" }));
  await Deno.mkdir(`${bench.folder}/pglite.new/base`, { recursive: true });
  await Deno.writeTextFile(`${bench.folder}/pglite.new/PG_VERSION`, "1");
  const database = await bench.open();
  assert.equal((await database.query("select 1 as one"))[0]?.one, 1);
  assert.deepEqual(bench.logged, []);
  assert.deepEqual(await bench.names(), ["data", "pglite", "pulso.lock"]);
  await database.close();
  await Deno.remove(bench.parent, { recursive: true });
});

Deno.test({
  name:
    "main.ts leaves even a damaged folder where it is while no new one can be made, and says why",
  ignore: Deno.build.os === "windows",
  fn: () =>
    onBench(async (bench) => {
      const control = `${bench.folder}/pglite/global/pg_control`;
      await Deno.truncate(control, 100);
      const output = await startWithoutRoom(bench.folder);
      const text = new TextDecoder().decode(output.stderr);
      assert.equal(output.code, 1, text);
      assert.equal(text.trim().split("\n").length, 1, text);
      assert.match(text, /"cannot_start".*File too large.*set DATA_DIR/);
      assert.deepEqual(await bench.names(), ["data", "pglite", "pulso.lock"]);
      assert.equal((await Deno.stat(control)).size, 100);
    }),
});

Deno.test("openingRemedy names what is to be done, for each reason that is no damage", () => {
  const remedies = ["EACCES", "EROFS", "ENOSPC", "EMFILE", "ENOTDIR"].map((code) =>
    openingRemedy(Object.assign(new Error("no"), { code }), "/data")
  );
  const expected = [
    /let the user/,
    /mount it for writing/,
    /make room/,
    /ulimit -n/,
    /to a folder that/,
  ];
  for (const [index, remedy] of remedies.entries()) {
    assert.match(remedy, expected[index] as RegExp);
    assert.match(remedy, /DATA_DIR \(\/data\)/);
  }
  assert.match(openingRemedy(new RangeError("could not allocate memory"), "/data"), /more memory/);
});

Deno.test("main.ts with the embedded database starts again after SIGKILL at any moment, without ghosts or losses", async () => {
  // The other tests of the suite run beside it; check:presence is what measures how long a start takes.
  const { rounds, ghosts } = await killEmbedded({
    rounds: 3,
    chance: new Chance(5),
    startWithinMs: 20_000,
  });
  assert.deepEqual([rounds, ghosts], [3, 0]);
});
