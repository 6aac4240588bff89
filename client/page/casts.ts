/**
 * The messages received from the server, newest first, as the panel "Broadcasts received" shows them. What the page asks
 * for by itself, again and again, is not among them: pongs and the list of people.
 *
 * The list stands still while it is paused, while a row is open, and while somebody reads in it; then it counts what it
 * holds back.
 *
 * Invariant: at most {@linkcode CASTS_KEPT} are kept, and as many are shown; pausing, filtering and clearing change what is
 * shown and nothing else.
 *
 * @module
 */

import { type ReadonlySignal, signal } from "@preact/signals";
import type { ServerMessage } from "../../lib/protocol.ts";
import { fold } from "./search.ts";

/** How many messages are kept. */
export const CASTS_KEPT = 1000;
/** How many rows may be open; the one that was opened first closes. */
export const CASTS_OPEN = 20;

/** One message, as it was received. */
export interface Cast {
  readonly key: number;
  readonly arrivedAt: number;
  readonly message: ServerMessage;
  readonly line: string;
  /** How late it was, of a tick that was. */
  readonly lateMs: number | undefined;
}

/** What the list can be narrowed to: the types that go to everybody, and the answers that go to one. */
export const CAST_KINDS = ["chat", "time", "presence", "status", "answer"] as const;
/** One of {@linkcode CAST_KINDS}. */
export type CastKind = typeof CAST_KINDS[number];

/** The kind of a message. */
export function kindOf(message: ServerMessage): CastKind {
  const { type } = message;
  return type === "chat" || type === "time" || type === "presence" || type === "status"
    ? type
    : "answer";
}

/** What is shown. */
export interface CastsView {
  /** Those that fit the filter, newest first. */
  readonly rows: readonly Cast[];
  /** How many are kept, fitting or not. */
  readonly kept: number;
  /** How many came since the list was cleared, and until it stood still. */
  readonly total: number;
  /** How many that fit are kept since the list stands still; `undefined` while it runs. */
  readonly held: number | undefined;
  /** Another number for each list that begins anew at its newest row. */
  readonly round: number;
}

/** The state of the broadcasts. */
export class Casts {
  // Oldest first, so that adding one costs nothing.
  readonly #kept: Cast[] = [];
  /** Those of the kept ones that fit the filter. */
  #fitting: Cast[] = [];
  /** Those that were kept when the list came to stand. */
  #frozen: readonly Cast[] | undefined;
  /** The key of the first message since then, or since it was cleared. */
  #stoodAt = 0;
  #isPaused = false;
  #isRead = false;
  #key = 0;
  #total = 0;
  #round = 0;
  #hasNews = false;
  #needle = "";
  readonly #kinds = signal<ReadonlySet<CastKind>>(new Set());
  readonly #text = signal("");
  readonly #open = signal<ReadonlySet<number>>(new Set());
  readonly #view = signal<CastsView>({ rows: [], kept: 0, total: 0, held: undefined, round: 0 });

  /** What is shown. */
  get view(): ReadonlySignal<CastsView> {
    return this.#view;
  }

  /** The chosen kinds; none is all. */
  get kinds(): ReadonlySignal<ReadonlySet<CastKind>> {
    return this.#kinds;
  }

  /** What the sender or the text has to contain. */
  get text(): ReadonlySignal<string> {
    return this.#text;
  }

  /** The keys of the rows that are open. */
  get open(): ReadonlySignal<ReadonlySet<number>> {
    return this.#open;
  }

