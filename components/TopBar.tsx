import type { Room } from "../client/page/room.ts";
import type { Standing } from "../client/page/link.ts";
import { fill, words } from "../client/page/words.ts";
import { Clock } from "./Clock.tsx";
import { flag } from "./flag.ts";
import { focusComposer } from "./focus.ts";
import { Icon } from "./Icon.tsx";
import { Minute } from "./Minute.tsx";
import type { IconName } from "./Sprite.tsx";

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
          <svg class="mark" aria-hidden="true" viewBox="0 0 24 24">
            <path d="M2 10v4M7 9v6M17 9v6M22 10v4" />
            <path class="beat" d="M12 2v20" />
          </svg>
          <span>{words.title}</span>
        </h1>
        <Pill standing={room.link.standing.value} />
        <ConnectionAction room={room} />
      </div>
      <Clock room={room} />
      <div class="preferences needs-script">
        <NameButton room={room} />
      </div>
      <Minute pulse={room.pulse.view.value} />
    </header>
  );
}

function Pill({ standing }: { standing: Standing }) {
  const [tone, icon] = PILLS[standing];
  return (
    <div class="connection needs-script" role="status">
      <span class={`pill is-${tone}`}>
        <Icon name={icon} />
        <span>{words[standing]}</span>
      </span>
    </div>
  );
}

/** One button for both, so that it keeps its place and the focus. */
function ConnectionAction({ room }: { room: Room }) {
  const { link } = room;
  const needsName = link.banner.value?.kind === "taken" || link.banner.value?.kind === "invalid";
  const label = link.carries.value ? words.disconnect : words.connect;
  const act = () => {
    if (link.carries.value) return room.disconnect();
    room.connect(link.name.value ?? "");
    focusComposer();
  };
  return (
    <button
      class="button connection-action needs-script"
      type="button"
      hidden={needsName}
      aria-label={label}
      onClick={act}
    >
      <Icon name="power" />
      <span class="long">{label}</span>
    </button>
  );
}

function NameButton({ room }: { room: Room }) {
  const { link } = room;
  const name = link.name.value ?? words.guest;
  return (
    <button
      class="button is-quiet name-button"
      type="button"
      aria-label={fill(words.change_name, { name })}
      aria-expanded={flag(link.isRenaming.value)}
      onClick={() => link.isRenaming.value = !link.isRenaming.value}
    >
      <bdi class="name-now">{name}</bdi>
      <Icon name="pencil" />
    </button>
  );
}
