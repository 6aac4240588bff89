import assert from "node:assert/strict";
import { type Journal, JournalError, MemoryJournal } from "../lib/journal.ts";
import type { ClaimOutcome } from "../lib/presence.ts";
import { DatabaseError } from "../lib/queries.ts";
import { eventually } from "./eventually.ts";
import { FakeBus } from "./fake_bus.ts";
import { settle, setUp } from "./fake_hub.ts";

type Message = Record<string, unknown>;
type Client = Awaited<ReturnType<ReturnType<typeof setUp>["connect"]>>;

/** What a client keeps for coming back. */
function ticketOf(welcome: Message, after = Number(welcome.offset)) {
  return { session: String(welcome.session), epoch: String(welcome.epoch), after };
}

/** What is said: chats by their texts, acks by their ids. */
function heard(client: Client): unknown[] {
  return client.take().filter(({ type }) => type === "chat" || type === "ack")
    .map(({ type, message, id, offset }) => `${offset} ${type === "chat" ? message : `ack ${id}`}`);
}

function welcomeOf(client: Client): Message {
  const [welcome] = client.take();
  assert.equal(welcome?.type, "welcome");
  return welcome!;
}

Deno.test("Hub gives a lost session its name and client_id back, and all that it missed, once, in order", async () => {
  const { connect, online } = setUp();
  const first = await connect("Ana");
  const welcome = welcomeOf(first);
  const bia = await online("Bia");
  await first.say({ message: "mine", id: "m" });
  await bia.say({ message: "two" });
  assert.deepEqual(heard(first), ["1 ack m", "2 two"]);
  first.socket.end(1006);
  await bia.say({ message: "three" });
  await bia.say({ message: "four" });
  const again = await connect(undefined, "ndjson", ticketOf(welcome, 2));
  const [back, ...rest] = again.take();
  assert.deepEqual(
    [back?.username, back?.client_id, back?.session, back?.resumed],
    ["Ana", welcome.client_id, welcome.session, true],
  );
  assert.deepEqual(rest.map(({ offset, message }) => [offset, message]), [[3, "three"], [
    4,
    "four",
  ]]);
  await bia.say({ message: "five" });
  assert.deepEqual(heard(again), ["5 five"]);
});

Deno.test("Hub replays own chats as their acks, and those without an id not at all", async () => {
  const { connect, online } = setUp();
  const ana = await connect("Ana");
  const welcome = welcomeOf(ana);
  const bia = await online("Bia");
  await ana.say({ message: "one", id: "a" });
  await ana.say({ message: "two" });
  await bia.say({ message: "three" });
  ana.socket.end(1006);
  const again = await connect("Ana", "ndjson", ticketOf(welcome, 0));
  assert.deepEqual(heard(again), ["1 ack a", "3 three"]);
});

Deno.test("Hub resumes while the old socket lingers: that one is closed with 4010 and is nobody's any more", async () => {
  const { connect, online, hub } = setUp();
  const old = await connect("Ana");
  const welcome = welcomeOf(old);
  const bia = await online("Bia");
  bia.take();
  const again = await connect("Ana", "ndjson", ticketOf(welcome));
  await settle();
  assert.equal(old.socket.closedWith?.code, 4010);
  await old.say({ message: "from the dead", id: "x" });
  await bia.say({ message: "hello" });
  assert.deepEqual(heard(old), []);
  assert.deepEqual(heard(again), ["1 hello"]);
  old.socket.end(1000);
  await settle();
  await again.say({ message: "still here", id: "s" });
  assert.deepEqual(heard(again), ["2 ack s"], "the old one's goodbye ends nothing");
  assert.deepEqual([hub.online, hub.connections], [2, 2]);
});

