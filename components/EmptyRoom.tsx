import { words } from "../client/page/words.ts";
import { Copyable } from "./Copyable.tsx";

/** What the chat shows before anything was said: how others come in. */
export function EmptyRoom({ address }: { address: string }) {
  const socket = `${address.replace(/^http/, "ws")}/api/ws`;
  return (
    <div class="empty">
      <h3>{words.empty_title}</h3>
      <p>{words.empty_text}</p>
      <Copyable label={words.from_terminal} text={terminalCommand(address)} />
      <Copyable
        label={words.from_code}
        text={`new WebSocket("${socket}").onmessage = e => console.log(e.data)`}
      />
    </div>
  );
}

/** What the list of people shows below oneself alone. */
export function OnlyYou({ address }: { address: string }) {
  return (
    <div class="empty is-small">
      <p>{words.only_you}. {words.invite}</p>
      <Copyable text={address} />
    </div>
  );
}

/** How to come in from a terminal. */
export function terminalCommand(address: string): string {
  return `websocat "${address.replace(/^http/, "ws")}/api/ws?format=text&username=ana"`;
}
