import { useEffect, useRef } from "preact/hooks";
import type { Dashboard } from "../../client/dashboard/dashboard.ts";
import { Icon } from "../Icon.tsx";

/** What is there before the token is known: a field for it, and nothing else. */
export function TokenForm({ dashboard }: { dashboard: Dashboard }) {
  const language = dashboard.language.value;
  const field = useRef<HTMLInputElement>(null);
  const state = dashboard.state.value;
  const isRefused = state?.phase === "closed" && state.isRefused;
  useEffect(() => {
    if (isRefused) field.current?.select();
    field.current?.focus();
  }, [isRefused]);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const token = field.current?.value.trim() ?? "";
    if (token !== "") dashboard.enter(token);
  };
  return (
    <main class="token">
      <form onSubmit={submit}>
        <label for="token">{language.text("token")}</label>
        <p id="token-text">{language.text("token_text")}</p>
        {/* Not a password field of this site: a browser need not offer to keep it. */}
        <input
          ref={field}
          class="field"
          id="token"
          type="password"
          autocomplete="off"
          spellcheck={false}
          maxLength={1024}
          required
          aria-invalid={isRefused ? "true" : undefined}
          aria-describedby="token-text token-help"
        />
        <p class="help" id="token-help" role="alert">
          {isRefused && (
            <>
              <Icon name="refused" /> {language.text("token_wrong")}
            </>
          )}
        </p>
        <button class="button is-main" type="submit">{language.text("open")}</button>
      </form>
    </main>
  );
}