/** A journal in memory that has nothing at hand: each reading waits until the test lets it go on. */
class SlowJournal implements Journal {
  readonly #inner: MemoryJournal;
  readonly broker = "none";
  readonly waiting: (() => void)[] = [];
  isReadable = true;
  otherEpoch: string | undefined;
  constructor(size = 1000) {
    this.#inner = new MemoryJournal({ size });
  }
  get epoch() {
    return this.otherEpoch ?? this.#inner.epoch;
  }
  get offset() {
    return this.#inner.offset;
  }
  subscribe(subscriber: Parameters<Journal["subscribe"]>[0]) {
    this.#inner.subscribe(subscriber);
  }
  append(chat: Parameters<Journal["append"]>[0]) {
    this.#inner.append(chat);
  }
  recent() {
    return undefined;
  }
  async read(after: number, limit: number) {
    await new Promise<void>((resolve) => this.waiting.push(resolve));
    const entries = await this.#inner.read(after, limit);
    if (!this.isReadable) throw new JournalError("Could not read");
    return entries;
  }
  reaches(epoch: string, after: number) {
    return this.#inner.reaches(epoch, after);
  }
}

Deno.test("Hub leaves no hole and no double between the replay and what is said meanwhile", async () => {
  const journal = new SlowJournal();
  const { connect, online, hub, time } = setUp({ MESSAGES_PER_SECOND: 0 }, { journal });
  const ana = await connect("Ana");
  const welcome = welcomeOf(ana);
  const bia = await online("Bia");
  ana.socket.end(1006);
  for (let n = 1; n <= 100; n++) await bia.say({ message: `m${n}` });
  const again = await connect("Ana", "ndjson", ticketOf(welcome));
  // Each page waits while more is said, by others and by itself.
  again.say({ message: "own", id: "own" });
  let said = 100;
  while (journal.waiting.length > 0) {
    if (said < 110) await bia.say({ message: `m${++said}` });
    hub.tick(time.now());
    journal.waiting.shift()!();
    if (said < 110) bia.say({ message: `m${++said}` });
    await settle();
  }
  while (said < 112) await bia.say({ message: `m${++said}` });
  const offsets = again.take().filter(({ type }) => type === "chat" || type === "ack");
  assert.deepEqual(
    offsets.map(({ offset }) => offset),
    Array.from({ length: 113 }, (_, n) => n + 1),
  );
  assert.equal(offsets.filter(({ id }) => id === "own").length, 1);
});

Deno.test("Hub tells who is behind the time of its own place, not of what it does not have yet", async () => {
  const journal = new SlowJournal();
  const { connect, online, hub, time } = setUp({ MESSAGES_PER_SECOND: 0 }, { journal });
  const ana = await connect("Ana");
  const welcome = welcomeOf(ana);
  const bia = await online("Bia");
  ana.socket.end(1006);
  await bia.say({ message: "one" });
  for (let n = 0; n < 99; n++) await bia.say({ message: "more" });
  const again = await connect("Ana", "ndjson", ticketOf(welcome));
  hub.tick(time.now());
  assert.deepEqual(again.types(), [], "not before its welcome");
  journal.waiting.shift()!();
  await settle();
  hub.tick(time.now());
  const page = again.take();
  assert.deepEqual([page[0]?.type, page.length], ["welcome", 66]);
  assert.deepEqual([page[65]?.type, page[65]?.offset, page[64]?.offset], ["time", 64, 64]);
  journal.waiting.shift()!();
  await settle();
  hub.tick(time.now());
  const rest = again.take();
  assert.deepEqual([rest.length, rest.at(-1)?.type, rest.at(-1)?.offset], [37, "time", 100]);
});

Deno.test("Hub replays at the pace of the peer, holding no more than a page", async () => {
  const { connect, online, time, hub } = setUp(
    { MESSAGES_PER_SECOND: 0 },
    { journal: new MemoryJournal({ size: 1000 }) },
  );
  const ana = await connect("Ana");
  const welcome = welcomeOf(ana);
  const bia = await online("Bia");
  ana.socket.end(1006);
  for (let n = 0; n < 500; n++) await bia.say({ message: `${n}`.padEnd(1000, "x") });
  const again = await connect("Ana", "ndjson", ticketOf(welcome), { reads: false });
  const sizes: number[] = [];
  let received = 0;
  for (let round = 0; received < 500 && round < 100; round++) {
    const chats = again.take().filter(({ type }) => type === "chat");
    received += chats.length;
    sizes.push(chats.length);
    hub.tick(time.now());
    again.socket.bufferedAmount = 0;
    time.advance(20);
    await settle();
  }
  assert.equal(received, 500);
  assert.ok(Math.max(...sizes) <= 128, `${sizes}`);
  again.take();
  hub.tick(time.now());
  assert.deepEqual(again.types(), ["time"]);
});

