import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Room, View } from "../client/page/room.ts";
import { formatNumber } from "../client/page/text.ts";
import { words } from "../client/page/words.ts";
import { flag } from "./flag.ts";
import { Icon } from "./Icon.tsx";
import type { IconName } from "./Sprite.tsx";

const VIEWS: readonly (readonly [View, IconName, string])[] = [
  ["chat", "chat", words.chat],
  ["broadcasts", "list", words.broadcasts_short],
  ["people", "people", words.people_short],
  ["metrics", "metrics", words.metrics],
];

/** The tabs where there is no room for all parts at once. */
export function Views({ room }: { room: Room }) {
  const hasChatBeside = useSignal(false);
  useEffect(() => {
    const query = matchMedia("(min-width: 48rem)");
    const changed = () => hasChatBeside.value = query.matches;
    changed();
    query.addEventListener("change", changed);
    return () => query.removeEventListener("change", changed);
  }, []);
  const unread = room.reading.unread.value;
  const shown = hasChatBeside.value && room.view.value === "chat" ? "broadcasts" : room.view.value;
  return (
    <nav class="views needs-script" aria-label={words.views}>
      {VIEWS.map(([view, icon, name]) => (
        <button
          key={view}
          type="button"
          data-go={view}
          aria-pressed={flag(shown === view)}
          onClick={() => room.view.value = view}
        >
          <Icon name={icon} />
          <span>{name}</span>
          {view === "chat" && unread > 0 && <span class="badge">{formatNumber(unread)}</span>}
        </button>
      ))}
    </nav>
  );
}
