/**
 * The documents made of the schemas: that each is one by its own specification, that their examples fit, and that they
 * leave out nothing.
 *
 * @module
 */

import assert from "node:assert/strict";
import { Validator as OpenApiValidator } from "@seriousme/openapi-schema-validator";
import type { Context } from "fresh";
import { asyncapi, serversAt } from "../lib/asyncapi.ts";
import { loadConfig } from "../lib/config.ts";
import { CLOSE_CODE_MEANINGS, CloseCode } from "../lib/close_codes.ts";
import { COMMON_ERRORS, OPERATIONS } from "../lib/http_operations.ts";
import { fieldsOf, type JsonSchema } from "../lib/schema_fields.ts";
import { parseClientMessage } from "../lib/client_message.ts";
import { openapi } from "../lib/openapi.ts";
import {
  clientMessageSchema,
  ERROR_CODES,
  errorCodeSchema,
  serverMessageSchema,
} from "../lib/protocol.ts";
import { socketMessages } from "../lib/socket_messages.ts";
import type { State } from "../lib/state.ts";
import { handler as asyncapiHandler } from "../routes/asyncapi.json.ts";
import { handler as openapiHandler } from "../routes/openapi.json.ts";
import { schemaFaults } from "./schema_faults.ts";

interface Diagnostic {
  readonly severity: number;
  readonly code: string | number;
  readonly message: string;
  readonly path: readonly (string | number)[];
}

/**
 * The parser, in a process of its own and no dependency of the project: all that it brings would be installed by a first
 * start too, which would take many times as long.
 */
const PARSING = `
  import { Parser } from "npm:@asyncapi/parser@3.6.6";
  const parsed = [];
  for (const document of JSON.parse(await Deno.readTextFile(Deno.args[0]))) {
    parsed.push((await new Parser().parse(JSON.stringify(document))).diagnostics);
  }
  console.log(JSON.stringify(parsed));
`;

/** What the parser says of each of some documents. */
async function parseAsyncApi(documents: readonly unknown[]): Promise<Diagnostic[][]> {
  const folder = await Deno.makeTempDir({ prefix: "pulso-test-" });
  try {
    await Deno.writeTextFile(`${folder}/documents.json`, JSON.stringify(documents));
    await Deno.writeTextFile(`${folder}/parse.mjs`, PARSING);
    const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: "run -A --quiet --no-config --no-lock --node-modules-dir=none parse.mjs documents.json"
        .split(" "),
      cwd: folder,
    }).output();
    assert.ok(success, new TextDecoder().decode(stderr));
    return JSON.parse(new TextDecoder().decode(stdout));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const HTTP = openapi("0.1.0");
const SOCKET: Record<string, unknown> = {
  ...asyncapi("0.1.0"),
  ...serversAt("https://pulso.example"),
};

Deno.test("openapi() makes a document that its specification takes, and no other", async () => {
  const verdict = await new OpenApiValidator().validate(structuredClone(HTTP));
  assert.deepEqual(verdict.errors, undefined);
  assert.equal(verdict.valid, true);
  const broken = { ...structuredClone(HTTP), paths: { "/health": { get: { responses: 7 } } } };
  assert.equal((await new OpenApiValidator().validate(broken)).valid, false);
});

Deno.test("asyncapi() makes a document that its specification takes, and no other", async () => {
  const { channels: { socket } } = SOCKET as { channels: Record<string, { messages: object }> };
  const unknown = {
    socket: { ...socket, messages: { x: { $ref: "#/components/messages/none" } } },
  };
  const documents = [SOCKET, { ...SOCKET, channels: 7 }, { ...SOCKET, channels: unknown }];
  const [good, ...bad] = (await parseAsyncApi(documents)).map((diagnostics) =>
    diagnostics
      // Hints are matters of taste, such as a licence or a contact.
      .filter(({ severity }) => severity <= 1)
      .map(({ code, message, path }) => `${code} ${message} ${path.join(".")}`)
  );
  assert.deepEqual(good, []);
  assert.equal(bad.length, 2);
  for (const faults of bad) assert.notDeepEqual(faults, []);
});

