import type { OlderState } from "../client/page/older.ts";
import { flag } from "./flag.ts";
import { useLanguage } from "./language.ts";

interface OlderMessagesProps {
  readonly state: OlderState;
  readonly show: () => void;
}

/** What stands above the first message: how to see those before it, or that there are none any more. */
export function OlderMessages({ state, show }: OlderMessagesProps) {
  const language = useLanguage();
  if (state === "none") return null;
  if (state === "gone") return <p class="older">{language.text("older_gone")}</p>;
  return (
    <p class="older">
      <span role="status">{state === "failed" && language.text("older_failed")}</span>
      <button
        class="link needs-script"
        type="button"
        aria-disabled={flag(state === "asked")}
        onClick={show}
      >
        {language.text("older")}
      </button>
    </p>
  );
}
