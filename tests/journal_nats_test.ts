/**
 * The journal on NATS, with real brokers: what all versions promise, several nodes on one stream, what is no chat.
 *
 * @module
 */

import assert from "node:assert/strict";
import { JournalError, toAck } from "../lib/journal.ts";
import { eventually } from "./eventually.ts";
import { appendSome, chatOf, offsetsOf, range, testJournal } from "./journal_contract.ts";
import { natsPath, startNats } from "./nats.ts";
import { isBroker, meddle, openNode, testWithNats as test } from "./nodes.ts";
import { ignoreWithout } from "./requirements.ts";

testJournal({
  name: "NatsJournal",
  ignore: ignoreWithout("nats", natsPath),
  keepsAll: true,
  open: async (size) => {
    const server = await startNats();
    const node = await openNode({ url: server.url, historySize: size });
    return {
      journal: node.journal,
      close: async () => {
        await node.close();
        await server.remove();
      },
    };
  },
});

// ---------------------------------------------------------------------------------------------------- several nodes

test("NatsJournal gives all nodes one order, and one place to what is sent on several", async ({ open }) => {
  const [a, b] = [await open(), await open()];
  assert.equal(a.journal.epoch, b.journal.epoch);
  for (const number of range(1, 100)) {
    a.journal.append(chatOf(`a${number}`));
    b.journal.append(chatOf(`b${number}`));
    for (const { journal } of [a, b]) journal.append(chatOf("both", { id: `${number}` }));
  }
  for (const { ear } of [a, b]) await ear.hears(300);
  // Where it waits on both, its entry is the answer on both.
  for (const { ear } of [a, b]) assert.deepEqual([ear.refused, ear.repetitions], [[], []]);
  assert.deepEqual(a.ear.entries, b.ear.entries);
  assert.deepEqual(a.ear.offsets, range(1, 300));
  for (const name of ["a", "b"]) {
    const own = a.ear.messages.filter((text) => text.startsWith(name) && text !== "both");
    assert.deepEqual(own, range(1, 100).map((number) => `${name}${number}`));
  }
});

test("NatsJournal.append() answers a chat that another node has placed with its first place", async ({ open }) => {
  const [a, b] = [await open({ historySize: 5 }), await open({ historySize: 5 })];
  appendSome(a.journal, { count: 20 });
  for (const { ear } of [a, b]) await ear.hears(20);
  await a.close();
  // One that is held, and one that only the stream still has.
  for (const id of ["20", "2"]) b.journal.append(chatOf("again", { id }));
  await eventually(() => assert.equal(b.ear.repetitions.length, 2));
  const first = [b.ear.entries[19]!, b.ear.entries[1]!];
  assert.deepEqual(b.ear.repetitions.map(toAck), first.map(toAck));
  assert.deepEqual(b.ear.offsets, range(1, 20));
});

test("openNats() resolves when a node that comes later has what was before, and tells it nobody", async ({ open }) => {
  const a = await open();
  appendSome(a.journal, { count: 50 });
  await a.ear.hears(50);
  const b = await open({ historySize: 10 });
  assert.deepEqual([b.journal.broker, b.journal.epoch], ["up", a.journal.epoch]);
  assert.equal(b.journal.offset, 50);
  assert.deepEqual(b.journal.recent(40, 100), a.ear.entries.slice(40));
  assert.equal(b.journal.recent(39, 100), undefined);
  assert.deepEqual(await b.journal.read(0, 100), a.ear.entries);
  a.journal.append(chatOf("news"));
  await b.ear.hears(1);
  assert.deepEqual(b.ear.messages, ["news"]);
});

test("openNats() loads more than the broker sends before it hears that it has arrived", async ({ open }) => {
  const a = await open();
  const message = "x".repeat(10_000);
  for (const number of range(1, 1500)) a.journal.append(chatOf(message, { id: `${number}` }));
  await a.ear.hears(1500);
  const b = await open({ historySize: 1500 });
  assert.equal(b.journal.offset, 1500);
  assert.deepEqual(b.journal.recent(0, 1500), a.ear.entries);
});

