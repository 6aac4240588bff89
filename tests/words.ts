/**
 * The words of the page as tests look for them: patterns in which every value has its place.
 *
 * @module
 */

import type { Language } from "../client/page/language.ts";
import { english, type Text, type TextKey } from "../client/page/words_en.ts";
import { portuguese } from "../client/page/words_pt.ts";

/** A pattern that finds a text in a language, whatever its values. */
export function patternOf(key: TextKey, language: Language): RegExp {
  const words = language.tag === "en" ? english : portuguese;
  return new RegExp(formsOf(words[key]).map(source).join("|"));
}

/** The same for a text that stands alone. */
export function wholePatternOf(text: Text): RegExp {
  return new RegExp(`^(?:${formsOf(text).map(source).join("|")})$`);
}

function formsOf(text: Text): string[] {
  return typeof text === "string" ? [text] : Object.values(text);
}

function source(form: string): string {
  const escaped = form.replaceAll(/[.*+?^$()|[\]\\]/g, "\\$&");
  return escaped.replaceAll(/\{\w+\}/g, ".+?").replaceAll(/\s+/g, "\\s+");
}
