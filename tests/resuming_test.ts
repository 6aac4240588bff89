/**
 * Whatever happens to its frames and its sockets, a connection hears the whole order once: random histories against the
 * model of a server, in fake time.
 *
 * @module
 */

import assert from "node:assert/strict";
import fc from "fast-check";
import { type CaughtUp, Connection } from "../client/connection.ts";
import type { ServerMessage, ServerMessageOf } from "../lib/protocol.ts";
import { ackMessage, chatMessage, FakeSurroundings, timeMessage } from "./fake_surroundings.ts";

/** A server that keeps the order of one epoch, and knows one session for as long as it is not told to forget it. */
class Model {
  readonly #env: FakeSurroundings;
  #entries: ServerMessageOf<"chat" | "ack">[] = [];
  #epoch = 1;
  #session = 1;
  /** The first offset that it still has. */
  #first = 1;
  #served = 0;
  #read = 0;
  /** What happens to the next frame. */
  fate: "lost" | "doubled" | undefined;

  constructor(env: FakeSurroundings) {
    this.#env = env;
  }

  /** The whole order, as the client is to hear it. */
  get order(): string[] {
    return this.#entries.map((entry) => `e${this.#epoch} ${entry.type} ${entry.offset}`);
  }

  /** How often each chat of the client has got a place. */
  get ids(): string[] {
    return this.#entries.flatMap((entry) => entry.type === "ack" ? [entry.id] : []);
  }

