/**
 * The console client in a terminal, with a fake screen, fake sockets and fake time.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { Line } from "../client/console/layout.ts";
import { Session } from "../client/console/session.ts";
import type { KeyName } from "../client/console/keys.ts";
import type { ServerMessageOf } from "../lib/protocol.ts";
import { settled } from "./fake_room.ts";
import { ackMessage, chatMessage, FakeSurroundings, timeMessage } from "./fake_surroundings.ts";

function text(line: Line | undefined): string {
  return line?.spans.map((span) => span.text).join("") ?? "";
}

function open(
  { name = "ana", clock = true, json = false, kept = [] as ServerMessageOf<"chat">[] } = {},
) {
  const env = new FakeSurroundings();
  const screen = {
    lines: [] as string[],
    input: "",
    status: "",
    cleared: 0,
    print: (...lines: readonly Line[]) => void screen.lines.push(...lines.map(text)),
    showInput: (input: { text: string }) => void (screen.input = input.text),
    showStatus: (line: Line | undefined) => void (screen.status = text(line)),
    clear: () => void screen.cleared++,
  };
  let endings = 0;
  const session = new Session({
    ...{ url: "ws://server/api/ws", name, clock, json, screen, surroundings: env },
    fetchJson: (path) => {
      const after = Number(new URL(path, "http://server").searchParams.get("after"));
      const messages = kept.filter(({ offset }) => offset > after);
      return Promise.resolve({ epoch: "e1", messages, next: null });
    },
    ended: () => endings++,
  });
  session.start();
  const press = (...names: KeyName[]) => {
    for (const name of names) session.press({ kind: "key", name });
  };
  const type = (typed: string) => session.press({ kind: "text", text: typed });
  const enter = (typed: string) => {
    type(typed);
    press("enter");
  };
  /** What was printed since the last look. */
  const news = () => screen.lines.splice(0);
  return { env, screen, session, press, type, enter, news, endings: () => endings };
}

function online(options?: Parameters<typeof open>[0]) {
  const opened = open(options);
  opened.env.socket.welcome();
  opened.news();
  return opened;
}

Deno.test("Session shows others' chats and leaves what one is typing alone", () => {
  const { env, screen, type, news } = online();
  type("half a thou");
  for (let i = 0; i < 50; i++) {
    env.socket.hear(`line ${i}`);
    env.socket.receive(timeMessage());
  }
  assert.equal(screen.input, "half a thou");
  const lines = news();
  assert.equal(lines.length, 50);
  assert.match(lines[49] ?? "", /^\d\d:\d\d bot: line 49$/);
});

Deno.test("Session shows one's own chat when it is acknowledged, with how many it went to", () => {
  const { env, screen, enter, news } = online();
  enter("hello\nall");
  assert.deepEqual([news(), screen.input], [[], ""]);
  env.socket.receive(ackMessage(env.socket.sent[0]?.id ?? ""));
  const lines = news();
  assert.match(lines[0] ?? "", /^\d\d:\d\d ana: hello$/);
  assert.match(lines[1] ?? "", /^\d\d:\d\d ana: all {2}\(sent to 3\)$/);
});

Deno.test("Session asks who is online at most once a second, however fast one types", () => {
  const { env, enter, news } = online();
  for (let count = 0; count < 40; count++) {
    enter("/users");
    env.time.advance(50);
  }
  assert.deepEqual(env.socket.sent, [{ type: "users" }, { type: "users" }]);
  assert.deepEqual(new Set(news()), new Set(["· asked a moment ago"]));
  env.socket.lose();
  enter("/users");
  assert.match(news().at(-1) ?? "", /^! not connected/);
});

Deno.test("Session says in plain words why a chat failed, once", () => {
  const { env, enter, news } = online();
  enter("hello");
  const id = env.socket.sent[0]?.id ?? "";
  env.socket.receive({ type: "error", code: "unavailable", message: "x", id });
  assert.deepEqual(news(), [
    '! not sent: "hello": the server could not take it now; Up brings it back',
  ]);
  enter("again");
  env.socket.lose();
  env.time.advance(1000);
  news();
  env.socket.welcome({ client_id: "c2" });
  const [connected, missed, doubt] = news();
  assert.equal(connected, "· connected again as ana");
  assert.match(missed ?? "", /^! perhaps not sent: "again": the connection was lost/);
  assert.equal(doubt, "· caught up, no messages");
});

Deno.test("Session sends a text that the server could not take again by the same id, until it is taken", () => {
  const { env, enter, news } = online();
  const refuse = () => {
    const id = env.socket.sent.at(-1)?.id ?? "";
    env.socket.receive({ type: "error", code: "unavailable", message: "x", id });
    return id;
  };
  enter("hello");
  const id = refuse();
  enter("hello");
  assert.equal(refuse(), id);
  env.socket.receive(ackMessage(id));
  assert.match(news().at(-1) ?? "", /ana: hello {2}\(sent to 3\)$/);
  enter("hello");
  assert.notEqual(env.socket.sent.at(-1)?.id, id);
});

