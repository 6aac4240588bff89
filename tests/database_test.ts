import assert from "node:assert/strict";
import { openDatabase } from "../lib/database.ts";
import type { Database } from "../lib/queries.ts";
import {
  assertDeadline,
  BROKEN,
  CALLS,
  DEADLINE_MS,
  isFailure,
  withFault,
} from "./database_calls.ts";
import { eventually } from "./eventually.ts";
import { ask } from "./outage_faults.ts";
import { postgresPath, startPostgres, type TestPostgres } from "./postgres.ts";
import { ignoreWithout } from "./requirements.ts";

const NOTE = "insert into notes (note) values ($1)";
const PID = "select pg_backend_pid() as pid";

async function notes(database: Database): Promise<unknown[]> {
  return (await database.query("select note from notes order by note")).map(({ note }) => note);
}

/** What the tests run on: a server, and for each a database with a table of notes. */
interface World {
  readonly postgres: TestPostgres;
  test(
    name: string,
    run: (database: Database) => Promise<void>,
    deadlineMs?: number,
  ): Promise<boolean>;
}

Deno.test({
  name: "Database on PostgreSQL",
  ignore: ignoreWithout("postgres", postgresPath),
  fn: async (t) => {
    const postgres = await startPostgres({ max_connections: "20" });
    const { url } = postgres;
    const test: World["test"] = (name, run, deadlineMs = 2000) =>
      t.step(name, async () => {
        await ask(url, "drop table if exists notes; create table notes (note text primary key)");
        const database = await openDatabase({ url, folder: "unused", deadlineMs });
        try {
          await run(database);
        } finally {
          await database.close();
        }
      });
    const world = { postgres, test };
    await testReads(world);
    await testTransactions(world);
    await testTransactionsThatEnd(world);
    await testSlowness(world);
    await testStoppedServer(world);
    await testServerThatComesBack(world);
    await testCrowd(world);
    await testClose(world);
    await postgres.remove();
  },
});

async function testReads({ test }: World): Promise<void> {
  await test("read() does not wait for a transaction, and sees nothing of it", async (database) => {
    await database.transaction(async ({ query }) => {
      await query(NOTE, ["a"]);
      assert.deepEqual(await database.read("select note from notes"), []);
    });
    assert.deepEqual(await database.read("select note from notes"), [{ note: "a" }]);
  });

  await test("read() is BUSY for the seventeenth at a time", async (database) => {
    const reads = Array.from({ length: 16 }, () => database.read("select pg_sleep(0.05)"));
    await assert.rejects(database.read("select 1"), isFailure("BUSY"));
    await Promise.all(reads);
  });

  await test("read() gives arrays of texts", async (database) => {
    const texts = ["a", "b c", 'd"e', "f\\g", "{h,i}", ""];
    const text = `select array_agg(note) as texts
      from jsonb_array_elements_text($1::text::jsonb) as note`;
    assert.deepEqual(await database.read(text, [JSON.stringify(texts)]), [{ texts }]);
    assert.deepEqual(await database.read("select array[]::text[] as texts"), [{ texts: [] }]);
  });
}

async function testTransactions({ test }: World): Promise<void> {
  await test("transaction() does nothing where its work throws, and throws that on", async (database) => {
    const thrown = new Error("no more");
    const failed = database.transaction(async ({ query }) => {
      await query(NOTE, ["a"]);
      throw thrown;
    });
    await assert.rejects(failed, (error) => error === thrown);
    assert.deepEqual(await notes(database), []);
  });

  await test("transaction() rejects where its work overlooks that a statement failed", async (database) => {
    const failed = database.transaction(async ({ query }) => {
      await query(NOTE, ["a"]);
      await query(NOTE, ["a"]).catch(() => {});
    });
    await assert.rejects(failed, isFailure("23505"));
    assert.deepEqual(await notes(database), []);
  });

  await test("transaction() has the deadline for each statement, not for all", async (database) => {
    await database.transaction(async ({ query }) => {
      for (let times = 0; times < 3; times++) await query("select pg_sleep(0.4)");
      await query(NOTE, ["a"]);
    });
    assert.deepEqual(await notes(database), ["a"]);
  }, 1000);
}

async function testTransactionsThatEnd({ postgres, test }: World): Promise<void> {
  await test("transaction() rejects where its connection is cut, and nothing of it is done", async (database) => {
    const failed = database.transaction(async ({ query }) => {
      await query(NOTE, ["a"]);
      const [{ pid } = {}] = await query(PID);
      await ask(postgres.url, `select pg_terminate_backend(${pid}, 1000)`);
      // Whether this is heard of before or not: it is not done on another connection.
      await query(NOTE, ["b"]);
    });
    await assert.rejects(failed, isFailure(...BROKEN));
    assert.deepEqual(await notes(database), []);
  });

  await test(
    "transaction() holds no lock for longer than the deadline where its work does not go on",
    async (database) => {
      const goesOn = Promise.withResolvers<void>();
      const locked = Promise.withResolvers<void>();
      const failed = assert.rejects(
        database.transaction(async ({ script }) => {
          await script("lock table notes");
          locked.resolve();
          await goesOn.promise;
        }),
        isFailure(...BROKEN),
      );
      await locked.promise;
      await ask(postgres.url, "insert into notes (note) values ('another')");
      await assertDeadline(() => database.query(NOTE, ["late"]));
      goesOn.resolve();
      await failed;
      assert.deepEqual(await notes(database), ["another"]);
    },
    DEADLINE_MS,
  );
}