  /** Welcomes whoever is new, and takes what was sent. */
  serve(): void {
    if (this.#env.sockets.length > this.#served) this.#welcome();
    for (const { type, id = "" } of this.#env.socket.sent.slice(this.#read)) {
      this.#read++;
      if (type !== "chat") continue;
      const known = this.#entries.find((entry) => entry.type === "ack" && entry.id === id);
      if (known === undefined) this.#order(ackMessage(id, this.#newest + 1));
      else this.#env.socket.receive(known);
    }
  }

  say(): void {
    this.#order(chatMessage("hello", this.#newest + 1));
  }

  tick(): void {
    this.send(timeMessage({ epoch: `e${this.#epoch}`, offset: this.#newest }));
  }

  cut(): void {
    this.#env.socket.lose();
  }

  /** Knows no session any more. */
  forget(): void {
    this.#session++;
    this.cut();
  }

  /** Has no chat any more. */
  trim(): void {
    this.#first = this.#newest + 1;
    this.cut();
  }

  /** Starts anew, with another order. */
  restart(): void {
    this.#epoch++;
    this.#entries = [];
    this.#first = 1;
    this.forget();
  }

  send(message: ServerMessage): void {
    const times = this.fate === "lost" ? 0 : this.fate === "doubled" ? 2 : 1;
    this.fate = undefined;
    for (let time = 0; time < times; time++) this.#env.socket.receive(message);
  }

  get #newest(): number {
    return this.#entries.length;
  }

  #order(entry: ServerMessageOf<"chat" | "ack">): void {
    this.#entries.push(entry);
    this.send(entry);
  }

  #welcome(): void {
    const { socket } = this.#env;
    this.#served = this.#env.sockets.length;
    this.#read = 0;
    const [session, epoch] = [`s${this.#session}`, `e${this.#epoch}`];
    const { after = -1, url: { searchParams } } = socket;
    const isKept = after + 1 >= this.#first && after <= this.#newest;
    const resumed = searchParams.get("session") === session &&
      searchParams.get("epoch") === epoch &&
      isKept;
    socket.welcome({ session, client_id: session, epoch, offset: this.#newest, resumed });
    if (resumed) { for (const entry of this.#entries.slice(after)) this.send(entry); }
  }
}

type Step = (model: Model, connection: Connection, env: FakeSurroundings) => void;

const TRAFFIC: Record<string, Step> = {
  chat: (model) => model.say(),
  say: (_, connection) => connection.say("mine"),
  tick: (model, _, env) => {
    env.time.advance(1000);
    model.tick();
  },
};
const LINK_FAULTS: Record<string, Step> = {
  lose: (model) => model.fate = "lost",
  double: (model) => model.fate = "doubled",
  cut: (model) => model.cut(),
  silence: (_model, _connection, env) => env.time.advance(4000),
};
const SERVER_FAULTS: Record<string, Step> = {
  forget: (model) => model.forget(),
  trim: (model) => model.trim(),
  restart: (model) => model.restart(),
};

function play(steps: readonly string[]) {
  const env = new FakeSurroundings();
  const model = new Model(env);
  const heard: string[] = [];
  const outcomes: { is: CaughtUp["is"]; after: number }[] = [];
  const ends = new Map<string, string[]>();
  const connection = new Connection({
    url: "ws://server/",
    surroundings: env,
    listeners: {
      message: (message) => {
        if (message.type !== "chat" && message.type !== "ack") return;
        const { epoch, position } = connection.storedSession ?? {};
        // The ack of a chat that was sent again tells of a place that was passed.
        const isLate = message.type === "ack" && message.offset < (position ?? 0);
        if (!isLate) heard.push(`${epoch} ${message.type} ${message.offset}`);
      },
      chat: ({ id, state }) => {
        if (state.at !== "waiting") ends.set(id, [...ends.get(id) ?? [], state.at]);
      },
      caughtUp: ({ is }) => outcomes.push({ is, after: heard.length }),
    },
  });
  connection.connect("ana");
  model.serve();
  const all = { ...TRAFFIC, ...LINK_FAULTS, ...SERVER_FAULTS };
  for (const step of steps) {
    all[step]?.(model, connection, env);
    model.serve();
  }
  // All is well again for a while, and one more is said, as what was lost on its way twice is not asked for a third time.
  model.fate = undefined;
  model.say();
  for (let second = 0; second < 120; second++) {
    TRAFFIC.tick?.(model, connection, env);
    model.serve();
  }
  return { env, model, heard, outcomes, ends, connection };
}

function steps(...kinds: Record<string, Step>[]): fc.Arbitrary<string[]> {
  const names = kinds.flatMap((kind) => Object.keys(kind));
  return fc.array(fc.constantFrom(...names), { maxLength: 60 });
}

Deno.test("Connection hears all and misses nothing, whatever the link loses, doubles and cuts", () => {
  fc.assert(
    fc.property(steps(TRAFFIC, LINK_FAULTS), (steps) => {
      const { env, model, heard, outcomes, ends, connection } = play(steps);
      // But for what was lost on its way twice: then the server does not seem to have it.
      if (outcomes.some(({ is }) => is === "may_have_missed")) {
        assert.ok(steps.filter((step) => step === "lose").length >= 2);
      } else assert.deepEqual(heard, model.order);
      assert.equal(connection.state.phase, "online");
      assert.deepEqual(
        [...ends.values()].flat(),
        steps.flatMap((s) => s === "say" ? ["sent"] : []),
      );
      assert.deepEqual([...ends.keys()].toSorted(), model.ids.toSorted());
      const faults = steps.filter((step) => step in LINK_FAULTS).length;
      assert.ok(env.sockets.length <= 1 + 2 * faults, `${env.sockets.length} sockets`);
    }),
    { numRuns: 500 },
  );
});

Deno.test("Connection hears each offset once, in order, and says so wherever one may be missing", () => {
  fc.assert(
    fc.property(steps(TRAFFIC, LINK_FAULTS, SERVER_FAULTS), (steps) => {
      const { model, heard, outcomes, connection } = play(steps);
      let [epoch, offset] = [1, 0];
      const places = heard.map((line) => line.match(/\d+/g)?.map(Number) ?? []);
      places.forEach(([nextEpoch = 0, nextOffset = 0], index) => {
        assert.ok(nextEpoch > epoch || nextEpoch === epoch && nextOffset > offset, `${heard}`);
        const isNext = nextEpoch === epoch && nextOffset === offset + 1;
        const isTold = outcomes.some(({ is, after }) => is === "may_have_missed" && after >= index);
        assert.ok(isNext || isTold, `${heard}, hole at ${index}`);
        [epoch, offset] = [nextEpoch, nextOffset];
      });
      assert.equal(connection.state.phase, "online");
      assert.equal(connection.storedSession?.position, model.order.length);
      assert.equal(connection.outstanding, 0);
    }),
    { numRuns: 500 },
  );
});
