import { Copyable } from "./Copyable.tsx";
import { useLanguage } from "./language.ts";

/** What the chat shows before anything was said: how others come in. */
export function EmptyRoom({ address }: { address: string }) {
  const language = useLanguage();
  const socket = `${address.replace(/^http/, "ws")}/api/ws`;
  return (
    <div class="empty">
      <h3>{language.text("empty_title")}</h3>
      <p>{language.text(isOwnMachine(address) ? "empty_text_local" : "empty_text")}</p>
      <Copyable label={language.text("from_terminal")} text={terminalCommand(address)} />
      <Copyable
        label={language.text("from_code")}
        text={`new WebSocket("${socket}").onmessage = e => console.log(e.data)`}
      />
    </div>
  );
}

/** What the list of people shows below oneself alone; how others reach this machine is said in the chat. */
export function OnlyYou({ address }: { address: string }) {
  const language = useLanguage();
  return (
    <div class="empty is-small">
      <p>
        {language.text("only_you")}.{" "}
        {language.text(isOwnMachine(address) ? "invite_local" : "invite")}
      </p>
      <Copyable text={address} />
    </div>
  );
}

/** Whether an address leads to the machine on which it is opened, and so nobody else here. */
function isOwnMachine(address: string): boolean {
  return /^(127(\.\d+){3}|\[::1\]|(.+\.)?localhost)$/.test(new URL(address).hostname);
}

/** How to come in from a terminal. */
export function terminalCommand(address: string): string {
  return `websocat "${address.replace(/^http/, "ws")}/api/ws?format=text&username=ana"`;
}
