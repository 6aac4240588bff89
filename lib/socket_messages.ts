/**
 * The messages of the socket, as documents list them: each with its name, its schema, and how it is answered. Pure.
 *
 * Invariant: every message of protocol.ts is here, those that the server sends and those that it reads.
 *
 * @module
 */

import type { z } from "zod";
import { type Dialect, toJsonSchema } from "./json_schema.ts";
import type { JsonSchema } from "./schema_fields.ts";
import {
  clientMessageSchema,
  commandSchema,
  eventsErrorSchema,
  type ServerMessage,
  serverMessageSchema,
} from "./protocol.ts";

/** A message, as documents have it. */
export interface DocumentedMessage {
  /** Its type; of what has none, a name. */
  readonly name: string;
  readonly schema: JsonSchema;
  /** The type of what answers it, alone. */
  readonly answer?: ServerMessage["type"];
}

/** Both ways of the socket. */
export interface SocketMessages {
  /** What a client sends. */
  readonly sent: readonly DocumentedMessage[];
  /** What it receives. */
  readonly received: readonly DocumentedMessage[];
  /** What it receives as an error in `format=events`. */
  readonly eventsError: DocumentedMessage;
}

const ANSWERS = {
  chat: "ack",
  fibonacci: "fibonacci",
  ping: "pong",
  users: "users",
} as const satisfies Record<z.infer<typeof clientMessageSchema>["type"], ServerMessage["type"]>;

/** The messages, in a dialect of JSON Schema. */
export function socketMessages(dialect?: Dialect): SocketMessages {
  const requests = clientMessageSchema.options.map((schema) => {
    const name = schema.shape.type.value;
    return { name, schema: toJsonSchema(schema, dialect), answer: ANSWERS[name] };
  });
  const command = toJsonSchema(commandSchema, dialect);
  return {
    sent: [...requests, { name: "cmd", schema: command, answer: ANSWERS.fibonacci }],
    received: serverMessageSchema.options.map((schema) => ({
      name: schema.shape.type.value,
      schema: toJsonSchema(schema, dialect),
    })),
    eventsError: { name: "events_error", schema: toJsonSchema(eventsErrorSchema, dialect) },
  };
}
