/**
 * The wire: every message of version 1 as a zod schema, and the reading and writing of them. Pure: no clock, no socket.
 *
 * Invariant: a message that a client can see or send has its one home here; {@linkcode parseClientMessage} never throws.
 *
 * @see docs/PROTOCOL.md
 * @module
 */

import { z } from "zod";
import type { Result } from "./result.ts";

/** How messages lie in frames; see docs/PROTOCOL.md, section 1. */
export const formatSchema = z.enum(["json", "ndjson", "text", "events"]);
/** One of the four formats. */
export type Format = z.infer<typeof formatSchema>;

// Half a surrogate pair would be JSON that strict readers refuse: of an id it is an error, of a text it is mended.
const idSchema = z.string({ error: expected("a text") }).min(1, "is empty")
  .max(64, "is longer than 64 characters").refine((id) => id.isWellFormed(), "half a character");
const textSchema = z.string({ error: expected("a text") }).overwrite((text) => text.toWellFormed());

function expected(what: string): (issue: { readonly input?: unknown }) => string {
  return ({ input }) => input === undefined ? "is missing" : `expected ${what}`;
}
const timestampSchema = z.iso.datetime({ precision: 3 });
const offsetSchema = z.int().nonnegative();

// ---------------------------------------------------------------------------------------------- client to server

const chatRequestSchema = z.object({
  type: z.literal("chat"),
  message: textSchema.trim().min(1, "is empty"),
  id: idSchema.optional(),
});
const fibonacciRequestSchema = z.object({
  type: z.literal("fibonacci"),
  // Not z.int(): an integer beyond 2^53 is out of range, which is another answer than "not an integer".
  input: z.number({ error: expected("an integer") }).refine(
    Number.isInteger,
    "expected an integer",
  ),
  id: idSchema.optional(),
});
/** The longest round trip that is believed, in ms. */
const ROUND_TRIP_MS = 600_000;
const pingSchema = z.object({
  type: z.literal("ping"),
  id: idSchema.optional(),
  // For whoever runs the server to see. A field that came later: what is none is ignored, as unknown fields are.
  round_trip_ms: z.number().nonnegative().max(ROUND_TRIP_MS).optional().catch(undefined),
});
const usersRequestSchema = z.object({ type: z.literal("users") });

/** What a client may send, before the server's own limits are applied. */
export const clientMessageSchema = z.discriminatedUnion("type", [
  chatRequestSchema,
  fibonacciRequestSchema,
  pingSchema,
  usersRequestSchema,
]);
/** A message of a client, read and checked. */
export type ClientMessage = z.infer<typeof clientMessageSchema>;

// ---------------------------------------------------------------------------------------------- server to client

/** Somebody who is online. */
export const userSchema = z.object({
  username: z.string(),
  client_id: z.string().max(16),
  connected_at: timestampSchema,
  node: z.string(),
});
/** Somebody who is online. */
export type User = z.infer<typeof userSchema>;

/** Why a message was not taken; see docs/PROTOCOL.md, section 7. */
export const errorCodeSchema = z.enum([
  "invalid_json",
  "invalid_message",
  "message_too_long",
  "unknown_type",
  "rate_limited",
  "fibonacci_out_of_range",
  "busy",
  "username_taken",
  "username_invalid",
  "unauthorized",
  "unavailable",
  "internal",
]);
/** One of the error codes. */
export type ErrorCode = z.infer<typeof errorCodeSchema>;

const limitSchema = z.int().positive().nullable();

