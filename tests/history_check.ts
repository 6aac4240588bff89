/**
 * The checker of histories: from what all clients recorded to what was not as promised. Pure.
 *
 * It relies on each chat having an id: then each offset of a client's range comes by once, as somebody's `chat` or as its
 * own `ack`. A client's range begins at a `welcome` that does not resume, and lasts until the next one: what is missed
 * between two ranges was said to be.
 *
 * Invariant: one fault is one kind of finding, told of each client that it befell.
 *
 * @see docs/PROTOCOL.md, sections 3 and 4
 * @module
 */

import type { ServerMessageOf } from "../lib/protocol.ts";
import type { History } from "./history.ts";
import { type Said, World } from "./history_world.ts";

/**
 * What may be wrong.
 *
 * - `lost`: an offset of a client's range never came by.
 * - `doubled`: an offset, or one chat at two offsets, or more acks than the chat was sent.
 * - `reordered`: a smaller offset after a greater one, or another chat at an offset than somebody else had there.
 * - `echoed`: its own chat as a chat.
 * - `invented`: a chat that nobody sent so, or an ack of none that anybody sent.
 * - `misanswered`: an answer to what somebody else asked or said, or a wrong one.
 */
export type Kind = "lost" | "doubled" | "reordered" | "echoed" | "invented" | "misanswered";

/** One thing that was not as promised. */
export interface Finding {
  readonly kind: Kind;
  /** To whom it happened. */
  readonly client: string;
  readonly what: string;
}

/** What {@linkcode checkHistories} has found. */
export interface Verdict {
  readonly findings: readonly Finding[];
  /** How many chats were sent, each counted once. */
  readonly chats: number;
  /** How many chats were received, by all together. */
  readonly deliveries: number;
  readonly acks: number;
  /** How many answers to Fibonacci requests came. */
  readonly answers: number;
  /** How often a client came back, and resumed or was told that it may have missed something. */
  readonly resumed: number;
  readonly notResumed: number;
}

/** What one client has seen of one epoch. */
class Seen {
  /** Before the first offset of the range. */
  start = 0;
  position = 0;
  readonly offsets = new Set<number>();
  /** Offsets at which something else than a chat or an ack came: that is its own finding. */
  readonly filled = new Set<number>();
  readonly chats = new Map<Said, number>();
  readonly acks = new Map<Said, { readonly offset: number; times: number }>();
}

/** Goes through the history of one client. */
class Walk {
  readonly #world: World;
  readonly #history: History;
  readonly #find: (kind: Kind, what: string) => void;
  readonly #epochs = new Map<string, Seen>();
  readonly #answered = new Set<string>();
  #welcome: ServerMessageOf<"welcome"> | undefined;
  #seen = new Seen();
  readonly counts = { deliveries: 0, acks: 0, answers: 0, resumed: 0, notResumed: 0 };

  constructor(world: World, history: History, findings: Finding[]) {
    this.#world = world;
    this.#history = history;
    const { client } = history;
    this.#find = (kind, what) => findings.push({ kind, client, what });
  }

  run(): void {
    for (const event of this.#history.events) {
      if (event.type === "welcome") this.#welcomed(event);
      else if (event.type === "chat") this.#chat(event);
      else if (event.type === "ack") this.#ack(event);
      else if (event.type === "fibonacci") this.#answer(event);
      else if (event.type === "error") this.#error(event);
    }
  }

  /** Tells what is missing in the last range; meant for when all have been walked through. */
  end(): void {
    if (this.#welcome === undefined) return;
    const { isSettled } = this.#history;
    this.#endRange(isSettled ? this.#world.newest(this.#welcome.epoch) : this.#seen.position);
  }

  #welcomed(welcome: ServerMessageOf<"welcome">): void {
    const before = this.#welcome;
    this.#welcome = welcome;
    if (welcome.resumed) {
      this.counts.resumed++;
      const isSame = before !== undefined && before.epoch === welcome.epoch &&
        before.client_id === welcome.client_id && before.username === welcome.username;
      if (!isSame) this.#find("misanswered", `resumed as ${welcome.client_id} ${welcome.epoch}`);
      return;
    }
    if (before !== undefined) {
      this.counts.notResumed++;
      this.#endRange(this.#seen.position);
    }
    this.#seen = this.#epochs.get(welcome.epoch) ?? new Seen();
    this.#epochs.set(welcome.epoch, this.#seen);
    this.#seen.start = this.#seen.position = welcome.offset;
  }

