import assert from "node:assert/strict";
import { CloseCode } from "../lib/close_codes.ts";
import { timed } from "../lib/database_timed.ts";
import { Exposition } from "../lib/exposition.ts";
import { OPERATIONS } from "../lib/http_operations.ts";
import { MemoryJournal } from "../lib/journal.ts";
import { Metrics } from "../lib/metrics.ts";
import type { ClaimOutcome } from "../lib/presence.ts";
import { ERROR_CODES } from "../lib/protocol.ts";
import { type Database, DatabaseError } from "../lib/queries.ts";
import { settle, setUp } from "./fake_hub.ts";
import { FakeTime } from "./fakes.ts";

/** A hub, and what its measures are in the text of Prometheus. */
function exposed(...[limits, options]: Parameters<typeof setUp>) {
  const hub = setUp(limits, options);
  const { metrics, journal, presence } = hub;
  const exposition = new Exposition({
    metrics,
    hub: hub.hub,
    journal,
    presence,
    admission: { open: 7, most: Infinity },
    admin: { closing: 20 },
    version: "1.2.3",
    startedAt: 1500,
  });
  /** The samples of a name, by their labels. */
  const read = async (name: string): Promise<Record<string, number>> => {
    const lines = (await exposition.text()).split("\n").filter((line) =>
      line.startsWith(`${name} `) || line.startsWith(`${name}{`)
    );
    return Object.fromEntries(lines.map((line) => {
      const at = line.lastIndexOf(" ");
      return [line.slice(name.length, at), Number(line.slice(at + 1))];
    }));
  };
  /** Those that are not 0. */
  const counted = async (name: string) =>
    Object.fromEntries(Object.entries(await read(name)).filter(([, value]) => value !== 0));
  return { ...hub, exposition, read, counted };
}

Deno.test("Metrics count chats, deliveries, frames and bytes as the sockets saw them", async () => {
  const { online, connect, read, hub, time, presence } = exposed();
  const all = [await online("Ana"), await online("Bo", "json"), await online("Cy", "text")];
  const before = await read("pulso_frames_sent_total");
  const bytesBefore = await read("pulso_sent_bytes_total");
  const said = JSON.stringify({ message: "olá", id: "1" });
  await all[0]!.say(said);
  hub.tick(time.now());
  const frames = all.flatMap(({ socket }) => socket.frames);
  const bytes = new TextEncoder().encode(frames.join("")).length;
  assert.equal((await read("pulso_frames_sent_total"))[""], before[""]! + frames.length);
  assert.equal((await read("pulso_sent_bytes_total"))[""], bytesBefore[""]! + bytes);
  assert.deepEqual(await read("pulso_chats_received_total"), { "": 1 });
  assert.deepEqual(await read("pulso_deliveries_total"), { "": 2 });
  assert.deepEqual(await read("pulso_frames_received_total"), { "": 1 });
  await hub.outside.say("from outside");
  assert.deepEqual(await read("pulso_chats_received_total"), { "": 2 });
  assert.deepEqual(await read("pulso_received_bytes_total"), { "": said.length + 1 });
  assert.deepEqual(await read("pulso_connections"), { "": 3 });
  assert.deepEqual(await read("pulso_users"), { "": 3 });
  presence.answer = () => new Promise(() => {});
  await connect("Di");
  assert.deepEqual(await read("pulso_connections"), { "": 4 });
  assert.deepEqual(await read("pulso_users"), { "": 3 });
});

Deno.test("Metrics count no delivery to who came too late, and each to who comes back", async () => {
  let turn = () => {};
  const { connect, read } = exposed({}, { afterTurn: (callback) => turn = callback });
  const ana = await connect("Ana");
  const bo = await connect("Bo");
  turn();
  const [welcome] = bo.take();
  ana.socket.receive(JSON.stringify({ message: "one" }));
  // It is welcomed in the middle of the turn.
  await connect("Cy");
  turn();
  assert.deepEqual(await read("pulso_deliveries_total"), { "": 1 });
  bo.socket.end();
  ana.socket.receive(JSON.stringify({ message: "two" }));
  turn();
  assert.deepEqual(await read("pulso_deliveries_total"), { "": 2 });
  const { session, epoch } = welcome as Record<string, string>;
  await connect(undefined, "ndjson", { session: session!, epoch, after: 1 });
  assert.deepEqual(await read("pulso_deliveries_total"), { "": 3 });
});

