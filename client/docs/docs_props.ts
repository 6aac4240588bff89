/**
 * What the server renders the page of documents with.
 *
 * @module
 */

import type { Door } from "../joining.ts";
import type { Choices } from "../../lib/preferences.ts";
import type { JsonSchema } from "../../lib/schema_fields.ts";

/** A message of the socket: its name, and its schema with what it means and an example. */
export interface DocsMessage {
  readonly name: string;
  readonly schema: JsonSchema;
  /** The type of what answers it. */
  readonly answer?: string;
}

/** A code and what it means. */
export interface DocsCode {
  readonly code: string;
  readonly when: string;
  /** Whether and how a client comes back; of close codes only. */
  readonly comesBack?: string;
}

/** What the page begins with; JSON values, as they travel in the markup. */
export interface DocsProps extends Door {
  readonly preferences: Choices;
  readonly sent: readonly DocsMessage[];
  readonly received: readonly DocsMessage[];
  readonly closeCodes: readonly DocsCode[];
  readonly errorCodes: readonly DocsCode[];
  /** Where the style sheet and the program of the part about HTTP are. */
  readonly httpAssets: { readonly style: string; readonly script: string };
}
