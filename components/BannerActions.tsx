import { type Banner, isDismissible } from "../client/page/banner.ts";
import type { Room } from "../client/page/room.ts";
import { flag } from "./flag.ts";
import { Icon } from "./Icon.tsx";
import { useLanguage } from "./language.ts";

interface BannerActionsProps {
  readonly room: Room;
  readonly banner: Banner;
}

/** The one thing to do about a banner, where there is one. */
export function BannerActions({ room, banner }: BannerActionsProps) {
  const action = actionOf({ room, banner });
  return action && <div class="banner-actions">{action}</div>;
}

function actionOf({ room, banner }: BannerActionsProps) {
  switch (banner.kind) {
    case "token_taken":
    case "taken":
    case "invalid":
    case "disconnected":
      // Else there is a form for the name.
      return room.pass.isNeeded.value
        ? <Connect label="connect" connect={() => room.connect("")} />
        : null;
    case "waiting":
    case "barred":
      return <Retry room={room} isTrying={banner.retryAt === undefined} />;
    case "elsewhere":
      return <Connect label="use_here" connect={() => room.connectAnew()} />;
    case "closed":
      return <Connect label="connect" connect={() => room.connect(room.link.name.value ?? "")} />;
    default:
      return isDismissible(banner) ? <Dismiss room={room} /> : null;
  }
}

function Retry({ room, isTrying }: { room: Room; isTrying: boolean }) {
  const language = useLanguage();
  return (
    // A disabled button would lose the focus.
    <button
      class="button"
      type="button"
      aria-disabled={flag(isTrying)}
      onClick={() => isTrying || room.retry()}
    >
      <Icon name="retry" />
      {language.text("try_now")}
    </button>
  );
}

function Connect({ label, connect }: { label: "connect" | "use_here"; connect: () => void }) {
  const language = useLanguage();
  return (
    <button class="button is-main" type="button" onClick={connect}>
      {language.text(label)}
    </button>
  );
}

function Dismiss({ room }: { room: Room }) {
  const language = useLanguage();
  return (
    <button
      class="button is-quiet is-icon"
      type="button"
      aria-label={language.text("dismiss")}
      title={language.text("dismiss")}
      onClick={() => room.link.dismiss()}
    >
      <Icon name="cross" />
    </button>
  );
}