Deno.test("Metrics know what waits for slow readers, who was cut, and whose socket lingers", async () => {
  const { online, connect, read, counted, time } = exposed({
    QUEUE_BYTES: 65_536,
    MESSAGES_PER_SECOND: 0,
  });
  const ana = await online("Ana");
  const slow = await connect("Bo", "ndjson", undefined, { reads: false });
  slow.socket.bufferedAmount = 70_000;
  await ana.say({ message: "x".repeat(4000) });
  const [all = 0] = Object.values(await read("pulso_queue_bytes"));
  assert.ok(all > 8000, `${all}`);
  assert.deepEqual(await read("pulso_queue_largest_bytes"), { "": all });
  const slower = await connect("Cy", "ndjson", undefined, { reads: false });
  slower.socket.bufferedAmount = 70_000;
  await ana.say({ message: "x" });
  const [both = 0] = Object.values(await read("pulso_queue_bytes"));
  const [most = 0] = Object.values(await read("pulso_queue_largest_bytes"));
  assert.ok(all < most && most < both && both < 2 * all, `${all} ${most} ${both}`);
  slower.socket.end();
  assert.deepEqual(await read("pulso_slow_readers_closed_total"), { "": 0 });
  time.advance(11_000);
  await ana.say({ message: "x" });
  assert.deepEqual(await read("pulso_slow_readers_closed_total"), { "": 1 });
  assert.deepEqual(await read("pulso_queue_bytes"), { "": 0 });
  assert.deepEqual(await counted("pulso_closes_total"), {
    '{code="1006",by="client"}': 1,
    '{code="4008",by="server"}': 1,
  });
  assert.deepEqual(await read("pulso_sockets_closing"), { "": 21 });
  slow.socket.end();
  assert.deepEqual(await read("pulso_sockets_closing"), { "": 20 });
});

Deno.test("Metrics count ends by code and side, and codes of a client's own together", async () => {
  const { online, connect, read, counted, hub, presence } = exposed();
  for (const code of [1000, 1006, 3001, 4999]) (await online()).socket.end(code);
  await (await online()).socket.receive(new ArrayBuffer(3));
  // One that has no name yet, too.
  presence.answer = () => new Promise(() => {});
  (await connect("Ana")).socket.receive(new ArrayBuffer(3));
  assert.deepEqual(await counted("pulso_closes_total"), {
    '{code="1000",by="client"}': 1,
    '{code="1006",by="client"}': 1,
    '{code="other",by="client"}': 2,
    '{code="1003",by="server"}': 2,
  });
  assert.deepEqual(await read("pulso_received_bytes_total"), { "": 6 });
  assert.equal(hub.connections, 0);
});

Deno.test("Metrics count nobody as refused who has gone before the name was there", async () => {
  const { presence, connect, counted } = exposed();
  const claim = Promise.withResolvers<ClaimOutcome>();
  presence.answer = () => claim.promise;
  const ana = await connect("Ana");
  ana.socket.end();
  claim.resolve({ is: "held", connectedAt: new Date(0) });
  await settle();
  assert.equal(presence.ends.length, 1);
  assert.deepEqual(await counted("pulso_connections_refused_total"), {});
});

Deno.test("Metrics count who did not come in, which messages were refused, and the rate limit", async () => {
  const { online, connect, read, counted } = exposed({ MESSAGES_BURST: 1, MESSAGES_PER_SECOND: 1 });
  const ana = await online("Ana");
  await connect("ANA");
  await connect("admin");
  assert.deepEqual(await counted("pulso_connections_refused_total"), {
    '{code="username_taken"}': 1,
    '{code="username_invalid"}': 1,
  });
  await ana.say("{");
  await ana.say({ message: "too soon" });
  assert.deepEqual(await counted("pulso_messages_refused_total"), {
    '{code="invalid_json"}': 1,
    '{code="rate_limited"}': 1,
  });
  assert.deepEqual(await counted("pulso_rate_limited_total"), { '{limit="messages"}': 1 });
  assert.deepEqual(await read("pulso_chats_received_total"), { "": 0 });
});

Deno.test("Metrics count wishes to resume by what came of them, and who missed something", async () => {
  const { connect, read, presence } = exposed();
  const ana = await connect("Ana");
  const { session, epoch } = ana.take()[0] as Record<string, string>;
  ana.socket.end();
  const resume = (after: number, secret = session!) =>
    connect(undefined, "ndjson", { session: secret, epoch, after });
  (await resume(0)).socket.end();
  assert.deepEqual(await read("pulso_gaps_total"), { '{kind="resume"}': 0, '{kind="skip"}': 0 });
  (await resume(5)).socket.end();
  await resume(0, "nobody's");
  await resume(0, "nobody else's");
  presence.up = false;
  await resume(0, "somebody's");
  assert.deepEqual(await read("pulso_resumes_total"), {
    '{outcome="whole"}': 1,
    '{outcome="incomplete"}': 1,
    '{outcome="unknown"}': 2,
    '{outcome="unavailable"}': 1,
  });
  assert.deepEqual(await read("pulso_gaps_total"), { '{kind="resume"}': 3, '{kind="skip"}': 0 });
});

