import assert from "node:assert/strict";
import type { Chat, Journal, JournalEntry, JournalSubscriber } from "../lib/journal.ts";
import { settle, setUp } from "./fake_hub.ts";

/** A journal as a broker keeps it: chats get their places when the test says so. */
class RemoteJournal implements Journal {
  epoch = "one";
  offset = 0;
  broker: "up" | "down" = "up";
  canBeAsked = true;
  asked = 0;
  readonly appended: Chat[] = [];
  readonly told: JournalEntry[] = [];
  subscriber: JournalSubscriber | undefined;
  subscribe(subscriber: JournalSubscriber) {
    this.subscriber = subscriber;
  }
  append(chat: Chat) {
    this.appended.push(chat);
  }
  recent(after: number, limit: number) {
    return this.told.filter(({ offset }) => offset > after).slice(0, limit);
  }
  read(after: number, limit: number) {
    return Promise.resolve(this.recent(after, limit));
  }
  reaches(epoch: string, _after: number) {
    return Promise.resolve(this.canBeAsked ? epoch === this.epoch : undefined);
  }
  /** A chat comes round. */
  tell(chat: Partial<Chat>) {
    const timestamp = "2026-11-20T14:30:25.000Z";
    const whose = { message: "m", username: "elsewhere", clientId: "elsewhere", recipients: 4 };
    const entry = { ...whose, ...chat, offset: ++this.offset, timestamp };
    this.told.push(entry);
    this.subscriber!.entry(entry);
    return entry;
  }
}

function setUpRemote() {
  const journal = new RemoteJournal();
  return { ...setUp({}, { journal }), journal };
}

Deno.test("Delivery acknowledges a chat when it comes round, in its place, with the recipients of then", async () => {
  const { journal, online } = setUpRemote();
  const [ana, bia] = [await online("Ana"), await online("Bia")];
  ana.take();
  await ana.say({ message: "mine", id: "a" });
  assert.deepEqual([ana.take(), bia.types().includes("chat")], [[], false]);
  journal.tell({ message: "before" });
  const { clientId, recipients } = journal.tell(journal.appended[0]!);
  await settle();
  const [chat, ack] = ana.take();
  assert.deepEqual([chat!.message, chat!.offset], ["before", 1]);
  assert.deepEqual([ack!.type, ack!.offset, ack!.recipients], ["ack", 2, 1]);
  assert.equal(recipients, 1);
  const [, mine] = bia.take();
  assert.deepEqual([mine!.message, mine!.client_id, mine!.recipients], [
    "mine",
    clientId,
    undefined,
  ]);
});

Deno.test("Delivery tells the sender alone what could not be ordered, by its id", async () => {
  const { journal, online } = setUpRemote();
  const [ana, bia] = [await online("Ana"), await online("Bia")];
  ana.take();
  bia.take();
  await ana.say({ message: "mine", id: "a" });
  journal.subscriber!.unavailable(journal.appended[0]!);
  await settle();
  assert.deepEqual(ana.take().map(({ type, code, id }) => [type, code, id]), [
    ["error", "unavailable", "a"],
  ]);
  assert.deepEqual(bia.take(), []);
  journal.tell(journal.appended[0]!);
  await settle();
  assert.deepEqual(ana.types(), ["ack"], "it got its place after all");
});

Deno.test("Delivery acknowledges a repeated chat with its first place, and tells nobody else", async () => {
  const { journal, online } = setUpRemote();
  const [ana, bia] = [await online("Ana"), await online("Bia")];
  await ana.say({ message: "mine", id: "a" });
  const entry = journal.tell(journal.appended[0]!);
  journal.tell({});
  await settle();
  ana.take();
  bia.take();
  journal.subscriber!.repeated(entry);
  await settle();
  assert.deepEqual(ana.take().map(({ type, offset, id }) => [type, offset, id]), [["ack", 1, "a"]]);
  assert.deepEqual(bia.take(), []);
});

Deno.test("Delivery leaves out for a client what it has heard on a node that was further", async () => {
  const { journal, connect } = setUpRemote();
  const first = await connect("Ana");
  const [welcome] = first.take();
  first.socket.end(1006);
  const session = String(welcome!.session);
  const again = await connect("Ana", "ndjson", { session, epoch: "one", after: 3 });
  const own = { clientId: String(welcome!.client_id), id: "own" };
  journal.tell({ message: "m1" });
  journal.tell({ ...own, message: "m2" });
  await settle();
  journal.tell({ message: "m3" });
  journal.tell({ message: "m4" });
  journal.tell({ ...own, message: "m5" });
  await settle();
  const [back, ...rest] = again.take();
  assert.equal(back!.resumed, true);
  assert.deepEqual(rest.map(({ type, offset }) => [type, offset]), [["chat", 4], ["ack", 5]]);
});

