import type { DocsKey } from "../client/docs/words.ts";
import type { Preferences } from "../client/preferences.ts";
import { useDocsWords } from "./docs_words.ts";
import { Switches } from "./Switches.tsx";
import { Wordmark } from "./Wordmark.tsx";

const SECTIONS: readonly DocsKey[] = ["start", "socket", "codes", "http"];

/** The bar over the documents: the way back to the room, the sections, language and theme. */
export function DocsBar({ preferences }: { preferences: Preferences }) {
  const say = useDocsWords();
  return (
    <header class="docs-bar">
      <a class="wordmark" href="/" title={say("room")}>
        <Wordmark />
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
