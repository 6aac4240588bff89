/**
 * One run of presence: commands that come together, in the order that the test chooses, and what is there then.
 *
 * @module
 */

import assert from "node:assert/strict";
import { type Observed, START, type SteppedDatabase } from "./presence_model_database.ts";
import { type Event, fading, Judge } from "./presence_model_judge.ts";
import { Known } from "./presence_model_known.ts";
import { ModelNode, type Trouble } from "./presence_model_node.ts";
import { isFaded, nameOf } from "./presence_model_rules.ts";
import { describe, describeConnected, describeRows } from "./presence_model_story.ts";
import { Turns } from "./presence_model_turns.ts";
import { LEASE_MS } from "./presence_world.ts";

/** Numbers choose one of those that there are then. */
export type Command =
  | { readonly do: "claim"; readonly node: number; readonly name: number }
  | { readonly do: "claim again" | "leave" | "release"; readonly held: number }
  | { readonly do: "resume"; readonly node: number; readonly session: number }
  | { readonly do: "befall"; readonly node: number; readonly trouble: Trouble }
  | { readonly do: "start" };

/** What happens to the clocks: of all, of the database alone, of a node alone; or one wakes up. */
export type Passing =
  | { readonly do: "pass" | "set"; readonly ms: number }
  | { readonly do: "beat" | "wake"; readonly node: number };

/** What comes together. */
export interface Step {
  readonly passing: Passing | undefined;
  readonly commands: readonly Command[];
  /** See {@linkcode Turns.settle}. */
  readonly order: readonly number[];
}

const NAMES = ["a", "b", "c"];
/** The most nodes at a time. */
const NODES = 3;
/** After so many beats the dead are gone, however the clock was set. */
const BEATS = 20;

/** A session and its node, as the node or the database has it. */
interface Recorded {
  readonly id: string;
  readonly version: number;
  readonly nodeId: string;
  readonly isAway: boolean;
}

/** A run. */
export class Run {
  readonly #database: SteppedDatabase;
  readonly #turns = new Turns();
  readonly #judge = new Judge();
  readonly #known = new Known();
  readonly #nodes: ModelNode[] = [];
  /** All that there ever were. */
  readonly #sessions: string[] = [];
  /** Those of them that were seen in the database. */
  readonly #recorded = new Set<string>();
  #now = START;
  #observed: Observed = { rows: [], leases: [] };
  #events: Event[] = [];
  /** What was done, a line for a step. */
  readonly story: string[] = [];

  constructor(database: SteppedDatabase) {
    this.#database = database;
  }

  /** Begins, with so many nodes. */
  async begin(nodes: number): Promise<void> {
    await this.#database.clear();
    await this.#database.setClock(this.#now);
    const start = () => void this.#start();
    await this.#together(undefined, Array.from({ length: nodes }, () => start));
  }

