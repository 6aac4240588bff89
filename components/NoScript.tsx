import { type Door, websocatFor } from "../client/joining.ts";
import { languageOf } from "../client/page/language.ts";
import type { LanguageTag } from "../lib/preferences.ts";

interface NoScriptProps extends Door {
  readonly language: LanguageTag;
}

/** What the page says where it cannot run, and how to take part all the same. */
export function NoScript(props: NoScriptProps) {
  const language = languageOf(props.language);
  return (
    <noscript>
      <div class="no-script">
        <p>
          {language.text("no_script")}{" "}
          {language.text(props.asksForToken ? "their_token" : "no_script_below")}
        </p>
        <p>
          {language.text("from_terminal")}: <code>{websocatFor(props)}</code>
        </p>
      </div>
    </noscript>
  );
}
