/**
 * The connection to NATS with real brokers: credentials, several servers, the stream's settings, the bus.
 *
 * @module
 */

import assert from "node:assert/strict";
import { StorageType } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import type { Bus } from "../lib/bus.ts";
import { createLog } from "../lib/log.ts";
import { NatsBus } from "../lib/nats_bus.ts";
import { eventually } from "./eventually.ts";
import { FakeTime } from "./fakes.ts";
import { chatOf } from "./journal_contract.ts";
import type { TestNats } from "./nats.ts";
import { isBroker, meddle, openNode, testWithNats as test } from "./nodes.ts";

// ----------------------------------------------------------------------------------------------------- connecting

const CREDENTIALS: readonly (readonly [what: string, args: readonly string[], url: string])[] = [
  ["a user and a password", ["--user", "ana", "--pass", "s3c/ret@%"], "ana:s3c%2Fret%40%25@"],
  ["a token", ["--auth", "s3cret"], "s3cret@"],
];

for (const [what, args, credentials] of CREDENTIALS) {
  test(`openNats() takes ${what} from the url`, async ({ open }) => {
    const node = await open();
    assert.deepEqual([node.journal.broker, node.log], ["up", []]);
  }, { args, credentials });

  test(
    `openNats() is told no to where ${what} are wrong, and shows nothing of them`,
    async ({ server, open }) => {
      const url = server.url.replace(/\/\/.*@/, `//${credentials.replace("3", "4")}`);
      const node = await open({ url });
      assert.equal(node.journal.broker, "down");
      assert.equal(node.log[0]?.event, "broker_away");
      assert.match(String(node.log[0]?.reason), /authorization/i);
      assert.doesNotMatch(JSON.stringify(node.log), /s4c|ana/);
    },
    { args, credentials },
  );
}

test("openNats() insists on TLS where the url says so", async ({ server, open }) => {
  const node = await open({ url: server.url.replace("nats:", "tls:") });
  assert.equal(node.journal.broker, "down");
  assert.match(String(node.log[0]?.reason), /does not speak TLS/);
});

test("openNats() finds the one of several servers that is there, and says nothing of the others", async ({ server, open }) => {
  // Whichever it begins with.
  for (const _ of [1, 2, 3, 4]) {
    const node = await open({ url: `nats://127.0.0.1:1, ${server.url},nats://127.0.0.1:2` });
    assert.deepEqual([node.journal.broker, node.log], ["up", []]);
    await node.close();
  }
});

Deno.test("openNats() tries again for ever where nobody lets it in, and says so once", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  let attempts = 0;
  const refusing = (async () => {
    for await (const socket of listener) {
      attempts++;
      socket.close();
    }
  })();
  const time = new FakeTime();
  const node = await openNode({ url: `nats://127.0.0.1:${listener.addr.port}`, time });
  await eventually(() => {
    time.advance(250);
    assert.ok(attempts >= 10);
  });
  assert.equal(node.journal.broker, "down");
  await node.close();
  await node.close();
  assert.deepEqual(node.log.map(({ event }) => event), ["broker_away"]);
  listener.close();
  await refusing;
  assert.equal(time.pending, 0);
});

Deno.test("openNats() waits 2 s at the most for a broker that says nothing", async () => {
  const mute = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const time = new FakeTime();
  const opening = openNode({ url: `nats://127.0.0.1:${mute.addr.port}`, time });
  const socket = await mute.accept();
  const advancedAt = performance.now();
  time.advance(2000);
  const node = await opening;
  assert.ok(performance.now() - advancedAt < 1000);
  assert.equal(node.journal.broker, "down");
  await node.close();
  // And leaves it when it is closed.
  assert.equal(await socket.read(new Uint8Array(1)), null);
  socket.close();
  mute.close();
});

test("Nats.close() is not told as the broker's absence", async ({ open }) => {
  const node = await open();
  await node.close();
  assert.deepEqual([node.log, node.ear.changes], [[], 0]);
});

// ------------------------------------------------------------------------------------------------------ the stream

function configOf(server: TestNats) {
  return meddle(server, async (_, manager) => (await manager.streams.info("pulso")).config);
}

const DAY = { max_age: 86_400_000_000_000, duplicate_window: 600_000_000_000 };

test("openNats() logs that it has made the stream, what it has changed, and each new reason of an absence", async ({ server, open }) => {
  const [one] = [await open(), await open()];
  const other = await open({ maxBytes: 2_097_152 });
  assert.deepEqual(one.changes.map(({ event, stream }) => [event, stream]), [
    ["stream_created", "pulso"],
  ]);
  assert.deepEqual(
    other.changes.map(({ event, setting, from, to }) => [event, setting, from, to]),
    [
      ["stream_setting_changed", "max_bytes", "1073741824", "2097152"],
    ],
  );
  const url = server.url.replace("nats://", "nats://127.0.0.1:1,nats://");
  await server.end();
  const lost = await open({ url });
  await eventually(() => assert.ok(lost.log.length > 0));
  const reasons = lost.log.map(({ reason }) => reason);
  assert.equal(new Set(reasons).size, reasons.length, reasons.join());
  assert.ok(reasons.length <= 3);
});

test("openNats() makes the stream as the settings say", async ({ server, open }) => {
  await open();
  const { subjects, storage, num_replicas, discard, allow_direct, max_bytes, ...rest } =
    await configOf(server);
  assert.deepEqual([subjects, storage, num_replicas, discard, allow_direct, max_bytes], [
    ["pulso.chat"],
    "file",
    1,
    "old",
    true,
    1_073_741_824,
  ]);
  assert.deepEqual([rest.max_age, rest.duplicate_window], [DAY.max_age, DAY.duplicate_window]);
});

