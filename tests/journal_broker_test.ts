/**
 * The journal on NATS while brokers go and come: killed, stopped, robbed of their folder, not there at the start.
 *
 * @module
 */

import assert from "node:assert/strict";
import { systemTime, type Time } from "../lib/clock.ts";
import { NatsJournal } from "../lib/journal_nats.ts";
import { createLog } from "../lib/log.ts";
import { connectOnce } from "../lib/nats_transport.ts";
import { describeOrder, orderOf } from "../lib/stream_order.ts";
import { eventually } from "./eventually.ts";
import { FakeTime } from "./fakes.ts";
import { appendSome, chatOf, Ear, range } from "./journal_contract.ts";
import { isBroker, meddle, type Node, testWithNats as test } from "./nodes.ts";

test("NatsJournal loses, doubles and reorders nothing when the broker is killed under traffic", async ({ server, open }) => {
  const nodes = [await open({ historySize: 100 }), await open({ historySize: 100 })];
  let sent = 0;
  const send = (count: number) => {
    for (const end = sent + count; sent < end;) {
      sent++;
      nodes.forEach(({ journal }, index) => journal.append(chatOf(`${index}:${sent}`)));
    }
  };
  for (const _ of range(1, 3)) {
    send(200);
    await nodes[0]!.ear.hears(1);
    await server.end("SIGKILL");
    send(200);
    for (const node of nodes) await isBroker(node, "down");
    send(200);
    await server.start();
    for (const node of nodes) await isBroker(node, "up");
  }
  for (const { ear, journal } of nodes) {
    await ear.hears(2 * sent);
    assert.deepEqual(ear.offsets, range(1, 2 * sent));
    assert.deepEqual([ear.refused, ear.repetitions], [[], []]);
    assert.equal(journal.offset, 2 * sent);
  }
  assert.deepEqual(nodes[0]!.ear.entries, nodes[1]!.ear.entries);
  for (const index of [0, 1]) {
    const own = nodes[0]!.ear.messages.filter((text) => text.startsWith(`${index}:`));
    assert.deepEqual(own, range(1, sent).map((number) => `${index}:${number}`));
  }
});

test("NatsJournal notices within 3 s that the broker is stopped, and goes on when that does", async ({ server, open }) => {
  const a = await open();
  appendSome(a.journal, { count: 3 });
  await a.ear.hears(3);
  const noticedMs: number[] = [];
  let isUnanswered = false;
  // A machine that is busy at the wrong moment makes one late, not three; and an answer may be faster than the stop.
  while (noticedMs.length < 3 && !(isUnanswered && noticedMs.some((ms) => ms < 3000))) {
    const stoppedAt = performance.now();
    server.signal("SIGSTOP");
    const reaches = a.journal.reaches(a.journal.epoch, a.journal.offset + 1);
    a.journal.append(chatOf("while it is stopped"));
    await isBroker(a, "down");
    noticedMs.push(performance.now() - stoppedAt);
    isUnanswered ||= await reaches === true;
    server.signal("SIGCONT");
    await isBroker(a, "up");
    await a.ear.hears(3 + noticedMs.length);
  }
  assert.ok(isUnanswered);
  assert.ok(noticedMs.some((ms) => ms < 3000), `${noticedMs} ms`);
  assert.deepEqual(a.ear.offsets, range(1, 3 + noticedMs.length));
  assert.equal(a.ear.changes, 2 * noticedMs.length);
  const events = a.log.map(({ event }) => event);
  assert.deepEqual(events, noticedMs.flatMap(() => ["broker_away", "broker_back"]));
});

test("NatsJournal begins another epoch where the stream was lost", async ({ server, open }) => {
  const [a, b] = [await open(), await open()];
  appendSome(a.journal, { count: 3 });
  for (const { ear } of [a, b]) await ear.hears(3);
  const { epoch } = a.journal;
  await server.end("SIGKILL");
  await isBroker(a, "down");
  a.journal.append(chatOf("meanwhile", { id: "x" }));
  await server.forget();
  await server.start();
  for (const { journal } of [a, b]) {
    await eventually(() => assert.equal(journal.offset, 1));
    assert.notEqual(journal.epoch, epoch);
    assert.equal(await journal.reaches(epoch, 1), false);
    assert.deepEqual(journal.recent(0, 10)?.map(({ message }) => message), ["meanwhile"]);
  }
  assert.deepEqual(a.ear.offsets, [1, 2, 3, 1]);
  // To one that came later it is what was before.
  assert.deepEqual(b.ear.offsets.slice(0, 3), [1, 2, 3]);
  assert.equal(a.journal.epoch, b.journal.epoch);
});

