import type { Entry, WireConsole } from "../client/docs/wire_console.ts";
import { DocsVerdict } from "./DocsVerdict.tsx";
import { useDocsWords } from "./docs_words.ts";
import { Icon } from "./Icon.tsx";

/** Everything that went over the wire, the newest first. */
export function DocsLog({ wire }: { wire: WireConsole }) {
  const say = useDocsWords();
  const entries = wire.entries.value;
  return (
    <section class="docs-log needs-script" aria-labelledby="h-log">
      <header class="panel-head">
        <h3 id="h-log">{say("log")}</h3>
        <div class="panel-actions">
          <button class="button is-quiet" type="button" onClick={() => wire.clear()}>
            {say("clear")}
          </button>
        </div>
      </header>
      {entries.length === 0 && <p class="docs-note">{say("log_empty")}</p>}
      <ol class="docs-entries" tabIndex={0} aria-labelledby="h-log">
        {entries.map((entry) => <LogEntry key={entry.key} entry={entry} />)}
      </ol>
    </section>
  );
}

function LogEntry({ entry: { way, type, text, verdict, times } }: { entry: Entry }) {
  const say = useDocsWords();
  return (
    <li class={`docs-entry is-${way}`} data-type={type}>
      <p>
        <Icon name={way === "sent" ? "send" : "down"} />
        <span class="visually-hidden">{say(way)}</span>
        <strong>{type ?? "?"}</strong>
        {times > 1 && <span class="count">{say("times", { n: times })}</span>}
        <DocsVerdict verdict={verdict} />
      </p>
      <pre>{text}</pre>
    </li>
  );
}
