import assert from "node:assert/strict";
import { DatabaseFolder, openingRemedy } from "../lib/database_folder.ts";
import { Bench, hasCode, kept, onBench } from "./embedded_bench.ts";
import { eventually } from "./eventually.ts";
import { PERMISSIONS } from "./server.ts";

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
    await bench.open();
    const [line] = bench.logged;
    assert.match(String(line?.moved_to), /\/data\/pglite\.bad-\d{8}T\d{6}Z$/);
    assert.match(String(line?.reason), /of PostgreSQL 17, and this is PostgreSQL \d\d$/);
    assert.equal(await Deno.readTextFile(`${line?.moved_to}/PG_VERSION`), "17\n");
  });
});

Deno.test("openEmbedded sets a folder aside that turns out damaged in use, once", async () => {
  await onBench(async (bench) => {
    const first = await bench.open();
    const [where] = await first.query("select pg_relation_filepath('kept') as path");
    await first.close();
    await Deno.writeFile(`${bench.folder}/pglite/${where?.path}`, new Uint8Array(8192).fill(7));
    const database = await bench.open();
    await assert.rejects(kept(database), hasCode("XX001"));
    await eventually(() => database.script("create table kept (n int)"), 30_000);
    assert.deepEqual(await kept(database), []);
    assert.match(String(bench.logged[0]?.reason), /invalid page/);
    const missing = database.query("select pg_read_file('/none')");
    await assert.rejects(missing, hasCode("58P01"));
    await eventually(async () => assert.deepEqual(await kept(database), []), 30_000);
    assert.equal(bench.logged.length, 1);
  });
});

Deno.test("openEmbedded leaves a folder where it is that was away for a moment while it was used", async () => {
  await onBench(async (bench) => {
    const database = await bench.open();
    await Deno.rename(`${bench.folder}/pglite`, `${bench.parent}/away`);
    const missing = database.query("select pg_read_file('PG_VERSION')");
    await assert.rejects(missing, hasCode("58P01"));
    await Deno.rename(`${bench.parent}/away`, `${bench.folder}/pglite`);
    await eventually(async () => assert.deepEqual(await kept(database), [1]), 20_000);
    assert.deepEqual(bench.logged, []);
  });
});

Deno.test("DatabaseFolder makes no new database in the place of one that was open and is away", async () => {
  await onBench(async (bench) => {
    const folder = await DatabaseFolder.lock(bench.folder, undefined);
    (await folder.open()).end({ reason: "the test ends it" });
    await Deno.rename(`${bench.folder}/pglite`, `${bench.parent}/away`);
    await assert.rejects(folder.open(), /away/);
    await Deno.rename(`${bench.parent}/away`, `${bench.folder}/pglite`);
    (await folder.open()).end({ reason: "the test ends it" });
    folder.unlock();
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
  await bench.remove();
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
