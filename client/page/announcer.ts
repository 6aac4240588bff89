/**
 * What a screen reader is told of new messages: few words, seldom.
 *
 * Invariant: at most one announcement in {@linkcode QUIET_MS}; what comes meanwhile is told in one summary.
 *
 * @module
 */

import { type ReadonlySignal, signal } from "@preact/signals";
import type { Surroundings } from "../surroundings.ts";
import type { Language } from "./language.ts";

/** The pause between two announcements. */
const QUIET_MS = 5000;
/** So many messages are read in full. */
const READ_IN_FULL = 2;
/** So many names are said in a summary. */
const NAMES_SAID = 2;
const TEXT_LENGTH = 300;

interface Heard {
  readonly name: string;
  readonly text: string;
}

/** What {@linkcode Announcer} takes. */
export interface AnnouncerOptions {
  readonly surroundings: Pick<Surroundings, "after">;
  /** Whether the reader sees the newest messages; else the announcement waits. */
  readonly mayTell: () => boolean;
  readonly language: () => Language;
}

/** The state of the announcements. */
export class Announcer {
  readonly #surroundings: Pick<Surroundings, "after">;
  readonly #mayTell: () => boolean;
  readonly #language: () => Language;
  readonly #line = signal("");
  /** The first messages and names, as many as are needed. */
  #heard: Heard[] = [];
  readonly #names = new Set<string>();
  #count = 0;
  #cancelTimer: (() => void) | undefined;

  constructor({ surroundings, mayTell, language }: AnnouncerOptions) {
    this.#surroundings = surroundings;
    this.#mayTell = mayTell;
    this.#language = language;
  }

  /** The text of the live region. */
  get line(): ReadonlySignal<string> {
    return this.#line;
  }

  /** Takes a new message of somebody else. */
  hear(name: string, text: string): void {
    this.#count++;
    if (this.#heard.length < READ_IN_FULL) this.#heard.push({ name, text });
    if (this.#names.size <= NAMES_SAID) this.#names.add(name);
    this.tell();
  }

  /** Tells what has been heard, now or when the pause is over. */
  tell(): void {
    if (this.#cancelTimer !== undefined || this.#count === 0 || !this.#mayTell()) return;
    const summary = this.#summary();
    // The same words once more would change nothing in the document, and not be spoken.
    this.#line.value = summary === this.#line.value ? `${summary}\u00a0` : summary;
    this.#heard = [];
    this.#names.clear();
    this.#count = 0;
    this.#cancelTimer = this.#surroundings.after(QUIET_MS, () => {
      this.#cancelTimer = undefined;
      this.tell();
    });
  }

  /** Stops the timer. */
  stop(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  #summary(): string {
    if (this.#count <= READ_IN_FULL) {
      return this.#heard.map(({ name, text }) => `${name}: ${inOneLine(text)}`).join("\n");
    }
    const names = [...this.#names].slice(0, NAMES_SAID).join(", ");
    const key = this.#names.size > NAMES_SAID ? "announce_more" : "announce_many";
    return this.#language().text(key, { n: this.#count, names });
  }
}

/** The beginning of a text. Lines are for several senders: a text of several would speak for others. */
function inOneLine(text: string): string {
  return text.slice(0, TEXT_LENGTH).replace(/\s+/g, " ");
}
