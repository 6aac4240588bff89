/**
 * A language of the dashboard: its words with their values put in, its numbers and times. Pure.
 *
 * @module
 */

import type { LanguageTag } from "../../lib/preferences.ts";
import { english, type TextKey, type Words } from "./words_en.ts";
import { portuguese } from "./words_pt.ts";

const WORDS: Readonly<Record<LanguageTag, Words>> = { en: english, "pt-BR": portuguese };
const MINUTE_S = 60;
const HOUR_S = 60 * MINUTE_S;
const DAY_S = 24 * HOUR_S;
/** What is said of a value that is not known. */
const UNKNOWN = "–";

/** One language. */
export class Language {
  readonly tag: LanguageTag;
  readonly #numbers: Intl.NumberFormat;
  readonly #clock: Intl.DateTimeFormat;

  constructor(tag: LanguageTag) {
    this.tag = tag;
    this.#numbers = new Intl.NumberFormat(tag, { maximumFractionDigits: 2 });
    this.#clock = new Intl.DateTimeFormat(tag, { timeStyle: "medium", hourCycle: "h23" });
  }

  /** A text with its values. */
  text(key: TextKey, values: Readonly<Record<string, string | number>> = {}): string {
    return WORDS[this.tag][key].replace(/\{(\w+)\}/g, (place, name: string) => {
      const value = values[name];
      if (value === undefined) return place;
      return typeof value === "number" ? this.number(value) : value;
    });
  }

  /** A number to about three figures, with grouped digits: `0.42`, `12.6`, `12,418`. */
  number(value: number | null): string {
    if (value === null) return UNKNOWN;
    const digits = Math.abs(value) < 10 ? 2 : Math.abs(value) < 100 ? 1 : 0;
    return this.#numbers.format(Number(value.toFixed(digits)));
  }

  /** The time of day on this device, of ms since the epoch: `14:30:25`. */
  time(at: number): string {
    return this.#clock.format(at);
  }

  /** How long something lasts: `8 s`, `3 min`, `2 h 5 min`, `4 d 1 h`. */
  lasting(ms: number): string {
    const s = Math.max(0, Math.floor(ms / 1000));
    if (s < MINUTE_S) return `${s}\u00a0s`;
    if (s < HOUR_S) return `${Math.floor(s / MINUTE_S)}\u00a0min`;
    if (s < DAY_S) {
      return `${Math.floor(s / HOUR_S)}\u00a0h ${Math.floor(s % HOUR_S / MINUTE_S)}\u00a0min`;
    }
    return `${Math.floor(s / DAY_S)}\u00a0d ${Math.floor(s % DAY_S / HOUR_S)}\u00a0h`;
  }
}