Deno.test("Metrics count the places that the order has lost", async () => {
  const journal = new MemoryJournal({ size: 10 });
  let tell: Parameters<MemoryJournal["subscribe"]>[0]["entry"] = () => {};
  journal.subscribe = (subscriber) => tell = subscriber.entry;
  const { read } = exposed({}, { journal });
  for (const offset of [1, 2, 5, 6]) {
    tell({ offset, message: "x", username: "Ana", clientId: "a", recipients: 0, timestamp: "" });
  }
  assert.equal((await read("pulso_gaps_total"))['{kind="skip"}'], 1);
});

Deno.test("Metrics time a chat from its frame to its place, and to the end of its turn", async () => {
  let turn = () => {};
  const { hub, online, read, time } = exposed({}, { afterTurn: (callback) => turn = callback });
  const ana = await online("Ana");
  turn();
  ana.socket.receive(JSON.stringify({ message: "one" }));
  time.advance(40);
  turn();
  // Within a millisecond of the one before.
  ana.socket.receive(JSON.stringify({ message: "two" }));
  ana.socket.receive(JSON.stringify({ message: "three" }));
  time.advance(300);
  turn();
  assert.deepEqual(await read("pulso_journal_append_duration_seconds_count"), { "": 2 });
  assert.deepEqual(await read("pulso_journal_append_duration_seconds_sum"), { "": 0 });
  assert.deepEqual(await read("pulso_delivery_duration_seconds_sum"), { "": 0.34 });
  const buckets = await read("pulso_delivery_duration_seconds_bucket");
  assert.deepEqual(
    ["0.025", "0.05", "0.25", "0.5", "+Inf"].map((le) => buckets[`{le="${le}"}`]),
    [0, 1, 1, 2, 2],
  );
  // Of a turn that takes long it is the first that counts.
  for (const message of ["four", "five"]) {
    ana.socket.receive(JSON.stringify({ message }));
    time.advance(80);
  }
  turn();
  assert.deepEqual(await read("pulso_journal_append_duration_seconds_count"), { "": 4 });
  assert.deepEqual(await read("pulso_delivery_duration_seconds_sum"), { "": 0.5 });
  assert.deepEqual(await read("pulso_delivery_duration_seconds_count"), { "": 3 });
  // From outside too.
  void hub.outside.say("six");
  time.advance(500);
  turn();
  assert.deepEqual(await read("pulso_journal_append_duration_seconds_count"), { "": 5 });
  assert.deepEqual(await read("pulso_delivery_duration_seconds_sum"), { "": 1 });
});

Deno.test("Metrics count Fibonacci asked, refused and answered, with the time it took", async () => {
  const { online, read, counted, time, computing } = exposed();
  const ana = await online("Ana");
  await ana.say({ type: "fibonacci", input: 5 });
  await ana.say({ type: "fibonacci", input: 6 });
  time.advance(250);
  computing[0]!.answer({ ok: true, value: { digits: "5", elapsedMs: 1 } });
  await settle();
  await ana.say({ type: "fibonacci", input: 7 });
  computing[1]!.answer({ ok: false, error: "deadline" });
  await settle();
  assert.deepEqual(await read("pulso_fibonacci_requests_total"), { "": 3 });
  assert.deepEqual(await counted("pulso_fibonacci_refused_total"), {
    '{reason="computing"}': 1,
    '{reason="deadline"}': 1,
  });
  assert.deepEqual(await read("pulso_fibonacci_duration_seconds_sum"), { "": 0.25 });
  assert.deepEqual(await read("pulso_fibonacci_duration_seconds_count"), { "": 1 });
});

Deno.test("Metrics.watchEventLoop() looks on until it is ended, and sees what holds up the loop", () => {
  const time = new FakeTime();
  let heldUpMs = 0;
  const metrics = new Metrics({ ...time, elapsed: () => time.elapsed() + heldUpMs });
  const end = metrics.watchEventLoop();
  time.advance(100);
  heldUpMs = 80;
  time.advance(50);
  assert.deepEqual([metrics.eventLoopLag.count, metrics.eventLoopLag.sumMs], [3, 80]);
  end();
  assert.equal(time.pending, 0);
});

