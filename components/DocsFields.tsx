import { fieldsOf, type JsonSchema } from "../lib/schema_fields.ts";
import { DocsText } from "./DocsText.tsx";
import { useDocsWords } from "./docs_words.ts";

/** The fields of a message: what each is, and what it means. */
export function DocsFields({ schema }: { schema: JsonSchema }) {
  const say = useDocsWords();
  return (
    <table class="docs-table">
      <thead>
        <tr>
          <th scope="col">{say("field")}</th>
          <th scope="col">{say("value")}</th>
          <th scope="col">{say("meaning")}</th>
        </tr>
      </thead>
      <tbody>
        {fieldsOf(schema).map(({ name, type, isOptional, description }) => (
          <tr key={name}>
            <th scope="row">
              <code>{name}</code>
            </th>
            <td>
              <span lang="en">
                <DocsText text={type} />
              </span>
              {isOptional && <em>{` ${say("optional")}`}</em>}
            </td>
            <td lang="en">
              <DocsText text={description} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
