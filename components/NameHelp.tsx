import type { Language } from "../client/page/language.ts";
import type { NameProblem } from "../lib/names.ts";
import { Icon } from "./Icon.tsx";
import { useLanguage } from "./language.ts";

/** The id of the line under the field for the name. */
export const NAME_HELP_ID = "name-help";

interface NameHelpProps {
  readonly problem: NameProblem | undefined;
  /** Whether the name is a new one, and does. */
  readonly isFine: boolean;
}

/** What is wrong with the name while it is typed, that it does, or what a name may be. */
export function NameHelp({ problem, isFine }: NameHelpProps) {
  const language = useLanguage();
  const [tone, icon, text] = problem !== undefined
    ? ["is-error", "alert", problemText(problem, language)] as const
    : isFine
    ? ["is-fine", "check", language.text("name_free")] as const
    : ["", undefined, language.text("name_rule_guest")] as const;
  return (
    <p class={`help ${tone}`} id={NAME_HELP_ID} role="status">
      {icon && <Icon name={icon} />}
      {text}
    </p>
  );
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