Deno.test("Hub closes with 4008 whoever does not read what it missed", async () => {
  const { connect, online, time, presence } = setUp(
    { MESSAGES_PER_SECOND: 0 },
    { journal: new MemoryJournal({ size: 1000 }) },
  );
  const ana = await connect("Ana");
  const welcome = welcomeOf(ana);
  const bia = await online("Bia");
  ana.socket.end(1006);
  for (let n = 0; n < 200; n++) await bia.say({ message: `${n}`.padEnd(1000, "x") });
  const again = await connect("Ana", "ndjson", ticketOf(welcome), { reads: false });
  time.advance(10_100);
  await settle();
  assert.equal(again.socket.closedWith?.code, 4008);
  assert.equal(presence.away.size, 1);
});

Deno.test("Hub sends away for a while whoever cannot be given what it missed", async () => {
  const journal = new SlowJournal();
  const { connect, online } = setUp({}, { journal });
  const ana = await connect("Ana");
  const welcome = welcomeOf(ana);
  const bia = await online("Bia");
  ana.socket.end(1006);
  await bia.say({ message: "one" });
  const again = await connect("Ana", "ndjson", ticketOf(welcome));
  journal.isReadable = false;
  journal.waiting.shift()!();
  await settle();
  const [error] = again.take();
  assert.deepEqual([error?.code, again.socket.closedWith?.code], ["unavailable", 1013]);
});

Deno.test("Hub says resumed: false where the order is another, reaches no longer back, or is shorter", async () => {
  const { connect, online } = setUp({ MESSAGES_PER_SECOND: 0 });
  const ana = await connect("Ana");
  const welcome = welcomeOf(ana);
  const bia = await online("Bia");
  for (let n = 1; n <= 25; n++) await bia.say({ message: `m${n}` });
  const ticket = ticketOf(welcome, 25);
  const cases = [
    [{ ...ticket, epoch: "another" }, false],
    [{ ...ticket, after: 26 }, false],
    [{ ...ticket, after: 14 }, false],
    [{ session: ticket.session, epoch: undefined, after: undefined }, false],
    [{ ...ticket, after: 15 }, true],
    [ticket, true],
  ] as const;
  for (const [resume, resumed] of cases) {
    const again = await connect("Ana", "ndjson", resume);
    const back = welcomeOf(again);
    assert.deepEqual(
      [back.resumed, back.client_id, back.offset],
      [resumed, welcome.client_id, 25],
      JSON.stringify(resume),
    );
  }
});

Deno.test("Hub gives a new client_id where the session is unknown", async () => {
  const { connect } = setUp();
  const resume = { session: "made up", epoch: "e", after: 0 };
  const welcome = welcomeOf(await connect("Ana", "ndjson", resume));
  assert.deepEqual([welcome.resumed, welcome.username], [false, "Ana"]);
  assert.notEqual(welcome.session, "made up");
});

Deno.test("Hub keeps the name of a lost session for the grace, and counts it as away, not as left", async () => {
  const { connect, online, hub, time, presence } = setUp();
  const watcher = await online("Watcher");
  const ana = await connect("Ana");
  const welcome = welcomeOf(ana);
  time.advance(1000);
  await settle();
  watcher.take();
  ana.socket.end(1001);
  assert.deepEqual([hub.online, [...presence.away]], [1, [welcome.client_id]]);
  const thief = await connect("ana");
  await settle();
  assert.equal(thief.socket.closedWith?.code, 4009);
  time.advance(9000);
  await settle();
  assert.deepEqual(watcher.types(), [], "nobody left");
  welcomeOf(await connect(undefined, "ndjson", ticketOf(welcome)));
  time.advance(9000);
  await settle();
  assert.deepEqual(watcher.types(), [], "nobody joined");
  assert.equal(hub.online, 2);
});

