/**
 * What is served over HTTP: each path with what it takes, what it answers and which errors it may answer with. Pure. Not
 * here: the bodies' schemas (http_schemas.ts), how the document is made of this (openapi.ts), and the handlers (routes/).
 *
 * Invariant: an error that a handler answers with is told here.
 *
 * @see docs/PROTOCOL.md, section 8
 * @module
 */

import { z } from "zod";
import {
  acceptedSchema,
  healthSchema,
  messagePageSchema,
  messageRequestSchema,
  readySchema,
  userPageSchema,
  visitPageSchema,
  visitStateSchema,
} from "./http_schemas.ts";
import { LIMIT_DEFAULT, LIMIT_MOST } from "./page_query.ts";
import { connectParametersSchema } from "./protocol.ts";

/** What a path answers with where nothing is wrong. */
export interface Answer {
  readonly status: number;
  readonly description: string;
  readonly contentType?: string;
  /** Of JSON: the schemas of which it fits one, by name. */
  readonly schemas?: Readonly<Record<string, z.ZodType>>;
  /** Of what is no JSON. */
  readonly example?: string;
}

/** A path, served by one method. */
export interface Operation {
  readonly path: string;
  readonly method: "get" | "post";
  readonly id: string;
  /** For a table: what it answers. */
  readonly summary: string;
  readonly description?: string;
  /** What stands in the path for `{…}`. */
  readonly parameters?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly body?: Readonly<Record<string, z.ZodType>>;
  /** Which secret it asks for, where the server has one: a name among those of openapi.ts. */
  readonly secret?: "token" | "api_key" | "metrics_token";
  readonly answer: Answer;
  /** When it answers with an error, by status; the body is always a problem. */
  readonly errors: Readonly<Record<number, string>>;
}

const limitSchema = z.int().min(1).max(LIMIT_MOST).default(LIMIT_DEFAULT).describe(
  "At most so many.",
);
const { token: tokenSchema } = connectParametersSchema.shape;
const NO_TOKEN = "where the server asks for authentication: there is no token, or it is not good";

const NO_ADMIN = "the server has no `ADMIN_TOKEN`";

/** What any path may answer with. */
export const COMMON_ERRORS: Readonly<Record<number, string>> = {
  400: "the request or its host cannot be read",
  405: "the path is not served by this method",
  421: "the host is not served here (`ALLOWED_HOSTS`)",
  500: "a fault in the server",
};

/** What is refused before a socket opens. */
const HANDSHAKE_ERRORS: Operation["errors"] = {
  400: "an unknown `format`, an `after` that is no integer from 0 up, or no proper handshake",
  401: NO_TOKEN,
  403: "the origin is not allowed; another port is another origin",
  426: "no upgrade, or not version 13",
  429: "too many connections from this address, or too many new ones",
  503: "the server is draining or full",
};

const { 429: _, ...ADMIN_ERRORS }: Operation["errors"] = {
  ...HANDSHAKE_ERRORS,
  401: "there is no `ADMIN_TOKEN` in the request, or another one",
  404: NO_ADMIN,
  503: "the server is draining",
};
const SOCKET_OPENS: Answer = { status: 101, description: "The socket is open." };

const socket = (path: string, id: string, summary: string): Operation => ({
  path,
  method: "get",
  id,
  summary,
  description:
    "What goes over it is in `/asyncapi.json`. A plain GET answers 426, or 401, 429 or 503 where an upgrade " +
    "would get that just now: so a page can learn what a browser hides from it.",
  query: connectParametersSchema,
  secret: "token",
  answer: SOCKET_OPENS,
  errors: HANDSHAKE_ERRORS,
});

const document = (path: string, id: string, name: string): Operation => ({
  path,
  method: "get",
  id,
  summary: `${name}, made from the same schemas`,
  answer: {
    status: 200,
    description: `${name}.`,
    contentType: "application/json",
    schemas: { [id]: z.looseObject({}).meta({ description: name }) },
  },
  errors: {},
});

const text = (contentType: string, description: string, example: string): Answer => ({
  status: 200,
  description,
  contentType,
  example,
});
const json = (
  description: string,
  schemas: NonNullable<Answer["schemas"]>,
  status = 200,
): Answer => ({
  status,
  description,
  contentType: "application/json",
  schemas,
});

