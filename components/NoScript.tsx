import { terminalCommand } from "./EmptyRoom.tsx";
import { languageOf } from "../client/page/language.ts";
import type { LanguageTag } from "../lib/preferences.ts";

/** What the page says where it cannot run, and how to take part all the same. */
export function NoScript(props: { address: string; language: LanguageTag }) {
  const language = languageOf(props.language);
  return (
    <noscript>
      <div class="no-script">
        <p>{language.text("no_script")}</p>
        <p>
          {language.text("from_terminal")}: <code>{terminalCommand(props.address)}</code>
        </p>
      </div>
    </noscript>
  );
}
