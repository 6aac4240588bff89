/**
 * The words of the switches, which every page has: apart from those of the pages, of which none need carry another's.
 *
 * @module
 */

import type { LanguageTag, Theme } from "../lib/preferences.ts";

/** What the switches say in a language. */
export interface SwitchWords {
  readonly language: string;
  readonly theme: string;
  readonly themes: Readonly<Record<Theme, string>>;
}

/** The words of each language. */
export const SWITCH_WORDS: Readonly<Record<LanguageTag, SwitchWords>> = {
  en: {
    language: "Language",
    theme: "Theme",
    themes: { system: "System", light: "Light", dark: "Dark" },
  },
  "pt-BR": {
    language: "Idioma",
    theme: "Tema",
    themes: { system: "Sistema", light: "Claro", dark: "Escuro" },
  },
};
