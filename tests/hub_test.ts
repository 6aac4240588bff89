import assert from "node:assert/strict";
import type { ClaimOutcome } from "../lib/presence.ts";
import { serverMessageSchema } from "../lib/protocol.ts";
import { eventually } from "./eventually.ts";
import { type Outcome, settle, setUp } from "./fake_hub.ts";
import { FakeSocket } from "./fakes.ts";

Deno.test("Hub.connect() welcomes with the name, the place in the order and the limits", async () => {
  const { connect, journal, hub } = setUp({ MESSAGES_PER_SECOND: 0 });
  const [welcome] = (await connect(" Ana ")).take();
  serverMessageSchema.parse(welcome);
  const { client_id, session, ...rest } = welcome!;
  assert.ok(String(client_id).length <= 16 && String(session).length >= 20);
  assert.deepEqual(rest, {
    type: "welcome",
    message: "Welcome, Ana",
    username: "Ana",
    epoch: journal.epoch,
    offset: 0,
    resumed: false,
    online: 1,
    node: "node",
    limits: { message_length: 4096, fibonacci_input: 100_000, messages_per_second: null },
    timestamp: "2026-11-20T14:30:25.000Z",
  });
  assert.equal(hub.online, 1);
});

Deno.test("Hub.connect() gives a guest's name to whoever has none", async () => {
  const { connect } = setUp();
  const [welcome] = (await connect()).take();
  assert.match(String(welcome?.username), /^guest-[a-z0-9]{4}$/);
});

Deno.test("Hub.connect() refuses a taken name with suggestions and 4009, whatever its case", async () => {
  const { connect, hub, presence } = setUp();
  await connect("Ana");
  const second = await connect("ＡＮＡ");
  const [error] = second.take();
  assert.deepEqual([error?.type, error?.code], ["error", "username_taken"]);
  assert.deepEqual(error?.suggestions, ["ANA 2", "ANA 3", "ANA 4"]);
  assert.equal(second.socket.closedWith?.code, 4009);
  assert.equal(hub.online, 1);
  assert.deepEqual([...presence.rows.values()], ["ana"]);
});

Deno.test("Hub.connect() refuses a name that another node holds", async () => {
  const { connect, presence, hub } = setUp();
  presence.answer = () => Promise.resolve({ is: "taken" });
  const client = await connect("Ana");
  assert.equal(client.take()[0]?.code, "username_taken");
  assert.equal(client.socket.closedWith?.code, 4009);
  presence.answer = () => Promise.resolve({ is: "unrecorded" });
  assert.equal(
    (await connect("Ana")).take()[0]?.type,
    "welcome",
    "the name is not kept from others",
  );
  assert.equal(hub.online, 1);
});

Deno.test("Hub.connect() tries other guest names where one is taken on another node", async () => {
  const { connect, presence } = setUp();
  const tried: string[] = [];
  presence.answer = ({ username }) => {
    tried.push(username);
    return Promise.resolve(
      tried.length < 3 ? { is: "taken" } : { is: "held", connectedAt: new Date() },
    );
  };
  const [welcome] = (await connect()).take();
  assert.equal(welcome?.username, tried[2]);
});

Deno.test("Hub.connect() refuses a name that is not allowed with 4011", async () => {
  const { connect, presence } = setUp();
  for (const name of ["admin", "a\u202eb", "аdmin", "x".repeat(33)]) {
    const client = await connect(name);
    assert.equal(client.take()[0]?.code, "username_invalid", name);
    assert.equal(client.socket.closedWith?.code, 4011, name);
  }
  assert.equal(presence.rows.size, 0);
});

Deno.test("Hub.connect() lets two claims of one name race with one winner", async () => {
  const { connect, hub } = setUp();
  const clients = await Promise.all(Array.from({ length: 20 }, () => connect("Ana")));
  const welcomed = clients.filter((client) => client.types().includes("welcome"));
  assert.equal(welcomed.length, 1);
  assert.equal(hub.online, 1);
});

Deno.test("Hub.connect() releases a connection that dies while its name is claimed", async () => {
  const { connect, presence, hub } = setUp();
  const claim = Promise.withResolvers<ClaimOutcome>();
  presence.answer = () => claim.promise;
  const client = await connect("Ana");
  assert.equal(hub.connections, 1);
  client.socket.end();
  claim.resolve({ is: "held", connectedAt: new Date() });
  await settle();
  assert.deepEqual([hub.connections, hub.online, client.ended()], [0, 0, 1]);
  presence.answer = () => Promise.resolve({ is: "unrecorded" });
  assert.equal((await connect("Ana")).take()[0]?.type, "welcome");
});