test("openNats() changes the settings that differ, and keeps and names those that cannot be changed", async ({ server, open }) => {
  const { Memory: storage } = StorageType;
  const former = { name: "pulso", subjects: ["pulso.chat"], storage, ...DAY };
  await meddle(server, (_, manager) => manager.streams.add(former));
  const node = await open({ maxAgeMs: 60_000, maxBytes: 2_000_000 });
  assert.equal(node.journal.broker, "up");
  const config = await configOf(server);
  assert.deepEqual([config.max_age, config.duplicate_window], [60_000_000_000, 60_000_000_000]);
  assert.deepEqual([config.max_bytes, config.allow_direct, config.discard], [
    2_000_000,
    true,
    "old",
  ]);
  const kept = node.log.filter(({ level }) => level === "warning");
  assert.deepEqual(kept.map(({ event, setting, kept }) => [event, setting, kept]), [
    ["stream_setting_kept", "storage", "memory"],
  ]);
});

test("openNats() changes the settings once, and not again when the broker comes back", async ({ server, open }) => {
  const node = await open({ maxBytes: 2_000_000 });
  await meddle(server, (_, manager) => manager.streams.update("pulso", { max_bytes: 3_000_000 }));
  await server.end();
  await isBroker(node, "down");
  await server.start();
  await isBroker(node, "up");
  assert.equal((await configOf(server)).max_bytes, 3_000_000);
});

test("NatsJournal.epoch outlives changed settings and a broker that starts anew", async ({ server, open }) => {
  const node = await open();
  const { epoch } = node.journal;
  for (const maxBytes of [2_000_000, 3_000_000]) {
    await server.end();
    await isBroker(node, "down");
    await server.start();
    await isBroker(node, "up");
    const other = await open({ maxBytes });
    assert.deepEqual([node.journal.epoch, other.journal.epoch], [epoch, epoch]);
  }
});

test("openNats() says why the stream cannot be made", async ({ open }) => {
  const node = await open({ replicas: 3 });
  assert.equal(node.journal.broker, "down");
  assert.match(String(node.log[0]?.reason), /NATS_REPLICAS.*in no cluster/);
});

test("openNats() leaves a stream alone that holds other things", async ({ server, open }) => {
  await meddle(
    server,
    (_, manager) => manager.streams.add({ name: "pulso", subjects: ["orders.*"] }),
  );
  const node = await open();
  assert.equal(node.journal.broker, "down");
  assert.match(String(node.log[0]?.reason), /pulso: it holds other things than chats/);
  assert.deepEqual((await configOf(server)).subjects, ["orders.*"]);
});

// --------------------------------------------------------------------------------------------------------- the bus

/** Hears everything that a bus tells. */
function listen(bus: Bus): unknown[] {
  const heard: unknown[] = [];
  bus.subscribe({
    message: (text) => heard.push(text),
    changed: (up) => heard.push(up),
  });
  return heard;
}

test("Bus.publish() reaches every node in order, and stays out of the journal", async ({ open }) => {
  const [a, b] = [await open(), await open()];
  const heard = [a, b].map(({ bus }) => listen(bus));
  const texts = ["one", "zwei ü", "", "{}"];
  for (const text of texts) a.bus.publish(text);
  for (const texts of heard) await eventually(() => assert.equal(texts.length, 4));
  assert.deepEqual(heard, [texts, texts]);
  assert.deepEqual([a.journal.offset, b.ear.entries], [0, []]);
});

test("Bus.changed() says when the broker goes and comes; what is published meanwhile is lost", async ({ server, open }) => {
  const a = await open();
  const heard = listen(a.bus);
  await server.end("SIGKILL");
  await eventually(() => assert.deepEqual(heard, [false]));
  a.bus.publish("lost");
  await server.start();
  await eventually(() => assert.deepEqual(heard, [false, true]), 10_000);
  a.bus.publish("heard");
  await eventually(() => assert.deepEqual(heard, [false, true, "heard"]));
});

Deno.test("NatsBus says that it has come when the broker has heard of its subscription, not earlier", async () => {
  const flushed = Promise.withResolvers<void>();
  const done: unknown[] = [];
  const connection = {
    subscribe: (subject: string) => done.push(`subscribe ${subject}`),
    flush: () => flushed.promise,
    publish: (_: string, text: string) => done.push(text),
  };
  const log = createLog({ level: "error", format: "json", write: () => {} });
  const bus = new NatsBus("pulso.presence", log);
  bus.subscribe({ message: () => {}, changed: (up) => done.push(up) });
  bus.come(connection as unknown as NatsConnection);
  bus.publish("lost");
  await Promise.resolve();
  assert.deepEqual(done, ["subscribe pulso.presence"]);
  flushed.resolve();
  await flushed.promise;
  bus.publish("heard");
  assert.deepEqual(done.slice(1), [true, "heard"]);
});

test("Bus.publish() never throws, and says what is too large for the broker", async ({ open }) => {
  const a = await open();
  const heard = listen(a.bus);
  a.bus.publish("x".repeat(2_000_000));
  a.bus.publish("small");
  await eventually(() => assert.deepEqual(heard, ["small"]));
  assert.deepEqual(a.log.map(({ event }) => event), ["bus_text_lost"]);
});

test("Bus goes on where its listener throws", async ({ open }) => {
  const a = await open();
  let count = 0;
  a.bus.subscribe({
    message: () => {
      count++;
      throw new Error("a fault");
    },
    changed: () => {},
  });
  for (const text of ["one", "two"]) a.bus.publish(text);
  await eventually(() => assert.equal(count, 2));
  a.journal.append(chatOf("hi"));
  await a.ear.hears(1);
});
