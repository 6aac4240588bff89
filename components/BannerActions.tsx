import type { ComponentChildren } from "preact";
import { type Banner, isDismissible } from "../client/page/banner.ts";
import type { Room } from "../client/page/room.ts";
import { flag } from "./flag.ts";
import { Icon } from "./Icon.tsx";
import { useLanguage } from "./language.ts";

/** The one thing to do about a banner, where there is one. */
export function BannerActions({ room, banner }: { room: Room; banner: Banner }) {
  const language = useLanguage();
  if (banner.kind === "waiting" || banner.kind === "barred") {
    const isTrying = banner.retryAt === undefined;
    return (
      <Actions>
        {/* A disabled button would lose the focus. */}
        <button
          class="button"
          type="button"
          aria-disabled={flag(isTrying)}
          onClick={() => room.retry()}
        >
          <Icon name="retry" />
          {language.text("try_now")}
        </button>
      </Actions>
    );
  }
  if (banner.kind === "elsewhere" || banner.kind === "closed") {
    return (
      <Actions>
        <button
          class="button"
          type="button"
          onClick={() => room.connect(room.link.name.value ?? "")}
        >
          {language.text(banner.kind === "elsewhere" ? "use_here" : "connect")}
        </button>
      </Actions>
    );
  }
  if (!isDismissible(banner)) return null;
  return (
    <Actions>
      <button
        class="button is-quiet is-icon"
        type="button"
        aria-label={language.text("dismiss")}
        title={language.text("dismiss")}
        onClick={() => room.link.dismiss()}
      >
        <Icon name="cross" />
      </button>
    </Actions>
  );
}

function Actions({ children }: { children: ComponentChildren }) {
  return <div class="banner-actions">{children}</div>;
}