async function testSlowness({ test }: World): Promise<void> {
  await test(
    "query() ends what is slow by the server's own error",
    async (database) => {
      const [before] = await database.query(PID);
      // A new connection would take its time from the same deadline.
      await Promise.all([database.read("select 1"), database.read("select 1")]);
      const slow = [
        assert.rejects(database.query("select pg_sleep(5)"), isFailure("57014")),
        assert.rejects(database.read("select pg_sleep(5)"), isFailure("57014")),
      ];
      await database.read("select 1");
      await Promise.all(slow);
      assert.deepEqual(await database.query(PID), [before]);
    },
  );

  await test("read() ends a wait for a lock likewise", async (database) => {
    // A new connection would take its time from the same deadline.
    await database.read("select 1");
    await database.transaction(async ({ script }) => {
      await script("lock table notes");
      const read = database.read("select note from notes");
      await assert.rejects(read, isFailure("55P03"));
    });
  });

  await test(
    "query() gets its answer, and keeps its connection, though the event loop is held up",
    async (database) => {
      const [before] = await database.query(PID);
      const answer = database.query("select pg_sleep(0.1)");
      // It is sent in the next turn.
      await new Promise((resolve) => setTimeout(resolve, 0));
      const until = performance.now() + 1300;
      while (performance.now() < until);
      await answer;
      assert.deepEqual(await database.query(PID), [before]);
    },
    1000,
  );

  await test(
    "query() ends in time, its wait for others included, who keep the connection",
    async (database) => {
      const [before] = await database.query(PID);
      const sleep = () => database.query("select pg_sleep(0.6)");
      await Promise.all([sleep(), assertDeadline(sleep)]);
      assert.deepEqual(await database.query(PID), [before]);
    },
    1000,
  );
}

async function testStoppedServer({ postgres, test }: World): Promise<void> {
  await test("query() and all else end in time where the server is stopped", async (database) => {
    await Promise.all(CALLS.map((call) => call(database)));
    await withFault("stopped", postgres, async () => {
      for (const call of CALLS) await assertDeadline(() => call(database));
    });
    for (const call of CALLS) await call(database);
  }, DEADLINE_MS);

  await test("query() sends nothing once it has failed", async (database) => {
    await database.query("select 1");
    await withFault("stopped", postgres, async () => {
      const write = (note: string) => assertDeadline(() => database.query(NOTE, [note]));
      const first = ["sent", "b", "c"].map(write);
      await new Promise((resolve) => setTimeout(resolve, DEADLINE_MS / 2));
      // Its turn comes when the first connection is given up: it has half of its time to connect anew.
      await Promise.all([...first, write("d")]);
    });
    assert.deepEqual((await notes(database)).filter((note) => note !== "sent"), []);
  }, DEADLINE_MS);

  await test("close() ends in time where the server is stopped", async (database) => {
    await Promise.all(CALLS.map((call) => call(database)));
    await withFault("stopped", postgres, async () => {
      await Promise.all([assertDeadline(() => database.query("select 1")), database.close()]);
    });
  }, DEADLINE_MS);
}

async function testServerThatComesBack({ postgres, test }: World): Promise<void> {
  await test("query() and all else work with the first try after the server was killed", async (database) => {
    await Promise.all(CALLS.map((call) => call(database)));
    await withFault("killed", postgres, async () => {
      for (const call of CALLS) {
        await assert.rejects(call(database), isFailure("ECONNREFUSED", ...BROKEN));
      }
    });
    for (const call of CALLS) await call(database);
    // And where nobody has asked meanwhile.
    await withFault("killed", postgres, () => Promise.resolve());
    for (const call of CALLS) await call(database);
  });

  await test("query() says that the server is read-only while it is", async (database) => {
    await withFault("read-only", postgres, async () => {
      await eventually(() => assert.rejects(database.query(NOTE, ["a"]), isFailure("25006")));
      await database.query("select 1");
    });
    await eventually(() => database.script("delete from notes"));
  });
}

async function testCrowd({ postgres, test }: World): Promise<void> {
  await test("query() keeps its connection where others have taken all; read() says so", async (database) => {
    await database.query("select 1");
    const others: Database[] = [];
    for (let code = ""; code === "";) {
      const other = await openDatabase({ url: postgres.url, folder: "unused" });
      others.push(other);
      await other.query("select 1").catch((error) => code = error.code);
      assert.ok(["", "53300"].includes(code), code);
    }
    await database.query("select 1");
    await assert.rejects(database.read("select 1"), isFailure("53300"));
    await Promise.all(others.map((other) => other.close()));
    // A server counts a connection until its process has ended.
    await eventually(async () => void await database.read("select 1"));
  });
}

async function testClose({ test }: World): Promise<void> {
  await test("close() waits for what is under way; then all is CLOSED", async (database) => {
    const begun = Promise.withResolvers<void>();
    const last = database.transaction(async ({ query }) => {
      begun.resolve();
      await query("select pg_sleep(0.1)");
      await query(NOTE, ["a"]);
    });
    const both = Promise.all([last, database.read("select pg_sleep(0.1)")]);
    await Promise.all([both, begun.promise.then(() => database.close())]);
    for (const call of CALLS) await assert.rejects(call(database), isFailure("CLOSED"));
  });

  await test("close() ends what lasts longer than the deadline", async (database) => {
    const long = database.transaction(async ({ query }) => {
      for (let times = 0; times < 10; times++) await query("select pg_sleep(0.1)");
    });
    const failed = assert.rejects(long, isFailure(...BROKEN));
    await database.close();
    await failed;
  }, DEADLINE_MS);
}
