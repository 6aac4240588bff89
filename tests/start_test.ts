import assert from "node:assert/strict";
import { TestClient } from "./client.ts";
import { eventually } from "./eventually.ts";
import { postgresPath, startPostgres } from "./postgres.ts";
import { RawSocket } from "./raw_socket.ts";
import { ignoreWithout } from "./requirements.ts";
import { EMBEDDED, spawnServer, startServer, within } from "./server.ts";

/** Starts a server that is expected to end by itself; returns its exit code and what it wrote. */
async function failedStart(
  settings: Record<string, string>,
): Promise<{ code: number; text: string }> {
  const child = spawnServer(settings);
  const output = await within(20_000, "the server ends by itself", child.output());
  return { code: output.code, text: new TextDecoder().decode(output.stderr) };
}

Deno.test("main.ts says all bad settings at once, names each, and ends with 1", async () => {
  const { code, text } = await failedStart({
    PORT: "http",
    LEASE_MS: "1",
    DATABASE_URL: "mysql://user:hunter2@host/x",
    LOG_FORMAT: "xml",
    METRIC_TOKEN: "hunter2",
  });
  assert.equal(code, 1);
  const lines = text.trim().split("\n");
  const entries = lines.map((line) => JSON.parse(line));
  assert.deepEqual(entries.map(({ level, event }) => `${level} ${event}`), [
    ...Array(4).fill("error bad_setting"),
    "warning no_setting",
  ]);
  assert.match(lines.at(-1)!, /no_setting.*METRIC_TOKEN.*is METRICS_TOKEN meant/);
  for (const name of ["PORT", "LEASE_MS", "DATABASE_URL", "LOG_FORMAT"]) {
    assert.equal(entries.filter(({ reason }) => reason?.startsWith(`${name}: `)).length, 1, name);
  }
  assert.doesNotMatch(text, /hunter2|\*\*\*|\bat /);
});

Deno.test("main.ts ends with one line where DATABASE_URL cannot be read, without its password", async () => {
  const { code, text } = await failedStart({ DATABASE_URL: "postgres://ana:hunter2%zz@host/x" });
  assert.equal(code, 1);
  assert.equal(text.trim().split("\n").length, 1, text);
  assert.match(text, /cannot_start.*"remedy":"check DATABASE_URL/);
  assert.doesNotMatch(text, /hunter2/);
});

Deno.test("main.ts warns of a name that is probably misspelt, and ends with one line where the port is taken", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const folder = await Deno.makeTempDir({ prefix: "pulso-test-" });
  const { code, text } = await failedStart({
    PORT: String(listener.addr.port),
    DATA_DIR: folder,
    MAX_CONECTIONS: "7654",
  });
  listener.close();
  await Deno.remove(folder, { recursive: true });
  assert.equal(code, 1);
  const [warning = "", end = "", ...more] = text.trim().split("\n");
  assert.deepEqual(more, [], text);
  const { level, event, name, remedy } = JSON.parse(warning);
  assert.deepEqual([level, event, name, remedy], [
    ...["warning", "no_setting", "MAX_CONECTIONS", "is MAX_CONNECTIONS meant?"],
  ]);
  assert.ok(!warning.includes("7654"));
  assert.match(end, new RegExp(`PORT \\(${listener.addr.port}\\)`));
});

Deno.test("main.ts ends with one line where another server holds the folder, naming that process", async () => {
  const server = await startServer(EMBEDDED);
  const { code, text } = await failedStart({ PORT: "0", DATA_DIR: server.folder });
  assert.equal(code, 1);
  assert.equal(text.trim().split("\n").length, 1, text);
  assert.match(text, new RegExp(`process ${server.pid} .*DATA_DIR`));
  await server.stop();
});

Deno.test("main.ts ends with one line where the folder cannot be made", async () => {
  const file = await Deno.makeTempFile({ prefix: "pulso-test-" });
  const { code, text } = await failedStart({ PORT: "0", DATA_DIR: `${file}/data` });
  await Deno.remove(file);
  assert.equal(code, 1);
  assert.equal(text.trim().split("\n").length, 1, text);
  assert.match(text, /DATA_DIR/);
});

Deno.test("main.ts keeps no row of a server that was killed", async () => {
  const killed = await startServer(EMBEDDED);
  const ghost = await TestClient.join(`${killed.socketUrl}?username=Ana`);
  await killed.stop("SIGKILL", "keep the folder");
  await ghost.closed();
  const server = await startServer({ DATA_DIR: killed.folder });
  const { users } = await (await fetch(`${server.url}/api/users`)).json();
  assert.deepEqual(users, []);
  const client = await TestClient.join(`${server.socketUrl}?username=Ana`);
  await client.close();
  await server.stop();
});