Deno.test("Hub.connect() gives back the place of a socket that never opens", () => {
  const { hub, time } = setUp();
  let ended = 0;
  const socket = new FakeSocket();
  hub.connect(socket.asWebSocket, { username: undefined, format: "json" }, {
    address: "127.0.0.1",
    ended: () => ended++,
  });
  time.advance(9_999);
  assert.equal(ended, 0);
  time.advance(1);
  assert.equal(ended, 1);
});

Deno.test("Hub.connect() hears what a client says before its welcome, and tells it all that comes after", async () => {
  const { connect, online, presence } = setUp();
  const ana = await online("Ana");
  const claim = Promise.withResolvers<ClaimOutcome>();
  presence.answer = () => claim.promise;
  const bia = await connect("Bia");
  await ana.say({ message: "one" });
  await bia.say({ message: "early", id: "e" });
  claim.resolve({ is: "held", connectedAt: new Date() });
  await settle();
  await ana.say({ message: "two" });
  const [welcome, ack, two] = bia.take().filter(({ type }) => type !== "presence");
  assert.deepEqual([welcome?.type, welcome?.offset], ["welcome", 1]);
  assert.deepEqual([ack?.type, ack?.offset], ["ack", 2]);
  assert.deepEqual([two?.message, two?.offset], ["two", 3]);
  assert.deepEqual(ana.take().map(({ message }) => message).filter(Boolean), ["early"]);
});

Deno.test("Hub.connect() looks at type and size of frames before the welcome, too", async () => {
  const { connect, presence } = setUp();
  presence.answer = () => new Promise(() => {});
  const [binary, large] = [await connect("Ana"), await connect("Bia")];
  binary.socket.receive(new Uint8Array(1).buffer);
  large.socket.receive("x".repeat(16_385));
  await settle();
  await eventually(() =>
    assert.deepEqual([binary.socket.closedWith?.code, large.socket.closedWith?.code], [1003, 1009])
  );
});

Deno.test("Hub.connect() keeps no guest's name that was taken elsewhere from others", async () => {
  const { connect, presence } = setUp();
  const held = presence.answer;
  const tried: string[] = [];
  presence.answer = (claimant) => {
    tried.push(claimant.username);
    return tried.length === 1 ? Promise.resolve({ is: "taken" }) : held(claimant);
  };
  const guest = await connect();
  assert.equal((await connect(tried[0])).take()[0]?.type, "welcome");
  guest.socket.end(1000);
});

Deno.test("Hub.connect() closes whoever sends too much before the welcome", async () => {
  const { connect, presence } = setUp({ QUEUE_BYTES: 65_536 });
  presence.answer = () => new Promise(() => {});
  const client = await connect("Ana");
  for (let count = 0; count < 8; count++) client.socket.receive("x".repeat(10_000));
  await settle();
  await eventually(() => assert.equal(client.socket.closedWith?.code, 1008));
});

Deno.test("Hub chat goes to everybody but its sender, stamped and in order", async () => {
  const { online } = setUp();
  const [ana, bia, caio] = [await online("Ana"), await online("Bia"), await online("Caio", "json")];
  await ana.say({ message: "Olá" });
  await bia.say({ type: "chat", message: "  oi  ", id: "1" });
  const chats = (client: typeof ana) => client.take().filter(({ type }) => type === "chat");
  const [first, second] = chats(caio);
  serverMessageSchema.parse(first);
  assert.deepEqual(
    [first?.message, first?.username, first?.offset, first?.timestamp],
    ["Olá", "Ana", 1, "2026-11-20T14:30:25.000Z"],
  );
  assert.deepEqual([second?.message, second?.username, second?.offset, second?.id], [
    "oi",
    "Bia",
    2,
    "1",
  ]);
  assert.deepEqual(chats(ana).map(({ message }) => message), ["oi"]);
  const toBia = bia.take();
  assert.deepEqual(toBia.filter(({ type }) => type === "chat").map(({ message }) => message), [
    "Olá",
  ]);
  assert.deepEqual(toBia.find(({ type }) => type === "ack"), {
    type: "ack",
    id: "1",
    offset: 2,
    timestamp: "2026-11-20T14:30:25.000Z",
    recipients: 2,
  });
});

