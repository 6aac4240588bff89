/**
 * The wire: every message of version 1 as a zod schema with what it means, and the writing of them. Pure: no clock, no socket.
 * Not here: how messages of clients are read (client_message.ts), how documents are made of the schemas (asyncapi.ts,
 * openapi.ts, protocol_page.ts). It is one list, and so one file although it is long.
 *
 * Invariant: a message that a client can see or send has its one home here, and every field of it says what it is.
 *
 * @see docs/PROTOCOL.md
 * @module
 */

import { z } from "zod";

/** How messages lie in frames; see docs/PROTOCOL.md, section 1. */
export const formatSchema = z.enum(["json", "ndjson", "text", "events"]);
/** One of the four formats. */
export type Format = z.infer<typeof formatSchema>;

function expected(what: string): (issue: { readonly input?: unknown }) => string {
  return ({ input }) => input === undefined ? "is missing" : `expected ${what}`;
}

// Half a surrogate pair would be JSON that strict readers refuse: of an id it is an error, of a text it is mended.
/** An id of a client's own. */
export const idSchema = z.string({ error: expected("a text") }).min(1, "is empty")
  .max(64, "is longer than 64 characters").refine((id) => id.isWellFormed(), "half a character");
const textSchema = z.string({ error: expected("a text") }).overwrite((text) => text.toWellFormed());
const timestampSchema = z.iso.datetime({ precision: 3 })
  .describe("When the server did it: ISO 8601, UTC, ms.");
const offsetSchema = z.int().nonnegative();
const epochSchema = z.string()
  .describe("Which order of chats the offsets belong to; in another one they begin anew.");
const clientIdSchema = z.string().max(16).describe("Of a session, opaque.");
const onlineSchema = z.int().nonnegative()
  .describe("How many connections are there now, over all nodes, not those that may still resume.");
const nodeSchema = z.string().describe("The server process.");
const usernameSchema = z.string().describe("The name, as it is shown.");

const ownIdSchema = idSchema.optional().describe("The client's own, for the answer.");
const givenIdSchema = idSchema.optional().describe("Where the client gave one.");

/** What a client asks for in the address, when it connects. */
export const connectParametersSchema = z.object({
  username: z.string().optional().meta({
    description:
      "1 to 32 characters after NFKC and trimming: letters, digits, space, `_ . -`; no control, bidi or zero-width " +
      "characters. Without one, or where it is empty, the server gives `guest-` and 4 letters or digits.",
    examples: ["ana"],
  }),
  format: formatSchema.default("json").describe(
    "`json`: one message a frame. `ndjson`: a server frame holds one or more messages, each on a line of its own (LF " +
      "between them); a client frame may too. `text`: a frame is a chat as it stands, both ways; `/fib N` is answered with " +
      "the number, and an error begins with `! `. `events`: `json`, but of the server's messages only `chat` is sent, and " +
      'errors as `{"error": text, "code": code}`.',
  ),
  session: z.string().optional().describe("To resume: the secret of `welcome`."),
  epoch: z.string().optional().describe("To resume: the epoch of the position."),
  after: offsetSchema.optional().describe("To resume: the position."),
  token: z.string().optional().describe(
    "A JWT, only where the server asks for authentication; or as a bearer in the header `Authorization`.",
  ),
});

// ---------------------------------------------------------------------------------------------- client to server