Deno.test("Hub tells that somebody left when the grace is over, once, and frees the name", async () => {
  const { connect, online, time, presence } = setUp();
  const watcher = await online("Watcher");
  const ana = await connect("Ana");
  const welcome = welcomeOf(ana);
  time.advance(1000);
  await settle();
  watcher.take();
  ana.socket.end(1006);
  time.advance(10_000);
  await settle();
  time.advance(5000);
  await settle();
  const told = watcher.take();
  assert.deepEqual(told.map(({ type, online }) => [type, online]), [["presence", 1]]);
  assert.deepEqual((told[0]!.left as Message[]).map(({ username }) => username), ["Ana"]);
  assert.equal(presence.rows.has(String(welcome.client_id)), false);
  const late = welcomeOf(await connect("Ana", "ndjson", ticketOf(welcome)));
  assert.notEqual(late.client_id, welcome.client_id);
});

Deno.test("Hub releases all at once after a goodbye, with 1000 or without a code", async () => {
  for (const code of [1000, 1005]) {
    const { connect, presence } = setUp();
    const ana = await connect("Ana");
    const welcome = welcomeOf(ana);
    ana.socket.end(code);
    assert.deepEqual([presence.rows.size, presence.away.size], [0, 0]);
    const other = welcomeOf(await connect("Ana", "ndjson", ticketOf(welcome)));
    assert.deepEqual([other.resumed, other.client_id === welcome.client_id], [false, false]);
  }
});

Deno.test("Hub releases at once whoever it sends away for good, and those whose format tells no session", async () => {
  const { connect, presence } = setUp();
  const ana = await connect("Ana");
  ana.socket.receive(new Uint8Array(1).buffer);
  for (const format of ["text", "events"] as const) {
    const client = await connect("Bia", format);
    client.socket.end(1006);
  }
  assert.deepEqual([presence.rows.size, presence.away.size], [0, 0]);
});

Deno.test("Hub acknowledges a chat that is sent again with its first offset, and tells nobody twice", async () => {
  const { connect, online } = setUp();
  const ana = await connect("Ana");
  const welcome = welcomeOf(ana);
  const bia = await online("Bia");
  await ana.say({ message: "once", id: "a" });
  await bia.say({ message: "two" });
  ana.socket.end(1006);
  const again = await connect("Ana", "ndjson", ticketOf(welcome, 2));
  again.take();
  await again.say({ message: "once", id: "a" });
  assert.deepEqual(heard(again), ["1 ack a"]);
  assert.deepEqual(heard(bia), ["1 once"]);
  await bia.say({ message: "mine", id: "a" });
  assert.deepEqual(heard(again), ["3 mine"], "another's id is another");
});

Deno.test("Hub takes a session over from another node, with its name, client_id and version", async () => {
  const { connect, presence } = setUp();
  const { createHash } = await import("node:crypto");
  const hash = createHash("sha256").update("secret of elsewhere").digest("hex");
  presence.elsewhere.set(hash, {
    clientId: "c-elsewhere",
    username: "Ana",
    usernameKey: "ana",
    connectedAt: new Date("2026-11-20T14:00:00.000Z"),
    version: 3,
  });
  const resume = { session: "secret of elsewhere", epoch: "another", after: 7 };
  const [one, two] = await Promise.all([
    connect(undefined, "ndjson", resume),
    connect(undefined, "ndjson", resume),
  ]);
  await settle();
  assert.equal(welcomeOf(two).client_id, "c-elsewhere");
  assert.equal(one.socket.closedWith?.code, 4010, "asked for twice, it is the later one's");
});

