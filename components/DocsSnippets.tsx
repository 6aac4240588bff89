import { useSignal } from "@preact/signals";
import type { Snippet } from "../client/docs/snippets.ts";
import { CopyButton } from "./CopyButton.tsx";
import { DocsText } from "./DocsText.tsx";
import { useDocsWords } from "./docs_words.ts";
import { Segmented } from "./Segmented.tsx";

interface DocsSnippetsProps {
  readonly snippets: readonly Snippet[];
  readonly asksForToken: boolean;
}

/** The first lines of a client, in the language of one's choice; without scripts in all of them. */
export function DocsSnippets({ snippets, asksForToken }: DocsSnippetsProps) {
  const say = useDocsWords();
  const chosen = useSignal<string>("JavaScript");
  return (
    <section class="docs-section" id="start" aria-labelledby="h-start">
      <h2 id="h-start">{say("start")}</h2>
      <p class="docs-lead">{say("start_text")}</p>
      {asksForToken && (
        <p class="docs-note">
          <DocsText text={say("start_token")} />
        </p>
      )}
      <div class="needs-script">
        <Segmented
          label={say("language_of_code")}
          choices={snippets.map(({ name }) => ({ value: name, title: name, content: name }))}
          chosen={chosen.value}
          choose={(name) => chosen.value = name}
        />
      </div>
      {snippets.map(({ name, code }) => (
        <figure
          key={name}
          class={name === chosen.value ? "snippet" : "snippet is-other"}
          data-name={name}
        >
          <figcaption>{name}</figcaption>
          <pre tabIndex={0}><code>{code}</code></pre>
          <CopyButton text={code} say={say} />
        </figure>
      ))}
      <p class="docs-note">
        {say("documents")} <a href="/asyncapi.json">/asyncapi.json</a>{" "}
        <a href="/openapi.json">/openapi.json</a>
      </p>
      <noscript>
        <p class="docs-note">{say("no_script")}</p>
      </noscript>
    </section>
  );
}