Deno.test("Hub chats of one turn leave in one frame, and a sender's frame lacks its own", async () => {
  const { online } = setUp();
  const [ana, bia] = [await online("Ana"), await online("Bia")];
  ana.socket.frames.length = bia.socket.frames.length = 0;
  ana.socket.receive('{"message":"1"}\n{"message":"2"}');
  bia.socket.receive('{"message":"3","id":"x"}');
  ana.socket.receive('{"message":"4"}');
  await settle();
  assert.deepEqual([ana.socket.frames.length, bia.socket.frames.length], [1, 1]);
  assert.deepEqual(ana.take().map(({ message }) => message), ["3"]);
  assert.deepEqual(bia.take().map(({ message, type }) => message ?? type), ["1", "2", "ack", "4"]);
});

Deno.test("Hub.tick() tells everybody the time in the server's zone, with offset and online", async () => {
  const { online, hub, journal } = setUp();
  const ana = await online("Ana");
  await ana.say({ message: "x" });
  hub.tick(new Date(2026, 10, 20, 14, 30, 25, 4).getTime());
  const time = ana.take().find(({ type }) => type === "time");
  serverMessageSchema.parse(time);
  assert.deepEqual([time?.time, time?.date, time?.offset, time?.online, time?.epoch], [
    "14:30:25",
    "2026-11-20",
    1,
    1,
    journal.epoch,
  ]);
});

Deno.test("Hub presence is merged and comes at most once a second", async () => {
  const { online, connect, time } = setUp();
  const ana = await online("Ana");
  time.advance(0);
  await settle();
  ana.socket.frames.length = 0;
  await connect("Bia");
  const caio = await connect("Caio");
  const dora = await connect("Dora");
  dora.socket.end(1000);
  caio.socket.end(1000);
  time.advance(999);
  await settle();
  assert.deepEqual(ana.types(), []);
  time.advance(1);
  await settle();
  const [presence] = ana.take();
  serverMessageSchema.parse(presence);
  const names = (users: unknown) => (users as { username: string }[]).map((user) => user.username);
  assert.deepEqual([names(presence?.joined), names(presence?.left), presence?.online], [
    ["Bia"],
    [],
    2,
  ]);
});

Deno.test("Hub presence of somebody who left names who it was", async () => {
  const { online, time, presence, hub } = setUp();
  const [ana, bia] = [await online("Ana"), await online("Bia")];
  time.advance(1000);
  await settle();
  const id = ana.take().flatMap(({ joined }) => joined as { username: string; client_id: string }[])
    .find(({ username }) => username === "Bia")?.client_id;
  bia.socket.end(1000);
  time.advance(1000);
  await settle();
  const [presenceMessage] = ana.take();
  assert.deepEqual((presenceMessage?.left as { client_id: string }[])[0]?.client_id, id);
  assert.deepEqual([hub.online, presence.rows.size, bia.ended()], [1, 1, 1]);
});

Deno.test("Hub answers users, ping and errors to the one who asked, with its id", async () => {
  const { online } = setUp();
  const [ana, bia] = [await online("Ana"), await online("Bia")];
  await ana.say({ type: "users" });
  await ana.say({ type: "ping", id: "p" });
  await ana.say({ type: "nope", id: "n" });
  await ana.say("not json");
  await ana.say({ message: "x".repeat(4097), id: "l" });
  const answers = ana.take();
  for (const answer of answers) serverMessageSchema.parse(answer);
  assert.deepEqual((answers[0]?.users as { username: string }[]).map((user) => user.username), [
    "Ana",
    "Bia",
  ]);
  assert.deepEqual(answers.slice(1).map(({ type, id, code }) => [type, id, code]), [
    ["pong", "p", undefined],
    ["error", "n", "unknown_type"],
    ["error", undefined, "invalid_json"],
    ["error", "l", "message_too_long"],
  ]);
  assert.deepEqual(bia.types(), []);
  assert.equal(ana.socket.closedWith, undefined);
});

