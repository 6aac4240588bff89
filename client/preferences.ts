/**
 * What the reader has chosen for the pages: language and theme. Remembered for every visit, also for the server's first
 * paint. What a language says is each page's own.
 *
 * @module
 */

import { type ReadonlySignal, signal } from "@preact/signals";
import { type Choices, cookieOf, type LanguageTag, type Theme } from "../lib/preferences.ts";

const YEAR_S = 365 * 24 * 60 * 60;

/** Remembers a choice where the server reads it too. */
export type KeepChoice = (name: keyof Choices, value: string) => void;

/** Remembers a choice in a browser. */
export const keepChoice: KeepChoice = (name, value) => {
  document.cookie = `${cookieOf(name, value)}; path=/; max-age=${YEAR_S}; samesite=lax`;
};

/** The state of the preferences. */
export class Preferences {
  readonly #language;
  readonly #theme;
  readonly #keep: KeepChoice;

  constructor({ language, theme }: Choices, keep: KeepChoice = keepChoice) {
    this.#language = signal(language);
    this.#theme = signal(theme);
    this.#keep = keep;
  }

  /** The language of everything on the page. */
  get language(): ReadonlySignal<LanguageTag> {
    return this.#language;
  }

  /** The theme, or that the system's is to be followed. */
  get theme(): ReadonlySignal<Theme> {
    return this.#theme;
  }

  /** Changes the language. */
  setLanguage(language: LanguageTag): void {
    this.#language.value = language;
    this.#keep("language", language);
  }

  /** Changes the theme. */
  setTheme(theme: Theme): void {
    this.#theme.value = theme;
    this.#keep("theme", theme);
  }
}