const chatRequestSchema = z.object({
  type: z.literal("chat").describe("May be left out."),
  message: textSchema.trim().min(1, "is empty")
    .describe("1 to 4096 characters (the server's limit) after trimming."),
  id: ownIdSchema,
}).meta({
  description:
    "A chat, to every *other* connection as `chat`. To the sender, only where it gave an `id`: `ack`.",
  examples: [{ type: "chat", message: "Olá", id: "1" }],
  required: ["message"],
});
const fibonacciRequestSchema = z.object({
  type: z.literal("fibonacci"),
  // Not z.int(): an integer beyond 2^53 is out of range, which is another answer than "not an integer".
  input: z.number({ error: expected("an integer") }).refine(
    Number.isInteger,
    "expected an integer",
  ).meta({
    description:
      "An integer from 0 to the server's limit (default 100000); any other integer is `fibonacci_out_of_range`, " +
      "anything else `invalid_message`.",
    type: "integer",
    minimum: 0,
  }),
  id: ownIdSchema,
}).meta({
  description: "Asks for Fibonacci(input). The answer is `fibonacci`, to the sender only.",
  examples: [{ type: "fibonacci", input: 10, id: "2" }],
});
/** The longest round trip that is believed, in ms. */
const ROUND_TRIP_MS = 600_000;
const pingSchema = z.object({
  type: z.literal("ping"),
  id: ownIdSchema,
  // A field that came later: what is none is ignored, as unknown fields are.
  round_trip_ms: z.number().nonnegative().max(ROUND_TRIP_MS).optional().catch(undefined).describe(
    "The round trip that the client measured last, for whoever runs the server to see.",
  ),
}).meta({
  description: "The answer is `pong`, to the sender only.",
  examples: [{ type: "ping", id: "3", round_trip_ms: 12.5 }],
});
const usersRequestSchema = z.object({ type: z.literal("users") }).meta({
  description:
    "Asks who is online. The answer is `users`, to the sender only; five times at once, then once a second. Who asks " +
    "more often gets `rate_limited`, and is not closed for it.",
  examples: [{ type: "users" }],
});

/** What a client may send, before the server's own limits are applied. */
export const clientMessageSchema = z.discriminatedUnion("type", [
  chatRequestSchema,
  fibonacciRequestSchema,
  pingSchema,
  usersRequestSchema,
]);
/** A message of a client, read and checked. */
export type ClientMessage = z.infer<typeof clientMessageSchema>;

/** A Fibonacci request as the challenge's own clients send it. */
export const commandSchema = z.object({
  cmd: z.literal("fib"),
  n: fibonacciRequestSchema.shape.input.describe("As `input` of `fibonacci`."),
  id: ownIdSchema,
}).meta({
  description: "Is read as `fibonacci` with `input` n.",
  examples: [{ cmd: "fib", n: 10 }],
});

// ---------------------------------------------------------------------------------------------- server to client

const AT = "2026-11-20T14:30:25.000Z";
const NODE = "5b0c9f1e-5d6c-4a53-9a0e-2f8f2a5a3a10";
const EPOCH = "0f2f6a3e-9d51-4a44-8f83-6b2f1f1c0d5a";
const ANA = { username: "Ana", client_id: "k3v9t2m8", connected_at: AT, node: NODE };
const OLA = {
  type: "chat",
  message: "Olá",
  username: "Ana",
  client_id: "k3v9t2m8",
  timestamp: AT,
  offset: 42,
  id: "1",
} as const;
/** What stands in the examples, here and of what goes over HTTP. */
export const EXAMPLE = { at: AT, node: NODE, epoch: EPOCH, user: ANA, chat: OLA } as const;

/** Somebody who is online. */
export const userSchema = z.object({
  username: usernameSchema,
  client_id: clientIdSchema,
  connected_at: timestampSchema.describe("Since when: ISO 8601, UTC, ms."),
  node: nodeSchema,
}).meta({ description: "Somebody who is online.", examples: [ANA] });
/** Somebody who is online. */
export type User = z.infer<typeof userSchema>;

/** Why a message was not taken, by code; see docs/PROTOCOL.md, section 7. */
export const ERROR_CODES = {
  invalid_json: "the message is not JSON",
  invalid_message: "a field is missing or wrong; `message` names it",
  message_too_long: "the text is over the limit of length",
  unknown_type: "there is no message of this `type`",
  rate_limited: "too many messages, or questions for `users`; `retry_after_ms` says when to go on",
  fibonacci_out_of_range: "the integer is below 0 or over the server's limit",
  busy: "its Fibonacci is still being worked on, or the workers' queue is full",
  username_taken: "another connection has the name; `suggestions` are free. Closed with 4009",
  username_invalid: "the name is not allowed. Closed with 4011",
  unauthorized: "there is no token that is good for this. Closed with 4001",
  unavailable: "the message could not be ordered now; it was not sent",
  internal: "a fault in the server",
} as const;
/** One of the error codes. */
export type ErrorCode = keyof typeof ERROR_CODES;
/** The error codes. */
export const errorCodeSchema = z.enum(Object.keys(ERROR_CODES) as [ErrorCode, ...ErrorCode[]]);

