/**
 * A conversation of many clients over several nodes, kept by all of them and judged at the end. What fails meanwhile is
 * history_troubles.ts's business.
 *
 * @module
 */

import type { ServerMessageOf } from "../lib/protocol.ts";
import { Chance } from "./chance.ts";
import type { Node } from "./cluster.ts";
import { eventually } from "./eventually.ts";
import { type History, journalHistory } from "./history.ts";
import { checkHistories, type Verdict } from "./history_check.ts";
import { HandTalker, LibraryTalker, type Stay, type Talker } from "./history_clients.ts";
import { within } from "./server.ts";

/** How often the conversation goes on. */
const BEAT_MS = 5;
/** More than so many of one's own chats do not wait: of the library the hundred-and-first would fail. */
const MOST_OUTSTANDING = 80;
/** The largest Fibonacci number that is asked for: some answers are numbers, some strings. */
const FIBONACCI_MOST = 120;
/** When all is well again, everybody has everything within this time: the longest wait before a try is among it. */
const SETTLED_WITHIN_MS = 30_000;

/** More findings than this say nothing new. */
const MOST_SHOWN = 10;

/** What {@linkcode Conversation} takes. */
export interface ConversationOptions {
  readonly url: string;
  /** How many clients use the library, and how many follow the protocol by hand. */
  readonly library: number;
  readonly byHand: number;
  readonly chance: Chance;
}

/** How clients talk. */
export interface TalkOptions {
  /** How many chats they say together. */
  readonly chats: number;
  readonly perSecond: number;
  /** Called before each chat with how many there were. */
  readonly before: (said: number) => void;
}

/** Clients that talk to one another. */
export class Conversation {
  readonly talkers: readonly Talker[];
  readonly #chance: Chance;
  #said = 0;

  constructor({ url, library, byHand, chance }: ConversationOptions) {
    this.#chance = chance;
    const make = (Kind: typeof LibraryTalker | typeof HandTalker, count: number) =>
      Array.from({ length: count }, (_, index) => {
        const name = `${Kind === HandTalker ? "hand" : "lib"}-${index}`;
        return new Kind({ url, name, chance: new Chance(chance.below(2 ** 32)) });
      });
    this.talkers = [...make(LibraryTalker, library), ...make(HandTalker, byHand)];
  }

  /** Resolves when all are there. */
  async gather(): Promise<void> {
    await eventually(() => {
      const absent = this.talkers.filter(({ isOnline }) => !isOnline);
      if (absent.length > 0) throw new Error(`not there: ${namesOf(absent)}`);
    }, SETTLED_WITHIN_MS);
  }

  /** Lets them talk, whoever's turn it is by chance. Resolves when all is said. */
  async talk({ chats, perSecond, before }: TalkOptions): Promise<void> {
    const startedAt = performance.now();
    const { promise, resolve } = Promise.withResolvers<void>();
    let said = 0;
    const timer = setInterval(() => {
      const due = Math.min(chats, (performance.now() - startedAt) * perSecond / 1000);
      for (; said < due; said++) {
        const ready = this.talkers.filter(({ outstanding }) => outstanding < MOST_OUTSTANDING);
        const talker = this.#chance.pick(ready);
        if (talker === undefined) return;
        before(said);
        talker.say(`chat ${this.#said++} of ${talker.recorder.client}`);
        if (this.#chance.below(20) === 0) talker.ask(this.#chance.below(FIBONACCI_MOST));
      }
      if (said === chats) resolve();
    }, BEAT_MS);
    try {
      await within(60_000 + 3000 * chats / perSecond, "everything is said", promise);
    } finally {
      clearInterval(timer);
    }
  }

  /**
   * Waits until everybody is there, has an answer to everything, and has everything.
   *
   * @throws {Error} If that takes too long, with what is wrong by then.
   */
  async settle(): Promise<void> {
    const { talkers } = this;
    try {
      await eventually(() => {
        const newest = Math.max(...talkers.map(({ position }) => position));
        const late = talkers.filter(({ isOnline, outstanding, position }) =>
          !isOnline || outstanding > 0 || position < newest
        );
        if (late.length > 0) throw new Error(namesOf(late));
      }, SETTLED_WITHIN_MS);
    } catch (error) {
      const findings = this.#verdict().findings.slice(0, MOST_SHOWN);
      throw new Error(`not settled: ${error}; ${JSON.stringify(findings)}`);
    }
  }

  /** Judges what they have kept, and what a node finds in the journal. */
  async judge(node: Node): Promise<Verdict> {
    return this.#verdict(journalHistory(await readJournal(node)));
  }

  /**
   * The sockets that a node has now.
   *
   * @param node As it names itself.
   */
  staysAt(node: string): readonly Stay[] {
    return this.talkers.flatMap(({ stays }) => stays)
      .filter((stay) => stay.node === node && stay.closedAt === undefined);
  }

  /** All say goodbye. */
  end(): void {
    for (const talker of this.talkers) talker.end();
  }

  #verdict(journal?: History): Verdict {
    const told = checkHistories(this.talkers.map(({ recorder }) => recorder), journal);
    const wire = checkHistories(this.talkers.map(({ wire }) => wire), journal);
    const onWire = wire.findings.map(({ client, ...found }) => ({
      ...found,
      client: `${client}, on the wire`,
    }));
    return { ...told, findings: [...told.findings, ...onWire] };
  }
}

function namesOf(talkers: readonly Talker[]): string {
  return talkers.map(({ recorder, isOnline, outstanding, position }) =>
    `${recorder.client} (${isOnline ? "online" : "away"}, ${outstanding} out, at ${position})`
  ).join(", ");
}

interface Page {
  readonly epoch: string;
  readonly messages: readonly ServerMessageOf<"chat">[];
  readonly next: number | null;
}

/** Everything that a node's journal keeps. */
async function readJournal(
  node: Node,
): Promise<{ epoch: string; chats: readonly ServerMessageOf<"chat">[] }> {
  const chats: ServerMessageOf<"chat">[] = [];
  for (let after = 0;;) {
    const page = await node.get(`/api/messages?after=${after}&limit=1000`);
    const { epoch, messages, next } = page as Page;
    chats.push(...messages);
    if (next === null) return { epoch, chats };
    after = next;
  }
}