Deno.test("Hub computes Fibonacci for the asker alone, one at a time", async () => {
  const { online, computing } = setUp();
  const [ana, bia] = [await online("Ana"), await online("Bia")];
  await ana.say({ type: "fibonacci", input: 10, id: "a" });
  await ana.say({ cmd: "fib", n: 11 });
  assert.equal(ana.take()[0]?.code, "busy");
  computing[0]?.answer({ ok: true, value: { digits: "55", elapsedMs: 0.1 } });
  await settle();
  const [answer] = ana.take();
  serverMessageSchema.parse(answer);
  assert.deepEqual([answer?.input, answer?.result, answer?.digits, answer?.id], [10, 55, 2, "a"]);
  await ana.say({ cmd: "fib", n: 100 });
  computing[1]?.answer({ ok: true, value: { digits: "354224848179261915075", elapsedMs: 0.1 } });
  await settle();
  assert.equal(ana.take()[0]?.result, "354224848179261915075");
  assert.deepEqual(bia.types(), []);
});

Deno.test("Hub says busy where Fibonacci has no place or no time, internal where it failed", async () => {
  const { online, computing } = setUp();
  const ana = await online("Ana");
  const failures = ["queue_full", "deadline", "fault"] as const;
  for (const [index, error] of failures.entries()) {
    await ana.say({ type: "fibonacci", input: 10 });
    computing[index]?.answer({ ok: false, error });
    await settle();
  }
  assert.deepEqual(ana.take().map(({ code }) => code), ["busy", "busy", "internal"]);
});

Deno.test("Hub refuses what is over the rate with the id, and closes with 1008 in the end", async () => {
  const { online, hub } = setUp();
  const [ana, bia] = [await online("Ana"), await online("Bia")];
  for (let count = 0; count < 41; count++) ana.socket.receive(`{"message":"m","id":"i${count}"}`);
  await settle();
  const refusal = ana.take().at(-1);
  assert.deepEqual([refusal?.code, refusal?.id, refusal?.retry_after_ms], [
    "rate_limited",
    "i40",
    50,
  ]);
  for (let count = 0; count < 39; count++) ana.socket.receive('{"message":"m"}');
  await settle();
  await eventually(() => assert.equal(ana.socket.closedWith?.code, 1008));
  assert.equal(hub.online, 1);
  assert.equal(bia.take().filter(({ type }) => type === "chat").length, 40);
});

Deno.test("Hub closes with 1003 and 1009, and hears nothing after", async () => {
  const { online, hub } = setUp();
  const [ana, bia, caio] = [await online("Ana"), await online("Bia"), await online("Caio")];
  ana.socket.receive(new Uint8Array(1).buffer);
  ana.socket.receive('{"message":"after"}');
  bia.socket.receive("x".repeat(16_385));
  await settle();
  await eventually(() =>
    assert.deepEqual([ana.socket.closedWith?.code, bia.socket.closedWith?.code], [1003, 1009])
  );
  assert.equal(hub.online, 1);
  assert.ok(!caio.types().includes("chat"));
});

Deno.test("Hub puts a slow reader out with 4008 before its socket has closed; nobody else notices", async () => {
  const { online, time, hub, presence } = setUp();
  const [ana, bia] = [await online("Ana"), await online("Bia")];
  bia.socket.reads = false;
  bia.socket.bufferedAmount = 64 * 1024;
  for (let second = 0; second <= 10; second++) {
    await ana.say({ message: `m${second}`, id: `${second}` });
    time.advance(1000);
  }
  await settle();
  assert.equal(bia.socket.closedWith?.code, 4008);
  assert.deepEqual([hub.online, hub.connections, presence.away.size], [1, 1, 1]);
  assert.equal(ana.take().filter(({ type }) => type === "ack").length, 11);
  assert.equal(bia.ended(), 0, "the socket itself still counts, until it is gone");
  bia.socket.end();
  assert.equal(bia.ended(), 1);
});

Deno.test("Hub feeds a slow reader what waited as soon as it reads again", async () => {
  const { online, time } = setUp();
  const [ana, bia] = [await online("Ana"), await online("Bia")];
  bia.take();
  bia.socket.bufferedAmount = 64 * 1024;
  for (let count = 0; count < 5; count++) await ana.say({ message: `m${count}` });
  assert.deepEqual(bia.take(), []);
  bia.socket.bufferedAmount = 0;
  time.advance(20);
  assert.deepEqual(bia.take().map(({ message }) => message).filter(Boolean), [
    "m0",
    "m1",
    "m2",
    "m3",
    "m4",
  ]);
  time.advance(2000);
  await settle();
  assert.equal(time.pending, 0, "its socket is not looked at any more");
});

