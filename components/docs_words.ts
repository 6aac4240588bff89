/**
 * The words of the page of documents, for every component of it.
 *
 * @module
 */

import { createContext } from "preact";
import { useContext } from "preact/hooks";
import { docsWordsOf, type Say } from "../client/docs/words.ts";
import { LANGUAGES } from "../lib/preferences.ts";

/** What carries the words down the page. */
export const DocsWordsContext = createContext<Say>(docsWordsOf(LANGUAGES[0]));

/** The words of the page of documents. */
export function useDocsWords(): Say {
  return useContext(DocsWordsContext);
}
