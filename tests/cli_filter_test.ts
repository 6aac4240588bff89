/**
 * The console client without a terminal: the real program, against a fake server that limits and loses.
 *
 * @module
 */

import assert from "node:assert/strict";
import { Filter, type FilterOptions } from "../client/console/filter.ts";
import { clientCommand, runFilter } from "./cli_process.ts";
import { startFakeServer } from "./fake_server.ts";
import { chatMessage, FakeSurroundings, timeMessage } from "./fake_surroundings.ts";

function open(options: Partial<FilterOptions> & { lines: AsyncIterable<string> }) {
  const env = new FakeSurroundings();
  const out: string[] = [];
  const err: string[] = [];
  const filter = new Filter({
    ...{ url: "ws://server/", name: "ana", json: false, surroundings: env },
    output: (line) => out.push(line),
    complain: (line) => err.push(line),
    ...options,
  });
  return { env, out, err, code: filter.run() };
}

/** Lets everything that waits for nothing but promises go on. */
async function settle(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 0));
}

async function* listOf(...lines: string[]): AsyncGenerator<string> {
  yield* lines;
}

/** Lines that never come. */
function endless(): AsyncIterable<string> {
  return new ReadableStream<string>();
}

Deno.test("cli as a filter sends lines in order and ends with 0 when all are acknowledged", async () => {
  const server = startFakeServer();
  try {
    const { code, out, err } = await runFilter(
      ["ana", "--url", server.url],
      "one\n\n  two\r\n/users\n//three\n/fib 100\nlast",
    );
    assert.deepEqual({ code, err }, { code: 0, err: "" });
    assert.deepEqual(server.said, ["one", "  two", "/users", "//three", "last"]);
    assert.deepEqual(out, ["354224848179261915075"]);
    assert.deepEqual(server.goodbyes, [1000]);
  } finally {
    await server.stop();
  }
});

Deno.test("cli as a filter stays below the server's rate and brings 200 lines there in order", async () => {
  const server = startFakeServer({ messagesPerSecond: 100 });
  try {
    const lines = Array.from({ length: 200 }, (_, index) => `line ${index}`);
    const { code, err } = await runFilter(["--url", server.url], lines.join("\n"));
    assert.deepEqual({ code, err }, { code: 0, err: "" });
    assert.deepEqual(server.said, lines);
    assert.equal(server.refusals, 0);
  } finally {
    await server.stop();
  }
});

Deno.test("cli as a filter writes chats as lines, each with the name, and no control character", async () => {
  const server = startFakeServer();
  try {
    const run = runFilter(["ana", "--url", server.url.replace("/api/ws", "")], "hi\n/fib 2");
    await server.until(() => server.names.includes("ana"));
    server.say("one\ntwo \x1b[2J\u202e\x9b", "bob");
    const { code, out } = await run;
    assert.equal(code, 0);
    assert.deepEqual(out.filter((line) => line !== "1"), [
      "bob: one",
      "bob: two ␛[2J<U+202E><U+009B>",
    ]);
  } finally {
    await server.stop();
  }
});

Deno.test("cli --json writes every message as it is on the wire, harmless to a terminal", async () => {
  const server = startFakeServer();
  try {
    const run = runFilter(["ana", "--json", "--url", server.url], "hi\n/fib 2");
    await server.until(() => server.names.includes("ana"));
    server.say("\x1b\x7f\u202e");
    const { code, out } = await run;
    assert.equal(code, 0);
    // deno-lint-ignore no-control-regex
    for (const line of out) assert.doesNotMatch(line, /[\x00-\x1f\x7f-\x9f\u202e]/);
    const messages = out.map((line) => JSON.parse(line));
    assert.equal(messages[0].type, "welcome");
    assert.ok(messages.some(({ message }) => message === "\x1b\x7f\u202e"));
    for (const type of ["ack", "fibonacci", "presence"]) {
      assert.ok(messages.some((message) => message.type === type), type);
    }
  } finally {
    await server.stop();
  }
});

Deno.test("cli as a filter ends with 1 and a sentence when the server turns it away", async () => {
  const server = startFakeServer();
  const first = new WebSocket(`${server.url}?username=ana`);
  try {
    await server.until(() => server.names.includes("ana"));
    const { code, out, err } = await runFilter(["ana", "--url", server.url], "one\ntwo\n");
    assert.deepEqual({ code, out }, { code: 1, out: [] });
    // It may be turned away before it has read a line.
    assert.match(
      err,
      /turned away: the name is taken; free ones: ana2, ana3\n(pulso: ([12]) of \2 lines were not delivered \(\2: never sent\)\n)?$/,
    );
  } finally {
    first.close();
    await server.stop();
  }
});

