import { type Signal, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { Banner } from "../client/page/banner.ts";
import { judgeName } from "../client/page/naming.ts";
import type { Room } from "../client/page/room.ts";
import { flag } from "./flag.ts";
import { focusComposer, NAME_ID } from "./focus.ts";
import { Icon } from "./Icon.tsx";
import { useLanguage } from "./language.ts";
import { NAME_HELP_ID, NameHelp } from "./NameHelp.tsx";

interface NameFormProps {
  readonly room: Room;
  readonly banner: Banner;
}

/** The name and the button to connect by it; what is wrong with the name is said while it is typed. */
export function NameForm({ room, banner }: NameFormProps) {
  const typed = useSignal(room.link.name.value ?? "");
  const own = room.link.name.value;
  const verdict = judgeName(typed.value, { own, people: room.people });
  const isWrong = verdict.is === "wrong";
  const submit = (event: Event) => {
    event.preventDefault();
    if (isWrong) return;
    room.connect(typed.value);
    focusComposer();
  };
  return (
    <form class="name-form" onSubmit={submit}>
      <NameField
        typed={typed}
        isInvalid={isWrong || banner.kind === "taken" && verdict.is === "own"}
        // After a refusal, and where the person asked to change the name. Not on a page that was opened disconnected.
        takesFocus={banner.kind !== "disconnected"}
      />
      <NameSubmit isChange={banner.kind === "rename" && banner.isOnline} isWrong={isWrong} />
      <NameHelp verdict={verdict} />
    </form>
  );
}

interface NameFieldProps {
  readonly typed: Signal<string>;
  readonly isInvalid: boolean;
  readonly takesFocus: boolean;
}

function NameField({ typed, isInvalid, takesFocus }: NameFieldProps) {
  const language = useLanguage();
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (takesFocus) field.current?.focus();
  }, []);
  return (
    <>
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
        aria-invalid={flag(isInvalid)}
        aria-describedby={NAME_HELP_ID}
        onInput={(event) => typed.value = event.currentTarget.value}
      />
    </>
  );
}

function NameSubmit({ isChange, isWrong }: { isChange: boolean; isWrong: boolean }) {
  const language = useLanguage();
  return (
    <button class="button is-main" type="submit" aria-disabled={flag(isWrong)}>
      <Icon name={isChange ? "check" : "power"} />
      {language.text(isChange ? "change" : "connect")}
    </button>
  );
}