Deno.test("Session remembers the last 100 lines that the server could not take, and no more", () => {
  const { env, enter } = online();
  const idOf = (text: string) => {
    enter(text);
    return env.socket.sent.at(-1)?.id ?? "";
  };
  const ids = Array.from({ length: 101 }, (_, n) => {
    const id = idOf(`${n}`);
    env.socket.receive({ type: "error", code: "unavailable", message: "not now", id });
    return id;
  });
  assert.equal(idOf("1"), ids[1]);
  assert.notEqual(idOf("0"), ids[0]);
});

Deno.test("Session tells after a loss how much was caught up with, or that something may be missing", () => {
  const { env, enter, news } = online();
  enter("mine");
  env.live(3);
  env.socket.lose();
  env.time.advance(500);
  env.socket.resume({ offset: 2 });
  env.socket.hear("one", "two");
  assert.deepEqual(env.socket.chats, ["mine"]);
  env.socket.acknowledge();
  assert.deepEqual(news().map((line) => line.replace(/^\d\d:\d\d/, "")), [
    "! not connected: the server cannot be reached",
    ...["· connected again as ana", " bot: one", " bot: two", "· caught up, 2 messages"],
    " ana: mine  (sent to 3)",
  ]);
  env.socket.lose();
  env.time.advance(1000);
  env.socket.welcome({ epoch: "e2" });
  assert.equal(news().at(-1), "! may have missed messages");
});

Deno.test("Session fetches what a new session has missed, and says that something may be missing where it is not all to be had", async () => {
  for (const [first, json] of [[3, false], [4, false], [3, true]] as const) {
    const kept = [3, 4, 5].filter((n) => n >= first).map((n) => chatMessage(`line ${n}`, n));
    const { env, news } = online({ kept, json });
    env.socket.receive(chatMessage("line 1", 1), chatMessage("line 2", 2));
    env.socket.lose();
    env.time.advance(1000);
    news();
    env.socket.welcome({ client_id: "c2", offset: 5 });
    await settled();
    const told = news().slice(json ? 2 : 1);
    const lines = kept.map((chat) => json ? JSON.stringify(chat) : `bot: ${chat.message}`);
    const outcome = first === 3 ? "· caught up, 3 messages" : "! may have missed messages";
    assert.deepEqual(told.map((line) => line.replace(/^\d\d:\d\d /, "")), [...lines, outcome]);
  }
});

Deno.test("Session shows nothing twice where a session that was resumed lacks something", async () => {
  const kept = [1, 2, 3].map((n) => chatMessage(`line ${n}`, n));
  const { env, news } = online({ kept });
  env.socket.receive(chatMessage("line 2", 2));
  env.time.advance(1000);
  news();
  env.socket.resume({ offset: 3 });
  env.socket.receive(chatMessage("line 2", 2), chatMessage("line 3", 3));
  await settled();
  assert.deepEqual(news().slice(1).map((line) => line.replace(/^\d\d:\d\d /, "")), [
    ...["bot: line 2", "bot: line 3", "! may have missed messages"],
  ]);
});

Deno.test("Session leaves what one is typing alone while it catches up", () => {
  const { env, screen, type } = online();
  type("half a thou");
  env.socket.receive(chatMessage("too early", 3));
  env.socket.resume({ offset: 3 });
  env.socket.hear("one", "two", "three");
  assert.equal(screen.input, "half a thou");
});

Deno.test("Session says that what may have arrived is in doubt when one leaves during a loss", () => {
  const { env, enter, news } = online();
  enter("said");
  env.socket.lose();
  enter("waits");
  news();
  enter("/quit");
  const [doubt = "", ...rest] = news();
  assert.match(doubt, /^! perhaps not sent: "said"/);
  assert.deepEqual(rest, ["! not sent: 1 still waiting", "· goodbye"]);
});

Deno.test("Session has the clock, the number online and the name in the status line, and turns it off", () => {
  const { env, screen, enter } = online();
  env.socket.receive(timeMessage());
  assert.equal(screen.status, "14:30:25 · 3 online · ana");
  enter("/clock off");
  assert.equal(screen.status, "");
  env.socket.receive(timeMessage());
  assert.equal(screen.status, "");
  enter("/clock");
  assert.equal(screen.status, "14:30:25 · 3 online · ana");
  assert.equal(online({ clock: false }).screen.status, "");
});