const limitSchema = z.int().positive().nullable();

/** The greeting, first on every connection that speaks JSON. */
export const welcomeSchema = z.object({
  type: z.literal("welcome"),
  message: z.string().describe("A greeting that names the user."),
  client_id: clientIdSchema,
  username: z.string().describe("The name that the connection has."),
  session: z.string().describe("The secret for resuming."),
  epoch: epochSchema,
  offset: offsetSchema.describe("Of the newest chat."),
  resumed: z.boolean().describe("Whether everything since the position follows."),
  online: onlineSchema,
  node: nodeSchema,
  limits: z.object({
    message_length: limitSchema.describe("The longest chat, in UTF-16 units."),
    fibonacci_input: z.int().nonnegative().nullable().describe("The largest input of Fibonacci."),
    messages_per_second: limitSchema.describe("How many messages a second are taken."),
  }).describe("The server's limits; null where there is none."),
  timestamp: timestampSchema,
}).meta({
  description: "The greeting, first on every connection.",
  examples: [{
    type: "welcome",
    message: "Welcome, Ana!",
    client_id: "k3v9t2m8",
    username: "Ana",
    session: "a secret",
    epoch: EPOCH,
    offset: 41,
    resumed: false,
    online: 3,
    node: NODE,
    limits: { message_length: 4096, fibonacci_input: 100_000, messages_per_second: 20 },
    timestamp: AT,
  }],
});
/** The server's clock, once a second. */
export const timeSchema = z.object({
  type: z.literal("time"),
  time: z.iso.time({ precision: 0 }).describe("In the server's time zone."),
  date: z.iso.date().describe("In the server's time zone."),
  timestamp: timestampSchema.describe("The same moment: ISO 8601, UTC, ms."),
  epoch: epochSchema,
  offset: offsetSchema.describe("Of the newest chat."),
  online: onlineSchema,
}).meta({
  description:
    "The server's clock, to every connection once a second, on the second: the heartbeat.",
  examples: [{
    type: "time",
    time: "14:30:25",
    date: "2026-11-20",
    timestamp: AT,
    epoch: EPOCH,
    offset: 42,
    online: 3,
  }],
});
/** A chat, as everybody but its sender receives it. */
export const chatSchema = z.object({
  type: z.literal("chat"),
  message: z.string().describe("The text."),
  username: z.string().describe("Who said it."),
  client_id: clientIdSchema,
  timestamp: timestampSchema,
  offset: offsetSchema.describe("Its place in the order: counts up by one per chat in an epoch."),
  id: idSchema.optional().describe("Where the sender gave one."),
}).meta({
  description: "What somebody else said.",
  examples: [OLA],
});
/** To the sender, in the place of its own chat. */
export const ackSchema = z.object({
  type: z.literal("ack"),
  id: idSchema.describe("Of the chat."),
  offset: offsetSchema.describe("The chat's place in the order."),
  timestamp: timestampSchema,
  recipients: z.int().nonnegative().describe("Other connections online then."),
}).meta({
  description:
    "To the sender of a chat with an `id`: it has its place. It takes the place of the own chat in the order.",
  examples: [{ type: "ack", id: "1", offset: 42, timestamp: AT, recipients: 2 }],
});
/** The answer to a Fibonacci request. */
export const fibonacciSchema = z.object({
  type: z.literal("fibonacci"),
  input: z.int().nonnegative().describe("What was asked for."),
  result: z.union([z.int().nonnegative(), z.string().regex(/^[0-9]+$/)]).describe(
    "A JSON number while it is at most 2^53 - 1, beyond that a string of decimal digits.",
  ),
  digits: z.int().positive().describe("How many decimal digits the result has."),
  elapsed_ms: z.number().nonnegative().describe("How long the server worked on it, in ms."),
  id: givenIdSchema,
}).meta({
  description: "The answer to `fibonacci`.",
  examples: [{ type: "fibonacci", input: 10, result: 55, digits: 2, elapsed_ms: 0.02, id: "2" }],
});
/** The answer to a ping. */
export const pongSchema = z.object({
  type: z.literal("pong"),
  timestamp: timestampSchema,
  id: givenIdSchema,
}).meta({
  description: "The answer to `ping`.",
  examples: [{ type: "pong", timestamp: AT, id: "3" }],
});
/** The answer to `users`. */
export const usersSchema = z.object({
  type: z.literal("users"),
  users: z.array(userSchema).max(1000).describe("At most 1000, by name."),
  online: onlineSchema,
}).meta({
  description: "The answer to `users`.",
  examples: [{ type: "users", users: [ANA], online: 1 }],
});
/** Who came and who went, merged. */
export const presenceSchema = z.object({
  type: z.literal("presence"),
  joined: z.array(userSchema).describe("Who came."),
  left: z.array(userSchema).describe("Who went."),
  online: onlineSchema,
}).meta({
  description:
    "Who came and who went; at most one a second per connection. Of a crowd that comes into " +
    "a large room at once it tells a part each second; `online` counts all.",
  examples: [{ type: "presence", joined: [ANA], left: [], online: 3 }],
});
/** How the server is, whenever that changes. */
export const statusSchema = z.object({
  type: z.literal("status"),
  database: z.enum(["up", "down"]),
  broker: z.enum(["up", "down", "none"]),
  draining: z.boolean().describe("Whether the server is leaving."),
  reconnect_after_ms: z.int().nonnegative().optional()
    .describe("While draining: when to come back."),
}).meta({
  description: "How the server is; sent when it changes.",
  examples: [{
    type: "status",
    database: "up",
    broker: "none",
    draining: true,
    reconnect_after_ms: 1200,
  }],
});
/** What went wrong with a message, or why the connection is about to be closed. */
export const errorSchema = z.object({
  type: z.literal("error"),
  code: errorCodeSchema.describe("What is wrong, for programs."),
  message: z.string().describe("For people."),
  retry_after_ms: z.int().nonnegative().optional()
    .describe("With `rate_limited`: when to go on."),
  suggestions: z.array(z.string()).optional().describe("With `username_taken`: free names."),
  id: idSchema.optional().describe("Where the faulty message had one."),
}).meta({
  description: "What was wrong with a message, or why the connection is about to be closed.",
  examples: [{
    type: "error",
    code: "invalid_message",
    message: "could not read the chat message: message: is empty",
    id: "1",
  }],
});

