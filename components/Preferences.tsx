import { useSignal } from "@preact/signals";
import type { TargetedEvent } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Room } from "../client/page/room.ts";
import type { TextKey } from "../client/page/words_en.ts";
import type { LanguageTag, Theme } from "../lib/preferences.ts";
import { flag } from "./flag.ts";
import { Icon } from "./Icon.tsx";
import { useLanguage } from "./language.ts";
import { NameButton } from "./NameButton.tsx";
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

/** The name, the language and the theme: in the top bar, and where that is too narrow in a menu. */
export function Preferences({ room }: { room: Room }) {
  const language = useLanguage();
  const isOpen = useSignal(false);
  const whole = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => isOpen.value ? onPressOutside(whole.current, close) : undefined, [isOpen.value]);
  const close = () => isOpen.value = false;
  const escape = (event: KeyboardEvent) => {
    if (event.key !== "Escape" || !isOpen.value) return;
    event.preventDefault();
    close();
    button.current?.focus();
  };
  const left = ({ currentTarget, relatedTarget }: TargetedEvent<HTMLElement, FocusEvent>) => {
    if (relatedTarget instanceof Node && !currentTarget.contains(relatedTarget)) close();
  };
  return (
    <div
      ref={whole}
      class="preferences needs-script"
      onKeyDown={escape}
      onFocusOut={left}
    >
      <button
        ref={button}
        class="button is-quiet is-icon menu-button"
        type="button"
        aria-label={language.text("preferences")}
        title={language.text("preferences")}
        aria-expanded={flag(isOpen.value)}
        aria-controls="preferences"
        onClick={() => isOpen.value = !isOpen.value}
      >
        <Icon name="sliders" />
      </button>
      <div class={isOpen.value ? "menu is-open" : "menu"} id="preferences">
        <NameButton room={room} />
        <Switches preferences={room.preferences} />
      </div>
    </div>
  );
}

/** How the page speaks and looks. */
function Switches({ preferences }: { preferences: Room["preferences"] }) {
  const language = useLanguage();
  return (
    <>
      <Segmented
        label={language.text("language")}
        choices={LANGUAGE_CHOICES}
        chosen={language.tag}
        choose={(tag) => preferences.speak(tag)}
      />
      <Segmented
        label={language.text("theme")}
        choices={THEME_CHOICES.map(([value, key, icon]) => {
          const name = language.text(key);
          return { value, label: name, title: name, content: <Icon name={icon} /> };
        })}
        chosen={preferences.theme.value}
        choose={(theme) => preferences.dress(theme)}
      />
    </>
  );
}

/** Calls back on a press anywhere else; returns what stops it. */
function onPressOutside(element: HTMLElement | null, callback: () => void): () => void {
  const pressed = ({ target }: Event) => {
    if (target instanceof Node && !element?.contains(target)) callback();
  };
  addEventListener("pointerdown", pressed);
  return () => removeEventListener("pointerdown", pressed);
}