test("NatsJournal begins one epoch on all nodes, also on those that come later, where the stream has lost its newest chats", async ({ server, open }) => {
  const nodes = [await open(), await open()];
  const [a, b] = nodes as [Node, Node];
  appendSome(a.journal, { count: 3 });
  await b.ear.hears(3);
  await server.end();
  await server.copy();
  const epochs = [a.journal.epoch];
  // The second time what was written of the first is lost, too.
  for (const round of [1, 2]) {
    await server.start();
    for (const node of nodes) await isBroker(node, "up");
    appendSome(a.journal, { count: 3, prefix: `${round}:` });
    for (const { journal } of nodes) await eventually(() => assert.equal(journal.offset, 6));
    await server.end("SIGKILL");
    for (const node of nodes) await isBroker(node, "down");
    await server.putBack();
    await server.start();
    for (const node of nodes) await isBroker(node, "up");
    const late = await open();
    epochs.push(a.journal.epoch);
    for (const { journal } of [b, late]) {
      assert.deepEqual([journal.epoch, journal.offset], [a.journal.epoch, 3]);
      assert.equal(await journal.reaches(epochs[round - 1]!, 3), false);
    }
    await late.close();
    await server.end();
  }
  assert.equal(new Set(epochs).size, 3, `${epochs}`);
});

test("NatsJournal learns while it serves that another node has found the order to be another one", async ({ server, open }) => {
  const a = await open();
  appendSome(a.journal, { count: 3 });
  await a.ear.hears(3);
  const { epoch } = a.journal;
  await meddle(server, async (_, manager) => {
    const order = orderOf(await manager.streams.info("pulso"));
    const description = describeOrder({ ...order, generation: order.generation + 1 });
    await manager.streams.update("pulso", { description });
  });
  await eventually(() => assert.equal(a.journal.epoch, `${epoch}-1`));
  assert.equal(await a.journal.reaches(epoch, 3), false);
});

test("NatsJournal asks anew where a delivery was lost on the way", async ({ server, open }) => {
  const a = await open();
  const connection = await connectOnce({ servers: `127.0.0.1:${server.port}` });
  const { subscribe } = connection;
  let isLost = false;
  connection.subscribe = (subject, options) =>
    subscribe.call(connection, subject, {
      callback: (error, message) => {
        const isSecond = message.subject === "pulso.chat" && message.reply?.includes(".2.2.");
        if (isSecond && !isLost) isLost = true;
        else void options?.callback?.(error, message);
      },
    });
  const reasons: unknown[] = [];
  const journal = new NatsJournal({
    ...{ stream: "pulso", replicas: 1, maxAgeMs: 86_400_000, maxBytes: 1_073_741_824 },
    historySize: 10,
    log: createLog({ level: "error", format: "json", write: () => {} }),
    back: () => reasons.push("back"),
    away: (reason) => reasons.push(String(reason)),
  });
  const ear = new Ear(journal);
  const served = journal.serve(connection);
  await eventually(() => assert.deepEqual(reasons, ["back"]));
  appendSome(a.journal, { count: 3 });
  await ear.hears(3);
  assert.deepEqual([ear.offsets, isLost], [[1, 2, 3], true]);
  assert.match(String(reasons[1]), /a delivery was lost/);
  await connection.close();
  await served;
});

test("NatsJournal takes its own lateness for no silence of the broker, and a silence for one", async ({ open }) => {
  let late = 0;
  let look = () => {};
  const time: Time = {
    ...systemTime,
    elapsed: () => systemTime.elapsed() + late,
    after: (ms, callback) => {
      if (ms !== 500) return systemTime.after(ms, callback);
      look = callback;
      return () => {};
    },
  };
  const a = await open({ time });
  for (const ms of [3000, 60_000, 1100, 1100, 1100]) {
    late += ms;
    look();
    a.journal.append(chatOf("hi"));
    await a.ear.hears(a.ear.entries.length + 1);
  }
  assert.deepEqual([a.journal.broker, a.log], ["up", []]);
  for (const _ of range(1, 6)) {
    late += 500;
    look();
  }
  await isBroker(a, "down");
  assert.match(String(a.log[0]?.reason), /fallen silent/);
});