Deno.test("Hub costs a fault that one connection, logs and counts it", async () => {
  const { online, computing, hub, log } = setUp();
  const [ana, bia] = [await online("Ana"), await online("Bia")];
  await ana.say({ type: "fibonacci", input: 10 });
  computing[0]?.answer(null as unknown as Outcome);
  await eventually(() => assert.equal(ana.socket.closedWith?.code, 1011));
  assert.deepEqual([hub.faults, hub.online], [1, 1]);
  assert.ok(log().some(({ event, level }) => event === "fault" && level === "error"));
  await bia.say({ type: "ping" });
  assert.ok(bia.types().includes("pong"));
});

Deno.test("Hub tells everybody when the database goes and comes, and a newcomer meanwhile", async () => {
  const { online, connect, presence } = setUp();
  const ana = await online("Ana");
  presence.up = false;
  presence.subscriber?.databaseChanged(false);
  await settle();
  const status = ana.take().find(({ type }) => type === "status");
  assert.deepEqual(status, { type: "status", database: "down", broker: "none", draining: false });
  presence.answer = () => Promise.resolve({ is: "unrecorded" });
  assert.deepEqual((await connect("Bia")).types().slice(0, 2), ["welcome", "status"]);
});

Deno.test("Hub closes with 4009 whoever turns out not to have its name", async () => {
  const { online, presence, hub } = setUp();
  const ana = await online("Ana");
  presence.subscriber?.taken([...presence.rows.keys()][0]!);
  await settle();
  assert.equal(ana.take().at(-1)?.code, "username_taken");
  assert.equal(ana.socket.closedWith?.code, 4009);
  assert.equal(hub.online, 0);
});

Deno.test("Hub.drain() says so, then closes all with 1001, each with its own time to come back", async () => {
  const { online, hub, presence } = setUp({ DRAIN_SPREAD_MS: 60_000, RESUME_GRACE_MS: 8000 });
  const clients = await Promise.all(Array.from({ length: 20 }, (_, n) => online(`ana ${n}`)));
  hub.drain();
  await eventually(() => {
    for (const { socket } of clients) assert.equal(socket.closedWith?.code, 1001);
  });
  const times = clients.map((client) => {
    const status = client.take().find(({ type }) => type === "status");
    assert.equal(status?.draining, true);
    return Number(status?.reconnect_after_ms);
  });
  assert.ok(times.every((ms) => Number.isInteger(ms) && ms >= 0 && ms < 4000), `${times}`);
  assert.ok(new Set(times).size > 10, `${times}`);
  assert.deepEqual([hub.online, hub.connections, presence.away.size], [0, 0, 20]);
});

Deno.test("Hub.drain() tells status before 1001 also to those who are not welcomed yet or come late", async () => {
  const { connect, hub, presence } = setUp();
  presence.answer = () => new Promise(() => {});
  const joining = await connect("Ana");
  hub.drain();
  const late = await connect("Bia");
  await settle();
  for (const client of [joining, late]) {
    assert.deepEqual(client.take().map(({ type, draining }) => [type, draining]), [[
      "status",
      true,
    ]]);
    await eventually(() => assert.equal(client.socket.closedWith?.code, 1001));
  }
});

Deno.test("Hub logs LOGIN and LOGOUT with code, side and seconds, and no text of a message", async () => {
  const { online, time, log } = setUp();
  const ana = await online("Ana");
  await ana.say({ message: "a secret" });
  time.advance(1500);
  ana.socket.end(1000);
  const [login, logout] = log();
  assert.deepEqual([login.event, login.action, login.username], ["connected", "LOGIN", "Ana"]);
  assert.deepEqual(
    [logout.event, logout.action, logout.code, logout.by, logout.seconds],
    ["disconnected", "LOGOUT", 1000, "client", 1.5],
  );
  assert.ok(!JSON.stringify(log()).includes("secret"));
});

Deno.test("Hub forgets everything of connections that have gone", async () => {
  const { online, hub, time, presence } = setUp();
  for (let count = 0; count < 200; count++) {
    const client = await online();
    client.socket.end(1000);
    client.socket.end(1000);
  }
  time.advance(2000);
  await settle();
  assert.deepEqual([hub.online, hub.connections, presence.rows.size, time.pending], [0, 0, 0, 0]);
});