Deno.test("Hub gives a session back that died while it was being resumed", async () => {
  const { connect, presence, time, hub } = setUp();
  const ana = await connect("Ana");
  const welcome = welcomeOf(ana);
  ana.socket.end(1006);
  const claim = Promise.withResolvers<ClaimOutcome>();
  presence.answer = () => claim.promise;
  const again = await connect("Ana", "ndjson", ticketOf(welcome));
  again.socket.end(1006);
  claim.resolve({ is: "held", connectedAt: new Date() });
  await settle();
  assert.deepEqual([hub.online, presence.away.size], [0, 1]);
  time.advance(10_000);
  assert.equal(presence.rows.size, 0);
});

Deno.test("Hub begins anew where the name of a session is somebody else's by now", async () => {
  const { connect, presence } = setUp();
  const ana = await connect();
  const welcome = welcomeOf(ana);
  ana.socket.end(1006);
  const { answer } = presence;
  presence.answer = () => {
    presence.answer = answer;
    return Promise.resolve({ is: "taken" });
  };
  const again = welcomeOf(await connect(undefined, "ndjson", ticketOf(welcome)));
  assert.deepEqual([again.resumed, again.client_id === welcome.client_id], [false, false]);
});

for (const isLingering of [false, true]) {
  const socket = isLingering ? "still lingers" : "is gone";
  Deno.test(`Hub has a session back that another node has had meanwhile, while the old socket ${socket}`, async () => {
    const { connect, presence } = setUp();
    const ana = await connect("Ana");
    const welcome = welcomeOf(ana);
    if (!isLingering) ana.socket.end(1006);
    // Its row is the other node's, which has not told of it yet.
    const claims: number[] = [];
    presence.answer = ({ version }) => {
      claims.push(version);
      return Promise.resolve({ is: "taken" });
    };
    const session = String(welcome.session);
    const { createHash } = await import("node:crypto");
    presence.elsewhere.set(createHash("sha256").update(session).digest("hex"), {
      clientId: String(welcome.client_id),
      username: "Ana",
      usernameKey: "ana",
      connectedAt: new Date("2026-11-20T14:00:00.000Z"),
      version: 2,
    });
    const again = await connect("Ana", "ndjson", ticketOf(welcome));
    await settle();
    const { resumed, client_id } = welcomeOf(again);
    assert.deepEqual([resumed, client_id, claims], [true, welcome.client_id, [0]]);
    assert.equal(ana.socket.closedWith?.code, isLingering ? 4010 : undefined);
    assert.equal(again.socket.closedWith, undefined);
  });
}

Deno.test("Hub tells that a session left whose name is somebody else's when it comes back", async () => {
  const { connect, online, presence, time } = setUp();
  const watcher = await online("Watcher");
  const ana = await connect("Ana");
  const welcome = welcomeOf(ana);
  time.advance(1000);
  await settle();
  watcher.take();
  ana.socket.end(1006);
  presence.answer = () => Promise.resolve({ is: "taken" });
  const again = await connect("Ana", "ndjson", ticketOf(welcome));
  assert.equal(again.socket.closedWith?.code, 4009);
  time.advance(1000);
  await settle();
  const [told] = watcher.take();
  assert.deepEqual((told!.left as Message[]).map(({ username }) => username), ["Ana"]);
});

Deno.test("Hub closes with 4009 a session whose name the database gave to somebody else", async () => {
  const { connect, presence, hub } = setUp();
  const ana = await connect("Ana");
  const { client_id } = welcomeOf(ana);
  presence.subscriber!.taken(String(client_id));
  await settle();
  assert.equal(ana.socket.closedWith?.code, 4009);
  assert.deepEqual([hub.online, presence.rows.size], [0, 0]);
});

Deno.test("Hub asks to try again whose session is lost while it is being resumed", async () => {
  const journal = new SlowJournal();
  const { connect, presence, hub } = setUp({}, { journal });
  const ana = await connect("Ana");
  const welcome = welcomeOf(ana);
  ana.socket.end(1006);
  const found = Promise.withResolvers<boolean>();
  journal.reaches = () => found.promise;
  const again = await connect("Ana", "ndjson", ticketOf(welcome));
  presence.subscriber!.taken(String(welcome.client_id));
  found.resolve(true);
  await settle();
  assert.deepEqual([again.socket.closedWith?.code, hub.online], [1013, 0]);
});

