import type { Dashboard } from "../../client/dashboard/dashboard.ts";
import type { LinkState } from "../../client/dashboard/link.ts";
import type { TextKey } from "../../client/dashboard/words_en.ts";
import { Icon } from "../Icon.tsx";
import type { IconName } from "../Sprite.tsx";
import { Switches } from "../Switches.tsx";
import { Wordmark } from "../Wordmark.tsx";

const PILLS: Readonly<
  Record<LinkState["phase"], readonly [tone: string, icon: IconName, key: TextKey] | undefined>
> = {
  closed: undefined,
  connecting: ["reconnecting", "arc", "connecting"],
  open: ["connected", "dot", "live"],
  waiting: ["reconnecting", "offline", "cut"],
};

/** The bar over everything: what this is, how it is connected, language and theme, and the way out. */
export function Bar({ dashboard }: { dashboard: Dashboard }) {
  const language = dashboard.language.value;
  const phase = dashboard.state.value?.phase ?? "closed";
  const pill = PILLS[phase];
  return (
    <header class="dash-bar">
      <h1 class="wordmark">
        <Wordmark /> <span class="dash-title">{language.text("title")}</span>
      </h1>
      <div role="status">
        {pill && (
          <span class={`pill is-${pill[0]}`}>
            <Icon name={pill[1]} />
            <span>{language.text(pill[2])}</span>
          </span>
        )}
      </div>
      <div class="dash-choices needs-script">
        <Switches preferences={dashboard.preferences} />
        {phase !== "closed" && (
          <button
            class="button is-quiet"
            type="button"
            title={language.text("forget_long")}
            onClick={() => dashboard.forget()}
          >
            <Icon name="door_out" />
            <span>{language.text("forget")}</span>
          </button>
        )}
      </div>
    </header>
  );
}
