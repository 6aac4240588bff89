import type { DocsProps } from "../client/docs/docs_props.ts";
import type { WireConsole } from "../client/docs/wire_console.ts";
import { DocsConnect } from "./DocsConnect.tsx";
import { DocsLog } from "./DocsLog.tsx";
import { DocsReceived, DocsSent } from "./DocsMessage.tsx";
import { useDocsWords } from "./docs_words.ts";

interface DocsSocketProps extends Pick<DocsProps, "asksForToken" | "sent" | "received"> {
  readonly wire: WireConsole;
}

/** The socket: a connection to try it on, every message both ways, and what goes over the wire. */
export function DocsSocket({ wire, asksForToken, sent, received }: DocsSocketProps) {
  const say = useDocsWords();
  return (
    <section class="docs-section" id="socket" aria-labelledby="h-socket">
      <h2 id="h-socket">{say("socket")}</h2>
      <p class="docs-lead">{say("socket_text")}</p>
      <div class="docs-columns">
        <DocsConnect wire={wire} asksForToken={asksForToken} />
        <div class="docs-messages">
          <h3>{say("you_send")}</h3>
          {sent.map((message) => <DocsSent key={message.name} message={message} wire={wire} />)}
          <h3>{say("server_sends")}</h3>
          {received.map((message) => <DocsReceived key={message.name} message={message} />)}
        </div>
        <DocsLog wire={wire} />
      </div>
    </section>
  );
}
