/**
 * What is wrong with a value by a JSON Schema, for tests of the documents.
 *
 * @module
 */

import { Validator } from "@cfworker/json-schema";
import type { JsonSchema } from "../lib/schema_fields.ts";

/** One line for each thing that is wrong. */
export function schemaFaults(schema: JsonSchema, value: unknown): string[] {
  const { errors } = new Validator(schema as object, "2020-12", false).validate(value);
  return errors.map(({ instanceLocation, error }) => `${instanceLocation}: ${error}`);
}