/** Everything that the server sends. */
export const serverMessageSchema = z.discriminatedUnion("type", [
  welcomeSchema,
  timeSchema,
  chatSchema,
  ackSchema,
  fibonacciSchema,
  pongSchema,
  usersSchema,
  presenceSchema,
  statusSchema,
  errorSchema,
]);
/** A message of the server. */
export type ServerMessage = z.infer<typeof serverMessageSchema>;
/** A message of the server of one type. */
export type ServerMessageOf<Type extends ServerMessage["type"]> = Extract<
  ServerMessage,
  { type: Type }
>;
/** An error on its way to a client. */
export type WireError = Omit<ServerMessageOf<"error">, "type">;

/** An error in `format=events`. */
export const eventsErrorSchema = z.object({
  error: errorSchema.shape.message,
  code: errorSchema.shape.code,
}).meta({
  description: "An error, in `format=events`.",
  examples: [{ error: "could not read the message: it is not JSON", code: "invalid_json" }],
});

// ------------------------------------------------------------------------------------------------------- writing

/** One message as it goes on the wire in the JSON formats: no line ends, `type` first. */
export function encode(message: ServerMessage): string {
  return JSON.stringify(message);
}

/**
 * One message as one connection of `format` receives it, or `undefined` where that format leaves it out.
 *
 * @see docs/PROTOCOL.md, sections 1 and 5
 */
export function encodeFor(format: Format, message: ServerMessage): string | undefined {
  switch (format) {
    case "json":
    case "ndjson":
      return encode(message);
    case "events":
      if (message.type === "chat") return encode(message);
      if (message.type === "error") {
        const error: z.infer<typeof eventsErrorSchema> = {
          error: message.message,
          code: message.code,
        };
        return JSON.stringify(error);
      }
      return undefined;
    case "text":
      if (message.type === "chat") return message.message;
      if (message.type === "fibonacci") return String(message.result);
      if (message.type === "error") return `! ${message.message}`;
      return undefined;
  }
}
