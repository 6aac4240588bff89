import type { Dashboard } from "../../client/dashboard/dashboard.ts";
import type { LinkState } from "../../client/dashboard/link.ts";
import type { TextKey } from "../../client/dashboard/words_en.ts";
import type { LanguageTag, Theme } from "../../lib/preferences.ts";
import { Icon } from "../Icon.tsx";
import { type Choice, Segmented } from "../Segmented.tsx";
import type { IconName } from "../Sprite.tsx";

const LANGUAGE_CHOICES: readonly Choice<LanguageTag>[] = [
  { value: "en", title: "English", lang: "en", content: "EN" },
  { value: "pt-BR", title: "Português do Brasil", lang: "pt-BR", content: "PT" },
];
const THEME_CHOICES: readonly (readonly [Theme, TextKey, IconName])[] = [
  ["system", "theme_system", "half"],
  ["light", "theme_light", "sun"],
  ["dark", "theme_dark", "moon"],
];
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
        <svg class="mark" aria-hidden="true" viewBox="0 0 24 24">
          <path d="M2 10v4M7 9v6M17 9v6M22 10v4" />
          <path class="beat" d="M12 2v20" />
        </svg>
        <span>Pulso</span> <span class="dash-title">{language.text("title")}</span>
      </h1>
      <div role="status">
        {pill && (
          <span class={`pill is-${pill[0]}`}>
            <Icon name={pill[1]} />
            <span>{language.text(pill[2])}</span>
          </span>
        )}
      </div>
      <div class="dash-choices">
        <Choices dashboard={dashboard} />
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

function Choices({ dashboard }: { dashboard: Dashboard }) {
  const language = dashboard.language.value;
  return (
    <>
      <Segmented
        label={language.text("language")}
        choices={LANGUAGE_CHOICES}
        chosen={language.tag}
        choose={(tag) => dashboard.setLanguage(tag)}
      />
      <Segmented
        label={language.text("theme")}
        choices={THEME_CHOICES.map(([value, key, icon]) => {
          const name = language.text(key);
          return { value, label: name, title: name, content: <Icon name={icon} /> };
        })}
        chosen={dashboard.theme.value}
        choose={(theme) => dashboard.setTheme(theme)}
      />
    </>
  );
}
