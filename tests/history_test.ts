import assert from "node:assert/strict";
import {
  type Chat,
  type JournalEntry,
  type JournalSubscriber,
  MemoryJournal,
  toChat,
} from "../lib/journal.ts";
import type { ServerMessage } from "../lib/protocol.ts";
import { anySeed, Chance } from "./chance.ts";
import type { FakeSocket } from "./fakes.ts";
import { settle, setUp } from "./fake_hub.ts";
import { type History, journalHistory, Recorder } from "./history.ts";
import { checkHistories, type Kind, type Verdict } from "./history_check.ts";

const CLIENTS = 5;
const CHATS = 60;
/** A fault befalls one of the first so many. */
const AMONG = 20;
/** Fibonacci(90). */
const ANSWER = "2880067194370816120";

/** Gives a message to a client's recorder. */
type Deliver = (client: number, message: ServerMessage) => void;
/** What becomes of a message on its way to a client. */
type Wire = (client: number, message: ServerMessage, deliver: Deliver) => void;
/** What the hub hears of an entry of its journal. */
type Telling = (entry: JournalEntry, tell: JournalSubscriber["entry"]) => void;

/** What is wrong in a conversation; nothing, where nothing is given. */
interface Faults {
  readonly wire?: Wire;
  readonly telling?: Telling;
  /** By how much the place is wrong from which the client that was lost resumes. */
  readonly shift?: number;
  /** How many chats the journal keeps. */
  readonly size?: number;
  /** Whether a client sends its first chat once more at the end. */
  readonly again?: boolean;
  /** Whether the journal knows no id again. */
  readonly forgets?: boolean;
}

class FaultyJournal extends MemoryJournal {
  readonly #telling: Telling;
  readonly #forgets: boolean;
  #appended = 0;

  constructor({ size = 1000, telling = (entry, tell) => tell(entry), forgets = false }: Faults) {
    super({ size });
    this.#telling = telling;
    this.#forgets = forgets;
  }

  override append(chat: Chat): void {
    super.append(this.#forgets ? { ...chat, id: `${this.#appended++} ${chat.id}` } : chat);
  }

  override recent(after: number, limit: number): readonly JournalEntry[] | undefined {
    return super.recent(after, limit)?.map((entry) => this.#asSaid(entry));
  }

  #asSaid(entry: JournalEntry): JournalEntry {
    const { id = "" } = entry;
    return this.#forgets ? { ...entry, id: id.slice(id.indexOf(" ") + 1) } : entry;
  }

  override subscribe(subscriber: JournalSubscriber): void {
    super.subscribe({
      ...subscriber,
      entry: (entry) => this.#telling(this.#asSaid(entry), subscriber.entry),
    });
  }
}

/** A conversation over a real hub. */
class Conversation {
  readonly #chance: Chance;
  readonly #faults: Faults;
  readonly #journal: FaultyJournal;
  readonly #hub: ReturnType<typeof setUp>;
  readonly #recorders = Array.from({ length: CLIENTS }, (_, index) => new Recorder(`c${index}`));
  readonly #sockets: FakeSocket[] = [];
  readonly #said: { client: number; id: string; text: string }[] = [];

  constructor(chance: Chance, faults: Faults) {
    this.#chance = chance;
    this.#faults = faults;
    this.#journal = new FaultyJournal(faults);
    this.#hub = setUp({ MESSAGES_PER_SECOND: 0 }, { journal: this.#journal });
  }