test("NatsJournal.reaches() knows of chats that only others have heard of, and what it cannot find out", async ({ server, open }) => {
  const [a, b] = [await open({ historySize: 1 }), await open()];
  const { epoch } = a.journal;
  appendSome(b.journal, { count: 3 });
  await b.ear.hears(3);
  assert.equal(await a.journal.reaches(epoch, 3), true);
  assert.equal(await a.journal.reaches(epoch, 4), false);
  assert.equal(await a.journal.reaches(epoch, 0), true);
  await a.ear.hears(3);
  await server.end("SIGKILL");
  await isBroker(a, "down");
  const reaches = range(0, 4).map((after) => a.journal.reaches(epoch, after));
  // What is newer than all that it has heard may be so; of what it does not hold nobody knows.
  assert.deepEqual(await Promise.all(reaches), [undefined, undefined, true, true, true]);
  assert.equal(await a.journal.reaches("another", 4), false);
  await assert.rejects(() => a.journal.read(0, 10), JournalError);
  assert.deepEqual(offsetsOf(await a.journal.read(2, 10)), [3]);
});

test("NatsJournal.reaches() is false where the stream was made anew behind its back, which it then follows", async ({ server, open }) => {
  const [a, b] = [await open(), await open({ historySize: 0 })];
  appendSome(a.journal, { count: 1 });
  for (const { ear } of [a, b]) await ear.hears(1);
  const { epoch } = a.journal;
  await meddle(server, async (connection, manager) => {
    const { config } = await manager.streams.info("pulso");
    await manager.streams.delete("pulso");
    await manager.streams.add({ ...config, description: "" });
    for (const _ of range(1, 3)) await connection.request("pulso.chat", "{}");
  });
  assert.equal(await a.journal.reaches(epoch, 2), false);
  // Nor is anything of it read as what was before.
  await assert.rejects(() => b.journal.read(0, 10), JournalError);
  for (const { journal, log } of [a, b]) {
    await eventually(() => assert.equal(journal.offset, 3));
    assert.notEqual(journal.epoch, epoch);
    assert.match(String(log[0]?.reason), /made anew/);
  }
});

// ------------------------------------------------------------------------------------------------ reading it back

test("NatsJournal.read() skips what was removed and what is no chat, however much, and goes on behind it", async ({ server, open }) => {
  const a = await open({ historySize: 1 });
  appendSome(a.journal, { count: 10 });
  await a.ear.hears(10);
  await meddle(server, async (connection, manager) => {
    for (const offset of [3, 4, 5]) await manager.streams.deleteMessage("pulso", offset);
    assert.deepEqual(offsetsOf(await a.journal.read(0, 3)), [1, 2, 6]);
    const reaches = range(0, 6).map((after) => a.journal.reaches(a.journal.epoch, after));
    assert.deepEqual((await Promise.all(reaches)).indexOf(true), 5);
    for (const _ of range(1, 5)) await connection.request("pulso.chat", "{}");
  });
  appendSome(a.journal, { count: 2, prefix: "late" });
  await eventually(() => assert.equal(a.journal.offset, 17));
  const pages = [];
  for (let after = 0; after < 17; after = pages.at(-1)!.at(-1) ?? 17) {
    pages.push(offsetsOf(await a.journal.read(after, 2)));
  }
  assert.deepEqual(pages, [[1, 2], [6, 7], [8, 9], [10], [16], [17]]);
});

test("NatsJournal.read() gives nothing that has not been told yet", async ({ open }) => {
  const a = await open({ historySize: 1 });
  appendSome(a.journal, { count: 10 });
  await a.ear.hears(10);
  appendSome(a.journal, { count: 100, prefix: "more" });
  assert.deepEqual(offsetsOf(await a.journal.read(0, 1000)), range(1, 10));
});

