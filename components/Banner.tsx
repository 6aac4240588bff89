import { useEffect, useRef } from "preact/hooks";
import type { Banner as BannerState } from "../client/page/banner.ts";
import type { Room } from "../client/page/room.ts";
import { describeBanner, toneOf } from "./banner_words.ts";
import { BannerActions } from "./BannerActions.tsx";
import { focusComposer } from "./focus.ts";
import { Icon } from "./Icon.tsx";
import { NameForm } from "./NameForm.tsx";
import { TokenForm } from "./TokenForm.tsx";
import { useLanguage } from "./language.ts";

/** Why the connection is not as it should be, and what to do: one banner at a time. */
export function Banner({ room }: { room: Room }) {
  const banner = room.link.banner.value;
  const isAlert = banner !== undefined && toneOf(banner) === "refused";
  return (
    // Always there: what is put into it is announced, once where it announces itself.
    <div role="status" aria-live={isAlert ? "off" : "polite"}>
      {banner && <Shown key={banner.kind} room={room} banner={banner} />}
    </div>
  );
}

function Shown({ room, banner }: { room: Room; banner: BannerState }) {
  const language = useLanguage();
  const section = useRef<HTMLElement>(null);
  useEffect(() => () => {
    if (section.current?.contains(document.activeElement)) focusComposer();
  }, []);
  // Then the name is the token's.
  const needsToken = room.pass.isNeeded.value;
  const name = room.link.name.value ?? language.text("guest");
  const { tone, icon, title, text } = describeBanner(banner, {
    name,
    origin: room.address.value,
    now: room.now.value,
    language,
  });
  return (
    <section
      ref={section}
      class={`banner is-${tone}`}
      data-banner={banner.kind}
      role={tone === "refused" ? "alert" : undefined}
    >
      <Icon name={icon} />
      <div class="banner-text">
        <p>
          {/* A countdown is announced once, not each second. */}
          <strong aria-live="off">{title}</strong> {text}
        </p>
        {(banner.kind === "taken" || banner.kind === "invalid") && (
          <Suggestions
            names={banner.suggestions}
            choose={(chosen) => room.connect(chosen)}
          />
        )}
        {banner.kind === "substitute" && (
          <Suggestions
            names={[banner.wanted]}
            choose={() => room.connectAnew()}
          />
        )}
        {(banner.kind === "token" || banner.kind === "token_refused") && <TokenForm room={room} />}
        {asksForName(banner) && !needsToken && <NameForm key={name} room={room} banner={banner} />}
      </div>
      <BannerActions room={room} banner={banner} />
    </section>
  );
}

function asksForName(banner: BannerState): boolean {
  return ["taken", "invalid", "rename", "disconnected"].includes(banner.kind);
}

function Suggestions(props: { names: readonly string[]; choose: (name: string) => void }) {
  if (props.names.length === 0) return null;
  return (
    <div class="suggestions">
      {props.names.map((name) => (
        <button
          key={name}
          class="button"
          type="button"
          onClick={() => props.choose(name)}
        >
          <bdi>{name}</bdi>
        </button>
      ))}
    </div>
  );
}
