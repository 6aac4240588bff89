import type { DocsKey } from "../client/docs/words.ts";
import type { Preferences } from "../client/page/preferences.ts";
import { useDocsWords } from "./docs_words.ts";
import { useLanguage } from "./language.ts";
import { Switches } from "./Switches.tsx";

const SECTIONS: readonly DocsKey[] = ["start", "socket", "codes", "http"];

/** The bar over the documents: the way back to the room, the sections, language and theme. */
export function DocsBar({ preferences }: { preferences: Preferences }) {
  const language = useLanguage();
  const say = useDocsWords();
  return (
    <header class="docs-bar">
      <a class="wordmark" href="/" title={say("room")}>
        <svg class="mark" aria-hidden="true" viewBox="0 0 24 24">
          <path d="M2 10v4M7 9v6M17 9v6M22 10v4" />
          <path class="beat" d="M12 2v20" />
        </svg>
        <span>{language.text("title")}</span>
      </a>
      <h1>{say("title")}</h1>
      <nav aria-label={say("sections")}>
        {SECTIONS.map((key) => <a key={key} href={`#${key}`}>{say(key)}</a>)}
      </nav>
      <div class="docs-switches needs-script">
        <Switches preferences={preferences} />
      </div>
    </header>
  );
}
