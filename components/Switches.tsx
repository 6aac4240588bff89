import type { Preferences } from "../client/page/preferences.ts";
import type { TextKey } from "../client/page/words_en.ts";
import type { LanguageTag, Theme } from "../lib/preferences.ts";
import { Icon } from "./Icon.tsx";
import { useLanguage } from "./language.ts";
import { type Choice, Segmented } from "./Segmented.tsx";
import type { IconName } from "./Sprite.tsx";

/** Each language calls itself by its own name. */
const LANGUAGE_CHOICES: readonly Choice<LanguageTag>[] = [
  { value: "en", title: "English", lang: "en", content: "EN" },
  { value: "pt-BR", title: "Português do Brasil", lang: "pt-BR", content: "PT" },
];
const THEME_CHOICES: readonly (readonly [Theme, TextKey, IconName])[] = [
  ["system", "theme_system", "half"],
  ["light", "theme_light", "sun"],
  ["dark", "theme_dark", "moon"],
];

/** How the page speaks and looks. */
export function Switches({ preferences }: { preferences: Preferences }) {
  const language = useLanguage();
  return (
    <>
      <Segmented
        label={language.text("language")}
        choices={LANGUAGE_CHOICES}
        chosen={language.tag}
        choose={(tag) => preferences.setLanguage(tag)}
      />
      <Segmented
        label={language.text("theme")}
        choices={THEME_CHOICES.map(([value, key, icon]) => {
          const name = language.text(key);
          return { value, label: name, title: name, content: <Icon name={icon} /> };
        })}
        chosen={preferences.theme.value}
        choose={(theme) => preferences.setTheme(theme)}
      />
    </>
  );
}
