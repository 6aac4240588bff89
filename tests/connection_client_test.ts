/**
 * The connection that page and console client share, with fake sockets and fake time.
 *
 * @module
 */

import assert from "node:assert/strict";
import { socketAddress } from "../client/address.ts";
import { Connection, type ConnectionState } from "../client/connection.ts";
import { backoffMs } from "../client/timing.ts";
import { FakeSurroundings, timeMessage } from "./fake_surroundings.ts";

function open(name?: string) {
  const env = new FakeSurroundings();
  const states: ConnectionState[] = [];
  const connection = new Connection({
    url: "ws://server/api/ws?token=t",
    surroundings: env,
    listeners: { state: (state) => states.push(state) },
  });
  connection.connect(name);
  return { env, states, connection };
}

/** The wait before the next try. */
function waitOf(connection: Connection, now: number): number {
  assert.equal(connection.state.phase, "waiting");
  return connection.state.phase === "waiting" ? connection.state.retryAt - now : NaN;
}

Deno.test("Connection does nothing before connect()", () => {
  const env = new FakeSurroundings();
  const connection = new Connection({ url: "ws://server/", surroundings: env, listeners: {} });
  assert.deepEqual([env.sockets.length, env.time.timerCount], [0, 0]);
  assert.equal(connection.state.phase, "idle");
});

Deno.test("Connection.connect() asks for ndjson and the name, keeps the address's parameters, is online with welcome", () => {
  const { env, states } = open("  ana ");
  const { url } = env.socket;
  assert.equal(url.href.split("?")[0], "ws://server/api/ws");
  assert.deepEqual(Object.fromEntries(url.searchParams), {
    token: "t",
    format: "ndjson",
    username: "ana",
  });
  assert.deepEqual(states.map((state) => state.phase), ["connecting"]);
  env.socket.welcome();
  assert.deepEqual(states.map((state) => state.phase), ["connecting", "online"]);
});

Deno.test("Connection.connect() without a name sends none, and neither does an empty one", () => {
  assert.equal(open().env.socket.url.searchParams.has("username"), false);
  assert.equal(open("  ").env.socket.url.searchParams.has("username"), false);
});

Deno.test("Connection.connect() by the name it has keeps the socket; by another one says goodbye first", () => {
  const { env, connection } = open("ana");
  env.socket.welcome();
  connection.connect("ana");
  assert.equal(env.sockets.length, 1);
  connection.connect("bob");
  assert.equal(env.sockets[0]?.closedWith, 1000);
  assert.equal(env.socket.wish, "bob");
  // Whatever the old socket still says is not heard.
  env.sockets[0]?.lose(4010);
  assert.equal(connection.state.phase, "connecting");
});

Deno.test("Connection tells every message with its line, several to a frame, and skips what is no message", () => {
  const env = new FakeSurroundings();
  const heard: string[] = [];
  const listeners = { message: (_: unknown, line: string) => heard.push(line) };
  new Connection({ url: "ws://server/", surroundings: env, listeners }).connect();
  env.socket.receiveText(
    '{"type":"pong","x":1}\nnonsense\nnull\n7\n{"no":"type"}\n{"type":"news"}',
  );
  assert.deepEqual(heard, ['{"type":"pong","x":1}', '{"type":"news"}']);
});

Deno.test("Connection tells and heeds no message that is not sound", () => {
  const env = new FakeSurroundings();
  const heard: string[] = [];
  const connection = new Connection({
    url: "ws://server/",
    surroundings: env,
    listeners: { message: (_, line) => heard.push(line) },
    isSound: (message) => "offset" in message,
  });
  connection.connect();
  env.socket.receiveText('{"type":"welcome"}');
  assert.deepEqual([connection.state.phase, heard], ["connecting", []]);
  env.socket.welcome();
  assert.equal(connection.state.phase, "online");
  assert.equal(heard.length, 1);
});

Deno.test("backoffMs() doubles the ceiling from 1 s to 30 s and never goes below 0.5 s", () => {
  assert.deepEqual([0, 1, 2, 3, 4, 5, 50].map((n) => backoffMs(n, { random: 1 })), [
    ...[1000, 2000, 4000, 8000, 16_000],
    ...[30_000, 30_000],
  ]);
  assert.deepEqual([0, 5, 50].map((n) => backoffMs(n, { random: 0 })), [500, 500, 500]);
  assert.equal(backoffMs(1, { random: 0.5 }), 1250);
  assert.equal(backoffMs(50, { random: 0.5, mostMs: 8000 }), 4250);
});

