/**
 * Whether a message is what its schema says, in the browser. The validator interprets schemas: one that compiled them would
 * need `eval`, which the content policy forbids.
 *
 * @module
 */

import { type Schema, Validator } from "@cfworker/json-schema";
import type { DocsMessage } from "./docs_props.ts";

/** What is found of a message: `fits`, or why not. */
export type Verdict =
  | { readonly is: "fits" | "no_json" | "unknown" }
  | { readonly is: "does_not_fit"; readonly faults: readonly string[] };

/** Checks messages of one direction by their names. */
export class SchemaCheck {
  readonly #validators: ReadonlyMap<string, Validator>;

  constructor(messages: readonly DocsMessage[]) {
    this.#validators = new Map(
      messages.map(({ name, schema }) => [
        name,
        new Validator(schema as Schema, "2020-12", false),
      ]),
    );
  }

  /**
   * Checks one message. Never throws.
   *
   * @param name Which it is to be; by default its own `type` says it.
   */
  check(text: string, name?: string): Verdict {
    let message: unknown;
    try {
      message = JSON.parse(text);
    } catch {
      return { is: "no_json" };
    }
    const validator = this.#validators.get(name ?? typeOf(message) ?? "");
    if (validator === undefined) return { is: "unknown" };
    const { valid, errors } = validator.validate(message);
    if (valid) return { is: "fits" };
    // Those of the whole say only that a part is wrong.
    const parts = errors.filter(({ keyword }) => keyword !== "properties" && keyword !== "items");
    const faults = (parts.length > 0 ? parts : errors).map(({ instanceLocation, error }) =>
      `${instanceLocation.slice(2) || "/"}: ${error}`
    );
    return { is: "does_not_fit", faults };
  }
}

/** The `type` of a message, where it has one. */
export function typeOf(message: unknown): string | undefined {
  const type = (message as { type?: unknown } | null)?.type;
  return typeof type === "string" ? type : undefined;
}
