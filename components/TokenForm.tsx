import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { readToken } from "../client/page/pass.ts";
import type { Room } from "../client/page/room.ts";
import { flag } from "./flag.ts";
import { focusComposer, TOKEN_ID } from "./focus.ts";
import { Icon } from "./Icon.tsx";
import { useLanguage } from "./language.ts";

const HELP_ID = "token-help";

/** The place to paste a token, and the button to come in by it. */
export function TokenForm({ room }: { room: Room }) {
  const language = useLanguage();
  const pasted = useSignal("");
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);
  const isWrong = pasted.value !== "" && readToken(pasted.value) === undefined;
  const submit = (event: Event) => {
    event.preventDefault();
    if (room.enter(pasted.value)) focusComposer();
    else field.current?.focus();
  };
  return (
    <form class="name-form" onSubmit={submit}>
      <label class="visually-hidden" for={TOKEN_ID}>{language.text("token")}</label>
      {/* Like a password, so that nobody reads it over one's shoulder; but it is no password to be remembered. */}
      <input
        ref={field}
        class="field"
        id={TOKEN_ID}
        type="password"
        value={pasted.value}
        placeholder={language.text("token")}
        autocomplete="off"
        spellcheck={false}
        aria-invalid={flag(isWrong)}
        aria-describedby={HELP_ID}
        onInput={(event) => pasted.value = event.currentTarget.value}
      />
      <button class="button is-main" type="submit" aria-disabled={flag(isWrong)}>
        <Icon name="power" />
        {language.text("connect")}
      </button>
      <p class="help" id={HELP_ID}>{language.text("token_help")}</p>
    </form>
  );
}