Deno.test("Hub asks to try again whose session the database cannot tell of now", async () => {
  const { connect, presence, hub } = setUp();
  presence.up = false;
  const resume = { session: "of another node", epoch: "e", after: 0 };
  const client = await connect("Ana", "ndjson", resume);
  const [error] = client.take();
  assert.deepEqual([error?.type, error?.code], ["error", "unavailable"]);
  assert.deepEqual([client.socket.closedWith?.code, hub.online], [1013, 0]);
});

/** Ana, who has lost her connection, and what has been said since. */
async function lostAna(journal: SlowJournal, said: number) {
  const room = setUp({ MESSAGES_PER_SECOND: 0 }, { journal });
  const ana = await room.connect("Ana");
  const welcome = welcomeOf(ana);
  await ana.say({ message: "own", id: "own" });
  const bia = await room.online("Bia");
  ana.socket.end(1006);
  for (let n = 0; n < said; n++) await bia.say({ message: `m${n}` });
  return { ...room, welcome, bia };
}

Deno.test("Hub asks to try again where what was missed is dropped while it is being replayed", async () => {
  const journal = new SlowJournal(10);
  const { connect, welcome, bia } = await lostAna(journal, 5);
  const again = await connect("Ana", "ndjson", ticketOf(welcome));
  for (let n = 0; n < 30; n++) await bia.say({ message: `later ${n}` });
  journal.waiting.shift()!();
  await settle();
  assert.deepEqual([again.types(), again.socket.closedWith?.code], [["error"], 1013]);
  const back = welcomeOf(await connect("Ana", "ndjson", ticketOf(welcome)));
  assert.deepEqual([back.resumed, back.client_id], [false, welcome.client_id]);
});

Deno.test("Hub asks to try again where another order begins while it is being replayed", async () => {
  const journal = new SlowJournal();
  const { connect, welcome } = await lostAna(journal, 5);
  const again = await connect("Ana", "ndjson", ticketOf(welcome));
  journal.otherEpoch = "another";
  journal.waiting.shift()!();
  await settle();
  assert.deepEqual([again.types(), again.socket.closedWith?.code], [["error"], 1013]);
});

Deno.test("Hub sends nothing more to whoever ends while it is being replayed, least of all its own chats", async () => {
  const journal = new SlowJournal();
  const { connect, welcome, time } = await lostAna(journal, 5);
  const timers = time.pending;
  const again = await connect("Ana", "ndjson", ticketOf(welcome));
  again.socket.receive(new Uint8Array(1).buffer);
  journal.waiting.shift()!();
  await settle();
  await settle();
  assert.deepEqual(again.take(), []);
  assert.ok(time.pending <= timers, "no timer is left behind");
  await eventually(() => assert.equal(again.socket.closedWith?.code, 1003));
});

Deno.test("Hub tells what was said in the turn in which somebody caught up once", async () => {
  const afterTurn = (callback: () => void) => void setTimeout(callback, 3);
  const { connect, online } = setUp({}, { afterTurn });
  const ana = await connect("Ana");
  await new Promise((resolve) => setTimeout(resolve, 5));
  const welcome = welcomeOf(ana);
  const bia = await online("Bia");
  ana.socket.end(1006);
  const coming = connect("Ana", "ndjson", ticketOf(welcome));
  for (let n = 1; n <= 6; n++) {
    bia.socket.receive(JSON.stringify({ message: `m${n}` }));
    await Promise.resolve();
  }
  const again = await coming;
  const offsets: unknown[] = [];
  await eventually(() => {
    offsets.push(...again.take().filter(({ type }) => type === "chat").map(({ offset }) => offset));
    assert.ok(offsets.length >= 6);
  });
  assert.deepEqual(offsets, [1, 2, 3, 4, 5, 6]);
});

