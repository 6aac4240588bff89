import type { ComponentChildren } from "preact";
import type { Banner } from "../client/page/banner.ts";
import type { Room } from "../client/page/room.ts";
import { words } from "../client/page/words.ts";
import { focusComposer } from "./focus.ts";
import { Icon } from "./Icon.tsx";

/** Whether a banner may be put away: what it says then stays true, and the pill goes on saying it. */
export function isDismissible(banner: Banner): boolean {
  return banner.kind === "rename" || banner.kind === "database";
}

interface BannerActionsProps {
  readonly room: Room;
  readonly banner: Banner;
  readonly putAway: () => void;
}

/** The one thing to do about a banner, where there is one. */
export function BannerActions({ room, banner, putAway }: BannerActionsProps) {
  if (banner.kind === "waiting") {
    const isTrying = banner.retryAt === undefined;
    return (
      <Actions>
        <button class="button" type="button" disabled={isTrying} onClick={() => room.retry()}>
          <Icon name="retry" />
          {words.try_now}
        </button>
      </Actions>
    );
  }
  if (banner.kind === "elsewhere" || banner.kind === "closed") {
    const isElsewhere = banner.kind === "elsewhere";
    const connect = () => {
      room.connect(room.link.name.value ?? "");
      focusComposer();
    };
    return (
      <Actions>
        <button class="button" type="button" onClick={connect}>
          {isElsewhere ? words.use_here : words.connect}
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
        aria-label={words.dismiss}
        onClick={putAway}
      >
        <Icon name="cross" />
      </button>
    </Actions>
  );
}

function Actions({ children }: { children: ComponentChildren }) {
  return <div class="banner-actions">{children}</div>;
}
