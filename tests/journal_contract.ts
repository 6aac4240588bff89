/**
 * What every version of the journal promises, as cases that run against each.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { Chat, Journal, JournalEntry, JournalSubscriber, Place } from "../lib/journal.ts";
import { toAck, toChat } from "../lib/journal.ts";
import { chatSchema } from "../lib/protocol.ts";
import { eventually } from "./eventually.ts";

/** A version of the journal. */
export interface JournalVersion {
  readonly name: string;
  /** Whether the machine lacks what it needs. */
  readonly ignore: boolean;
  /** Whether it keeps more chats than it holds in memory. */
  readonly keepsAll: boolean;
  /** Opens an empty one that holds `size` chats. */
  readonly open: (size: number) => Promise<{ journal: Journal; close: () => Promise<void> }>;
}

/** Hears everything, in the order in which it is told. */
export class Ear implements JournalSubscriber {
  readonly entries: JournalEntry[] = [];
  readonly repetitions: Place[] = [];
  readonly refused: Chat[] = [];
  changes = 0;

  /** @param journal Of which it hears from now on. */
  constructor(journal: Journal) {
    journal.subscribe(this);
  }

  readonly entry = (entry: JournalEntry): number => this.entries.push(entry);
  readonly repeated = (place: Place): number => this.repetitions.push(place);
  readonly unavailable = (chat: Chat): number => this.refused.push(chat);
  readonly changed = (): number => ++this.changes;

  /** The texts of the entries, as they were told. */
  get messages(): string[] {
    return this.entries.map(({ message }) => message);
  }

  /** The offsets of the entries, as they were told. */
  get offsets(): number[] {
    return offsetsOf(this.entries);
  }

  /** Waits until so many entries were told. */
  async hears(count: number): Promise<void> {
    await eventually(() => assert.ok(this.entries.length >= count, `${this.entries.length}`));
  }
}

/** A chat with sensible fields. */
export function chatOf(message: string, fields: Partial<Chat> = {}): Chat {
  return { message, username: "ana", clientId: "c1", recipients: 2, ...fields };
}

/** The offsets of some entries. */
export function offsetsOf(entries: readonly JournalEntry[] | undefined): number[] {
  assert.ok(entries !== undefined, "they do not reach back so far");
  return entries.map(({ offset }) => offset);
}

/** The whole numbers from one to another. */
export function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index);
}

/** Appends so many chats, each with an id of its own. */
export function appendSome(
  journal: Journal,
  { count, prefix = "" }: { readonly count: number; readonly prefix?: string },
): void {
  for (const number of range(1, count)) {
    journal.append(chatOf(`${prefix}${number}`, { id: `${prefix}${number}` }));
  }
}

type Case = (journal: Journal, ear: Ear, version: JournalVersion) => Promise<void> | void;

const HELD = 5;