  /** All talk; the first is lost after a third and comes back after another one. */
  async run(): Promise<Verdict> {
    for (const { client } of this.#recorders) {
      this.#sockets.push((await this.#hub.connect(client)).socket);
    }
    this.#read();
    const all = [...this.#recorders.keys()];
    await this.#talk(all);
    this.#sockets[0]?.end(1006);
    await this.#talk(all.slice(1));
    await this.#resume();
    await this.#talk(all);
    const [first] = this.#said;
    if (this.#faults.again && first) await this.#send(first);
    await settle();
    this.#read();
    return checkHistories(this.#recorders, await this.#kept());
  }

  async #talk(clients: readonly number[]): Promise<void> {
    for (let count = 0; count < CHATS / 3; count++) {
      const client = this.#chance.pick(clients) ?? 0;
      const id = `${client}-${this.#said.length}`;
      const chat = { client, id, text: `chat ${id}` };
      this.#said.push(chat);
      await this.#send(chat);
      this.#recorders[client]?.asked(`f${id}`, 90);
      await this.#receive(client, { type: "fibonacci", input: 90, id: `f${id}` });
      for (const { answer } of this.#hub.computing.splice(0)) {
        answer({ ok: true, value: { digits: ANSWER, elapsedMs: 0 } });
      }
    }
    await settle();
    this.#read();
  }

  async #send({ client, id, text }: { client: number; id: string; text: string }): Promise<void> {
    this.#recorders[client]?.said(id, text);
    await this.#receive(client, { type: "chat", message: text, id });
  }

  async #receive(client: number, message: object): Promise<void> {
    this.#sockets[client]?.receive(JSON.stringify(message));
    // The answer before goes out, as it does not wait for a timer.
    for (let turn = 0; turn < 10; turn++) await undefined;
  }

  /** The first comes back from where it was. */
  async #resume(): Promise<void> {
    const events = this.#recorders[0]?.events ?? [];
    const [welcome] = events;
    assert.ok(welcome?.type === "welcome");
    const { session, epoch } = welcome;
    const position = Math.max(...events.map((event) => "offset" in event ? event.offset : 0));
    const resume = { session, epoch, after: position + (this.#faults.shift ?? 0) };
    this.#sockets[0] = (await this.#hub.connect("c0", "ndjson", resume)).socket;
  }

  /** The clients record what has been sent to them. */
  #read(): void {
    const deliver: Deliver = (client, message) => this.#recorders[client]?.heard(message);
    const { wire = (client, message) => deliver(client, message) } = this.#faults;
    for (const [client, socket] of this.#sockets.entries()) {
      for (const message of socket.take()) wire(client, message as ServerMessage, deliver);
    }
  }

