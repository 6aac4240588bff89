import { asset } from "fresh/runtime";
import { languageOf } from "../client/page/language.ts";
import { LANGUAGES } from "../lib/preferences.ts";

/**
 * What is shown where the server cannot be reached. In every language, for the reader may have chosen another one since
 * the browser kept it; the style sheet shows that of the document.
 */
export function Offline() {
  return (
    <main class="offline">
      <img src={asset("/icon.svg")} alt="" width="48" height="48" />
      {LANGUAGES.map((tag) => {
        const language = languageOf(tag);
        return (
          <div lang={tag}>
            <h1>{language.text("title")}</h1>
            <p>{language.text("offline_page")}</p>
            <button class="button is-main" type="button">{language.text("try_now")}</button>
          </div>
        );
      })}
    </main>
  );
}