test("NatsJournal.read() ends a page before it is large, and gives at least one", async ({ open }) => {
  const a = await open({ historySize: 0 });
  // The broker takes none that is larger, and does not give them together with where they stand.
  const large = 1_048_400;
  for (const length of [400_000, 400_000, 400_000, large, large, large, 10]) {
    a.journal.append(chatOf("x".repeat(length)));
  }
  await a.ear.hears(7);
  const offsets = [];
  for (let after = 0; after < 7; after = offsets.at(-1) ?? 7) {
    const page = await a.journal.read(after, 100);
    offsets.push(...offsetsOf(page));
    const length = page.slice(0, -1).reduce((sum, { message }) => sum + message.length, 0);
    assert.ok(length < 1_048_576, `${offsetsOf(page)}`);
  }
  assert.deepEqual(offsets, range(1, 7));
});

test("NatsJournal.read() reads once for all who ask for the same, one page at a time, and leaves nothing behind", async ({ server, open }) => {
  const a = await open({ historySize: 1 });
  appendSome(a.journal, { count: 1500 });
  await a.ear.hears(1500);
  await meddle(server, async (connection, manager) => {
    let [open, most, pulls] = [0, 0, 0];
    connection.subscribe("$JS.API.CONSUMER.MSG.NEXT.>", { callback: () => void pulls++ });
    connection.subscribe("$JS.EVENT.ADVISORY.CONSUMER.*.>", {
      callback: (_, { subject }) => {
        open += subject.includes(".CREATED.") ? 1 : -1;
        most = Math.max(most, open);
      },
    });
    await connection.flush();
    const reads = range(0, 99).map((number) => a.journal.read(number % 5, 1000));
    for (const [number, page] of (await Promise.all(reads)).entries()) {
      assert.deepEqual(page, a.ear.entries.slice(number % 5, number % 5 + 1000));
    }
    // The follower's own one is all that is left.
    await eventually(async () => {
      assert.equal((await manager.streams.info("pulso")).state.consumer_count, 1);
      assert.deepEqual([pulls, open], [5, 0]);
    });
    assert.ok(most <= 2, `${most} at a time`);
  });
});

// ------------------------------------------------------------------------------------------------ what is no chat

test("NatsJournal counts what is no chat and tells it nobody, and reaches back no further", async ({ server, open }) => {
  const [a, b] = [await open(), await open()];
  appendSome(a.journal, { count: 2 });
  await a.ear.hears(2);
  await meddle(server, async (connection) => {
    for (const text of ["no JSON", "{}"]) await connection.request("pulso.chat", text);
  });
  await eventually(() => assert.equal(a.journal.offset, 4));
  b.journal.append(chatOf("after"));
  for (const { ear } of [a, b]) await ear.hears(3);
  const late = await open();
  for (const { journal, ear, log } of [a, b, late]) {
    assert.deepEqual(ear === late.ear ? [] : ear.offsets, ear === late.ear ? [] : [1, 2, 5]);
    assert.equal(journal.offset, 5);
    assert.deepEqual(offsetsOf(await journal.read(0, 10)), [1, 2, 5]);
    for (const after of range(0, 6)) {
      assert.equal(await journal.reaches(journal.epoch, after), [4, 5].includes(after), `${after}`);
    }
    const warnings = log.filter(({ event }) => event === "journal_entry_unreadable");
    assert.deepEqual(warnings.map(({ offset }) => offset), [3]);
  }
});

test("NatsJournal counts what was removed, and reaches back no further", async ({ server, open }) => {
  const a = await open();
  appendSome(a.journal, { count: 5 });
  await a.ear.hears(5);
  await meddle(server, async (_, manager) => {
    for (const offset of [2, 5]) await manager.streams.deleteMessage("pulso", offset);
  });
  // In the middle, as the newest, and all that there is to hold.
  for (const historySize of [10, 4, 1, 0]) {
    const late = await open({ historySize });
    const { journal } = late;
    assert.deepEqual([journal.broker, journal.offset], ["up", 5]);
    assert.deepEqual(offsetsOf(await journal.read(0, 10)), [1, 3, 4]);
    assert.deepEqual(await journal.read(4, 10), []);
    for (const after of range(0, 6)) {
      assert.equal(await journal.reaches(journal.epoch, after), after === 5, `${after}`);
    }
    await late.close();
  }
});
