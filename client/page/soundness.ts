/**
 * Whether a message is what the protocol says. The schemas of lib/protocol.ts say it too, but weigh more than the rest of
 * the page; here is as much as keeps a message of another version, or of another's server, from breaking who reads it.
 *
 * Invariant: every field of every message is looked at; the types fail to compile where one is not.
 *
 * @module
 */

import type { ServerMessage, ServerMessageOf, User } from "../../lib/protocol.ts";
import type { StoredSession } from "../connection.ts";

type Check = (value: unknown) => boolean;
type Shape<Value> = { readonly [Field in Exclude<keyof Required<Value>, "type">]: Check };

const flag: Check = (value) => typeof value === "boolean";
const text: Check = (value) => typeof value === "string";
const number: Check = (value) => typeof value === "number" && value >= 0;
const count: Check = (value) => Number.isSafeInteger(value) && Number(value) >= 0;
const moment: Check = (value) => typeof value === "string" && !Number.isNaN(Date.parse(value));
const date: Check = (value) => moment(value) && /^\d{4}-\d\d-\d\d$/.test(String(value));
const time: Check = (value) =>
  typeof value === "string" && /^(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d$/.test(value);
const result: Check = (value) => count(value) || text(value) && /^\d+$/.test(String(value));

function optional(check: Check): Check {
  return (value) => value === undefined || check(value);
}

function orNull(check: Check): Check {
  return (value) => value === null || check(value);
}

function listOf(check: Check): Check {
  return (value) => Array.isArray(value) && value.every(check);
}

function shaped<Value>(shape: Shape<Value>): Check {
  const fields = Object.entries<Check>(shape);
  return (value) =>
    typeof value === "object" && value !== null &&
    fields.every(([name, check]) => check((value as Record<string, unknown>)[name]));
}

const user = shaped<User>({ username: text, client_id: text, connected_at: moment, node: text });
const limits = shaped<ServerMessageOf<"welcome">["limits"]>({
  message_length: orNull(count),
  fibonacci_input: orNull(count),
  messages_per_second: orNull(count),
});

const SHAPES: { readonly [Type in ServerMessage["type"]]: Shape<ServerMessageOf<Type>> } = {
  welcome: {
    message: text,
    client_id: text,
    username: text,
    session: text,
    epoch: text,
    offset: count,
    resumed: flag,
    online: count,
    node: text,
    limits,
    timestamp: moment,
  },
  time: { time, date, timestamp: moment, epoch: text, offset: count, online: count },
  chat: {
    message: text,
    username: text,
    client_id: text,
    timestamp: moment,
    offset: count,
    id: optional(text),
  },
  ack: { id: text, offset: count, timestamp: moment, recipients: count },
  fibonacci: { input: count, result, digits: count, elapsed_ms: number, id: optional(text) },
  pong: { timestamp: moment, id: optional(text) },
  users: { users: listOf(user), online: count },
  presence: { joined: listOf(user), left: listOf(user), online: count },
  status: {
    database: text,
    broker: text,
    draining: flag,
    reconnect_after_ms: optional(count),
  },
  error: {
    code: text,
    message: text,
    retry_after_ms: optional(count),
    suggestions: optional(listOf(text)),
    id: optional(text),
  },
};

const CHECKS = new Map(
  Object.entries(SHAPES).map(([type, shape]) => [type, shaped<ServerMessage>(shape as never)]),
);

const storedSession = shaped<StoredSession>({
  session: text,
  epoch: text,
  position: count,
  clientId: text,
  username: text,
});

/** Whether a value is a session, as this tab stores it. Never throws. */
export function isStoredSession(value: unknown): value is StoredSession {
  return storedSession(value);
}

/** Whether a value is somebody, as lists of people have them. Never throws. */
export function isUser(value: unknown): value is User {
  return user(value);
}

/** Whether a value is a message of the server that this version knows, with every field as it should be. Never throws. */
export function isSound(value: unknown): value is ServerMessage {
  const type = (value as { type?: unknown } | null)?.type;
  return typeof type === "string" && CHECKS.get(type)?.(value) === true;
}
