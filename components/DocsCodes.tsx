import type { DocsCode } from "../client/docs/docs_props.ts";
import { DocsText } from "./DocsText.tsx";
import { useDocsWords } from "./docs_words.ts";

interface DocsCodesProps {
  readonly closeCodes: readonly DocsCode[];
  readonly errorCodes: readonly DocsCode[];
}

/** Why a socket is closed, and why a message is not taken. */
export function DocsCodes({ closeCodes, errorCodes }: DocsCodesProps) {
  const say = useDocsWords();
  return (
    <section class="docs-section" id="codes" aria-labelledby="h-codes">
      <h2 id="h-codes">{say("codes")}</h2>
      <div class="docs-code-tables">
        <CodeTable title={say("close_codes")} codes={closeCodes} />
        <CodeTable title={say("error_codes")} codes={errorCodes} />
      </div>
    </section>
  );
}

function CodeTable({ title, codes }: { title: string; codes: readonly DocsCode[] }) {
  const say = useDocsWords();
  const comesBack = codes.some((one) => one.comesBack !== undefined);
  return (
    <table class="docs-table">
      <caption>{title}</caption>
      <thead>
        <tr>
          <th scope="col">{say("code")}</th>
          <th scope="col">{say("when")}</th>
          {comesBack && <th scope="col">{say("comes_back")}</th>}
        </tr>
      </thead>
      <tbody>
        {codes.map((one) => (
          <tr key={one.code}>
            <th scope="row">
              <code>{one.code}</code>
            </th>
            <td lang="en">
              <DocsText text={one.when} />
            </td>
            {comesBack && (
              <td lang="en">
                <DocsText text={one.comesBack ?? ""} />
              </td>
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