Deno.test("cli as a filter ends quietly when nobody reads its output any more", async () => {
  const server = startFakeServer();
  try {
    const command = clientCommand(["ana", "--json", "--url", server.url]);
    const quoted = command.map((word) => `'${word}'`).join(" ");
    const child = new Deno.Command("sh", {
      args: ["-c", `{ ${quoted}; echo "code $?" >&2; } | head -n 1`],
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    // Its standard input stays open: it must end by itself.
    const { stdout, stderr } = await child.output();
    assert.match(new TextDecoder().decode(stdout), /^{"type":"welcome".*\n$/);
    assert.equal(new TextDecoder().decode(stderr), "code 0\n");
    await child.stdin.close();
  } finally {
    await server.stop();
  }
});

Deno.test("cli answers arguments that make no sense with one line and 2, and --help with 0", async () => {
  for (const args of [["a", "b"], ["--bogus"], ["--url", "ftp://x"], ["\x1b[2J"]]) {
    const { code, out, err } = await runFilter(args, "");
    assert.deepEqual({ code, out }, { code: 2, out: [] });
    assert.match(err, /^pulso: [^\n]+\n$/);
    assert.ok(!err.includes("\x1b"));
  }
  const { code, out, err } = await runFilter(["--help"], "");
  assert.deepEqual({ code, err }, { code: 0, err: "" });
  assert.ok(out.some((line) => line.includes("--no-clock")));
});

Deno.test("Filter keeps at most 100 lines on their way, and reads on as they are acknowledged", async () => {
  let taken = 0;
  async function* counted() {
    for (; taken < 1000; taken++) yield `${taken}`;
  }
  const { env, code } = open({ lines: counted() });
  await settle();
  assert.equal(taken, 99);
  env.socket.welcome();
  let acknowledged = 0;
  while (env.socket.chats.length > acknowledged) {
    const from = acknowledged;
    acknowledged = env.socket.chats.length;
    for (const { id = "" } of env.socket.sent.slice(from)) {
      env.socket.receive({ type: "ack", id, offset: 1, timestamp: "", recipients: 0 });
    }
    await settle();
    assert.ok(taken - acknowledged <= 100);
  }
  assert.equal(await code, 0);
  assert.equal(env.socket.chats.length, 1000);
});

Deno.test("Filter waits for a first connection even with nothing to send, and gives up after 30 s", async () => {
  const { env, code, err } = open({ lines: listOf() });
  await settle();
  env.time.advance(29_000);
  await settle();
  assert.doesNotMatch(err.join("\n"), /gave up/);
  env.time.advance(2000);
  assert.equal(await code, 1);
  assert.match(err.at(-1) ?? "", /gave up/);
  const reachable = open({ lines: listOf() });
  await settle();
  reachable.env.socket.welcome();
  assert.equal(await reachable.code, 0);
});

Deno.test("Filter ends with 0 where what a loss left in doubt is acknowledged later, and says how it came back", async () => {
  const { env, code, out, err } = open({ lines: listOf("one", "two") });
  env.socket.welcome();
  await settle();
  env.live(3);
  env.socket.lose();
  env.time.advance(500);
  env.socket.resume({ offset: 1 });
  env.socket.hear("hello");
  assert.deepEqual(env.socket.chats, ["one", "two"]);
  env.socket.acknowledge();
  assert.equal(await code, 0);
  assert.deepEqual(out, ["bot: hello"]);
  assert.deepEqual(err, [
    "not connected: the server cannot be reached; trying again",
    "connected again as ana",
    "caught up, 1 message",
  ]);
});

Deno.test("Filter ends with 1 and a count when the fate of a line is not known, and still sends the rest", async () => {
  const { env, code, err } = open({ lines: listOf("one", "two") });
  env.socket.welcome({
    limits: { message_length: 9, fibonacci_input: 9, messages_per_second: 1 },
  });
  await settle();
  assert.deepEqual(env.socket.chats, ["one"]);
  env.socket.lose();
  await settle();
  env.time.advance(1000);
  env.socket.welcome({ client_id: "c2", offset: 5 });
  env.live(1);
  assert.deepEqual(env.socket.chats, ["two"]);
  env.socket.acknowledge();
  assert.equal(await code, 1);
  assert.ok(err.includes("may have missed messages"));
  assert.match(err.at(-1) ?? "", /^1 of 2 lines were not delivered \(1: the connection was lost/);
});

Deno.test("Filter complains of a line that could not be ordered, unless it was after all", async () => {
  for (const isLate of [false, true]) {
    const { env, code, err } = open({ lines: listOf("one", "two") });
    env.socket.welcome();
    await settle();
    const id = env.socket.sent[0]?.id ?? "";
    env.socket.receive({ type: "error", code: "unavailable", message: "not now", id });
    env.socket.acknowledge({ except: isLate ? [] : ["one"] });
    assert.equal(await code, isLate ? 0 : 1);
    const complaint = "1 of 2 lines were not delivered (1: the server could not take it now)";
    assert.deepEqual(err, isLate ? [] : [complaint]);
  }
});

Deno.test("Filter counts refused lines and requests by their reasons", async () => {
  const { env, code, err } = open({ lines: listOf("/fib x", "/fib 99", "long enough to refuse") });
  await settle();
  env.socket.welcome({
    limits: { message_length: 9, fibonacci_input: 9, messages_per_second: null },
  });
  const id = env.socket.sent[0]?.id ?? "";
  env.socket.receive({ type: "error", code: "fibonacci_out_of_range", message: "0 to 9", id });
  assert.equal(await code, 1);
  assert.match(err.at(-1) ?? "", /^3 of 3 lines .*not an integer: x.*too long.*fib\(99\): 0 to 9/);
});

Deno.test("Filter ends with 0 as soon as its output throws", async () => {
  const { env, code, err } = open({
    lines: endless(),
    output: () => {
      throw new Deno.errors.BrokenPipe("nobody reads");
    },
  });
  env.socket.welcome();
  env.socket.receive(timeMessage());
  env.socket.receive(chatMessage("a\nb"));
  assert.deepEqual([await code, err], [0, []]);
  assert.equal(env.socket.closedWith, 1000);
  assert.equal(env.time.timerCount, 0);
});