  /** Takes a message with its line; `lateMs` of a tick that was late. */
  add(cast: Omit<Cast, "key">): void {
    const { type } = cast.message;
    if (type === "pong" || type === "users") return;
    const added = { ...cast, key: this.#key++ };
    this.#kept.push(added);
    this.#total++;
    this.#hasNews = true;
    if (this.#fits(added)) this.#fitting.push(added);
    if (this.#kept.length <= CASTS_KEPT) return;
    const gone = this.#kept.shift();
    if (this.#fitting[0] === gone) this.#fitting.shift();
  }

  /** Adds a kind to the chosen ones, or takes it away. */
  toggle(kind: CastKind): void {
    const kinds = new Set(this.#kinds.value);
    if (!kinds.delete(kind)) kinds.add(kind);
    this.#kinds.value = kinds;
    this.#filter();
  }

  /** Shows all kinds. */
  showAllKinds(): void {
    this.#kinds.value = new Set();
    this.#filter();
  }

  /** Narrows the list to those whose sender or text contains `text`, whatever its case and accents. */
  search(text: string): void {
    this.#text.value = text;
    const needle = fold(text.trim());
    if (needle === this.#needle) return;
    this.#needle = needle;
    this.#filter();
  }

  /** Shows everything. */
  showAll(): void {
    this.#kinds.value = new Set();
    this.#text.value = this.#needle = "";
    this.#filter();
  }

  /** Opens a row to its JSON, or closes it. */
  setOpen(key: number, isOpen: boolean): void {
    if (this.#open.value.has(key) === isOpen) return;
    const open = [...this.#open.value].filter((other) => other !== key);
    if (isOpen) open.push(key);
    this.#open.value = new Set(open.slice(-CASTS_OPEN));
    this.#settle();
  }

  /** Takes whether somebody reads in the list away from its newest row, or by keyboard. */
  read(isRead: boolean): void {
    if (isRead === this.#isRead) return;
    this.#isRead = isRead;
    this.#settle();
  }

  /** Lets the list stand still. */
  pause(): void {
    this.#isPaused = true;
    this.#settle();
  }

  /** Lets the list go on from its newest row, with every row closed. */
  resume(): void {
    this.#isPaused = false;
    this.#begin();
    this.#settle();
  }

  /** Empties the list. */
  clear(): void {
    this.#kept.length = 0;
    this.#fitting = [];
    this.#total = 0;
    if (this.#frozen !== undefined) this.#frozen = [];
    this.#stoodAt = this.#key;
    this.#begin();
    this.#settle();
  }

  /** Shows what has been taken in; a list that stands still only counts it. */
  publish(): void {
    if (!this.#hasNews) return;
    this.#hasNews = false;
    if (this.#frozen === undefined) this.#show();
    else this.#view.value = { ...this.#view.value, held: this.#held() };
  }

  #filter(): void {
    this.#fitting = this.#kept.filter((cast) => this.#fits(cast));
    this.#begin();
    this.#settle();
  }

  #fits({ message }: Cast): boolean {
    const kinds = this.#kinds.peek();
    if (kinds.size > 0 && !kinds.has(kindOf(message))) return false;
    return this.#needle === "" ||
      textsOf(message).some((text) => fold(text).includes(this.#needle));
  }

  /** Begins anew at the newest row, where nobody reads yet. */
  #begin(): void {
    this.#round++;
    this.#open.value = new Set();
    this.#isRead = false;
  }

  #settle(): void {
    const isStill = this.#isPaused || this.#isRead || this.#open.peek().size > 0;
    if (isStill !== (this.#frozen !== undefined)) {
      this.#frozen = isStill ? [...this.#kept] : undefined;
      this.#stoodAt = this.#key;
    }
    this.#show();
  }

  /** How many there would be more if the list went on. */
  #held(): number {
    const lastShown = this.#fitting.findLastIndex(({ key }) => key < this.#stoodAt);
    return this.#fitting.length - 1 - lastShown;
  }

  #show(): void {
    const isStill = this.#frozen !== undefined;
    const fitting = this.#frozen?.filter((cast) => this.#fits(cast)) ?? this.#fitting;
    this.#view.value = {
      rows: fitting.toReversed(),
      kept: (this.#frozen ?? this.#kept).length,
      total: this.#total - (isStill ? this.#key - this.#stoodAt : 0),
      held: isStill ? this.#held() : undefined,
      round: this.#round,
    };
  }
}

/** Where the wanted text is looked for. */
function textsOf(message: ServerMessage): readonly string[] {
  switch (message.type) {
    case "chat":
    case "welcome":
      return [message.username, message.message];
    case "presence":
      return [...message.joined, ...message.left].map((user) => user.username);
    case "error":
      return [message.code, message.message];
    default:
      return [];
  }
}
