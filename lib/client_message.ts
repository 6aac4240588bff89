/**
 * The reading of what clients send. Pure: no clock, no socket.
 *
 * Invariant: {@linkcode parseClientMessage} and {@linkcode parseTextMessage} never throw.
 *
 * @module
 */

import {
  type ClientMessage,
  clientMessageSchema,
  type ErrorCode,
  idSchema,
  type WireError,
} from "./protocol.ts";
import type { Result } from "./result.ts";

/** The server's limits on what a message may hold. */
export interface MessageLimits {
  /** The longest chat, in UTF-16 units after trimming. */
  readonly messageLength: number;
  /** The largest n of Fibonacci. */
  readonly fibonacciMax: number;
}

const REQUESTS = new Map<unknown, typeof clientMessageSchema.options[number]>(
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
