import assert from "node:assert/strict";
import { openDatabase } from "../lib/database.ts";
import { Link } from "../lib/database_link.ts";
import { assertDeadline, BROKEN, CALLS, isFailure } from "./database_calls.ts";
import { eventually } from "./eventually.ts";
import { postgresPath, startPostgres } from "./postgres.ts";
import { ignoreWithout } from "./requirements.ts";

/** A TCP port whose connections are treated as a test says. */
class Listener {
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #ends: Promise<void>[] = [];

  /** @param treat Resolves when the connection has ended. */
  constructor(treat: (connection: Deno.TcpConn) => Promise<void>) {
    void this.#listen(treat);
  }

  get url(): string {
    return `postgres://pulso:secret@127.0.0.1:${this.#listener.addr.port}/postgres`;
  }

  /** How many connections there were. */
  get count(): number {
    return this.#ends.length;
  }

  /** Resolves when all connections have ended. */
  async close(): Promise<void> {
    await Promise.all(this.#ends);
    this.#listener.close();
  }

  async #listen(treat: (connection: Deno.TcpConn) => Promise<void>): Promise<void> {
    for await (const connection of this.#listener) this.#ends.push(treat(connection));
  }
}

const linkOptions = { deadlineMs: 2000, idleMs: undefined };

Deno.test("Link.query() ends in time where the server takes the connection and is silent, and so does the connection", async () => {
  const silent = new Listener(async (connection) => {
    // Read until the other side ends it.
    for await (const _ of connection.readable);
  });
  const database = await openDatabase({ url: silent.url, folder: "unused", deadlineMs: 100 });
  for (const call of CALLS) await assertDeadline(() => call(database));
  assert.equal(silent.count, CALLS.length);
  await silent.close();
  await database.close();
});

Deno.test("Link.query() connects once where whoever takes the connection ends it", async () => {
  const brusque = new Listener((connection) => Promise.resolve(connection.close()));
  const database = await openDatabase({ url: brusque.url, folder: "unused" });
  for (const call of CALLS) await assert.rejects(call(database), isFailure(...BROKEN));
  assert.equal(brusque.count, CALLS.length);
  await brusque.close();
  // One that was about to be taken is reset.
  const refused = isFailure("ECONNREFUSED", "ECONNRESET");
  for (const call of CALLS) await assert.rejects(call(database), refused);
  await database.close();
});

Deno.test("openDatabase() says what is wrong with a URL that the driver cannot read, without its password", async () => {
  for (
    const [url, said] of [
      ["postgres://pulso:secret%zz@127.0.0.1/pulso", "URI malformed"],
      ["postgres://pulso:secret@127.0.0.1/pulso?target_session_attrs=best", "attrs best is not"],
    ] as const
  ) {
    await assert.rejects(openDatabase({ url, folder: "unused" }), (error) => {
      isFailure("URL")(error);
      assert.match(String(error), new RegExp(`DATABASE_URL: .*${said}`));
      return true;
    });
  }
});

Deno.test({
  name: "Link on PostgreSQL",
  ignore: ignoreWithout("postgres", postgresPath),
  fn: async (t) => {
    const postgres = await startPostgres();
    const { url, port } = postgres;

    await t.step(
      "query() fails, and nothing else, where the server is lost just after the beginning",
      async () => {
        const lost = new Listener(async (connection) => {
          const server = await Deno.connect({ hostname: "127.0.0.1", port });
          const back = server.readable.pipeTo(connection.writable, { preventClose: true });
          const message = new Uint8Array(10_000);
          await server.write(message.subarray(0, await connection.read(message) ?? 0));
          // The second message: the first thing that is asked.
          await connection.read(message);
          await server.closeWrite();
          await back;
          connection.close();
        });
        const link = new Link({ ...linkOptions, url: lost.url });
        await assert.rejects(link.query("select 1"), isFailure(...BROKEN));
        assert.ok(link.isOver);
        await lost.close();
      },
    );

    await t.step(
      "query() and all else work where the URL asks for a server that takes writes",
      async () => {
        const asking = `${url}?target_session_attrs=read-write`;
        const database = await openDatabase({ url: asking, folder: "unused" });
        for (const call of CALLS) await call(database);
        await database.close();
      },
    );

    await t.step("end() fails what is under way and what comes after", async () => {
      const link = new Link({ ...linkOptions, url });
      await link.query("select 1");
      const underWay = assert.rejects(link.query("select pg_sleep(2)"), isFailure(...BROKEN));
      await new Promise((resolve) => setTimeout(resolve, 0));
      link.end();
      await underWay;
      await assert.rejects(link.script("select 1"), isFailure(...BROKEN));
    });

    await t.step(
      "query() leaves the link to its end where it is not used for a while",
      async () => {
        const link = new Link({ ...linkOptions, url, idleMs: 100 });
        const [{ pid } = {}] = await link.query("select pg_backend_pid() as pid");
        await link.query("select pg_sleep(0.15)");
        assert.equal(link.isOver, false);
        await eventually(() => assert.ok(link.isOver));
        const watching = new Link({ ...linkOptions, url });
        await eventually(async () => {
          const text = "select from pg_stat_activity where pid = $1";
          assert.deepEqual(await watching.query(text, [pid]), []);
        });
        await watching.close();
      },
    );

    await postgres.remove();
  },
});