/** Every route; of the files of `static/` and of the build there is no list. */
export const OPERATIONS: readonly Operation[] = [
  {
    path: "/",
    method: "get",
    id: "page",
    summary: "the web page; to an upgrade the socket, with `format=text` where none is given",
    answer: text("text/html", "The web page.", "<!DOCTYPE html>"),
    errors: {},
  },
  {
    path: "/health",
    method: "get",
    id: "health",
    summary: "200 while the process lives, and how it is",
    answer: json("The process lives.", { Health: healthSchema }),
    errors: {},
  },
  {
    path: "/ready",
    method: "get",
    id: "ready",
    summary: "200, or 503: whether new clients may be sent here",
    answer: json("New clients may be sent here.", { Ready: readySchema }),
    errors: { 503: "starting, draining, without its database, or without its broker for 10 s" },
  },
  {
    path: "/metrics",
    method: "get",
    id: "metrics",
    summary: "Prometheus text",
    secret: "metrics_token",
    answer: text("text/plain", "The figures of this node, as Prometheus reads them.", "# HELP"),
    errors: { 401: "the server has a `METRICS_TOKEN`, and this is not it" },
  },
  {
    path: "/api/users",
    method: "get",
    id: "users",
    summary:
      "who is online, read from the database; with `state` the log of visits, the newest first",
    secret: "token",
    query: z.object({
      state: visitStateSchema.optional()
        .describe("Which visits, of those who were here; without it: who is online."),
      limit: limitSchema,
      after: z.string().optional().describe("The `next` of the page before."),
      token: tokenSchema,
    }),
    answer: json("A page.", { UserPage: userPageSchema, VisitPage: visitPageSchema }),
    errors: {
      400: "a parameter is wrong",
      401: NO_TOKEN,
      404: "with `state`: no visits are kept (`VISITS_DAYS` is 0)",
      503: "the database is away, or too many ask at once",
    },
  },
  {
    path: "/api/messages",
    method: "get",
    id: "messages",
    summary: "kept chats, the oldest first",
    secret: "token",
    query: z.object({
      after: z.int().nonnegative().default(0).describe("Only what has a greater offset."),
      limit: limitSchema,
      token: tokenSchema,
    }),
    answer: json("A page; shorter than `limit` where the texts are long.", {
      MessagePage: messagePageSchema,
    }),
    errors: {
      400: "a parameter is wrong",
      401: NO_TOKEN,
      503: "the messages cannot be read now, or too many ask at once",
    },
  },
  {
    path: "/api/messages",
    method: "post",
    id: "say",
    summary:
      "a chat to every connection; 202 with `{offset}`. Only with a key configured: else 404",
    description:
      "Sent again with the same `id`, a chat keeps its first place and is not broadcast again.",
    secret: "api_key",
    body: { MessageRequest: messageRequestSchema },
    answer: json("The chat has its place.", { Accepted: acceptedSchema }, 202),
    errors: {
      400: "the body is no such message, or its text is too long",
      401: "there is no key, or it is not the right one",
      404: "the server has no `API_KEY`",
      408: "the body was not complete within 10 s",
      413: "the body is larger than `FRAME_BYTES` (16 KiB)",
      429: "more than `MESSAGES_PER_SECOND` to this node",
      503: "the chat could not be ordered within 5 s, or the server is leaving",
    },
  },
  {
    path: "/docs",
    method: "get",
    id: "docs",
    summary: "the interactive documentation",
    answer: text("text/html", "The page.", "<!DOCTYPE html>"),
    errors: {},
  },
  {
    path: "/docs/assets/{file}",
    method: "get",
    id: "docs_asset",
    summary: "what the interactive documentation is made of",
    parameters: z.object({ file: z.enum(["swagger-ui.css", "swagger-ui-bundle.js"]) }),
    answer: text("text/*", "The file.", "/* Swagger UI */"),
    errors: { 404: "there is no such file" },
  },
  {
    path: "/offline",
    method: "get",
    id: "offline",
    summary: "what a browser keeps for when the server cannot be reached",
    answer: text("text/html", "The page.", "<!DOCTYPE html>"),
    errors: {},
  },
  {
    path: "/manifest.webmanifest",
    method: "get",
    id: "manifest",
    summary: "what a browser needs to install the page",
    answer: {
      ...json("The manifest.", { Manifest: z.looseObject({}) }),
      contentType: "application/manifest+json",
    },
    errors: {},
  },
  {
    path: "/dashboard",
    method: "get",
    id: "dashboard",
    summary: "a page for whoever runs the server; it asks for the `ADMIN_TOKEN`",
    answer: text("text/html", "The page.", "<!DOCTYPE html>"),
    errors: { 404: NO_ADMIN },
  },
  document("/openapi.json", "openapi", "what goes over HTTP, as OpenAPI 3.1"),
  document("/asyncapi.json", "asyncapi", "what goes over the socket, as AsyncAPI 3.0"),
  socket("/api/ws", "socket", "the socket"),
  socket(
    "/ws",
    "socket_json",
    "the same socket, at the path that small examples have it",
  ),
  socket("/ws/events", "socket_events", "the same, with `format=events` where none is given"),
  {
    path: "/api/admin/ws",
    method: "get",
    id: "dashboard_socket",
    summary: "the socket of the dashboard, and of nothing else",
    description:
      "The request bears the `ADMIN_TOKEN`, or has it in its subprotocols as the page does. What goes over the socket " +
      "may change with any version.",
    answer: SOCKET_OPENS,
    errors: ADMIN_ERRORS,
  },
];

/**
 * The methods by which a path is served, for `Allow` (RFC 9110, 10.2.1).
 *
 * @param path Of a request that was answered 405; what is in no table is a file.
 */
export function methodsOf(path: string): string[] {
  const operations = operationsAt(path);
  if (operations.length === 0) return ["GET", "HEAD"];
  return operations.flatMap(({ method, answer }) =>
    // A socket is asked for by GET alone.
    method === "get" && answer.status !== 101 ? ["GET", "HEAD"] : method.toUpperCase()
  );
}

/** Whether a socket can be opened at a path: the page's own is one of them (docs/PROTOCOL.md, section 9). */
export function opensSocket(path: string): boolean {
  return path === "/" || operationsAt(path).some(({ answer }) => answer.status === 101);
}

function operationsAt(path: string): readonly Operation[] {
  const asked = path.replace(/(?<=.)\/$/, "");
  return OPERATIONS.filter((operation) => operation.path === asked);
}
