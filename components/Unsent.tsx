import { batch } from "@preact/signals";
import { useMemo } from "preact/hooks";
import type { Room } from "../client/page/room.ts";
import { sightOf } from "../client/page/sight.ts";
import { type ChatItem, unsentOf } from "../client/page/talk_items.ts";
import { flag } from "./flag.ts";
import { Icon } from "./Icon.tsx";
import { useLanguage } from "./language.ts";

/** So many lines before the one that is looked for are shown too. */
const LINES_BEFORE = 20;

/** How many of one's own chats were not sent, wherever in the list they are: the way there, and all of them once more. */
export function Unsent({ room }: { room: Room }) {
  const language = useLanguage();
  const items = room.conversation.talk.items.value;
  const chats = useMemo(() => unsentOf(items), [items]);
  const [first] = chats;
  // The last line says it itself.
  if (first === undefined || first === items.at(-1)) return null;
  const n = chats.length;
  const isInDoubt = chats.some(({ delivery }) =>
    delivery?.at === "failed" && delivery.why === "unknown"
  );
  return (
    <p class="unsent">
      <span>
        <Icon name="alert" /> {language.text(isInDoubt ? "unsent_maybe" : "unsent", { n })}
      </span>
      <button class="link" type="button" onClick={() => show(room, first)}>
        {language.text("show")}
      </button>
      <button
        class="link"
        type="button"
        aria-disabled={flag(!room.link.carries.value)}
        onClick={() => sendAll(room, chats)}
      >
        {language.text(n === 1 ? "send_again" : "send_all_again")}
      </button>
    </p>
  );
}

function sendAll({ conversation }: Room, chats: readonly ChatItem[]): void {
  batch(() => {
    for (const { key, text } of chats) conversation.sendAgain(key, text);
  });
}

function show({ conversation: { talk, reading } }: Room, chat: ChatItem): void {
  const at = talk.items.value.indexOf(chat);
  const { start, end } = sightOf(
    { begin: talk.begin, length: talk.items.value.length },
    reading.from.value,
  );
  if (at < start || at >= end) reading.stand(talk.begin + at - LINES_BEFORE);
  // Once it is in the document. What has the focus is in sight.
  requestAnimationFrame(() =>
    document.querySelector<HTMLElement>(".delivery.is-failed button")?.focus()
  );
}
