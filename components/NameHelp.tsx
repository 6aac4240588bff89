import type { ComponentChild } from "preact";
import type { Language } from "../client/page/language.ts";
import type { NameVerdict } from "../client/page/naming.ts";
import type { NameProblem } from "../lib/names.ts";
import { Icon } from "./Icon.tsx";
import { useLanguage } from "./language.ts";
import { Phrase } from "./Phrase.tsx";
import type { IconName } from "./Sprite.tsx";

/** The id of the line under the field for the name. */
export const NAME_HELP_ID = "name-help";

/** What is to be said of the name while it is typed: what is wrong with it, that it does, or what a name may be. */
export function NameHelp({ verdict }: { verdict: NameVerdict }) {
  const language = useLanguage();
  const [tone, icon, text] = describe(verdict, language);
  return (
    <p class={`help ${tone}`} id={NAME_HELP_ID} role="status">
      {icon && <Icon name={icon} />}
      <span>{text}</span>
    </p>
  );
}

function describe(
  verdict: NameVerdict,
  language: Language,
): readonly [tone: string, icon: IconName | undefined, text: ComponentChild] {
  switch (verdict.is) {
    case "wrong":
      return ["is-error", "alert", problemText(verdict.problem, language)];
    case "online":
      return ["is-warning", "alert", online(verdict.name, language)];
    case "fine":
      return ["is-fine", "check", language.text("name_free")];
    default:
      return ["", undefined, language.text("name_rule_guest")];
  }
}

function online(name: string, language: Language): ComponentChild {
  return <Phrase text={language.template("name_online")} values={{ name: <bdi>{name}</bdi> }} />;
}

function problemText({ reason, detail }: NameProblem, language: Language): string {
  switch (reason) {
    case "character":
      return language.text("name_char", { c: show(detail) });
    case "too_long":
      return language.text("name_long", { n: Number(detail) });
    case "reserved":
      return language.text("name_reserved", { name: detail });
    case "scripts":
      return language.text("name_scripts");
    case "empty":
      return language.text("name_rule_guest");
  }
}

/** A character in a sentence; one that nobody sees by its number. */
function show(character: string): string {
  const isUnseen = /[\p{C}\p{M}\p{Z}]|\p{Default_Ignorable_Code_Point}/u.test(character);
  const number = character.codePointAt(0) ?? 0;
  return isUnseen ? `U+${number.toString(16).toUpperCase().padStart(4, "0")}` : character;
}
