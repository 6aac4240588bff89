import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { Banner } from "../client/page/banner.ts";
import type { Room } from "../client/page/room.ts";
import { type NameProblem, parseName } from "../lib/names.ts";
import { flag } from "./flag.ts";
import { focusComposer, NAME_ID } from "./focus.ts";
import { Icon } from "./Icon.tsx";
import { useLanguage } from "./language.ts";
import { NAME_HELP_ID, NameHelp } from "./NameHelp.tsx";

interface NameFormProps {
  readonly room: Room;
  readonly kind: Banner["kind"];
}

/** The name and the button to connect by it; what is wrong with the name is said while it is typed. */
export function NameForm({ room, kind }: NameFormProps) {
  const language = useLanguage();
  const typed = useSignal(room.link.name.value ?? "");
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    // After a refusal, and where the person asked to change the name. Not on a page that was opened disconnected.
    if (kind !== "disconnected") field.current?.focus();
  }, []);
  const problem = problemOf(typed.value);
  const isUnchanged = keyOf(typed.value) === keyOf(room.link.name.value ?? "");
  const isWrong = problem !== undefined || kind === "taken" && isUnchanged;
  const submit = (event: Event) => {
    event.preventDefault();
    if (problem !== undefined) return;
    room.connect(typed.value);
    focusComposer();
  };
  return (
    <form class="name-form" onSubmit={submit}>
      <label class="visually-hidden" for={NAME_ID}>{language.text("your_name")}</label>
      <input
        ref={field}
        class="field"
        id={NAME_ID}
        dir="auto"
        value={typed.value}
        placeholder={language.text("guest")}
        autocomplete="nickname"
        spellcheck={false}
        aria-invalid={flag(isWrong)}
        aria-describedby={NAME_HELP_ID}
        onInput={(event) => typed.value = event.currentTarget.value}
      />
      <button class="button is-main" type="submit" disabled={problem !== undefined}>
        <Icon name="power" />
        {language.text("connect")}
      </button>
      <NameHelp problem={problem} isFine={!isUnchanged && keyOf(typed.value) !== undefined} />
    </form>
  );
}

/** By what names are compared; `undefined` of what is none. */
function keyOf(typed: string): string | undefined {
  const parsed = parseName(typed);
  return parsed.ok ? parsed.value.key : undefined;
}

function problemOf(typed: string): NameProblem | undefined {
  const parsed = parseName(typed);
  // An empty name is a guest's, whom the server names.
  return parsed.ok || parsed.error.reason === "empty" ? undefined : parsed.error;
}
