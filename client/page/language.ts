/**
 * A language of the page: its words, with their values put in, and its numbers and dates. Pure.
 *
 * Invariant: the same value gives the same text on the server and in the browser, so that hydration finds what it expects.
 *
 * @module
 */

import type { LanguageTag } from "../../lib/preferences.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "./text.ts";
import { english, type TextKey, type Words } from "./words_en.ts";
import { portuguese } from "./words_pt.ts";

/** What is put into a text: numbers with grouped digits, everything else as it stands. */
export type Values = Readonly<Record<string, string | number>>;

const WORDS: Readonly<Record<LanguageTag, Words>> = { en: english, "pt-BR": portuguese };
/** English dates begin with the day, as those of most of the world do. */
const DATE_LOCALES: Readonly<Record<LanguageTag, string>> = { en: "en-GB", "pt-BR": "pt-BR" };
const SHORTEST_MS = 0.001;

/** One language; {@linkcode languageOf} gives it. */
export class Language {
  readonly tag: LanguageTag;
  readonly #words: Words;
  readonly #plurals: Intl.PluralRules;
  readonly #numbers: Intl.NumberFormat;
  readonly #elapsed: Intl.NumberFormat;
  readonly #dates: Intl.DateTimeFormat;
  readonly #days: Intl.DateTimeFormat;
  /** What stands between groups of three digits. */
  readonly #groupSeparator: string;

  constructor(tag: LanguageTag) {
    this.tag = tag;
    this.#words = WORDS[tag];
    this.#plurals = new Intl.PluralRules(tag);
    this.#numbers = new Intl.NumberFormat(tag);
    this.#elapsed = new Intl.NumberFormat(tag, { maximumSignificantDigits: 2 });
    const shared = { day: "numeric", timeZone: "UTC" } as const;
    this.#dates = new Intl.DateTimeFormat(DATE_LOCALES[tag], {
      ...shared,
      weekday: "short",
      month: "short",
      year: "numeric",
    });
    this.#days = new Intl.DateTimeFormat(DATE_LOCALES[tag], {
      ...shared,
      weekday: "long",
      month: "long",
    });
    this.#groupSeparator = this.#numbers.format(100_000).replaceAll(/\d/g, "");
  }

  /** A text with its values; the form of one that counts is chosen by the number `n`. */
  text(key: TextKey, values: Values = {}): string {
    return this.template(key, Number(values.n)).replace(/\{(\w+)\}/g, (place, name: string) => {
      const value = values[name];
      if (value === undefined) return place;
      return typeof value === "number" ? this.number(value) : value;
    });
  }

  /** A text with its places still open, for values that are markup. */
  template(key: TextKey, n = 0): string {
    const text = this.#words[key];
    if (typeof text === "string") return text;
    return this.#plurals.select(n) === "one" ? text.one : text.other;
  }

  /** A number with grouped digits: `12,418`. */
  number(value: number): string {
    return this.#numbers.format(value);
  }

  /** A short time in ms, to two figures: `0.042`, `13`; one too short to be told is `< 0.001`. */
  elapsed(ms: number): string {
    const text = this.#elapsed.format(Math.max(SHORTEST_MS, ms));
    return ms < SHORTEST_MS ? `<\u00a0${text}` : text;
  }

  /** Decimal digits in groups of three: `43`, `466`, `557`, each but the last with the separator. Linear in their number. */
  digitGroups(digits: string): string[] {
    const first = digits.length % 3;
    const groups = first === 0 ? [] : [digits.slice(0, first)];
    for (let at = first; at < digits.length; at += 3) groups.push(digits.slice(at, at + 3));
    const last = groups.length - 1;
    return groups.map((group, index) => index === last ? group : group + this.#groupSeparator);
  }

  /** A day and its date, from `2026-11-20`: `Fri 20 Nov 2026`. */
  date(date: string): string {
    const parts = this.#dates.formatToParts(Date.parse(date));
    const valueOf = (type: string) => parts.find((part) => part.type === type)?.value ?? "";
    return ["weekday", "day", "month", "year"].map(valueOf).join(" ");
  }

  /** A day without its year, of a time shifted to local: `Friday 20 November`. */
  day(localAt: number): string {
    const text = this.#days.format(localAt);
    return this.tag === "en" ? text.replace(",", "") : text;
  }

  /** How long ago something was, roughly: `just now`, `2 min ago`. */
  ago(ms: number): string {
    if (ms < MINUTE_MS) return this.text("ago_now");
    if (ms < HOUR_MS) return this.text("ago_min", { n: Math.floor(ms / MINUTE_MS) });
    if (ms < DAY_MS) return this.text("ago_h", { n: Math.floor(ms / HOUR_MS) });
    return this.text("ago_d", { n: Math.floor(ms / DAY_MS) });
  }
}

const languages = new Map<LanguageTag, Language>();

/** The language of a tag; always the same object. */
export function languageOf(tag: LanguageTag): Language {
  let language = languages.get(tag);
  if (language === undefined) languages.set(tag, language = new Language(tag));
  return language;
}