Deno.test("Session counts down to the next try, also without the clock, tells a loss once, and comes back", () => {
  const { env, screen, enter, news } = online({ clock: false });
  env.chance = 1;
  env.socket.lose(1011);
  env.time.advance(1000);
  env.socket.lose(1006);
  env.time.advance(2000);
  env.socket.lose(1006);
  assert.deepEqual(news(), ["! not connected: the server had a fault"]);
  const statuses = new Set<string>();
  for (let i = 0; i < 3; i++) {
    statuses.add(screen.status);
    env.time.advance(1000);
  }
  assert.deepEqual(
    [...statuses],
    [4, 3, 2].map((s) => `not connected; trying again in ${s} s · /connect tries now`),
  );
  enter("said meanwhile");
  assert.match(screen.status, /1 waiting to be sent$/);
  enter("/connect");
  assert.match(screen.status, /^connecting again to server …/);
  env.socket.welcome();
  assert.deepEqual(news(), ["· connected again as ana", "· caught up, no messages"]);
  assert.deepEqual(env.socket.chats, ["said meanwhile"]);
});

Deno.test("Session says why it was turned away and goes on under another name", () => {
  const { env, screen, enter, news } = open();
  const error = { type: "error", code: "username_taken", message: "taken" } as const;
  env.socket.receive({ ...error, suggestions: ["ana2"] });
  env.socket.lose(4009);
  assert.deepEqual(news(), [
    "! turned away: the name is taken; free ones: ana2",
    "· /name NEW connects under another name",
  ]);
  assert.equal(screen.status, "not connected · /name NAME or /connect");
  enter("/name a\x1bb");
  assert.match(news()[0] ?? "", /^! could not use the name/);
  enter("/name ana2");
  assert.equal(env.socket.wish, "ana2");
  env.socket.welcome();
  assert.equal(news().length, 1);
});