  /**
   * Does what comes together; returns how many of the commands could be done.
   *
   * @throws {AssertionError} If what is there then is against the rules.
   */
  async step({ passing, commands, order }: Step): Promise<number> {
    if (passing === undefined && commands.length === 0) return 0;
    let done = 0;
    const actions = commands.map((command) => () => {
      if (this.#do(command)) done++;
    });
    await this.#together(passing, actions, order);
    return done;
  }

  /**
   * All is well again, who missed something learns it, and what is left of the dead goes.
   *
   * @throws {AssertionError} As {@linkcode Run.step}.
   */
  async settle(): Promise<void> {
    if (this.#present.length === 0) await this.#together(undefined, [() => void this.#start()]);
    for (const node of this.#present) {
      node.database.fault = undefined;
      if (node.is === "asleep") await this.#together({ do: "wake", node: 0 }, []);
    }
    if (this.#present.some(({ presence }) => !presence.up)) {
      await this.#together({ do: "pass", ms: 1000 }, []);
    }
    const hear = () => this.#present.forEach((node) => node.hear());
    for (let beat = 0; beat < BEATS; beat++) {
      await this.#together({ do: "pass", ms: LEASE_MS / 3 }, [hear]);
      const dead = this.#observed.leases.length - this.#present.length;
      if (dead + this.#nobodys.length === 0) return;
    }
    assert.fail(`nodes that are dead are left, or rows of nobody: ${this.#nobodys}`);
  }

  /**
   * After settling: each name is one's, the rows are what the nodes have, and so are the open visits.
   *
   * @throws {AssertionError} If not.
   */
  async check(): Promise<void> {
    for (const { name, presence } of this.#present) {
      assert.ok(presence.up && presence.isSure, `${name} is well`);
    }
    const here = this.#held.filter(({ isAway }) => !isAway);
    const names = here.map(({ id }) => nameOf(id));
    assert.equal(new Set(names).size, names.length, `one name, two sessions: ${names}`);
    const connected = this.#rows.filter(({ isAway }) => !isAway);
    assert.deepEqual(short(connected), short(here), "the rows are what the nodes have");
    await this.#checkVisits(connected);
  }

  get #held(): readonly Recorded[] {
    return this.#present.flatMap(({ held, presence: { nodeId } }) =>
      [...held].map(([id, { isAway, version }]) => ({ id, version, nodeId, isAway }))
    );
  }
  get #rows(): readonly Recorded[] {
    return this.#observed.rows.map(({ id, version, nodeId, awayUntil }) => ({
      id,
      version,
      nodeId,
      isAway: awayUntil !== null,
    }));
  }
  /** Rows that no node would remove. */
  get #nobodys(): readonly string[] {
    const held = short(this.#held);
    return short(this.#rows).filter((row) => !held.includes(row));
  }

  async #checkVisits(connected: readonly { id: string; nodeId: string }[]): Promise<void> {
    const visits = await this.#database.visits();
    const short = (all: typeof connected) => all.map(({ id, nodeId }) => `${id} ${nodeId}`).sort();
    const open = visits.filter(({ code }) => code === null);
    assert.deepEqual(short(open), short(connected), "the open visits are those who are connected");
    const numbers = visits.map(({ number }) => number);
    assert.deepEqual(numbers, visits.map((_, index) => index + 1), "each session is one visit");
    const missing = [...this.#recorded].filter((id) => visits.every((visit) => visit.id !== id));
    assert.deepEqual(missing, [], "these are among the visits");
  }

  get #present(): ModelNode[] {
    return this.#nodes.filter(({ is }) => is !== "gone");
  }
  get #awake(): ModelNode[] {
    return this.#nodes.filter(({ is }) => is === "awake");
  }

  async #together(
    passing: Passing | undefined,
    actions: readonly (() => void)[],
    order: readonly number[] = [],
  ): Promise<void> {
    this.#events = [];
    for (const node of this.#present) node.begin();
    const ended = new Set(this.#nodes.filter(({ is }) => is === "gone"));
    const passed = await this.#pass(passing);
    await this.#turns.settle(order, actions);
    for (const node of this.#nodes) if (!ended.has(node)) node.end();
    const mayFade = this.#observed.rows.some(({ awayUntil }) => isFaded(awayUntil, this.#now));
    const [reaper] = this.#awake;
    if (mayFade && reaper) this.#events.push(fading(reaper.name));
    this.story.push(describe({ passed, events: this.#events, order }));
    await this.#look();
  }

  /** Lets time pass; returns what it did. */
  async #pass(passing: Passing | undefined): Promise<string> {
    if (passing === undefined) return "";
    if ("ms" in passing) return await this.#passMs(passing);
    const is = passing.do === "wake" ? "asleep" : "awake";
    const node = pick(this.#nodes.filter((one) => one.is === is), passing.node);
    if (passing.do === "wake") node?.wake();
    else node?.pass(LEASE_MS / 3);
    return node === undefined ? "" : `${node.name} ${passing.do}s`;
  }

  async #passMs({ do: what, ms }: { readonly do: "pass" | "set"; readonly ms: number }) {
    // Who has not noticed that its lease was over would have it again, though its names may be others' by now.
    const revives = this.#observed.leases.some(({ nodeId, until }) =>
      until <= this.#now && until > this.#now + ms &&
      this.#nodes.some((node) => node.trustsItsLease && node.database.ids.has(nodeId))
    );
    if (revives) return "";
    this.#now += ms;
    await this.#database.setClock(this.#now);
    if (what === "set") return `the database's clock is set by ${ms} ms`;
    for (const node of this.#present) node.pass(ms);
    return `${ms} ms pass`;
  }

  /** Returns whether it could be done. */
  #do(command: Command): boolean {
    if (command.do === "start") return this.#start();
    if ("held" in command) return this.#doWithHeld(command);
    const node = pick(this.#awake, command.node);
    if (node === undefined) return false;
    if (command.do === "befall") return node.befall(command.trouble), true;
    if (command.do === "claim") return this.#claim(node, command.name);
    const id = pick(this.#sessions, command.session);
    return id !== undefined && node.resume(id);
  }

  #doWithHeld(command: { readonly do: string; readonly held: number }): boolean {
    const all = this.#awake.flatMap((node) => [...node.held.keys()].map((id) => ({ node, id })));
    const one = pick(all, command.held);
    if (one === undefined) return false;
    if (command.do === "leave") one.node.leave(one.id);
    else if (command.do === "release") one.node.release(one.id);
    // Nobody can come back who was not let in yet.
    else if (one.node.held.get(one.id)!.connectedAt !== undefined) one.node.claim(one.id);
    else return false;
    return true;
  }

  #claim(node: ModelNode, number: number): boolean {
    const has = [...node.held.keys()].map(nameOf);
    const name = pick(NAMES.filter((name) => !has.includes(name)), number);
    if (name === undefined) return false;
    const id = `${name}${this.#sessions.length}`;
    this.#sessions.push(id);
    node.claim(id);
    return true;
  }

  #start(): boolean {
    if (this.#present.length >= NODES) return false;
    const node = new ModelNode({
      name: `n${this.#nodes.length}`,
      database: this.#database.connect(this.#turns),
      known: this.#known,
      happen: (event) => this.#events.push(event),
    });
    this.#nodes.push(node);
    this.#judge.add(node.name);
    node.start();
    return true;
  }

  /** Compares what there is with what ought to be. */
  async #look(): Promise<void> {
    assert.deepEqual(this.#known.faults, []);
    const { rows, leases } = this.#observed = await this.#database.observe();
    for (const { id } of rows) this.#recorded.add(id);
    const ownerOf = (nodeId: string) =>
      this.#nodes.find(({ database }) => database.ids.has(nodeId))?.name ?? nodeId;
    const there = rows.map(({ nodeId, awayUntil, ...row }) => ({
      ...row,
      node: ownerOf(nodeId),
      awayUntil: awayUntil ?? undefined,
    }));
    const ought = this.#judge.judge({
      now: this.#now,
      events: this.#events,
      nodes: new Map(this.#nodes.map((node) => [node.name, node.circumstances])),
      rows: there,
      leases: new Map(leases.map(({ nodeId, until }) => [ownerOf(nodeId), until])),
      connected: new Map(
        this.#awake.map(({ name, held }) => [
          name,
          describeConnected(held, ({ isAway }) => !isAway),
        ]),
      ),
    });
    if (ought === undefined) return;
    assert.fail(`There is\n${describeRows(there)}\nand there ought to be\n${ought}`);
  }
}

function short(all: readonly Recorded[]): string[] {
  return all.map((one) => Object.values(one).join(" ")).sort();
}

function pick<T>(list: readonly T[], number: number): T | undefined {
  return list[number % list.length];
}
