/**
 * What the dashboards of all nodes have in common: the news of every node, kept for a quarter of an hour, and questions to
 * the node that has the answer. By the bus, where there is one; a node alone asks itself.
 *
 * Invariant: what another node says is parsed like a client's words, is kept within bounds, and is lost where the bus loses
 * it: the next `whole` puts it right.
 *
 * @module
 */

import type { AdminAnswer, AdminRequest, News, NodeMessage, Watched } from "./admin_message.ts";
import { parseNodeMessage } from "./admin_message.ts";
import type { AdminDesk } from "./admin_desk.ts";
import type { Bus } from "./bus.ts";
import type { Time } from "./clock.ts";
import { Ring } from "./ring.ts";
import { LINES_KEPT, type Sample, SAMPLES_KEPT } from "./sample.ts";

/** A node that has said nothing for so long is not asked. */
const SILENT_MS = 5000;
/** How long an answer is waited for. */
const ANSWER_MS = 1000;
/** What is kept of a node that says nothing more, in ms, and of how many nodes. */
const FORGOTTEN_MS = SAMPLES_KEPT * 1000;
const NODES = 64;

/** What is kept of one node. */
class Chronicle {
  samples = new Ring<Sample>(SAMPLES_KEPT);
  lines = new Ring<News["lines"][number]>(LINES_KEPT);
  /** When it was heard last. */
  heardAt: number;

  constructor(now: number) {
    this.heardAt = now;
  }

  take({ whole, samples, lines, silent_ms = 0 }: News, now: number): void {
    this.heardAt = now - silent_ms;
    if (whole) {
      this.samples = new Ring(SAMPLES_KEPT);
      this.lines = new Ring(LINES_KEPT);
    }
    for (const sample of samples) this.samples.push(sample);
    for (const line of lines) this.lines.push(line);
  }

  toNews(node: string): News {
    const [samples, lines] = [this.samples.toArray(), this.lines.toArray()];
    return { type: "news", node, whole: true, samples: samples as News["samples"], lines };
  }
}

/** What {@linkcode AdminExchange} takes. */
export interface AdminExchangeOptions {
  readonly bus: Bus | undefined;
  readonly nodeId: string;
  readonly desk: Pick<AdminDesk, "answer">;
  readonly time: Time;
  /** Something is new of some node. */
  readonly news: (news: News) => void;
}

interface Question {
  readonly open: Set<string>;
  readonly answers: Map<string, AdminAnswer>;
  readonly done: () => void;
}

/** One node's part of it. */
export class AdminExchange {
  readonly #options: AdminExchangeOptions;
  readonly #chronicles = new Map<string, Chronicle>();
  readonly #questions = new Map<string, Question>();
  readonly #watchers = new Map<string, (watched: Watched) => void>();
  /** Whether somebody has asked for all that this node keeps of itself. */
  #isWanted = false;
  /** Nodes that have just come, to which nobody has told yet of those that are silent, and when that is to be done. */
  readonly #newcomers = new Set<string>();
  #tellAt = 0;

  constructor(options: AdminExchangeOptions) {
    this.#options = options;
    options.bus?.subscribe({
      message: (text) => this.#hear(text),
      changed: (up) => up && this.meet(),
    });
  }

