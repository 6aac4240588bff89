/**
 * JSON Schema of the zod schemas. Pure. Not here: the schemas (protocol.ts, http_schemas.ts), and what is told of the fields
 * (schema_fields.ts).
 *
 * Invariant: what a schema says is said by what is made of it, but that more fields may come: additions are not errors.
 *
 * @module
 */

import { z } from "zod";
import type { JsonSchema } from "./schema_fields.ts";

/** The dialects of the documents: OpenAPI 3.1 has the one, AsyncAPI 3.0 the other. */
export type Dialect = "draft-2020-12" | "draft-7";

/** The JSON Schema of a zod schema: what goes on the wire, not what it is made into when it is read. */
export function toJsonSchema(schema: z.ZodType, target: Dialect = "draft-2020-12"): JsonSchema {
  const { $schema: _, ...made } = z.toJSONSchema(schema, {
    target,
    // As input: as output no other field would be allowed, and what has a default would not be optional.
    io: "input",
    override: ({ jsonSchema }) => {
      // The format says the same, and can be read.
      if (jsonSchema.format !== undefined) delete jsonSchema.pattern;
    },
  });
  return made as JsonSchema;
}