Deno.test("Hub says at once that the broker went and came, and that another epoch has begun", async () => {
  const { journal, online, connect } = setUpRemote();
  const ana = await online("Ana");
  ana.take();
  journal.broker = "down";
  journal.subscriber!.changed();
  await settle();
  assert.deepEqual(ana.take().map(({ type, broker }) => [type, broker]), [["status", "down"]]);
  const late = await connect("Bia");
  assert.deepEqual(late.types(), ["welcome", "status"]);
  ana.take();
  journal.broker = "up";
  journal.epoch = "two";
  journal.offset = 0;
  journal.subscriber!.changed();
  await settle();
  assert.deepEqual(ana.take().map(({ type, broker, epoch }) => [type, broker ?? epoch]), [
    ["status", "up"],
    ["time", "two"],
  ]);
  journal.subscriber!.changed();
  await settle();
  assert.deepEqual(ana.take(), [], "nothing has changed");
});

Deno.test("Hub is not ready once the broker is away for 10 s, and is again at once", () => {
  const { journal, hub, time } = setUpRemote();
  journal.broker = "down";
  journal.subscriber!.changed();
  time.advance(9999);
  assert.equal(hub.unready, undefined);
  time.advance(1);
  assert.equal(hub.unready, "the broker is away");
  journal.broker = "up";
  journal.subscriber!.changed();
  assert.equal(hub.unready, undefined);
});

Deno.test("Hub asks to try again whoever missed what cannot be had now, until the broker is away for 10 s", async () => {
  const { journal, connect, hub, time, presence } = setUpRemote();
  const first = await connect("Ana");
  const [welcome] = first.take();
  first.socket.end(1006);
  const resume = { session: String(welcome!.session), epoch: "one", after: 0 };
  journal.canBeAsked = false;
  journal.broker = "down";
  journal.subscriber!.changed();
  const early = await connect("Ana", "ndjson", resume);
  assert.deepEqual(early.types(), ["error"]);
  assert.deepEqual([early.socket.closedWith?.code, hub.online, presence.away.size], [1013, 0, 1]);
  time.advance(9000);
  const still = await connect("Ana", "ndjson", resume);
  assert.equal(still.socket.closedWith?.code, 1013);
  time.advance(1000);
  const [back] = (await connect("Ana", "ndjson", resume)).take();
  assert.deepEqual([back?.resumed, back?.client_id], [false, welcome!.client_id]);
});

Deno.test("Delivery leaves nothing of another order out for a client that was ahead in the one before", async () => {
  const { journal, connect } = setUpRemote();
  const first = await connect("Ana");
  const [welcome] = first.take();
  first.socket.end(1006);
  const resume = { session: String(welcome!.session), epoch: "one", after: 3 };
  const again = await connect("Ana", "ndjson", resume);
  again.take();
  journal.epoch = "two";
  journal.subscriber!.changed();
  journal.tell({ message: "m1" });
  await settle();
  assert.deepEqual(again.take().map(({ type, epoch, offset }) => [type, epoch ?? offset]), [
    ["time", "two"],
    ["chat", 1],
  ]);
});

Deno.test("Delivery replays across a place where the journal never had more, and not where it had", async () => {
  const { journal, connect } = setUpRemote();
  const first = await connect("Ana");
  const [welcome] = first.take();
  first.socket.end(1006);
  for (let n = 0; n < 5; n++) journal.tell({ message: `m${n}` });
  journal.told.splice(2, 1);
  const resume = { session: String(welcome!.session), epoch: "one", after: 0 };
  const again = await connect("Ana", "ndjson", resume);
  assert.deepEqual(again.take().slice(1).map(({ offset }) => offset), [1, 2, 4, 5]);
  again.socket.end(1006);
  journal.reaches = (_, after) => Promise.resolve(after >= 4 || journal.asked++ === 0);
  const never = await connect("Ana", "ndjson", resume);
  assert.deepEqual([never.types(), never.socket.closedWith?.code], [["error"], 1013]);
});

Deno.test("Hub counts the 10 s of the broker's absence from its beginning, whatever else changes", () => {
  const { journal, hub, time, presence } = setUpRemote();
  journal.broker = "down";
  journal.subscriber!.changed();
  time.advance(6000);
  presence.subscriber!.databaseChanged(true);
  time.advance(4000);
  assert.equal(hub.unready, "the broker is away");
});

Deno.test("Hub is not ready before the broker was there for the first time", () => {
  const journal = new RemoteJournal();
  journal.broker = "down";
  const { hub } = setUp({}, { journal });
  assert.equal(hub.unready, "the broker is away");
  journal.broker = "up";
  journal.subscriber!.changed();
  assert.equal(hub.unready, undefined);
  journal.broker = "down";
  journal.subscriber!.changed();
  assert.equal(hub.unready, undefined);
});

Deno.test("Hub asks to try again whoever turns out to have said more than there is", async () => {
  const { journal, connect } = setUpRemote();
  const first = await connect("Ana");
  const [welcome] = first.take();
  first.socket.end(1006);
  const session = String(welcome!.session);
  const again = await connect("Ana", "ndjson", { session, epoch: "one", after: 2 ** 53 - 1 });
  assert.equal(again.take()[0]?.resumed, true, "it cannot be asked, and is believed");
  journal.subscriber!.changed();
  await settle();
  assert.deepEqual(again.take(), []);
  journal.reaches = () => Promise.resolve(false);
  journal.subscriber!.changed();
  await settle();
  assert.deepEqual([again.take()[0]?.code, again.socket.closedWith?.code], ["unavailable", 1013]);
});
