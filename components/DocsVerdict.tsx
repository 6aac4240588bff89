import type { Verdict } from "../client/docs/schema_check.ts";
import { useDocsWords } from "./docs_words.ts";
import { Icon } from "./Icon.tsx";

/** What was found of a message, and what is wrong with it. */
export function DocsVerdict({ verdict }: { verdict: Verdict }) {
  const say = useDocsWords();
  const fits = verdict.is === "fits";
  return (
    <span class={fits ? "verdict is-fitting" : "verdict"}>
      <Icon name={fits ? "check" : "alert"} />
      <span>
        {say(verdict.is)}
        {verdict.is === "does_not_fit" && (
          <span class="docs-faults" lang="en">{verdict.faults.slice(0, 3).join(" ")}</span>
        )}
      </span>
    </span>
  );
}
