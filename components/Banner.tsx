import type { Banner as BannerState } from "../client/page/banner.ts";
import type { Room } from "../client/page/room.ts";
import { words } from "../client/page/words.ts";
import { describeBanner } from "./banner_words.ts";
import { BannerActions, isDismissible } from "./BannerActions.tsx";
import { focusComposer } from "./focus.ts";
import { Icon } from "./Icon.tsx";
import { NameForm } from "./NameForm.tsx";

/** Why the connection is not as it should be, and what to do: one banner at a time. */
export function Banner({ room }: { room: Room }) {
  const banner = room.link.banner.value;
  if (banner === undefined) return null;
  const name = room.link.name.value ?? words.guest;
  const { tone, icon, title, text } = describeBanner(banner, { name, now: room.now.value });
  const putAway = () => {
    room.link.dismiss();
    focusComposer();
  };
  return (
    <section
      key={banner.kind}
      class={`banner is-${tone}`}
      data-banner={banner.kind}
      role={tone === "refused" ? "alert" : "status"}
      onKeyDown={(event) => event.key === "Escape" && isDismissible(banner) && putAway()}
    >
      <Icon name={icon} />
      <div class="banner-text">
        <p>
          {/* A countdown is announced once, not each second. */}
          <strong aria-live="off">{title}</strong> {text}
        </p>
        {banner.kind === "taken" && (
          <Suggestions
            names={banner.suggestions}
            choose={(chosen) => room.connect(chosen)}
          />
        )}
        {asksForName(banner) && <NameForm key={name} room={room} kind={banner.kind} />}
      </div>
      <BannerActions room={room} banner={banner} putAway={putAway} />
    </section>
  );
}

function asksForName(banner: BannerState): boolean {
  return ["taken", "invalid", "rename", "disconnected"].includes(banner.kind);
}

function Suggestions(props: { names: readonly string[]; choose: (name: string) => void }) {
  if (props.names.length === 0) return null;
  const take = (name: string) => {
    props.choose(name);
    focusComposer();
  };
  return (
    <div class="suggestions">
      {props.names.map((name) => (
        <button
          key={name}
          class="button"
          type="button"
          onClick={() => take(name)}
        >
          <bdi>{name}</bdi>
        </button>
      ))}
    </div>
  );
}
