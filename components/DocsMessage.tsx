import { useSignal } from "@preact/signals";
import type { DocsMessage } from "../client/docs/docs_props.ts";
import type { WireConsole } from "../client/docs/wire_console.ts";
import { DocsFields } from "./DocsFields.tsx";
import { DocsText } from "./DocsText.tsx";
import { DocsVerdict } from "./DocsVerdict.tsx";
import { useDocsWords } from "./docs_words.ts";
import { flag } from "./flag.ts";

interface SentProps {
  readonly message: DocsMessage;
  readonly wire: WireConsole;
}

/** A message that a client sends: its fields, an example to change and send, and what answered it. */
export function DocsSent({ message, wire }: SentProps) {
  const say = useDocsWords();
  const draft = useSignal(exampleOf(message));
  const isOpen = wire.standing.value.phase === "open";
  const answer = wire.answers.value.get(message.name);
  const id = `sent-${message.name}`;
  const submit = (event: Event) => {
    event.preventDefault();
    wire.send(message, draft.value);
  };
  return (
    <details class="docs-message" data-message={message.name}>
      <Summary message={message} />
      <DocsFields schema={message.schema} />
      <form class="docs-try needs-script" onSubmit={submit}>
        <label for={id}>{say("edit", { name: message.name })}</label>
        <textarea
          class="field"
          id={id}
          spellcheck={false}
          rows={draft.value.split("\n").length}
          value={draft.value}
          onInput={(event) => draft.value = event.currentTarget.value}
        />
        <div class="docs-try-foot">
          <DocsVerdict verdict={wire.check(message, draft.value)} />
          <button class="button" type="button" onClick={() => draft.value = exampleOf(message)}>
            {say("restore")}
          </button>
          <button
            class="button is-main"
            type="submit"
            aria-disabled={flag(!isOpen)}
            title={isOpen ? undefined : say("closed")}
          >
            {say("send")}
          </button>
        </div>
      </form>
      <div class="docs-answer" role="status">
        {answer !== undefined && (
          <>
            <p>
              <strong>{say("answer")}</strong> <DocsVerdict verdict={answer.verdict} />
            </p>
            <pre tabIndex={0}>{answer.text}</pre>
          </>
        )}
      </div>
    </details>
  );
}

/** A message that the server sends: its fields and an example. */
export function DocsReceived({ message }: { message: DocsMessage }) {
  const say = useDocsWords();
  return (
    <details class="docs-message" data-message={message.name}>
      <Summary message={message} />
      <DocsFields schema={message.schema} />
      <p class="label">{say("example")}</p>
      <pre tabIndex={0}>{exampleOf(message)}</pre>
    </details>
  );
}

function Summary({ message: { name, schema } }: { message: DocsMessage }) {
  return (
    <summary>
      <code>{name}</code>{" "}
      <span class="docs-about" lang="en">
        <DocsText text={schema.description ?? ""} />
      </span>
    </summary>
  );
}

function exampleOf({ schema }: DocsMessage): string {
  return JSON.stringify(schema.examples?.[0], null, 2);
}
