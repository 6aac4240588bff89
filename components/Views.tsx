import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Room, View } from "../client/page/room.ts";
import type { TextKey } from "../client/page/words_en.ts";
import { flag } from "./flag.ts";
import { Icon } from "./Icon.tsx";
import type { IconName } from "./Sprite.tsx";
import { useLanguage } from "./language.ts";

const VIEWS: readonly (readonly [View, IconName, TextKey])[] = [
  ["chat", "chat", "chat"],
  ["broadcasts", "list", "broadcasts_short"],
  ["people", "people", "people_short"],
  ["metrics", "metrics", "metrics"],
];

const COUNTED_TO = 99;

/** The tabs where there is no room for all parts at once. */
export function Views({ room }: { room: Room }) {
  const language = useLanguage();
  const hasChatBeside = useSignal(false);
  useEffect(() => {
    const query = matchMedia("(min-width: 48rem)");
    const changed = () => hasChatBeside.value = query.matches;
    changed();
    query.addEventListener("change", changed);
    return () => query.removeEventListener("change", changed);
  }, []);
  const unread = room.conversation.reading.unread.value;
  const shown = hasChatBeside.value && room.view.value === "chat" ? "broadcasts" : room.view.value;
  return (
    <nav class="views needs-script" aria-label={language.text("views")}>
      {VIEWS.map(([view, icon, name]) => (
        <button
          key={view}
          type="button"
          data-go={view}
          aria-pressed={flag(shown === view)}
          onClick={() => room.view.value = view}
        >
          <Icon name={icon} />
          <span>{language.text(name)}</span>
          {view === "chat" && unread > 0 && <Unread n={unread} />}
        </button>
      ))}
    </nav>
  );
}

function Unread({ n }: { n: number }) {
  const language = useLanguage();
  return (
    <>
      <span class="badge" aria-hidden="true">{n > COUNTED_TO ? `${COUNTED_TO}+` : n}</span>
      <span class="visually-hidden">{language.text("unread", { n })}</span>
    </>
  );
}