/** The greeting, first on every connection that speaks JSON. */
export const welcomeSchema = z.object({
  type: z.literal("welcome"),
  message: z.string(),
  client_id: z.string().max(16),
  username: z.string(),
  session: z.string(),
  epoch: z.string(),
  offset: offsetSchema,
  resumed: z.boolean(),
  online: z.int().nonnegative(),
  node: z.string(),
  limits: z.object({
    message_length: limitSchema,
    fibonacci_input: z.int().nonnegative().nullable(),
    messages_per_second: limitSchema,
  }),
  timestamp: timestampSchema,
});
/** The server's clock, once a second. */
export const timeSchema = z.object({
  type: z.literal("time"),
  time: z.iso.time({ precision: 0 }),
  date: z.iso.date(),
  timestamp: timestampSchema,
  epoch: z.string(),
  offset: offsetSchema,
  online: z.int().nonnegative(),
});
/** A chat, as everybody but its sender receives it. */
export const chatSchema = z.object({
  type: z.literal("chat"),
  message: z.string(),
  username: z.string(),
  client_id: z.string().max(16),
  timestamp: timestampSchema,
  offset: offsetSchema,
  id: idSchema.optional(),
});
/** To the sender, in the place of its own chat. */
export const ackSchema = z.object({
  type: z.literal("ack"),
  id: idSchema,
  offset: offsetSchema,
  timestamp: timestampSchema,
  recipients: z.int().nonnegative(),
});
/** The answer to a Fibonacci request. */
export const fibonacciSchema = z.object({
  type: z.literal("fibonacci"),
  input: z.int().nonnegative(),
  result: z.union([z.int().nonnegative(), z.string().regex(/^[0-9]+$/)]),
  digits: z.int().positive(),
  elapsed_ms: z.number().nonnegative(),
  id: idSchema.optional(),
});
/** The answer to a ping. */
export const pongSchema = z.object({
  type: z.literal("pong"),
  timestamp: timestampSchema,
  id: idSchema.optional(),
});
/** The answer to `users`. */
export const usersSchema = z.object({
  type: z.literal("users"),
  users: z.array(userSchema).max(1000),
  online: z.int().nonnegative(),
});
/** Who came and who went, merged. */
export const presenceSchema = z.object({
  type: z.literal("presence"),
  joined: z.array(userSchema),
  left: z.array(userSchema),
  online: z.int().nonnegative(),
});
/** How the server is, whenever that changes. */
export const statusSchema = z.object({
  type: z.literal("status"),
  database: z.enum(["up", "down"]),
  broker: z.enum(["up", "down", "none"]),
  draining: z.boolean(),
  reconnect_after_ms: z.int().nonnegative().optional(),
});
/** What went wrong with a message, or why the connection is about to be closed. */
export const errorSchema = z.object({
  type: z.literal("error"),
  code: errorCodeSchema,
  message: z.string(),
  retry_after_ms: z.int().nonnegative().optional(),
  suggestions: z.array(z.string()).optional(),
  id: idSchema.optional(),
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

// ------------------------------------------------------------------------------------------------------- reading

/** The server's limits on what a message may hold. */
export interface MessageLimits {
  /** The longest chat, in UTF-16 units after trimming. */
  readonly messageLength: number;
  /** The largest n of Fibonacci. */
  readonly fibonacciMax: number;
}

const REQUESTS: ReadonlyMap<unknown, z.ZodType<ClientMessage>> = new Map(
  clientMessageSchema.options.map((schema) => [schema.shape.type.value, schema]),
);

/**
 * Reads one message of a client. A missing `type` is a chat and `{"cmd": "fib", "n": N}` a Fibonacci request; unknown
 * extra fields are dropped. Never throws: whatever is wrong comes back as the error that the client is to see, with
 * the `id` of the faulty message where it had one.
 *
 * @param text One message, without line ends.
 */
export function parseClientMessage(
  text: string,
  limits: MessageLimits,
): Result<ClientMessage, WireError> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return refuse("invalid_json", "could not read the message: it is not JSON");
  }
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    return refuse("invalid_message", "could not read the message: it is not a JSON object");
  }
  const message = withType(json as Record<string, unknown>);
  const schema = REQUESTS.get(message.type);
  if (schema === undefined) {
    const id = idOf(message);
    return refuse(
      "unknown_type",
      `could not read the message: unknown type ${show(message.type)}`,
      id,
    );
  }
  if (message.type === "fibonacci" && [Infinity, -Infinity].includes(message.input as number)) {
    // JSON knows larger integers than JavaScript does.
    return outOfRange(message.input, limits, idOf(message));
  }
  const parsed = schema.safeParse(message);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const detail = issue === undefined ? "" : `: ${issue.path.join(".")}: ${issue.message}`;
    return refuse(
      "invalid_message",
      `could not read the ${message.type} message${detail}`,
      idOf(message),
    );
  }
  return withinLimits(parsed.data, limits);
}

/** The `id` of a faulty message, where it is one. */
function idOf(message: Record<string, unknown>): string | undefined {
  return idSchema.safeParse(message.id).data;
}

function withType(json: Record<string, unknown>): Record<string, unknown> {
  if (Object.hasOwn(json, "type")) return json;
  if (json.cmd === "fib") return { type: "fibonacci", input: json.n, id: json.id };
  return { type: "chat", message: json.message, id: json.id };
}

function withinLimits(
  message: ClientMessage,
  limits: MessageLimits,
): Result<ClientMessage, WireError> {
  const length = message.type === "chat" ? message.message.length : 0;
  if (length > limits.messageLength) {
    const text = `could not send the chat: ${length} characters, at most ${limits.messageLength}`;
    return refuse("message_too_long", text, "id" in message ? message.id : undefined);
  }
  if (
    message.type === "fibonacci" && (message.input < 0 || message.input > limits.fibonacciMax)
  ) {
    return outOfRange(message.input, limits, message.id);
  }
  return { ok: true, value: message };
}

function outOfRange(input: unknown, { fibonacciMax }: MessageLimits, id: string | undefined) {
  const text = `could not compute Fibonacci: input goes from 0 to ${fibonacciMax}: ${show(input)}`;
  return refuse("fibonacci_out_of_range", text, id);
}

function refuse(code: ErrorCode, message: string, id?: string): Result<never, WireError> {
  return { ok: false, error: { code, message, ...(id === undefined ? {} : { id }) } };
}

function show(value: unknown): string {
  // An object may be too deep to be written.
  if (typeof value === "object" && value !== null) return "an object";
  const text = typeof value === "string" ? JSON.stringify(value) : String(value);
  return text.length > 40 ? `${text.slice(0, 40).toWellFormed()}…` : text;
}

/**
 * Reads one line of `format=text`: `/fib N` is a Fibonacci request, anything else a chat as it stands. Never throws.
 *
 * @see docs/PROTOCOL.md, section 5
 */
export function parseTextMessage(
  text: string,
  limits: MessageLimits,
): Result<ClientMessage, WireError> {
  const fibonacci = /^\/fib\s+(\S+)\s*$/.exec(text);
  if (fibonacci === null) {
    // Only what is blank is refused: trimming would change what others receive.
    if (text.trim() === "") {
      return refuse("invalid_message", "could not send the chat: it is empty");
    }
    return withinLimits({ type: "chat", message: text.toWellFormed() }, limits);
  }
  if (!/^[+-]?[0-9]+$/.test(fibonacci[1] ?? "")) {
    return refuse(
      "invalid_message",
      `could not compute Fibonacci: not an integer: ${show(fibonacci[1])}`,
    );
  }
  return withinLimits({ type: "fibonacci", input: Number(fibonacci[1]) }, limits);
}

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
        return JSON.stringify({ error: message.message, code: message.code });
      }
      return undefined;
    case "text":
      if (message.type === "chat") return message.message;
      if (message.type === "fibonacci") return String(message.result);
      if (message.type === "error") return `! ${message.message}`;
      return undefined;
  }
}
