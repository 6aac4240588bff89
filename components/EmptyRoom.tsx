import type { Room } from "../client/page/room.ts";
import { Copyable } from "./Copyable.tsx";
import { useLanguage } from "./language.ts";

/** What the chat shows before anything was said: how others come in. Who is not in yet cannot know whether it is so. */
export function EmptyRoom({ room }: { room: Room }) {
  const language = useLanguage();
  const address = room.address.value;
  const needsToken = room.pass.isNeeded.value;
  if (!room.isTold.value) {
    return (
      <div class="empty">
        <h3>{language.text("closed_title")}</h3>
        <p>{language.text("closed_text")}</p>
      </div>
    );
  }
  return (
    <div class="empty">
      <h3>{language.text("empty_title")}</h3>
      <p>
        {language.text(isOwnMachine(address) ? "empty_text_local" : "empty_text")}
        {needsToken && ` ${language.text("their_token")}`}
      </p>
      <Copyable
        label={language.text("from_terminal")}
        text={terminalCommand(address, needsToken)}
      />
      <Copyable label={language.text("from_code")} text={programLine(address, needsToken)} />
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

/** How to come in from a terminal; where one needs a token, it says the name and stands as `TOKEN`. */
export function terminalCommand(address: string, needsToken: boolean): string {
  const socket = `${socketOf(address)}?format=text`;
  return needsToken
    ? `websocat -H "Authorization: Bearer TOKEN" "${socket}"`
    : `websocat "${socket}&username=ana"`;
}

/** How to listen from a program. A browser's socket takes no headers. */
function programLine(address: string, needsToken: boolean): string {
  const socket = `${socketOf(address)}${needsToken ? "?token=TOKEN" : ""}`;
  return `new WebSocket("${socket}").onmessage = e => console.log(e.data)`;
}

function socketOf(address: string): string {
  return `${address.replace(/^http/, "ws")}/api/ws`;
}
