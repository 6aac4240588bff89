/**
 * The socket as an AsyncAPI document, made of the schemas of protocol.ts and the table of close_codes.ts. Pure.
 *
 * @see https://www.asyncapi.com/docs/reference/specification/v3.0.0
 * @module
 */

import { CLOSE_CODE_MEANINGS, CloseCode, mayReconnect } from "./close_codes.ts";
import { toJsonSchema } from "./json_schema.ts";
import { connectParametersSchema, type Format } from "./protocol.ts";
import { type DocumentedMessage, socketMessages } from "./socket_messages.ts";

/** A path of the socket, and what its format is where the client does not say. */
const PATHS: readonly (readonly [name: string, address: string, format: Format, about: string])[] =
  [
    ["socket", "/api/ws", "json", "The socket. A plain GET answers 426."],
    ["json", "/ws", "json", "The same, for the clients of the challenge that speak JSON."],
    ["events", "/ws/events", "events", "The same, for those that want chats and nothing else."],
    [
      "text",
      "/",
      "text",
      "The same, for those that speak bare text. A plain GET answers with the page.",
    ],
  ];

/** The document, of a version of Pulso, but for where the server is: {@linkcode serversAt}. */
export function asyncapi(version: string): Record<string, unknown> {
  const { sent, received, eventsError } = socketMessages("draft-7");
  const messages = {
    ...Object.fromEntries(sent.map((one) => [`send_${one.name}`, messageOf(one)])),
    ...Object.fromEntries(received.map((one) => [`receive_${one.name}`, messageOf(one)])),
    receive_events_error: messageOf(eventsError),
    text: TEXT,
  };
  return {
    asyncapi: "3.0.0",
    info: { title: "Pulso", version, description: ABOUT },
    defaultContentType: "application/json",
    channels: Object.fromEntries(PATHS.map((path) => [path[0], channelOf(path, messages)])),
    operations: Object.assign({}, ...PATHS.map(([name, , format]) => operationsOf(name, format))),
    components: { messages },
    "x-close-codes": Object.entries(CLOSE_CODE_MEANINGS).map(([name, { when, comesBack }]) => {
      const code = CloseCode[name as keyof typeof CloseCode];
      return { code, when, reconnect: mayReconnect(code), how: comesBack };
    }),
  };
}

/**
 * The part of the document that says where the server is.
 *
 * @param origin Such as `https://pulso.example`.
 */
export function serversAt(origin: string) {
  const { host, protocol } = new URL(origin);
  return { servers: { here: { host, protocol: protocol === "https:" ? "wss" : "ws" } } };
}

const ABOUT =
  "A real-time hub: every message of the socket, both ways. The server closes with one of " +
  "the codes of `x-close-codes`, each with whether to come back. What goes over HTTP is in `/openapi.json`.";

/** What both sides send in `format=text`. */
const TEXT = {
  title: "text",
  summary:
    "A chat as it stands, or `/fib N`, which answers with the number; an error begins with `! `.",
  contentType: "text/plain",
  payload: { type: "string" },
  examples: [{ name: "a chat", payload: "Olá" }],
};

function messageOf({ name, schema }: DocumentedMessage): Record<string, unknown> {
  const { examples = [], description = "", ...payload } = schema;
  return {
    title: name,
    summary: description,
    payload,
    examples: examples.map((payload) => ({ name, payload })),
  };
}

function channelOf(
  [, address, format, description]: typeof PATHS[number],
  messages: Readonly<Record<string, unknown>>,
) {
  const query = toJsonSchema(
    connectParametersSchema.extend({
      format: connectParametersSchema.shape.format.removeDefault().default(format),
    }),
    "draft-7",
  );
  return {
    address,
    description,
    messages: Object.fromEntries(
      Object.keys(messages).map((name) => [name, { $ref: `#/components/messages/${name}` }]),
    ),
    bindings: { ws: { method: "GET", query, bindingVersion: "0.1.0" } },
  };
}

/** What the server does at a path, in its own default format: it receives, and it sends. */
function operationsOf(channel: string, format: Format): Record<string, unknown> {
  const { sent, received, eventsError } = socketMessages();
  const channelRef = { $ref: `#/channels/${channel}` };
  const refs = (names: readonly string[]) =>
    names.map((name) => ({ $ref: `#/channels/${channel}/messages/${name}` }));
  const told = {
    text: ["text"],
    events: ["receive_chat", `receive_${eventsError.name}`],
  }[format as string] ?? received.map(({ name }) => `receive_${name}`);
  const tells = {
    [`${channel}_tells`]: {
      action: "send",
      channel: channelRef,
      summary: "What the server sends.",
      messages: refs(told),
    },
  };
  if (format === "text") {
    const hears = { action: "receive", channel: channelRef, summary: "What it takes." };
    return { ...tells, [`${channel}_hears`]: { ...hears, messages: refs(["text"]) } };
  }
  const hears = sent.map(({ name, schema, answer }) => [`${channel}_hears_${name}`, {
    action: "receive",
    channel: channelRef,
    summary: schema.description,
    messages: refs([`send_${name}`]),
    ...(answer !== undefined && told.includes(`receive_${answer}`) && {
      reply: { channel: channelRef, messages: refs([`receive_${answer}`]) },
    }),
  }]);
  return { ...tells, ...Object.fromEntries(hears) };
}