  /**
   * Asks the others for what they have kept: this node has just come, perhaps after the broker, or the broker has come
   * back, and each has missed what the others told meanwhile.
   */
  meet(): void {
    this.#isWanted = true;
    const { nodeId: node } = this.#options;
    const is_new = [...this.#chronicles.keys()].every((known) => known === node);
    this.#publish({ type: "wanted", node, is_new });
  }

  /** Takes what is new of this node, and tells the others; for each second. */
  tell({ samples, lines }: Pick<News, "samples" | "lines">): void {
    const { nodeId: node } = this.#options;
    const news: News = { type: "news", node, whole: false, samples, lines };
    this.#take(news);
    const own = this.#chronicles.get(node);
    this.#publish(this.#isWanted && own ? own.toNews(node) : news);
    this.#isWanted = false;
    if (this.#newcomers.size > 0 && this.#options.time.elapsed() >= this.#tellAt) {
      this.#tellOfSilent();
    }
    this.#forget();
  }

  /** All that is kept, node by node. */
  get kept(): News[] {
    const now = this.#options.time.elapsed();
    return [...this.#chronicles].map(([node, chronicle]) => ({
      ...chronicle.toNews(node),
      silent_ms: Math.max(0, now - chronicle.heardAt),
    }));
  }

  /** The nodes that live, as far as this one knows. */
  get nodes(): string[] {
    const since = this.#options.time.elapsed() - SILENT_MS;
    return [...this.#chronicles].filter(([, { heardAt }]) => heardAt >= since)
      .map(([node]) => node);
  }

  /** Tells new nodes of those that can do so no more themselves; one of the others does, the first by name. */
  #tellOfSilent(): void {
    const { nodes } = this;
    const [first] = nodes.filter((node) => !this.#newcomers.has(node)).sort();
    this.#newcomers.clear();
    if (first !== this.#options.nodeId) return;
    for (const news of this.kept) if (!nodes.includes(news.node)) this.#publish(news);
  }

  /**
   * Asks nodes, this one among them.
   *
   * @returns Their answers; of those that do not answer within a second there is none. Never rejects.
   */
  async ask(to: readonly string[], request: AdminRequest): Promise<Map<string, AdminAnswer>> {
    const { nodeId: node, desk, time } = this.#options;
    const answers = new Map<string, AdminAnswer>();
    if (to.includes(node)) answers.set(node, desk.answer(request, node));
    const others = to.filter((other) => other !== node);
    if (others.length === 0) return answers;
    const id = crypto.randomUUID();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#questions.set(id, { open: new Set(others), answers, done: resolve });
    this.#publish({ type: "ask", node, to: others, id, request });
    const cancel = time.after(ANSWER_MS, resolve);
    await promise;
    cancel();
    this.#questions.delete(id);
    return answers;
  }

  /** Hands what has passed on a connection to who watches it, on whichever node that is. */
  deliver(to: string, watched: Watched): void {
    const { nodeId: node } = this.#options;
    if (to === node) this.#watchers.get(watched.watch)?.(watched);
    else this.#publish({ type: "watched", node, to, watched });
  }

  /** Hears from now on what a watch tells; returns what ends that. */
  listen(watch: string, heard: (watched: Watched) => void): () => void {
    this.#watchers.set(watch, heard);
    return () => this.#watchers.delete(watch);
  }

  #publish(message: NodeMessage): void {
    this.#options.bus?.publish(JSON.stringify(message));
  }

  #hear(text: string): void {
    const parsed = parseNodeMessage(text);
    const { nodeId: node } = this.#options;
    // Its own comes round too.
    if (!parsed.ok || parsed.value.node === node) return;
    const message = parsed.value;
    switch (message.type) {
      case "news":
        return this.#take(message);
      case "wanted":
        this.#isWanted = true;
        if (message.is_new) this.#welcome(message.node);
        return;
      case "ask":
        if (!message.to.includes(node)) return;
        return this.#publish({
          type: "answer",
          node,
          to: message.node,
          id: message.id,
          answer: this.#options.desk.answer(message.request, message.node),
        });
      case "answer":
        if (message.to === node) this.#answered(message);
        return;
      case "watched":
        if (message.to === node) this.#watchers.get(message.watched.watch)?.(message.watched);
        return;
    }
  }

  #welcome(node: string): void {
    // It may be there in the place of one that has just gone: by then that one is known to be silent.
    if (this.#newcomers.size === 0) this.#tellAt = this.#options.time.elapsed() + SILENT_MS + 1000;
    this.#newcomers.add(node);
  }

  #answered({ node, id, answer }: Extract<NodeMessage, { type: "answer" }>): void {
    const question = this.#questions.get(id);
    if (question === undefined || !question.open.delete(node)) return;
    question.answers.set(node, answer);
    if (question.open.size === 0) question.done();
  }

  #take(news: News): void {
    const now = this.#options.time.elapsed();
    let chronicle = this.#chronicles.get(news.node);
    // What was heard of the node itself is better than what others have kept of it.
    if (chronicle !== undefined && news.silent_ms !== undefined) return;
    if (chronicle === undefined) {
      if (this.#chronicles.size >= NODES && !this.#dropSilent()) return;
      this.#chronicles.set(news.node, chronicle = new Chronicle(now));
    }
    chronicle.take(news, now);
    this.#options.news(news);
  }

  /** Makes room for one more node by forgetting the one that is silent for longest, if there is one. */
  #dropSilent(): boolean {
    const { nodes } = this;
    const [longest] = [...this.#chronicles].filter(([node]) => !nodes.includes(node))
      .sort(([, a], [, b]) => a.heardAt - b.heardAt);
    return longest !== undefined && this.#chronicles.delete(longest[0]);
  }

  #forget(): void {
    const since = this.#options.time.elapsed() - FORGOTTEN_MS;
    for (const [node, { heardAt }] of this.#chronicles) {
      if (heardAt < since) this.#chronicles.delete(node);
    }
  }
}
