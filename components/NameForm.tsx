import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { Banner } from "../client/page/banner.ts";
import type { Room } from "../client/page/room.ts";
import { fill, words } from "../client/page/words.ts";
import { type NameProblem, parseName } from "../lib/names.ts";
import { flag } from "./flag.ts";
import { focusComposer } from "./focus.ts";
import { Icon } from "./Icon.tsx";

interface NameFormProps {
  readonly room: Room;
  readonly kind: Banner["kind"];
}

/** The name and the button to connect by it; what is wrong with the name is said while it is typed. */
export function NameForm({ room, kind }: NameFormProps) {
  const typed = useSignal(room.link.name.value ?? "");
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    // After a refusal, and where the person asked to change the name. Not on a page that was opened disconnected.
    if (kind !== "disconnected") field.current?.focus();
  }, []);
  const problem = problemOf(typed.value);
  const isWrong = problem !== undefined || kind === "taken" && typed.value === room.link.name.value;
  const submit = (event: Event) => {
    event.preventDefault();
    if (problem !== undefined) return;
    room.connect(typed.value);
    focusComposer();
  };
  return (
    <form class="name-form" onSubmit={submit}>
      <label class="visually-hidden" for="name">{words.your_name}</label>
      <input
        ref={field}
        class="field"
        id="name"
        value={typed.value}
        placeholder={words.guest}
        autocomplete="nickname"
        spellcheck={false}
        aria-invalid={flag(isWrong)}
        aria-describedby="name-help"
        onInput={(event) => typed.value = event.currentTarget.value}
      />
      <button class="button is-main" type="submit" disabled={problem !== undefined}>
        <Icon name="power" />
        {words.connect}
      </button>
      <Help problem={problem} />
    </form>
  );
}

function Help({ problem }: { problem: NameProblem | undefined }) {
  return (
    <p class={problem ? "help is-error" : "help"} id="name-help" role="status">
      {problem && <Icon name="alert" />}
      {problem ? problemText(problem) : words.name_rule_guest}
    </p>
  );
}

function problemOf(typed: string): NameProblem | undefined {
  const parsed = parseName(typed);
  // An empty name is a guest's, whom the server names.
  return parsed.ok || parsed.error.reason === "empty" ? undefined : parsed.error;
}

function problemText({ reason, detail }: NameProblem): string {
  switch (reason) {
    case "character":
      return fill(words.name_char, { c: show(detail) });
    case "too_long":
      return fill(words.name_long, { n: Number(detail) });
    case "reserved":
      return fill(words.name_reserved, { name: detail });
    case "scripts":
      return words.name_scripts;
    case "empty":
      return words.name_rule_guest;
  }
}

/** A character in a sentence; one that nobody sees by its number. */
function show(character: string): string {
  const isUnseen = /[\p{C}\p{M}\p{Z}]|\p{Default_Ignorable_Code_Point}/u.test(character);
  const number = character.codePointAt(0) ?? 0;
  return isUnseen ? `U+${number.toString(16).toUpperCase().padStart(4, "0")}` : character;
}