Deno.test("Session asks for Fibonacci numbers one by one, again when busy or lost, and folds long ones", () => {
  const { env, enter, news } = online();
  enter("/fib 10");
  enter("/fib 1000");
  assert.deepEqual(env.socket.sent.map(({ input }) => input), [10]);
  const id = () => env.socket.sent.at(-1)?.id ?? "";
  env.socket.receive({ type: "error", code: "busy", message: "busy", id: id() });
  env.time.advance(1000);
  const answer = { type: "fibonacci", input: 10, result: 55, digits: 2, elapsed_ms: 1 } as const;
  env.socket.receive({ ...answer, id: id() });
  assert.deepEqual(news(), ["fib(10) = 55  (2 digits, 1 ms)"]);
  env.socket.lose();
  news();
  env.time.advance(1000);
  env.socket.welcome();
  news();
  assert.deepEqual(env.socket.sent.map(({ input }) => input), [1000]);
  const result = "12345".repeat(40);
  env.socket.receive({ ...answer, input: 1000, result, digits: 200, id: id() });
  const [line = ""] = news();
  assert.match(line, /^fib\(1000\) = 12345123451234512345…12345123451234512345 {2}\(200 digits/);
  enter("/fib -1");
  const error = { type: "error", code: "fibonacci_out_of_range", message: "0 to 9" } as const;
  env.socket.receive({ ...error, id: id() });
  assert.deepEqual(news(), ["! fib(-1): 0 to 9"]);
});

Deno.test("Session lists users, the server's time and the commands", () => {
  const { env, enter, news } = online();
  enter("/users");
  assert.equal(env.socket.sent.at(-1)?.type, "users");
  const users = ["ana", "bob"].map((username, index) => ({
    ...{
      username,
      client_id: `c${index + 1}`,
      connected_at: "2026-11-20T14:30:00.000Z",
      node: "n",
    },
  }));
  env.socket.receive({ type: "users", users, online: 5 });
  assert.deepEqual(news(), ["· 5 online: ana (you), bob and 3 more"]);
  enter("/time");
  assert.match(news()[0] ?? "", /^! the server has not told the time yet/);
  env.socket.receive(timeMessage());
  enter("/time");
  assert.match(news()[0] ?? "", /2026-11-20 14:30:25/);
  enter("/help");
  assert.match(news().join("\n"), /\/fib N.*\n.*\/users/);
  assert.deepEqual(env.socket.chats, []);
});

Deno.test("Session sends nothing for a mistake, and a text with two slashes with one", () => {
  const { env, enter, news } = online();
  for (const line of ["/nope", "/fib x", "", "  "]) enter(line);
  assert.deepEqual(env.socket.sent, []);
  assert.equal(news().length, 2);
  enter("//nope");
  assert.deepEqual(env.socket.chats, ["/nope"]);
});

Deno.test("Session brings earlier lines back with Up", () => {
  const { screen, enter, press } = online();
  for (const line of ["first", "/users", "third"]) enter(line);
  press("up", "up");
  assert.equal(screen.input, "/users");
  press("up", "down", "down", "down");
  assert.equal(screen.input, "");
});

Deno.test("Session leaves on /quit, Ctrl-D or a second Ctrl-C, with a goodbye; Ctrl-C first empties the line", () => {
  const ways: ((session: ReturnType<typeof online>) => void)[] = [
    ({ enter }) => enter("/quit"),
    ({ press }) => press("end_of_input"),
    ({ press }) => press("interrupt", "interrupt"),
    ({ type, press }) => {
      type("draft");
      press("interrupt", "interrupt", "interrupt");
    },
  ];
  for (const way of ways) {
    const session = online();
    way(session);
    assert.equal(session.endings(), 1);
    assert.equal(session.env.socket.closedWith, 1000);
    assert.equal(session.env.time.timerCount, 0);
  }
  const stays = online();
  stays.press("interrupt");
  stays.type("x");
  stays.press("end_of_input", "interrupt");
  assert.deepEqual([stays.endings(), stays.screen.input], [0, ""]);
});

Deno.test("Session waits a moment for what was just said before it leaves, and says what is in doubt", () => {
  const { env, enter, endings, news } = online();
  enter("last words");
  enter("/quit");
  assert.equal(endings(), 0);
  env.socket.receive(ackMessage(env.socket.sent[0]?.id ?? ""));
  assert.equal(endings(), 1);
  assert.match(news().join("\n"), /last words {2}\(sent to 3\)\n· goodbye$/);
  const lost = online();
  lost.enter("last words");
  lost.enter("/quit");
  lost.env.live(2);
  assert.equal(lost.endings(), 1);
  assert.match(lost.news().join("\n"), /perhaps not sent: "last words"/);
});

Deno.test("Session lets no more than 100 wait for a connection", () => {
  const { env, enter, news } = open();
  for (let i = 0; i < 101; i++) enter(`${i}`);
  assert.equal(news().at(-1), '! not sent: "100": too many are waiting already; Up brings it back');
  for (let i = 0; i < 101; i++) enter(`/fib ${i}`);
  assert.match(news().at(-1) ?? "", /^! not asked: too many are waiting/);
  env.socket.welcome();
  assert.equal(env.socket.chats.length, 100);
});

Deno.test("Session with json shows messages as they are on the wire, but for the clock", () => {
  const { env, news, enter } = online({ json: true });
  env.socket.receive(timeMessage(), chatMessage("a\u202e\x7f"));
  enter("mine");
  env.socket.receive(ackMessage(env.socket.sent.at(-1)?.id ?? ""));
  const [chat = "", ack = "", ...more] = news();
  assert.ok(chat.includes("a\\u202e\\u007f"));
  assert.deepEqual(JSON.parse(chat), chatMessage("a\u202e\x7f"));
  assert.equal(JSON.parse(ack).type, "ack");
  assert.deepEqual(more, []);
});

Deno.test("Session measures the round trip every five seconds, tells it by the next ping, and shows nothing of it", () => {
  const { env, enter, news } = open({ json: true });
  const limits = { message_length: 4096, fibonacci_input: 100_000, messages_per_second: 20 };
  env.socket.welcome({ limits });
  news();
  const pings = () => env.socket.sent.filter(({ type }) => type === "ping");
  env.live(1);
  env.time.advance(40);
  env.socket.receive({ type: "pong", timestamp: "", id: pings()[0]?.id ?? "" });
  env.live(4);
  assert.deepEqual(pings().map(({ round_trip_ms }) => round_trip_ms), [undefined]);
  env.live(1);
  assert.deepEqual(pings().map(({ round_trip_ms }) => round_trip_ms), [undefined, 40]);
  // An error instead.
  const id = pings()[1]?.id ?? "";
  env.socket.receive({ type: "error", code: "rate_limited", message: "x", id });
  env.live(5);
  assert.deepEqual(pings().map(({ round_trip_ms }) => round_trip_ms), [undefined, 40, 40]);
  assert.deepEqual(news(), []);
  env.live(4);
  for (let n = 0; n < 100; n++) enter("much to say");
  env.live(1);
  assert.equal(pings().length, 3, "not while chats wait");
  env.socket.lose();
  env.time.advance(1000);
  env.socket.welcome({ client_id: "c2" });
  env.live(1);
  assert.deepEqual(pings().map(({ round_trip_ms }) => round_trip_ms), [undefined]);
});

Deno.test("Session tells the server's troubles when they change", () => {
  const { env, news } = online();
  const well = { type: "status", database: "up", broker: "none", draining: false } as const;
  env.socket.receive(well, { ...well, database: "down" }, { ...well, database: "down" }, well);
  assert.deepEqual(news(), [
    "! the server: its database is away: who is online may not be up to date",
    "· the server: all well again",
  ]);
});