  #endRange(end: number): void {
    const { start, offsets, filled } = this.#seen;
    const missing: number[] = [];
    for (let offset = start + 1; offset <= end && missing.length <= 10; offset++) {
      if (!offsets.has(offset) && !filled.has(offset)) missing.push(offset);
    }
    if (missing.length === 0) return;
    const shown = `${missing.slice(0, 10)}${missing.length > 10 ? " and more" : ""}`;
    this.#find("lost", `${shown}, of those after ${start} up to ${end}`);
  }

  #chat(chat: ServerMessageOf<"chat">): void {
    this.counts.deliveries++;
    const { offset, client_id, id = "" } = chat;
    const speaker = this.#world.speaker(client_id);
    const said = this.#world.said(speaker?.client ?? "", id);
    const isTrue = said !== undefined && said.text === chat.message &&
      speaker?.username === chat.username;
    if (!isTrue) {
      this.#seen.filled.add(offset);
      return this.#find("invented", JSON.stringify(chat));
    }
    this.#place(offset, said);
    if (said.by === this.#history.client) {
      this.#seen.filled.add(offset);
      return this.#find("echoed", `${offset}: ${chat.message}`);
    }
    const before = this.#seen.chats.get(said);
    this.#seen.chats.set(said, offset);
    if (before !== undefined && before !== offset) {
      this.#seen.filled.add(offset);
      return this.#find("doubled", `${offset}: ${chat.message}, before at ${before}`);
    }
    this.#pass(offset, chat.message);
  }

  #ack({ id, offset }: ServerMessageOf<"ack">): void {
    this.counts.acks++;
    const said = this.#world.said(this.#history.client, id);
    if (said === undefined) {
      this.#seen.filled.add(offset);
      const kind = this.#world.isSaid(id) ? "misanswered" : "invented";
      return this.#find(kind, `an ack of ${id} at ${offset}`);
    }
    this.#place(offset, said);
    const acked = this.#seen.acks.get(said);
    if (acked === undefined) {
      this.#seen.acks.set(said, { offset, times: 1 });
      // Sent again after a loss that was told: its place may be before the new range.
      if (offset > this.#seen.start || this.#seen.offsets.has(offset)) this.#pass(offset, id);
      return;
    }
    acked.times++;
    if (acked.offset !== offset) {
      this.#seen.filled.add(offset);
      this.#find("doubled", `an ack of ${id} at ${offset}, before at ${acked.offset}`);
    } else if (acked.times > said.times) {
      this.#find("doubled", `${acked.times} acks of ${id} at ${offset}, sent ${said.times} times`);
    }
  }

  /** An offset comes by. */
  #pass(offset: number, what: string): void {
    const { offsets, position } = this.#seen;
    if (offsets.has(offset)) return this.#find("doubled", `${offset}: ${what}`);
    offsets.add(offset);
    if (offset > position) this.#seen.position = offset;
    else this.#find("reordered", `${offset} after ${position}: ${what}`);
  }

  #place(offset: number, said: Said): void {
    const first = this.#world.place(this.#welcome?.epoch ?? "", offset, said);
    if (first === said) return;
    this.#find("reordered", `${offset}: ${said.text}, where others had ${first.text}`);
  }

  #answer({ id = "", input, result }: ServerMessageOf<"fibonacci">): void {
    this.counts.answers++;
    const asked = this.#world.asked(this.#history.client, id);
    if (asked !== input || this.#answered.has(id)) {
      return this.#find("misanswered", `Fibonacci(${input}) for ${id}, asked: ${asked}`);
    }
    this.#answered.add(id);
    if (String(result) !== String(fibonacci(input))) {
      this.#find("misanswered", `Fibonacci(${input}) is not ${result}`);
    }
  }

  #error({ id, code }: ServerMessageOf<"error">): void {
    if (id === undefined) return;
    const { client } = this.#history;
    if ((this.#world.said(client, id) ?? this.#world.asked(client, id)) !== undefined) return;
    this.#find("misanswered", `the error ${code} for ${id}`);
  }
}

/** Fibonacci by the definition, not by the server's way. */
function fibonacci(n: number): bigint {
  let [current, next] = [0n, 1n];
  for (let step = 0; step < n; step++) [current, next] = [next, current + next];
  return current;
}

/**
 * Judges the histories of all clients of one run.
 *
 * @param journal That of the journal, where it is at hand: no client, but what it keeps must be as the others saw it.
 * @returns What was not as promised, empty where all was; and how much there was.
 */
export function checkHistories(clients: readonly History[], journal?: History): Verdict {
  const findings: Finding[] = [];
  const histories = journal === undefined ? clients : [...clients, journal];
  const world = new World(histories);
  const all = histories.map((history) => new Walk(world, history, findings));
  for (const walk of all) walk.run();
  for (const walk of all) walk.end();
  const walks = all.slice(0, clients.length);
  const sum = (of: keyof Walk["counts"]) =>
    walks.reduce((total, { counts }) => total + counts[of], 0);
  return {
    findings,
    chats: world.chats,
    deliveries: sum("deliveries"),
    acks: sum("acks"),
    answers: sum("answers"),
    resumed: sum("resumed"),
    notResumed: sum("notResumed"),
  };
}