const CASES: Readonly<Record<string, Case>> = {
  "append() is told with when this node heard the chat": async (journal, ear) => {
    journal.append(chatOf("one", { heardAt: 12 }));
    await ear.hears(1);
    assert.equal(ear.entries[0]?.heardAt, 12);
  },
  "append() gives places that count up by one from 1, told in order, each once": async (
    journal,
    ear,
  ) => {
    assert.equal(journal.offset, 0);
    appendSome(journal, { count: 300 });
    await ear.hears(300);
    assert.deepEqual(ear.offsets, range(1, 300));
    assert.deepEqual(ear.messages, range(1, 300).map(String));
    assert.equal(journal.offset, 300);
    assert.deepEqual([ear.repetitions, ear.refused], [[], []]);
  },

  "append() keeps everything that the chat says, and when it was placed": async (journal, ear) => {
    const chats = [
      chatOf("Olá 👋 \u0000 \"'\\", { username: "Ângela", clientId: "c-9", recipients: 0 }),
      chatOf(" two\nlines ", { id: "7" }),
      chatOf("odd id", { id: "a b\r\nNats-Msg-Id: x\u{1F600}%*.>" }),
    ];
    const before = Date.now();
    for (const chat of chats) journal.append(chat);
    await ear.hears(3);
    for (const [index, entry] of ear.entries.entries()) {
      const { offset, timestamp, id, ...rest } = entry;
      assert.deepEqual({ id, ...rest }, { id: undefined, ...chats[index] });
      assert.equal(offset, index + 1);
      assert.match(timestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      assert.ok(Date.parse(timestamp) >= before - 1 && Date.parse(timestamp) <= Date.now());
      chatSchema.parse(toChat(entry));
    }
  },

  "append() gives a chat that is sent again its first place, and tells it once": async (
    journal,
    ear,
  ) => {
    for (const text of ["first", "again in the same turn"]) {
      journal.append(chatOf(text, { id: "7" }));
    }
    await ear.hears(1);
    await eventually(() => assert.equal(ear.repetitions.length, 1));
    journal.append(chatOf("again later", { id: "7" }));
    await eventually(() => assert.equal(ear.repetitions.length, 2));
    journal.append(chatOf("another", { id: "8" }));
    await ear.hears(2);
    assert.deepEqual(ear.messages, ["first", "another"]);
    const places = ear.repetitions.map(toAck);
    assert.deepEqual(places, [toAck(ear.entries[0]!), toAck(ear.entries[0]!)]);
    assert.deepEqual(ear.refused, []);
  },

  "append() takes the same id of another sender, and no id at all, for other chats": async (
    journal,
    ear,
  ) => {
    for (const clientId of ["c1", "c2"]) journal.append(chatOf("hi", { clientId, id: "7" }));
    for (const clientId of ["c1", "c1"]) journal.append(chatOf("hi", { clientId }));
    await ear.hears(4);
    assert.deepEqual(ear.offsets, [1, 2, 3, 4]);
    assert.deepEqual(ear.repetitions, []);
  },

  "entry() is told when the entry is kept already": async (journal) => {
    const seen: unknown[] = [];
    journal.subscribe({
      entry: ({ offset }) => {
        seen.push([journal.offset, offsetsOf(journal.recent(offset - 1, 10))]);
      },
      repeated: () => {},
      unavailable: () => {},
      changed: () => {},
    });
    appendSome(journal, { count: 3 });
    await eventually(() => assert.equal(seen.length, 3));
    assert.deepEqual(seen, [[1, [1]], [2, [2]], [3, [3]]]);
  },

  "subscribe() sets who hears from now on": async (journal, first) => {
    journal.append(chatOf("one"));
    await first.hears(1);
    const second = new Ear(journal);
    journal.append(chatOf("two"));
    await second.hears(1);
    assert.deepEqual([first.offsets, second.offsets], [[1], [2]]);
  },

  "recent() gives what is at hand after an offset, or says that it does not reach so far": async (
    journal,
    ear,
  ) => {
    assert.deepEqual(journal.recent(0, 10), []);
    appendSome(journal, { count: 10 });
    await ear.hears(10);
    for (const after of [-5, 0, 4]) assert.equal(journal.recent(after, 10), undefined, `${after}`);
    assert.deepEqual(journal.recent(5, 10), ear.entries.slice(5));
    assert.deepEqual(offsetsOf(journal.recent(6, 2)), [7, 8]);
    for (const after of [10, 11, 1000]) assert.deepEqual(journal.recent(after, 10), []);
  },

  "read() gives what is kept after an offset, as it was told": async (journal, ear, version) => {
    assert.deepEqual(await journal.read(0, 10), []);
    appendSome(journal, { count: 12 });
    await ear.hears(12);
    const kept = version.keepsAll ? ear.entries : ear.entries.slice(-HELD);
    for (const after of [-5, 0, 3, 6, 7, 9, 12, 99]) {
      for (const limit of [0, 2, 100]) {
        const expected = kept.filter(({ offset }) => offset > after).slice(0, limit);
        assert.deepEqual(await journal.read(after, limit), expected, `${after}, ${limit}`);
      }
    }
  },

  "reaches() says whether all after an offset of an epoch are kept": async (
    journal,
    ear,
    version,
  ) => {
    assert.equal(await journal.reaches(journal.epoch, 0), true);
    assert.equal(await journal.reaches(journal.epoch, 1), false);
    appendSome(journal, { count: 12 });
    await ear.hears(12);
    for (const after of range(0, 12)) {
      const expected = version.keepsAll || after >= 12 - HELD;
      assert.equal(await journal.reaches(journal.epoch, after), expected, `${after}`);
      assert.equal(await journal.reaches("another", after), false);
    }
    for (const after of [13, 1e9]) assert.equal(await journal.reaches(journal.epoch, after), false);
  },

  "epoch names the order, in few characters that need no quoting": (journal) => {
    assert.match(journal.epoch, /^[\w-]{8,36}$/);
  },
};

/** Registers the cases for a version. */
export function testJournal(version: JournalVersion): void {
  for (const [sentence, run] of Object.entries(CASES)) {
    Deno.test({
      name: `${version.name}.${sentence}`,
      ignore: version.ignore,
      fn: async () => {
        const { journal, close } = await version.open(HELD);
        try {
          await run(journal, new Ear(journal), version);
        } finally {
          await close();
        }
      },
    });
  }
}
