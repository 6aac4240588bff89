/**
 * What the reader has chosen for the page: language and theme. Remembered for every visit, also for the server's first paint.
 *
 * @module
 */

import { computed, type ReadonlySignal, signal } from "@preact/signals";
import type { Choices, LanguageTag, Theme } from "../../lib/preferences.ts";
import type { Memory } from "./browser.ts";
import { type Language, languageOf } from "./language.ts";

/** The state of the preferences. */
export class Preferences {
  readonly #memory: Pick<Memory, "choose">;
  readonly #choices;

  /** The language of everything on the page. */
  readonly language: ReadonlySignal<Language> = computed(() =>
    languageOf(this.#choices.value.language)
  );
  /** The theme, or that the system's is to be followed. */
  readonly theme: ReadonlySignal<Theme> = computed(() => this.#choices.value.theme);

  constructor(choices: Choices, memory: Pick<Memory, "choose">) {
    this.#choices = signal(choices);
    this.#memory = memory;
  }

  /** Changes the language. */
  setLanguage(language: LanguageTag): void {
    this.#choices.value = { ...this.#choices.value, language };
    this.#memory.choose("language", language);
  }

  /** Changes the theme. */
  setTheme(theme: Theme): void {
    this.#choices.value = { ...this.#choices.value, theme };
    this.#memory.choose("theme", theme);
  }
}
