import type { Preferences } from "../client/preferences.ts";
import type { LanguageTag, Theme } from "../lib/preferences.ts";
import { Icon } from "./Icon.tsx";
import { type Choice, Segmented } from "./Segmented.tsx";
import type { IconName } from "./Sprite.tsx";
import { SWITCH_WORDS } from "./switch_words.ts";

/** Each language calls itself by its own name. */
const LANGUAGE_CHOICES: readonly Choice<LanguageTag>[] = [
  { value: "en", title: "English", lang: "en", content: "EN" },
  { value: "pt-BR", title: "Português do Brasil", lang: "pt-BR", content: "PT" },
];
const THEME_CHOICES: readonly (readonly [Theme, IconName])[] = [
  ["system", "half"],
  ["light", "sun"],
  ["dark", "moon"],
];

/** How a page speaks and looks. */
export function Switches({ preferences }: { preferences: Preferences }) {
  const tag = preferences.language.value;
  const words = SWITCH_WORDS[tag];
  return (
    <>
      <Segmented
        label={words.language}
        choices={LANGUAGE_CHOICES}
        chosen={tag}
        choose={(tag) => preferences.setLanguage(tag)}
      />
      <Segmented
        label={words.theme}
        choices={THEME_CHOICES.map(([value, icon]) => {
          const name = words.themes[value];
          return { value, label: name, title: name, content: <Icon name={icon} /> };
        })}
        chosen={preferences.theme.value}
        choose={(theme) => preferences.setTheme(theme)}
      />
    </>
  );
}