  async #kept(): Promise<History> {
    const entries = await this.#journal.read(0, 1000);
    return journalHistory({ epoch: this.#journal.epoch, chats: entries.map(toChat) });
  }
}

function converse(chance: Chance, faults: Faults = {}): Promise<Verdict> {
  return new Conversation(chance, faults).run();
}

Deno.test("checkHistories() finds nothing where nothing is wrong, and counts it all", async () => {
  const seed = anySeed();
  const { findings, ...figures } = await converse(new Chance(seed));
  assert.deepEqual(findings, [], `seed ${seed}`);
  assert.deepEqual(figures, {
    chats: CHATS,
    deliveries: CHATS * (CLIENTS - 1),
    acks: CHATS,
    answers: CHATS,
    resumed: 1,
    notResumed: 0,
  });
});

Deno.test("checkHistories() counts a loss that was told, and does not call it one", async () => {
  const seed = anySeed();
  const { findings, resumed, notResumed } = await converse(new Chance(seed), { size: 2 });
  assert.deepEqual(findings, [], `seed ${seed}`);
  assert.deepEqual([resumed, notResumed], [0, 1]);
});

Deno.test("checkHistories() lets a chat that was sent again be acknowledged again", async () => {
  const seed = anySeed();
  const { findings, acks } = await converse(new Chance(seed), { again: true });
  assert.deepEqual(findings, [], `seed ${seed}`);
  assert.equal(acks, CHATS + 1);
});

/** A fault that befalls one message of a type; not of the client that is lost, as it may be mended when that resumes. */
function once(chance: Chance, type: ServerMessage["type"], fault: Wire): Wire {
  let left = chance.below(AMONG);
  return (client, message, deliver) => {
    const isIt = client > 0 && message.type === type && left-- === 0;
    (isIt ? fault : hand)(client, message, deliver);
  };
}

const hand: Wire = (client, message, deliver) => deliver(client, message);

const twice: Wire = (client, message, deliver) => {
  deliver(client, message);
  deliver(client, message);
};

const toAnother: Wire = (client, message, deliver) => {
  deliver(1 + client % (CLIENTS - 1), message);
};

function withOther(fields: object): Wire {
  return (client, message, deliver) => deliver(client, { ...message, ...fields });
}

/** A fault that befalls one entry of the journal. */
function onceTold(chance: Chance, fault: Telling): Telling {
  let left = chance.below(AMONG);
  return (entry, tell) => left-- === 0 ? fault(entry, tell) : tell(entry);
}

/** One entry is told after the next one. */
function toldLate(chance: Chance): Telling {
  let held: JournalEntry | undefined;
  const telling = onceTold(chance, (entry) => held = entry);
  return (entry, tell) => {
    const late = held;
    held = undefined;
    telling(entry, tell);
    if (late) tell(late);
  };
}

/** One chat and the next to the same client, with these offsets changed by `mix`. */
function pairOnce(
  chance: Chance,
  mix: (pair: [JournalChat, JournalChat]) => readonly JournalChat[],
): Wire {
  let held: { readonly client: number; readonly chat: JournalChat } | undefined;
  const wire = once(chance, "chat", (client, message) => {
    if (message.type === "chat") held = { client, chat: message };
  });
  return (client, message, deliver) => {
    if (held?.client !== client || message.type !== "chat") return wire(client, message, deliver);
    const { chat } = held;
    held = undefined;
    for (const mixed of mix([chat, message])) deliver(client, mixed);
  };
}

type JournalChat = Extract<ServerMessage, { type: "chat" }>;

/** One sender receives what it said as a chat, with or without the ack. */
function echo(chance: Chance, { isAcknowledged }: { isAcknowledged: boolean }): Wire {
  const welcomes = new Map<number, Extract<ServerMessage, { type: "welcome" }>>();
  const wire = once(chance, "ack", (client, message, deliver) => {
    const welcome = welcomes.get(client);
    assert.ok(message.type === "ack" && welcome !== undefined);
    if (isAcknowledged) deliver(client, message);
    const { id, offset, timestamp } = message;
    const { client_id, username } = welcome;
    const chat = { message: `chat ${id}`, username, client_id, timestamp, offset, id };
    deliver(client, { type: "chat", ...chat });
  });
  return (client, message, deliver) => {
    if (message.type === "welcome") welcomes.set(client, message);
    wire(client, message, deliver);
  };
}

interface Case {
  readonly what: string;
  readonly kind: Kind;
  readonly plan: (chance: Chance) => Faults;
}

const CASES: readonly Case[] = [
  {
    what: "the hub does not hear of a chat that the journal has",
    kind: "lost",
    plan: (chance) => ({ telling: onceTold(chance, () => {}) }),
  },
  {
    what: "a chat does not reach one client",
    kind: "lost",
    plan: (chance) => ({ wire: once(chance, "chat", () => {}) }),
  },
  {
    what: "an ack does not reach its client",
    kind: "lost",
    plan: (chance) => ({ wire: once(chance, "ack", () => {}) }),
  },
  {
    what: "resuming begins one chat too late",
    kind: "lost",
    plan: () => ({ shift: 1 }),
  },
  {
    what: "resuming begins one chat too early",
    kind: "doubled",
    plan: () => ({ shift: -1 }),
  },
  {
    what: "the hub hears of a chat twice",
    kind: "doubled",
    plan: (chance) => ({
      telling: onceTold(chance, (entry, tell) => {
        tell(entry);
        tell(entry);
      }),
    }),
  },
  {
    what: "a chat reaches one client twice",
    kind: "doubled",
    plan: (chance) => ({ wire: once(chance, "chat", twice) }),
  },
  {
    what: "an ack reaches its client twice",
    kind: "doubled",
    plan: (chance) => ({ wire: once(chance, "ack", twice) }),
  },
  {
    what: "a chat that is sent again gets a second place",
    kind: "doubled",
    plan: () => ({ again: true, forgets: true }),
  },
  {
    what: "the hub hears of two chats in the wrong order",
    kind: "reordered",
    plan: (chance) => ({ telling: toldLate(chance) }),
  },
  {
    what: "two chats reach one client in the wrong order",
    kind: "reordered",
    plan: (chance) => ({ wire: pairOnce(chance, ([first, second]) => [second, first]) }),
  },
  {
    what: "two chats have changed places for one client",
    kind: "reordered",
    plan: (chance) => ({
      wire: pairOnce(chance, ([first, second]) => [
        { ...second, offset: first.offset },
        { ...first, offset: second.offset },
      ]),
    }),
  },
  {
    what: "a sender receives its own chat beside the ack",
    kind: "echoed",
    plan: (chance) => ({ wire: echo(chance, { isAcknowledged: true }) }),
  },
  {
    what: "a sender receives its own chat instead of the ack",
    kind: "echoed",
    plan: (chance) => ({ wire: echo(chance, { isAcknowledged: false }) }),
  },
  {
    what: "the hub hears of another text than was sent",
    kind: "invented",
    plan: (chance) => ({
      telling: onceTold(chance, (entry, tell) => tell({ ...entry, message: "never said" })),
    }),
  },
  {
    what: "one client receives another text",
    kind: "invented",
    plan: (chance) => ({ wire: once(chance, "chat", withOther({ message: "never said" })) }),
  },
  {
    what: "one client receives a chat under another name",
    kind: "invented",
    plan: (chance) => ({ wire: once(chance, "chat", withOther({ username: "nobody" })) }),
  },
  {
    what: "one client receives an ack of what nobody sent",
    kind: "invented",
    plan: (chance) => ({ wire: once(chance, "ack", withOther({ id: "never said" })) }),
  },
  {
    what: "an ack reaches another one too",
    kind: "misanswered",
    plan: (chance) => ({
      wire: once(chance, "ack", (...args) => {
        hand(...args);
        toAnother(...args);
      }),
    }),
  },
  {
    what: "a Fibonacci number reaches another one",
    kind: "misanswered",
    plan: (chance) => ({ wire: once(chance, "fibonacci", toAnother) }),
  },
  {
    what: "a Fibonacci number is wrong",
    kind: "misanswered",
    plan: (chance) => ({
      wire: once(chance, "fibonacci", withOther({ result: "2880067194370816121" })),
    }),
  },
  {
    what: "a question is answered twice",
    kind: "misanswered",
    plan: (chance) => ({ wire: once(chance, "fibonacci", twice) }),
  },
  {
    what: "an error reaches another one",
    kind: "misanswered",
    plan: (chance) => ({
      wire: once(chance, "fibonacci", (client, message, deliver) => {
        const id = message.type === "fibonacci" ? message.id : undefined;
        toAnother(client, { type: "error", code: "busy", message: "", id }, deliver);
      }),
    }),
  },
];

for (const { what, kind, plan } of CASES) {
  Deno.test(`checkHistories() finds ${kind}, and nothing else, where ${what}`, async () => {
    const first = anySeed();
    for (let seed = first; seed < first + 3; seed++) {
      const chance = new Chance(seed);
      const { findings } = await converse(chance, plan(chance));
      const kinds = [...new Set(findings.map((finding) => finding.kind))];
      assert.deepEqual(kinds, [kind], `seed ${seed}: ${JSON.stringify(findings.slice(0, 5))}`);
    }
  });
}