Deno.test({
  name: "main.ts goes on where descriptors run out, and accepts again when there are some",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    const server = await startServer({}, 200);
    const client = await TestClient.join(`${server.socketUrl}?username=Ana`);
    const connections: Deno.TcpConn[] = [];
    const address = { hostname: "127.0.0.1", port: server.port };
    const failed = server.logged(({ event }) => event === "cannot_accept");
    let isOver = false;
    failed.then(() => isOver = true);
    while (!isOver && connections.length < 600) {
      const tried = await Promise.allSettled([1, 2, 3, 4].map(() => Deno.connect(address)));
      for (const one of tried) if (one.status === "fulfilled") connections.push(one.value);
    }
    await within(10_000, "it says that it cannot accept", failed);
    const ticks = client.messages.length;
    await client.until(() => client.messages.length > ticks);
    for (const connection of connections) connection.close();
    await eventually(async () => {
      const newcomer = await TestClient.join(server.socketUrl);
      await newcomer.close();
    }, 10_000);
    await client.close();
    await server.stop();
  },
});

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  Deno.test(`${signal} tells everybody, closes with 1001 and ends with 0 in time, whatever a peer does`, async () => {
    const server = await startServer({ DRAIN_MS: "3000", MESSAGES_PER_SECOND: "0" });
    const client = await TestClient.join(`${server.socketUrl}?username=Ana`);
    const stalled = await RawSocket.request(server.port, "/api/ws?username=Stalled");
    const half = await Deno.connect({ hostname: "127.0.0.1", port: server.port });
    await half.write(new TextEncoder().encode("GET / HTTP/1.1\r\nHost:"));
    await client.next(({ joined }) => JSON.stringify(joined ?? "").includes("Stalled"));
    const begun = performance.now();
    const stopped = server.stop(signal);
    const { code } = await client.closed();
    const closedMs = performance.now() - begun;
    const status = client.messages.find(({ type }) => type === "status");
    assert.equal(code, 1001);
    assert.deepEqual([status?.draining, typeof status?.reconnect_after_ms], [true, "number"]);
    assert.ok(closedMs < 1000, `closed after ${closedMs} ms`);
    assert.equal((await stopped).code, 0);
    assert.ok(performance.now() - begun < 3500, "it ends within DRAIN_MS");
    stalled.close();
    half.close();
  });
}

Deno.test("SIGTERM closes with 1001 also where there is little time to leave", async () => {
  const server = await startServer({ DRAIN_MS: "400" });
  const client = await TestClient.join(server.socketUrl);
  assert.equal((await server.stop()).code, 0);
  assert.equal((await client.closed()).code, 1001);
});

Deno.test("LOG_LEVEL=debug tells of each statement of presence, info does not", async () => {
  for (const [level, told] of [["debug", true], ["info", false]] as const) {
    const server = await startServer({ LOG_LEVEL: level });
    const client = await TestClient.join(server.socketUrl);
    await client.close();
    await server.stop();
    assert.equal(server.log.some(({ event }) => event === "names_claimed"), told, level);
  }
});

Deno.test("A signal that comes twice at once is one, as from a terminal and deno task together", async () => {
  const server = await startServer();
  const client = await TestClient.join(server.socketUrl);
  Deno.kill(server.pid, "SIGINT");
  const { code } = await server.stop("SIGINT");
  assert.equal(code, 0);
  assert.equal((await client.closed()).code, 1001);
});

Deno.test("A second signal after half a second ends the server at once", async () => {
  const server = await startServer({ DRAIN_MS: "60000" });
  const stalled = await RawSocket.request(server.port, "/api/ws");
  await eventually(async () => {
    const { users } = await (await fetch(`${server.url}/health`)).json();
    assert.equal(users, 1);
  });
  Deno.kill(server.pid, "SIGTERM");
  await within(5000, "the drain begins", server.logged(({ event }) => event === "draining"));
  const begun = performance.now();
  await eventually(async () => {
    const response = await fetch(`${server.url}/ready`);
    await response.body?.cancel();
    assert.equal(response.status, 503);
  });
  const late = await RawSocket.request(server.port, "/api/ws");
  const answer = await late.answer();
  assert.deepEqual([answer.status, answer.headers.get("retry-after")], [503, "1"]);
  late.close();
  await eventually(() => assert.ok(performance.now() - begun > 600));
  const { code } = await server.stop("SIGTERM");
  assert.equal(code, 1);
  stalled.close();
});

Deno.test({
  name: "main.ts starts without its database, says so in one line, and is ready when it comes",
  ignore: ignoreWithout("postgres", postgresPath),
  fn: async () => {
    const postgres = await startPostgres();
    await postgres.end();
    const server = await startServer({ DATABASE_URL: postgres.url });
    const ready = async () => {
      const response = await fetch(`${server.url}/ready`);
      await response.body?.cancel();
      return response.status;
    };
    assert.equal(await ready(), 503);
    const users = await fetch(`${server.url}/api/users`);
    assert.equal(users.status, 503);
    assert.equal((await users.json()).detail, "the database is away");
    const client = await TestClient.join(`${server.socketUrl}?username=Ana`);
    await client.next(({ type, database }) => type === "status" && database === "down");
    await postgres.start();
    await client.next(({ type, database }) => type === "status" && database === "up");
    assert.equal(await ready(), 200);
    const page = await (await fetch(`${server.url}/api/users`)).json();
    assert.deepEqual(page.users.map(({ username }: { username: string }) => username), ["Ana"]);
    assert.equal(server.log.filter(({ event }) => event === "database_away").length, 1);
    await client.close();
    await server.stop();
    await postgres.remove();
  },
});