const { sent, received, eventsError } = socketMessages();
const MESSAGES = [
  ...sent.map((one) => [`sent ${one.name}`, one.schema] as const),
  ...received.map((one) => [`received ${one.name}`, one.schema] as const),
  ["an error of events", eventsError.schema] as const,
];

for (const [name, schema] of MESSAGES) {
  Deno.test(`The schema of ${name} fits its examples, and not what lacks a field`, () => {
    const { examples = [], required = [] } = schema;
    assert.ok(examples.length > 0);
    for (const example of examples as Record<string, unknown>[]) {
      assert.deepEqual(schemaFaults(schema, example), []);
      // More fields may come with another version.
      assert.deepEqual(schemaFaults(schema, { ...example, another: 1 }), []);
      for (const field of required) {
        const { [field]: _, ...without } = example;
        assert.notDeepEqual(schemaFaults(schema, without), [], field);
      }
    }
  });
}

Deno.test("The messages of the documents are all of the protocol, and each field says what it is", () => {
  const names = (options: readonly { shape: { type: { value: string } } }[]) =>
    options.map(({ shape }) => shape.type.value);
  assert.deepEqual(sent.map(({ name }) => name), [...names(clientMessageSchema.options), "cmd"]);
  assert.deepEqual(received.map(({ name }) => name), names(serverMessageSchema.options));
  for (const [name, schema] of MESSAGES) {
    assert.ok(schema.description, name);
    const mute = fieldsOf(schema).filter(({ description, type }) =>
      // What can be one of a few values says so by them.
      description === "" && !/^`|^boolean$/.test(type)
    );
    assert.deepEqual(mute, [], name);
  }
});

Deno.test("The examples of what a client sends are read, and the limits told are the default ones", () => {
  const defaults = loadConfig({});
  assert.ok(defaults.ok);
  const { MESSAGE_LENGTH: messageLength, FIBONACCI_MAX: fibonacciMax } = defaults.value;
  for (const { schema } of sent) {
    for (const example of schema.examples ?? []) {
      const parsed = parseClientMessage(JSON.stringify(example), { messageLength, fibonacciMax });
      assert.ok(parsed.ok, JSON.stringify(example));
    }
  }
  const told = (name: string, field: string) =>
    sent.find((one) => one.name === name)?.schema.properties?.[field]?.description ?? "";
  assert.match(told("chat", "message"), new RegExp(`\\b${messageLength}\\b`));
  assert.match(told("fibonacci", "input"), new RegExp(`\\b${fibonacciMax}\\b`));
});

Deno.test("asyncapi() lists every close code and every error code", () => {
  const told = SOCKET["x-close-codes"] as { code: number; when: string }[];
  assert.deepEqual(told.map(({ code }) => code), Object.values(CloseCode));
  const error = received.find(({ name }) => name === "error");
  assert.deepEqual(error?.schema.properties?.code?.enum, errorCodeSchema.options);
});

Deno.test("The documents send nobody to a number of a chapter, which they do not have", () => {
  const shown = JSON.stringify([HTTP, SOCKET, CLOSE_CODE_MEANINGS, ERROR_CODES]);
  assert.deepEqual(shown.match(/.{30}\b(?:sections?|see|table|chapter) [0-9].{10}/gi), null);
});

async function routePaths(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (
    const { name, isDirectory } of Deno.readDir(new URL(`../routes${folder}`, import.meta.url))
  ) {
    if (isDirectory) found.push(...await routePaths(`${folder}${name}/`));
    else if (!name.startsWith("_")) {
      const path = `${folder}${name.replace(/\.tsx?$/, "")}`.replace(/(?<=.)\/?index$|index$/, "");
      found.push(path.replace(/\[(\w+)\]/g, "{$1}"));
    }
  }
  return found;
}

Deno.test("GET /openapi.json and /asyncapi.json make their documents for who asks first, and for nobody else", async () => {
  const hosts: unknown[] = [];
  for (const { GET } of [openapiHandler, asyncapiHandler]) {
    let made = 0;
    const state = {
      config: {},
      get version() {
        made++;
        return "0.1.0";
      },
    };
    for (const origin of ["http://a.example", "https://b.example"]) {
      const asked = { req: new Request(origin), url: new URL(origin) };
      const response = await GET({ state, ...asked } as unknown as Context<State>);
      assert.ok(response instanceof Response);
      hosts.push((await response.json()).servers.here);
    }
    assert.equal(made, 1);
  }
  // Where the server is depends on who asks.
  assert.deepEqual(hosts.slice(2), [
    { host: "a.example", protocol: "ws" },
    { host: "b.example", protocol: "wss" },
  ]);
});

Deno.test("openapi() has every route, and no path that there is not", async () => {
  const served = await routePaths("/");
  assert.deepEqual(Object.keys(HTTP.paths as object).sort(), served.sort());
});

Deno.test("openapi() tells of each operation its errors as problems, with an example of each body", () => {
  const paths = HTTP.paths as Record<string, Record<string, { responses: Responses }>>;
  const components = (HTTP.components as { schemas: Record<string, JsonSchema> }).schemas;
  for (const { path, method, errors, answer, body } of OPERATIONS) {
    const { responses } = paths[path]![method]!;
    const statuses = Object.keys({ ...COMMON_ERRORS, ...errors, [answer.status]: "" });
    assert.deepEqual(Object.keys(responses).sort(), statuses.sort(), path);
    for (const status of Object.keys({ ...COMMON_ERRORS, ...errors })) {
      const problem = responses[status]?.content?.["application/problem+json"];
      assert.deepEqual(
        schemaFaults(components.Problem!, problem?.example),
        [],
        `${path} ${status}`,
      );
    }
    for (const name of Object.keys({ ...answer.schemas, ...body })) {
      for (const example of components[name]?.examples ?? []) {
        assert.deepEqual(schemaFaults(components[name]!, example), [], name);
      }
    }
  }
});

Deno.test("openapi() tells of the parameter token wherever a token of the server's is taken, and nowhere else", () => {
  const paths = HTTP.paths as Record<string, Record<string, { parameters: Parameter[] }>>;
  const told = OPERATIONS.map(({ path, method, secret }) => {
    const token = paths[path]![method]!.parameters.find(({ name }) => name === "token");
    assert.ok(token === undefined || token.in === "query" && /JWT/.test(token.description), path);
    return [`${method} ${path}`, token !== undefined, secret === "token"] as const;
  });
  for (const [operation, isTold, isTaken] of told) assert.equal(isTold, isTaken, operation);
  assert.deepEqual(told.filter(([, isTold]) => isTold).map(([operation]) => operation), [
    ...["get /api/users", "get /api/messages", "get /api/ws", "get /ws", "get /ws/events"],
  ]);
});

Deno.test("openapi() asks for the secret that an operation wants, and lets in without it where a server may want none", () => {
  const paths = HTTP.paths as Record<string, Record<string, { security?: unknown }>>;
  const securityOf = (path: string, method: string) => paths[path]?.[method]?.security;
  const token = [{}, { token: [] }];
  assert.deepEqual(securityOf("/api/users", "get"), token);
  assert.deepEqual(securityOf("/api/messages", "get"), token);
  assert.deepEqual(securityOf("/api/ws", "get"), token);
  assert.deepEqual(securityOf("/metrics", "get"), [{}, { metrics_token: [] }]);
  assert.deepEqual(securityOf("/api/messages", "post"), [{ api_key: [] }]);
  assert.equal(securityOf("/health", "get"), undefined);
});

type Parameter = { readonly name: string; readonly in: string; readonly description: string };
type Responses = Record<string, { content?: Record<string, { example?: unknown }> }>;
