import { socketFor, websocatFor } from "../client/joining.ts";
import type { Room } from "../client/page/room.ts";
import { Copyable } from "./Copyable.tsx";
import { useLanguage } from "./language.ts";

/** What the chat shows before anything was said: how others come in. Who is not in yet cannot know whether it is so. */
export function EmptyRoom({ room }: { room: Room }) {
  const language = useLanguage();
  const address = room.address.value;
  const asksForToken = room.pass.isNeeded.value;
  const door = { address, asksForToken };
  if (!room.isTold.value) {
    return (
      <div class="empty">
        <h3>{language.text(room.pass.isHeld.value ? "not_in_title" : "closed_title")}</h3>
        <p>{language.text("closed_text")}</p>
      </div>
    );
  }
  return (
    <div class="empty">
      <h3>{language.text("empty_title")}</h3>
      <p>
        {language.text(isOwnMachine(address) ? "empty_text_local" : "empty_text")}
        {asksForToken && ` ${language.text("their_token")}`}
      </p>
      <Copyable label={language.text("from_terminal")} text={websocatFor(door)} />
      <Copyable
        label={language.text("from_code")}
        text={`new WebSocket("${socketFor(door)}").onmessage = e => console.log(e.data)`}
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
