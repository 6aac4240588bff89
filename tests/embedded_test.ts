import assert from "node:assert/strict";
import { FolderLockedError } from "../lib/database_folder.ts";
import { DatabaseError } from "../lib/queries.ts";
import { Chance } from "./chance.ts";
import { hasCode, kept, onBench } from "./embedded_bench.ts";
import { eventually } from "./eventually.ts";
import { killEmbedded } from "./presence_kills.ts";

/** A function that calls itself until the stack is over; PGlite answers it, and everything after it, with nothing. */
const OVERFLOW = `create function deeper(i int) returns int language plpgsql
  as $$ begin return deeper(i + 1) + 1; end $$;
  select deeper(1)`;

/** Writes for some seconds. */
const SLOW = `create table slow (n int);
  do $$ begin for i in 1..2000000 loop insert into slow values (i); end loop; end $$`;

const isAway = (error: unknown) => error instanceof DatabaseError;

Deno.test("openEmbedded brings its log to an end and gives deleted rows their place back, now and then", async () => {
  await onBench(async (bench) => {
    const database = await bench.open(10_000, 100);
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
    }, 20_000);
  });
});

Deno.test("openEmbedded starts a PGlite that broke again, keeps its folder locked, and takes no silence for a success", async () => {
  await onBench(async (bench) => {
    const database = await bench.open();
    await Promise.all([
      assert.rejects(database.script(OVERFLOW), hasCode("BROKEN")),
      assert.rejects(bench.open(), FolderLockedError),
      database.query("insert into kept values (2)"),
    ]);
    await database.query("insert into kept values (3)");
    await database.close();
    const again = await bench.open();
    assert.deepEqual(await kept(again), [1, 2, 3]);
  });
});

Deno.test("openEmbedded lets nothing of a transaction happen in which PGlite broke, nor of one that overlooks a failure, and tells no parameters", async () => {
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
      await query("select $1::text::uuid", ["secret"]).catch(() => {});
    });
    await assert.rejects(
      overlooking,
      (error) => hasCode("22P02")(error) && !/secret/.test(`${error}`),
    );
    assert.deepEqual(await kept(database), [1]);
  });
});

Deno.test("openEmbedded fails what a silent PGlite is asked, replaces it, and lets it write no more", async () => {
  await onBench(async (bench) => {
    const database = await bench.open(400);
    await assert.rejects(database.script(SLOW), hasCode("DEADLINE"));
    await assert.rejects(database.query("select 1"), isAway);
    await eventually(async () => assert.deepEqual(await kept(database), [1]), 20_000);
    const slow = () => database.query("select n from slow");
    await eventually(() => assert.rejects(slow(), hasCode("42P01")));
    await eventually(() => database.script("insert into kept values (3) on conflict do nothing"));
    const [bytes, measured] = [await bench.bytes(), performance.now()];
    await eventually(() => assert.ok(performance.now() - measured > 700));
    assert.equal(await bench.bytes(), bytes, "the silent one still writes");
    await database.close();
    // It waits for two deadlines at the most, short as they are here: the folder may be given up a little later.
    await eventually(async () => {
      const again = await bench.open();
      assert.deepEqual(await kept(again), [1, 3]);
    }, 20_000);
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
  });
});

Deno.test("main.ts with the embedded database starts again after SIGKILL at any moment, without ghosts or losses", async () => {
  // The other tests of the suite run beside it; check:presence is what measures how long a start takes.
  const { rounds, ghosts } = await killEmbedded({
    rounds: 1,
    chance: new Chance(5),
    startWithinMs: 60_000,
  });
  assert.deepEqual([rounds, ghosts], [1, 0]);
});
