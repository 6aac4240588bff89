import { useSignal } from "@preact/signals";
import type { Say } from "../client/docs/words.ts";
import type { Standing, WireConsole } from "../client/docs/wire_console.ts";
import { useDocsWords } from "./docs_words.ts";
import { Icon } from "./Icon.tsx";
import type { IconName } from "./Sprite.tsx";

const PILLS: Readonly<Record<Standing["phase"], readonly [tone: string, icon: IconName]>> = {
  open: ["connected", "dot"],
  connecting: ["reconnecting", "arc"],
  closed: ["plain", "ring"],
};

interface DocsConnectProps {
  readonly wire: WireConsole;
  readonly asksForToken: boolean;
}

/** As whom the console connects, by a name or by the token that says it, and how it stands. */
export function DocsConnect({ wire, asksForToken }: DocsConnectProps) {
  const say = useDocsWords();
  const typed = useSignal("");
  const standing = wire.standing.value;
  const isThere = standing.phase !== "closed";
  const [tone, icon] = PILLS[standing.phase];
  const submit = (event: Event) => {
    event.preventDefault();
    if (isThere) wire.disconnect();
    else wire.connect(asksForToken ? { token: typed.value } : { username: typed.value });
  };
  const field = asksForToken
    ? { name: "token", type: "password", placeholder: say("token_hint") }
    : { name: "username", type: "text", placeholder: say("guest") };
  return (
    <form class="docs-connect needs-script" onSubmit={submit}>
      <label>
        <span>{say(asksForToken ? "token" : "username")}</span>
        <input
          class="field"
          {...field}
          autocomplete="off"
          value={typed.value}
          onInput={(event) => typed.value = event.currentTarget.value}
        />
      </label>
      <button class={isThere ? "button" : "button is-main"} type="submit">
        {say(isThere ? "disconnect" : "connect")}
      </button>
      <p class="docs-standing" role="status">
        <span class={`pill is-${tone}`}>
          <Icon name={icon} />
          <span>{inWords(standing, say)}</span>
        </span>
      </p>
    </form>
  );
}

function inWords(standing: Standing, say: Say): string {
  if (standing.phase !== "closed" || standing.code === undefined) return say(standing.phase);
  // A browser does not tell why a socket did not open.
  return standing.code === 1006 ? say("no_socket") : say("closed_by", { code: standing.code });
}
