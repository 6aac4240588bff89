/**
 * The language that the page speaks, for every component: one context, so that none has to hand it on.
 *
 * @module
 */

import { createContext } from "preact";
import { useContext } from "preact/hooks";
import { type Language, languageOf } from "../client/page/language.ts";
import { LANGUAGES } from "../lib/preferences.ts";

/** What carries the language down the page. */
export const LanguageContext = createContext<Language>(languageOf(LANGUAGES[0]));

/** The language that the page speaks. */
export function useLanguage(): Language {
  return useContext(LanguageContext);
}