Deno.test("Hub keeps no more sessions away than it may have connections: the oldest are over", async () => {
  const { connect, presence, hub } = setUp({ MAX_CONNECTIONS: 2 });
  const clients = [];
  for (const name of ["one", "two", "three"]) clients.push(await connect(name));
  for (const { socket } of clients) socket.end(1006);
  assert.deepEqual([presence.rows.size, presence.away.size, hub.online], [2, 2, 0]);
  const free = await connect("one");
  assert.equal(free.take()[0]?.type, "welcome");
  const kept = await connect("two");
  await settle();
  assert.equal(kept.socket.closedWith?.code, 4009);
});

/** Two nodes of one room: what happens on one is heard by the other when time passes. */
function twoNodes() {
  const bus = new FakeBus();
  const a = setUp({}, { bus: bus.end(), nodeId: "A" });
  const b = setUp({}, { bus: bus.end(), nodeId: "B" });
  // Here they know only what they hear.
  const away = () => Promise.reject(new DatabaseError("AWAY", "away"));
  for (const { presence } of [a, b]) presence.snapshot = away;
  const pass = async (ms: number) => {
    for (let passed = 0; passed < ms; passed += 250) {
      for (const { time } of [a, b]) time.advance(250);
      bus.deliver();
      await settle();
    }
  };
  return { a, b, pass };
}

Deno.test("Hubs on a bus count and tell of each other's clients, also while they are away", async () => {
  const { a, b, pass } = twoNodes();
  await pass(3000);
  const watcher = await b.online("Watcher");
  const ana = await a.connect("Ana");
  const welcome = welcomeOf(ana);
  await pass(2000);
  assert.deepEqual([a.hub.online, b.hub.online], [2, 2]);
  watcher.take();
  ana.socket.end(1006);
  await pass(2000);
  assert.deepEqual([a.hub.online, b.hub.online, watcher.types()], [1, 1, []]);
  const again = await a.connect("Ana", "ndjson", ticketOf(welcome));
  await pass(2000);
  assert.deepEqual([b.hub.online, watcher.types()], [2, []]);
  again.socket.end(1000);
  await pass(2000);
  assert.equal(b.hub.online, 1);
  assert.deepEqual((watcher.take()[0]!.left as Message[]).map(({ username }) => username), ["Ana"]);
});

Deno.test("Hubs on a bus: who is resumed on one is closed with 4010 on the other, which tells nobody", async () => {
  const { createHash } = await import("node:crypto");
  const { a, b, pass } = twoNodes();
  await pass(3000);
  const watcher = await a.online("Watcher");
  const ana = await a.connect("Ana");
  const welcome = welcomeOf(ana);
  await pass(2000);
  watcher.take();
  const connectedAt = new Date("2026-11-20T14:30:24.000Z");
  const clientId = String(welcome.client_id);
  const hash = createHash("sha256").update(String(welcome.session)).digest("hex");
  const row = { clientId, username: "Ana", usernameKey: "ana", connectedAt, version: 1 };
  b.presence.elsewhere.set(hash, row);
  const user = {
    username: "Ana",
    client_id: clientId,
    connected_at: connectedAt.toISOString(),
    node: "B",
  };
  for (const { presence } of [a, b]) {
    presence.snapshot = () => Promise.resolve([{ user, key: "ana", version: 1, isAway: false }]);
  }
  const again = await b.connect(undefined, "ndjson", ticketOf(welcome));
  await pass(2000);
  assert.equal(ana.socket.closedWith?.code, 4010);
  assert.deepEqual([a.hub.online, b.hub.online, a.hub.connections], [2, 2, 1]);
  await pass(11_000);
  assert.deepEqual([a.hub.online, watcher.types()], [2, []], "its grace is not counted here");
  again.socket.end(1000);
  await pass(2000);
  assert.equal(a.hub.online, 1);
});

Deno.test("Hub on a bus tells the others of all whom it sends away", async () => {
  const { a, b, pass } = twoNodes();
  await pass(3000);
  await a.online("Ana");
  await a.online("Bia");
  await pass(2000);
  assert.equal(b.hub.online, 2);
  a.hub.drain();
  await pass(250);
  assert.equal(b.hub.online, 0);
});

