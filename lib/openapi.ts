/**
 * What goes over HTTP as an OpenAPI document, made of the table of http_operations.ts. Pure.
 *
 * @see https://spec.openapis.org/oas/v3.1.0
 * @module
 */

import { STATUS_CODES } from "node:http";
import type { z } from "zod";
import { type Answer, COMMON_ERRORS, type Operation, OPERATIONS } from "./http_operations.ts";
import { problemSchema } from "./http_schemas.ts";
import { toJsonSchema } from "./json_schema.ts";

type Json = Record<string, unknown>;
type Schemas = Readonly<Record<string, z.ZodType>>;

/** Secrets that some paths ask for, each where the server has one. */
const SECRETS = {
  token: "A JWT, where the server asks for authentication (`AUTH_SECRET`).",
  api_key: "The server's `API_KEY`.",
  metrics_token: "The server's `METRICS_TOKEN`, where it has one.",
} as const satisfies Record<NonNullable<Operation["secret"]>, string>;

/** Where a client without its secret is let in all the same, as long as the server has none. */
const IS_OPTIONAL: ReadonlySet<Operation["secret"]> = new Set(["token", "metrics_token"]);

/** The document, of a version of Pulso. */
export function openapi(version: string): Json {
  const paths: Record<string, Json> = {};
  for (const operation of OPERATIONS) {
    (paths[operation.path] ??= {})[operation.method] = describe(operation);
  }
  return {
    openapi: "3.1.0",
    info: { title: "Pulso", version, description: ABOUT },
    servers: [{ url: "/" }],
    paths,
    components: {
      schemas: Object.assign(
        { Problem: toJsonSchema(problemSchema) },
        ...OPERATIONS.flatMap(({ answer, body }) => [answer.schemas ?? {}, body ?? {}])
          .map((schemas: Schemas) =>
            Object.fromEntries(
              Object.entries(schemas).map(([name, schema]) => [name, toJsonSchema(schema)]),
            )
          ),
      ),
      securitySchemes: Object.fromEntries(
        Object.entries(SECRETS).map((
          [name, description],
        ) => [name, { type: "http", scheme: "bearer", description }]),
      ),
    },
  };
}

const ABOUT = "What Pulso serves over HTTP beside its socket, which is in `/asyncapi.json`. " +
  "Errors are `application/problem+json` (RFC 9457).";

function describe(
  { id, summary, description, parameters, query, body, secret, answer, errors }: Operation,
): Json {
  return {
    operationId: id,
    // Plain, while descriptions are Markdown.
    summary: summary.replaceAll("`", ""),
    ...(description && { description }),
    parameters: [...parametersOf("path", parameters), ...parametersOf("query", query)],
    ...(body && { requestBody: { required: true, content: contentOf("application/json", body) } }),
    ...(secret && { security: [...IS_OPTIONAL.has(secret) ? [{}] : [], { [secret]: [] }] }),
    responses: {
      [answer.status]: responseOf(answer),
      ...Object.fromEntries(
        Object.entries({ ...COMMON_ERRORS, ...errors }).map(([status, when]) => [
          status,
          problemOf(Number(status), when),
        ]),
      ),
    },
  };
}

function parametersOf(place: "path" | "query", shape?: z.ZodObject): Json[] {
  const { properties = {} } = shape === undefined ? {} : toJsonSchema(shape);
  return Object.entries(properties).map(([name, { description, ...schema }]) => ({
    name,
    in: place,
    ...(place === "path" && { required: true }),
    ...(description && { description }),
    schema,
  }));
}

function responseOf({ description, contentType, schemas, example }: Answer): Json {
  if (contentType === undefined) return { description };
  if (schemas !== undefined) return { description, content: contentOf(contentType, schemas) };
  return { description, content: { [contentType]: { schema: { type: "string" }, example } } };
}

/** One of some schemas, and an example of each. */
function contentOf(contentType: string, schemas: Schemas): Json {
  const names = Object.keys(schemas);
  const refs = names.map((name) => ({ $ref: `#/components/schemas/${name}` }));
  const examples = Object.fromEntries(
    Object.entries(schemas).flatMap(([name, schema]) =>
      (toJsonSchema(schema).examples ?? []).map((value) => [name, { value }])
    ),
  );
  return { [contentType]: { schema: refs.length === 1 ? refs[0] : { anyOf: refs }, examples } };
}

/** What comes with the answer to a wrong method. */
const ALLOW = { Allow: { description: "The right ones.", schema: { type: "string" } } };

function problemOf(status: number, detail: string): Json {
  return {
    ...(status === 405 && { headers: ALLOW }),
    description: `${detail[0]?.toUpperCase()}${detail.slice(1)}.`,
    content: {
      "application/problem+json": {
        schema: { $ref: "#/components/schemas/Problem" },
        example: { type: "about:blank", title: STATUS_CODES[status] ?? "Error", status, detail },
      },
    },
  };
}