Deno.test("Connection waits longer after each failed attempt and starts anew once welcomed", () => {
  const { env, connection } = open("ana");
  env.chance = 1;
  const waits: number[] = [];
  for (let attempt = 0; attempt < 7; attempt++) {
    env.socket.lose();
    waits.push(waitOf(connection, env.now()));
    env.time.advance((waits.at(-1) ?? 0) - 1);
    assert.equal(env.sockets.length, attempt + 1);
    env.time.advance(1);
    assert.equal(env.sockets.length, attempt + 2);
  }
  assert.deepEqual(waits, [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
  env.socket.welcome();
  env.live(3);
  env.socket.lose();
  env.time.advance(500);
  env.socket.lose();
  assert.equal(waitOf(connection, env.now()), 1000);
  env.chance = 0;
  env.time.advance(1000);
  env.socket.lose();
  assert.equal(waitOf(connection, env.now()), 500);
});

Deno.test("Connection comes back within half a second after a good connection, at a moment that chance chooses", () => {
  for (const [chance, waitMs] of [[0, 0], [0.5, 250], [1, 500]] as const) {
    const { env, connection } = open("ana");
    env.chance = chance;
    env.socket.welcome();
    env.live(3);
    env.socket.lose();
    assert.equal(waitOf(connection, env.now()), waitMs);
  }
});

Deno.test("Connection waits longer and longer for a server that welcomes and closes at once", () => {
  const { env, connection } = open("ana");
  env.chance = 1;
  const waits = [1000, 2000, 4000, 8000].map(() => {
    env.socket.welcome();
    env.time.advance(2999);
    env.socket.lose(1011);
    const waitMs = waitOf(connection, env.now());
    env.time.advance(waitMs);
    return waitMs;
  });
  assert.deepEqual(waits, [1000, 2000, 4000, 8000]);
});

for (const code of [1001, 1005, 1006, 1011, 1012, 1013, 4008]) {
  Deno.test(`Connection comes back by itself after ${code}`, () => {
    const { env, connection } = open("ana");
    env.socket.welcome();
    env.socket.lose(code);
    assert.deepEqual([connection.state.phase, env.sockets.length], ["waiting", 1]);
    env.time.advance(1000);
    assert.deepEqual(connection.state, { phase: "connecting", again: true });
    assert.equal(env.socket.wish, "ana");
  });
}

for (const code of [1000, 1003, 1008, 1009, 4001, 4009, 4010, 4011]) {
  Deno.test(`Connection stays away after ${code}, with the server's reason, until connect()`, () => {
    const { env, connection } = open("ana");
    const error = { type: "error", code: "internal", message: "no" } as const;
    env.socket.receive(error);
    env.socket.lose(code);
    assert.deepEqual(connection.state, { phase: "refused", code, error });
    env.time.advance(3_600_000);
    assert.deepEqual([env.sockets.length, env.time.timerCount], [1, 0]);
    connection.connect("ana");
    assert.equal(env.sockets.length, 2);
  });
}

Deno.test("Connection.disconnect() says goodbye and never comes back, from every phase", () => {
  for (const phase of ["connecting", "online", "waiting", "refused"]) {
    const { env, connection } = open("ana");
    if (phase !== "connecting") env.socket.welcome();
    if (phase === "waiting") env.socket.lose();
    if (phase === "refused") env.socket.lose(4010);
    assert.equal(connection.state.phase, phase);
    connection.disconnect();
    assert.equal(connection.state.phase, "idle");
    if (phase === "online") assert.equal(env.socket.closedWith, 1000);
    // The server's own close arrives later.
    env.socket.lose(1006);
    env.time.advance(3_600_000);
    assert.deepEqual([connection.state.phase, env.sockets.length], ["idle", 1], phase);
  }
});

Deno.test("Connection comes back after a drain when the server has said, not before", () => {
  const { env, connection } = open("ana");
  env.socket.welcome();
  const draining = { type: "status", database: "up", broker: "none", draining: true } as const;
  env.socket.receive({ ...draining, reconnect_after_ms: 7000 });
  env.socket.lose(1001);
  assert.equal(waitOf(connection, env.now()), 7000);
  env.time.advance(7000);
  // It was for that once.
  env.socket.lose();
  assert.notEqual(waitOf(connection, env.now()), 7000);
});

Deno.test("Connection bounds the wait that a leaving server names, also where that is no number", () => {
  for (const [named, waited] of [[0, 100], [-5, 100], [3e9, 60_000], ["soon", 100]] as const) {
    const { env, connection } = open("ana");
    env.socket.welcome();
    const draining = { type: "status", database: "up", broker: "none", draining: true } as const;
    // Without a look at whether it is sound.
    env.socket.receive({ ...draining, reconnect_after_ms: named as number });
    env.socket.lose(1001);
    assert.equal(waitOf(connection, env.now()), waited);
  }
});

Deno.test("Connection makes no storm, whatever makes the server close, and whether it welcomes first", () => {
  const draining = { type: "status", database: "up", broker: "none", draining: true } as const;
  const storms: Record<string, (opened: ReturnType<typeof open>) => void> = {
    "a drain without a wait": ({ env }) => {
      env.socket.welcome();
      env.socket.receive({ ...draining, reconnect_after_ms: 0 });
      env.socket.lose(1001);
    },
    "a drain without a welcome": ({ env }) => {
      env.socket.receive({ ...draining, reconnect_after_ms: 0 });
      env.socket.lose(1001);
    },
    "a fault after a second": ({ env }) => {
      env.socket.welcome();
      env.time.advance(1000);
      env.socket.lose(1011);
    },
  };
  for (const [what, storm] of Object.entries(storms)) {
    const opened = open("ana");
    const { env } = opened;
    const end = env.now() + 120_000;
    while (env.now() < end) {
      if (env.socket.closedWith === undefined) storm(opened);
      env.time.advance(50);
    }
    assert.ok(env.sockets.length <= 60, `${what}: ${env.sockets.length} attempts in 120 s`);
  }
});

Deno.test("Connection tries again in time to resume, however often it was lost right after the welcome", () => {
  const { env, connection } = open("ana");
  env.chance = 1;
  for (let loss = 0; loss < 20; loss++) {
    env.socket.welcome({ resumed: true });
    env.socket.lose();
    const first = waitOf(connection, env.now());
    assert.ok(first <= 8000, `${first} ms after loss ${loss}`);
    env.time.advance(first);
  }
});

Deno.test("Connection tries a second time in time to resume, where the first attempt fails or hangs", () => {
  for (const fail of ["refused", "hangs"]) {
    const { env, connection } = open("ana");
    env.socket.welcome();
    env.socket.lose();
    const lostAt = env.now();
    for (let failure = 0; failure < 2; failure++) {
      env.time.advance(waitOf(connection, env.now()));
      if (fail === "refused") env.socket.lose();
      else env.time.advance(4000);
      assert.equal(connection.state.phase, "waiting", fail);
      if (fail === "hangs") break;
    }
    env.time.advance(waitOf(connection, env.now()));
    assert.ok(env.now() - lostAt < 8000, `${fail}: ${env.now() - lostAt} ms`);
  }
});

Deno.test("Connection.connect() by hand does not remember the failures before it", () => {
  const { env, connection } = open("ana");
  env.chance = 1;
  for (let failure = 0; failure < 5; failure++) {
    env.socket.lose();
    connection.retryNow();
  }
  connection.disconnect();
  connection.connect("ana");
  env.socket.lose();
  assert.equal(waitOf(connection, env.now()), 1000);
});

Deno.test("Connection sends nothing on a new socket before that is welcomed", () => {
  const { env, connection } = open("ana");
  env.socket.welcome();
  env.socket.lose();
  connection.retryNow();
  assert.deepEqual([connection.ping("p"), env.socket.sent], [false, []]);
});

Deno.test("Connection takes a dead link for dead where the clock is set back", () => {
  const { env } = open("ana");
  env.socket.welcome();
  env.live(1);
  env.time.sleep(2000);
  env.time.set(-3_600_000);
  env.time.advance(4000);
  assert.ok(env.sockets.length > 1);
});

Deno.test("Connection.retryNow() tries at once while waiting, and only then", () => {
  const { env, connection } = open("ana");
  connection.retryNow();
  env.socket.welcome();
  connection.retryNow();
  assert.equal(env.sockets.length, 1);
  env.socket.lose();
  connection.retryNow();
  assert.equal(env.sockets.length, 2);
  env.time.advance(5000);
  assert.equal(env.sockets.length, 2);
});

Deno.test("Connection takes the link for dead 3 s after the last frame, not earlier", () => {
  const { env, connection } = open("ana");
  env.socket.welcome();
  env.live(60);
  env.time.advance(2499);
  assert.equal(connection.state.phase, "online");
  env.time.advance(1000);
  assert.equal(connection.state.phase, "connecting");
  // Not by 1000, which would be a goodbye.
  assert.equal(env.sockets[0]?.closedWith, 4000);
});

Deno.test("Connection takes any frame for a sign of life, so that catching up may take long", () => {
  const { env, connection } = open("ana");
  env.socket.welcome();
  for (let message = 0; message < 10; message++) {
    env.time.advance(2900);
    env.socket.hear(`${message}`);
  }
  assert.deepEqual([connection.state.phase, env.sockets.length], ["online", 1]);
});

Deno.test("Connection gives a process that slept the time to read what came in meanwhile", () => {
  const { env, connection } = open("ana");
  env.socket.welcome();
  env.time.sleep(600_000);
  assert.equal(connection.state.phase, "online");
  env.time.advance(1000);
  env.socket.receive(timeMessage());
  env.time.advance(2000);
  assert.equal(connection.state.phase, "online");
  env.time.sleep(600_000);
  env.time.advance(2000);
  assert.equal(env.sockets.length, 2);
});

Deno.test("Connection.wake() tries at once while waiting, and takes a link that is silent for 3 s for dead", () => {
  const { env, connection } = open("ana");
  env.socket.welcome();
  env.time.sleep(2999);
  connection.wake();
  assert.equal(env.sockets.length, 1);
  // The watchdog is patient with a process that slept; whoever is back does not wait.
  env.time.sleep(1);
  assert.equal(connection.state.phase, "online");
  connection.wake();
  assert.deepEqual(connection.state, { phase: "connecting", again: true });
  assert.equal(env.sockets.length, 2);
  env.socket.lose();
  connection.wake();
  assert.equal(env.sockets.length, 3);
});

Deno.test("Connection.wake() leaves alone a young attempt and who is disconnected by wish", () => {
  const { env, connection } = open("ana");
  env.time.advance(1499);
  connection.wake();
  assert.equal(env.sockets.length, 1);
  connection.disconnect();
  connection.wake();
  assert.deepEqual([connection.state.phase, env.sockets.length], ["idle", 1]);
});

Deno.test("Connection.wake() gives up an attempt that hangs, and tries anew", () => {
  const { env, connection } = open("ana");
  env.time.advance(1500);
  connection.wake();
  assert.equal(env.sockets.length, 2);
  assert.equal(env.sockets[0]?.closedWith, 4000);
  assert.equal(connection.state.phase, "connecting");
  env.socket.welcome();
  assert.equal(connection.state.phase, "online");
});

Deno.test("Connection.rest() gives the socket up, without a goodbye, and comes back by wake(), or by itself", () => {
  for (const by of ["wake", "itself"]) {
    const { env, connection } = open("ana");
    env.socket.welcome();
    connection.rest();
    assert.deepEqual([connection.state.phase, env.socket.closedWith], ["waiting", 4000]);
    assert.equal(waitOf(connection, env.now()), 500);
    if (by === "wake") connection.wake();
    else env.time.advance(1000);
    assert.equal(env.sockets.length, 2, by);
  }
});

Deno.test("Connection gives an attempt 10 s until the welcome, whatever else comes", () => {
  const { env, connection } = open("ana");
  env.live(9);
  assert.equal(connection.state.phase, "connecting");
  env.time.advance(1500);
  assert.equal(connection.state.phase, "waiting");
});

Deno.test("Connection brings a guest back by the name it was given, or as a new guest where that is taken", () => {
  const { env, connection } = open();
  env.socket.welcome({ username: "guest-x7k2" });
  env.socket.lose();
  env.time.advance(1000);
  assert.equal(env.socket.wish, "guest-x7k2");
  env.socket.receive({ type: "error", code: "username_taken", message: "taken" });
  env.socket.lose(4009);
  assert.equal(connection.state.phase, "waiting");
  env.time.advance(2000);
  assert.equal(env.socket.wish, undefined);
});

Deno.test("Connection tries again for 45 s where a connection of its own that is lost may still hold the name", () => {
  const { env, connection } = open("ana");
  env.socket.welcome();
  env.socket.lose(1006);
  const lostAt = env.time.now();
  while (connection.state.phase === "waiting") {
    env.time.advance(connection.state.retryAt - env.time.now());
    env.socket.receive({ type: "error", code: "username_taken", message: "taken" });
    env.socket.lose(4009);
  }
  assert.equal(connection.state.phase, "refused");
  assert.ok(env.time.now() - lostAt >= 45_000);
});

for (
  const [what, rename] of [
    ["in another case", (connection: Connection) => connection.connect("ANA")],
    ["by way of another one", (connection: Connection) => connection.connect("bia")],
  ] as const
) {
  Deno.test(`Connection waits for the name that it lost, where one comes back to it ${what}`, () => {
    const { env, connection } = open("ana");
    env.socket.welcome();
    env.socket.lose();
    rename(connection);
    if (env.socket.wish === "bia") {
      env.socket.welcome({ client_id: "c2" });
      connection.connect("ana");
    }
    env.socket.receive({ type: "error", code: "username_taken", message: "taken" });
    env.socket.lose(4009);
    assert.equal(connection.state.phase, "waiting");
    env.time.advance(2000);
    env.socket.welcome();
    // It has been given free by a goodbye: who has it now is somebody else.
    connection.disconnect();
    connection.connect("ana");
    env.socket.receive({ type: "error", code: "username_taken", message: "taken" });
    env.socket.lose(4009);
    assert.equal(connection.state.phase, "refused");
  });
}

Deno.test("Connection does not try for ever where a name is taken that it did not tell: it is its token's", () => {
  const { env, connection } = open();
  env.socket.receive({ type: "error", code: "username_taken", message: "taken" });
  env.socket.lose(4009);
  assert.equal(connection.state.phase, "refused");
});

Deno.test("Connection waits for the name of its token where a connection of its own that is lost may still hold it", () => {
  const { env, connection } = open();
  env.socket.welcome();
  env.socket.lose(1006);
  const lostAt = env.time.now();
  while (connection.state.phase === "waiting" && env.time.now() - lostAt < 120_000) {
    env.time.advance(connection.state.retryAt - env.time.now());
    env.socket.receive({ type: "error", code: "username_taken", message: "taken" });
    env.socket.lose(4009);
  }
  assert.equal(connection.state.phase, "refused");
  assert.ok(env.time.now() - lostAt >= 45_000);
});

Deno.test("Connection does not become a guest where a chosen name is taken", () => {
  const { env, connection } = open("ana");
  env.socket.receive({ type: "error", code: "username_taken", message: "taken" });
  env.socket.lose(4009);
  assert.equal(connection.state.phase, "refused");
});

Deno.test("Connection sends requests while online and says so, and counts what it sent", () => {
  const { env, connection } = open("ana");
  assert.deepEqual([connection.fibonacci(9, "f"), connection.requestUsers()], [false, false]);
  env.socket.welcome();
  assert.deepEqual(
    [connection.fibonacci(9, "f"), connection.requestUsers(), connection.ping("p")],
    [true, true, true],
  );
  assert.deepEqual(env.socket.sent, [
    { type: "fibonacci", input: 9, id: "f" },
    { type: "users" },
    { type: "ping", id: "p" },
  ]);
  // What somebody wanted: not the housekeeping.
  assert.equal(connection.sentCount, 1);
});

for (
  const [address, expected] of [
    ["http://example.org", "ws://example.org/api/ws"],
    ["https://example.org/", "wss://example.org/api/ws"],
    ["ws://example.org:81", "ws://example.org:81/api/ws"],
    ["wss://example.org/ws", "wss://example.org/ws"],
    ["HTTPS://Example.org/room/", "wss://example.org/room/"],
    ["localhost:8000", "ws://localhost:8000/api/ws"],
    ["127.0.0.1", "ws://127.0.0.1/api/ws"],
    ["[::1]:8000", "ws://[::1]:8000/api/ws"],
    ["wss://example.org?token=t", "wss://example.org/api/ws?token=t"],
  ] as const
) {
  Deno.test(`socketAddress() makes ${expected} of ${address}`, () => {
    assert.equal(socketAddress(address), expected);
  });
}

Deno.test("socketAddress() throws for what is no address of a server", () => {
  for (const address of ["ftp://example.org", "http://", "", "a b", "file:///etc"]) {
    assert.throws(() => socketAddress(address), TypeError, address);
  }
});
