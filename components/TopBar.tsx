import type { Room } from "../client/page/room.ts";
import type { Standing } from "../client/page/link.ts";
import { Clock } from "./Clock.tsx";
import { focusComposer } from "./focus.ts";
import { Icon } from "./Icon.tsx";
import { Minute } from "./Minute.tsx";
import { Preferences } from "./Preferences.tsx";
import type { IconName } from "./Sprite.tsx";
import { useLanguage } from "./language.ts";
import { Wordmark } from "./Wordmark.tsx";

const PILLS: Readonly<Record<Standing, readonly [tone: string, icon: IconName]>> = {
  connected: ["connected", "dot"],
  degraded: ["degraded", "half"],
  restarting: ["degraded", "half"],
  connecting: ["reconnecting", "arc"],
  reconnecting: ["reconnecting", "arc"],
  offline: ["reconnecting", "offline"],
  refused: ["refused", "refused"],
  disconnected: ["plain", "ring"],
};

/** The bar over everything: who and how connected, the clock, one's name, the minute. */
export function TopBar({ room }: { room: Room }) {
  return (
    <header class="topbar">
      <div class="identity">
        <h1 class="wordmark">
          <Wordmark />
        </h1>
        <Pill standing={room.link.standing.value} />
        <ConnectionAction room={room} />
      </div>
      <Clock room={room} />
      <Preferences room={room} />
      <Minute room={room} />
    </header>
  );
}

function Pill({ standing }: { standing: Standing }) {
  const language = useLanguage();
  const [tone, icon] = PILLS[standing];
  return (
    <div class="connection needs-script" role="status">
      <span class={`pill is-${tone}`}>
        <Icon name={icon} />
        <span>{language.text(standing)}</span>
      </span>
    </div>
  );
}

/** One button for both, so that it keeps its place and the focus. */
function ConnectionAction({ room }: { room: Room }) {
  const language = useLanguage();
  const { link } = room;
  const label = link.carries.value ? language.text("disconnect") : language.text("connect");
  const act = () => {
    if (link.carries.value) return room.disconnect();
    room.connect(link.name.value ?? "");
    focusComposer();
  };
  return (
    <button
      class="button connection-action needs-script"
      type="button"
      hidden={link.needsName.value}
      aria-label={label}
      title={label}
      onClick={act}
    >
      <Icon name="power" />
      <span class="long">{label}</span>
    </button>
  );
}