Deno.test("timed() times each statement, those of a transaction too, and tells failures apart", async () => {
  const { metrics, read } = exposed();
  const queries = {
    query: (text: string) =>
      text === "bad"
        ? Promise.reject(new DatabaseError("57014", "Could not"))
        : Promise.resolve([{ text }]),
    script: () => Promise.resolve(),
  };
  const database: Database = {
    ...queries,
    kind: "pglite",
    read: queries.query,
    transaction: (work) => work(queries),
    close: () => Promise.resolve(),
  };
  const asked = timed(database, metrics);
  assert.deepEqual(await asked.query("one"), [{ text: "one" }]);
  assert.deepEqual(await asked.read("two"), [{ text: "two" }]);
  await asked.transaction(async (inner) => {
    await inner.query("three");
    await inner.script("four");
  });
  await assert.rejects(asked.query("bad"), { code: "57014" });
  await asked.close();
  assert.equal(asked.kind, "pglite");
  assert.deepEqual(await read("pulso_database_statement_duration_seconds_count"), {
    '{outcome="ok"}': 4,
    '{outcome="failed"}': 1,
  });
  const buckets = await read("pulso_database_statement_duration_seconds_bucket");
  assert.deepEqual(
    ["ok", "failed"].map((outcome) => buckets[`{outcome="${outcome}",le="+Inf"}`]),
    [4, 1],
  );
});

Deno.test("Exposition tells how the server is, whatever that is just now", async () => {
  const { read, presence, journal, metrics, exposition } = exposed();
  assert.equal(exposition.contentType, "text/plain; version=0.0.4; charset=utf-8");
  assert.deepEqual(await read("pulso_database_up"), { "": 1 });
  presence.up = false;
  assert.deepEqual(await read("pulso_database_up"), { "": 0 });
  assert.deepEqual(await read("pulso_broker_up"), {}, "there is none");
  for (
    const [broker, told] of Object.entries({
      up: { '{broker="nats"}': 1 },
      down: { '{broker="nats"}': 0 },
      none: {},
    })
  ) {
    Object.defineProperty(journal, "broker", { value: broker, configurable: true });
    assert.deepEqual(await read("pulso_broker_up"), told);
  }
  metrics.tickLateness.record(30);
  assert.deepEqual(await read("pulso_tick_lateness_seconds_sum"), { "": 0.03 });
  assert.deepEqual(await read("pulso_sockets_admitted"), { "": 7 });
  assert.match(await exposition.text(), /^pulso_sockets_limit \+Inf$/m);
  assert.deepEqual(await read("process_start_time_seconds"), { "": 1.5 });
  const heap = Object.values(await read("pulso_heap_used_bytes"))[0]!;
  const resident = Object.values(await read("process_resident_memory_bytes"))[0]!;
  assert.ok(heap > 1e6 && resident > heap, `${heap} ${resident}`);
});

Deno.test("Exposition tells of a fault", async () => {
  const { connect, read, presence } = exposed();
  presence.answer = () => Promise.reject(new Error("a bug"));
  await connect("Ana");
  assert.deepEqual(await read("pulso_faults_total"), { "": 1 });
});

Deno.test("Exposition has every series whose labels are known from the start, at 0", async () => {
  const { exposition, read } = exposed();
  const text = await exposition.text();
  const names = [...text.matchAll(/^# TYPE (\S+_total) counter$/gm)].map(([, name = ""]) => name);
  for (const name of names) {
    const series = await read(name);
    assert.ok(Object.keys(series).length > 0, name);
    if (name.startsWith("pulso_")) assert.ok(Object.values(series).every((sum) => sum === 0), name);
  }
  const has = async (name: string, labels: readonly string[]) =>
    assert.deepEqual(Object.keys(await read(name)), labels.map((label) => `{${label}}`), name);
  await has(
    "pulso_rate_limited_total",
    ["messages", "answers", "connects"].map((limit) => `limit="${limit}"`),
  );
  await has(
    "pulso_resumes_total",
    ["whole", "incomplete", "unknown", "unavailable"].map((outcome) => `outcome="${outcome}"`),
  );
  await has(
    "pulso_fibonacci_refused_total",
    ["computing", "queue_full", "deadline", "fault"].map((reason) => `reason="${reason}"`),
  );
  const closes = Object.keys(await read("pulso_closes_total"));
  for (const code of Object.values(CloseCode)) {
    assert.ok(closes.includes(`{code="${code}",by="server"}`), `${code}`);
  }
  for (const code of [1000, 1001, 1005, 1006, "other"]) {
    assert.ok(closes.includes(`{code="${code}",by="client"}`), `${code}`);
  }
  const refused = [
    ...Object.keys(await read("pulso_connections_refused_total")),
    ...Object.keys(await read("pulso_messages_refused_total")),
  ];
  for (const code of Object.keys(ERROR_CODES).filter((code) => code !== "unauthorized")) {
    assert.ok(refused.includes(`{code="${code}"}`), code);
  }
  const { errors = {} } = OPERATIONS.find(({ path }) => path === "/api/ws") ?? {};
  for (const status of [...Object.keys(errors), 421]) {
    assert.ok(refused.includes(`{code="${status}"}`), `${status}`);
  }
});