test("NatsJournal makes the stream anew that somebody deleted, and places what waits", async ({ server, open }) => {
  const a = await open();
  appendSome(a.journal, { count: 3 });
  await a.ear.hears(3);
  const { epoch } = a.journal;
  await meddle(server, (_, manager) => manager.streams.delete("pulso"));
  a.journal.append(chatOf("after", { id: "x" }));
  await a.ear.hears(4);
  assert.deepEqual(a.ear.offsets, [1, 2, 3, 1]);
  assert.notEqual(a.journal.epoch, epoch);
  assert.match(String(a.log[0]?.reason), /no stream takes them/);
});

test("NatsJournal goes on where the broker stops delivering and says nothing", async ({ server, open }) => {
  const a = await open();
  appendSome(a.journal, { count: 3 });
  await a.ear.hears(3);
  await meddle(server, async (_, manager) => {
    for await (const { name } of manager.consumers.list("pulso")) {
      await manager.consumers.delete("pulso", name);
    }
  });
  a.journal.append(chatOf("unheard at first"));
  await a.ear.hears(4);
  assert.deepEqual(a.ear.offsets, range(1, 4));
  assert.deepEqual([a.ear.refused, a.ear.repetitions], [[], []]);
});

test(
  "openNats() resolves where the broker is not there, and what waits is placed when it comes",
  async ({ server, open }) => {
    const a = await open();
    const { epoch } = a.journal;
    assert.deepEqual([a.journal.broker, a.journal.offset], ["down", 0]);
    assert.equal(await a.journal.reaches("any", 0), undefined, "what is kept nobody knows yet");
    a.journal.append(chatOf("early", { id: "7" }));
    await server.start();
    await a.ear.hears(1);
    assert.deepEqual([a.journal.broker, a.journal.offset, a.ear.changes], ["up", 1, 1]);
    assert.notEqual(a.journal.epoch, epoch);
    assert.equal(await a.journal.reaches("any", 0), false);
    const [away, back, ...more] = a.log;
    assert.deepEqual([away?.event, away?.level], ["broker_away", "error"]);
    assert.match(String(away?.remedy), /NATS_URL/);
    assert.deepEqual([back?.event, back?.level, more], ["broker_back", "info", []]);
    assert.ok(Number(back?.away_seconds) > 0);
  },
  { starts: false },
);

test("NatsJournal tells nobody what the stream held before the node came", async ({ server, open }) => {
  const a = await open();
  appendSome(a.journal, { count: 3 });
  await a.ear.hears(3);
  await a.close();
  await server.end();
  const b = await open();
  b.journal.append(chatOf("early"));
  await server.start();
  await b.ear.hears(1);
  assert.deepEqual([b.ear.messages, b.ear.offsets], [["early"], [4]]);
  assert.equal(b.ear.changes, 1);
  assert.deepEqual(b.journal.recent(0, 3), a.ear.entries);
});

test(
  "NatsJournal.append() says after 5 s, not earlier, that a chat could not be placed",
  async ({ open }) => {
    const time = new FakeTime();
    const a = await open({ time });
    const chat = chatOf("hi", { id: "7" });
    a.journal.append(chat);
    time.advance(4999);
    assert.deepEqual(a.ear.refused, []);
    time.advance(1);
    assert.deepEqual(a.ear.refused, [chat]);
    assert.deepEqual(a.ear.entries, []);
  },
  { starts: false },
);

test("NatsJournal.append() refuses a chat that is too large for the broker, and no other", async ({ open }) => {
  const a = await open();
  const large = chatOf("x".repeat(2_000_000));
  for (const chat of [chatOf("one"), large, chatOf("two")]) a.journal.append(chat);
  assert.deepEqual(a.ear.refused, []);
  await a.ear.hears(2);
  assert.deepEqual(a.ear.messages, ["one", "two"]);
  assert.deepEqual(a.ear.refused, [large]);
});

test("NatsJournal.append() refuses at once what the stream will never take, and goes on", async ({ server, open }) => {
  const a = await open();
  await meddle(server, (_, manager) => manager.streams.update("pulso", { max_msg_size: 500 }));
  const large = chatOf("x".repeat(1000));
  for (const chat of [chatOf("one"), large, chatOf("two")]) a.journal.append(chat);
  await a.ear.hears(2);
  await eventually(() => assert.deepEqual(a.ear.refused, [large]), 2000);
  assert.deepEqual([a.ear.messages, a.ear.changes], [["one", "two"], 0]);
});
