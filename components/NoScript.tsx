import { terminalCommand } from "./EmptyRoom.tsx";
import { languageOf } from "../client/page/language.ts";
import type { LanguageTag } from "../lib/preferences.ts";

interface NoScriptProps {
  readonly address: string;
  readonly language: LanguageTag;
  readonly asksForToken: boolean;
}

/** What the page says where it cannot run, and how to take part all the same. */
export function NoScript({ asksForToken, ...props }: NoScriptProps) {
  const language = languageOf(props.language);
  return (
    <noscript>
      <div class="no-script">
        <p>
          {language.text("no_script")}{" "}
          {language.text(asksForToken ? "their_token" : "no_script_below")}
        </p>
        <p>
          {language.text("from_terminal")}:{" "}
          <code>{terminalCommand(props.address, asksForToken)}</code>
        </p>
      </div>
    </noscript>
  );
}