Deno.test("Hub on a bus tells of whose node is dead, as the database has it", async () => {
  const { a, b, pass } = twoNodes();
  await pass(3000);
  const watcher = await b.online("Watcher");
  const welcome = welcomeOf(await a.connect("Ana"));
  await pass(3000);
  watcher.take();
  b.presence.subscriber!.reaped([String(welcome.client_id)]);
  await pass(2000);
  assert.equal(b.hub.online, 1);
  assert.deepEqual((watcher.take()[0]!.left as Message[]).map(({ username }) => username), ["Ana"]);
});

Deno.test("Hub keeps a resumed session away also where its new format does not tell of it", async () => {
  const { connect, presence } = setUp();
  const ana = await connect("Ana");
  const welcome = welcomeOf(ana);
  ana.socket.end(1006);
  const text = await connect("Ana", "text", ticketOf(welcome));
  text.socket.end(1006);
  assert.equal(presence.away.size, 1);
  const back = welcomeOf(await connect("Ana", "ndjson", ticketOf(welcome)));
  assert.equal(back.client_id, welcome.client_id);
});

Deno.test("Hub resumes who hops to another node and back while its name is claimed again", async () => {
  const { createHash } = await import("node:crypto");
  const { a, pass } = twoNodes();
  await pass(3000);
  const ana = await a.connect("Ana");
  const welcome = welcomeOf(ana);
  ana.socket.end(1006);
  const claim = Promise.withResolvers<ClaimOutcome>();
  a.presence.answer = () => claim.promise;
  const again = await a.connect(undefined, "ndjson", ticketOf(welcome));
  const clientId = String(welcome.client_id);
  const connectedAt = new Date("2026-11-20T14:30:24.000Z");
  const hash = createHash("sha256").update(String(welcome.session)).digest("hex");
  const row = { clientId, username: "Ana", usernameKey: "ana", connectedAt, version: 2 };
  a.presence.elsewhere.set(hash, row);
  // What the other node tells of it settles the claim here.
  a.presence.subscriber!.taken(clientId);
  claim.resolve({ is: "unrecorded" });
  await settle();
  assert.deepEqual([welcomeOf(again).client_id, again.socket.closedWith], [clientId, undefined]);
});

Deno.test("Hub lets who has everything follow at once, however many others are being fed", async () => {
  const journal = new MemoryJournal({ size: 1000 });
  const { connect, online, time } = setUp({ MESSAGES_PER_SECOND: 0 }, { journal });
  const lost = [];
  for (const name of ["Ana", "Bea", "Cid"]) {
    const client = await connect(name);
    lost.push(welcomeOf(client));
    client.socket.end(1006);
  }
  const dora = await online("Dora");
  for (let n = 0; n < 500; n++) await dora.say({ message: `${n}`.padEnd(1000, "x") });
  // Each look at the clock takes as long as a slice.
  let spent = 0;
  Object.assign(time, { elapsed: () => time.now() + (spent += 0.5) });
  const behind = [];
  for (const welcome of lost) {
    behind.push(await connect(undefined, "json", ticketOf(welcome, 0), { reads: false }));
  }
  const fresh = await connect("Eva");
  await fresh.say({ message: "at once", id: "e" });
  assert.deepEqual(heard(fresh), ["501 ack e"]);
  const almost = await connect(undefined, "json", ticketOf(welcomeOf(await lose("Fay")), 499));
  await almost.say({ message: "at once, too", id: "f" });
  assert.equal(heard(almost).at(-1), "502 ack f");

  async function lose(name: string) {
    const client = await connect(name);
    client.socket.end(1006);
    return client;
  }
  // The others get there, too.
  const received = behind.map(() => 0);
  for (let round = 0; round < 2000 && received.some((count) => count < 500); round++) {
    behind.forEach((client, index) => {
      client.socket.bufferedAmount = 0;
      received[index]! += client.take().filter(({ type }) => type === "chat").length;
    });
    time.advance(5);
    await settle();
  }
  assert.ok(received.every((count) => count >= 500), received.join());
});
