/**
 * The journal on NATS, with real brokers: what all versions promise, several nodes on one stream, what is no chat.
 *
 * @module
 */

import assert from "node:assert/strict";
import { JournalError } from "../lib/journal.ts";
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
  assert.deepEqual(b.ear.repetitions, [b.ear.entries[19], b.ear.entries[1]]);
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
    for (const after of range(0, 6)) {
      assert.equal(await journal.reaches(journal.epoch, after), after === 5, `${after}`);
    }
    await late.close();
  }
});
