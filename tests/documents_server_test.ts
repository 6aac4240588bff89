/**
 * What a real server sends, over HTTP and over the socket, against the documents that it serves itself.
 *
 * @module
 */

import assert from "node:assert/strict";
import { get } from "node:http";
import type { JsonSchema } from "../lib/schema_fields.ts";
import { type Message, TestClient } from "./client.ts";
import { RawSocket } from "./raw_socket.ts";
import { schemaFaults } from "./schema_faults.ts";
import { startServer, type TestServer } from "./server.ts";

interface Media {
  readonly schema: JsonSchema & { readonly $ref?: string };
}
interface OpenApi {
  readonly paths: Record<string, Record<string, { responses: Record<string, Described> }>>;
  readonly components: { readonly schemas: Record<string, JsonSchema> };
}
interface Described {
  readonly content?: Record<string, Media>;
}
interface AsyncApi {
  readonly servers: { readonly here: { readonly host: string } };
  readonly channels: Record<string, { readonly address: string }>;
  readonly components: { readonly messages: Record<string, { readonly payload: JsonSchema }> };
  readonly "x-close-codes": readonly { readonly code: number }[];
}

let server: TestServer;
let http: OpenApi;
let socket: AsyncApi;

Deno.test.beforeAll(async () => {
  server = await startServer({ MESSAGES_PER_SECOND: "1", MESSAGES_BURST: "20" });
  const read = async (path: string) => await (await fetch(server.url + path)).json();
  http = await read("/openapi.json");
  socket = await read("/asyncapi.json");
});
Deno.test.afterAll(async () => {
  await server.stop();
});

/** Asserts that an answer is one of those that the document tells for a path. */
async function assertTold(path: string, response: Response, method = "get"): Promise<void> {
  const described = http.paths[path.split("?")[0] ?? ""]?.[method]?.responses[response.status];
  assert.ok(described, `${path}: ${response.status} is not told`);
  const type = (response.headers.get("content-type") ?? "").split(";")[0] ?? "";
  const media = described.content?.[type];
  assert.ok(media, `${path}: ${response.status} as ${type} is not told`);
  if (!type.endsWith("json")) return void await response.body?.cancel();
  const value = await response.json();
  const schema = { ...media.schema, components: http.components };
  assert.deepEqual(schemaFaults(schema, value), [], path);
}

/** What is asked, and with which status it is answered; more paths are more lines. */
const ASKED: readonly (readonly [path: string, status: number])[] = [
  ["/", 200],
  ["/health", 200],
  ["/ready", 200],
  ["/docs", 200],
  ["/offline", 200],
  ["/manifest.webmanifest", 200],
  ["/dashboard", 404],
  ["/openapi.json", 200],
  ["/asyncapi.json", 200],
  ["/api/users", 200],
  ["/api/users?limit=1&after=a", 200],
  ["/api/users?limit=0", 400],
  ["/api/users?state=none", 400],
  ["/api/users?state=all", 200],
  ["/api/users?state=disconnected&after=x", 400],
  ["/api/messages", 200],
  ["/api/messages?after=-1", 400],
  ["/metrics", 200],
  ["/api/ws", 426],
  ["/ws", 426],
  ["/ws/events", 426],
  ["/api/admin/ws", 404],
];

Deno.test("HTTP: every answer of a real server is told by its own /openapi.json, status, type and body", async () => {
  const ana = await TestClient.join(`${server.socketUrl}?username=Ana`);
  ana.send({ type: "chat", message: "Olá", id: "1" });
  await ana.next(({ type }) => type === "ack");
  for (const [path, status] of ASKED) {
    const response = await fetch(server.url + path);
    assert.equal(response.status, status, path);
    await assertTold(path, response);
  }
  await ana.close();
});

Deno.test("HTTP: without ADMIN_TOKEN there is neither the dashboard nor its socket", async () => {
  for (const path of ["/dashboard", "/api/admin/ws"]) {
    const response = await fetch(`${server.url}${path}`);
    assert.equal(response.status, 404, path);
    await response.body?.cancel();
  }
  const socket = await RawSocket.request(server.port, "/api/admin/ws");
  assert.equal((await socket.answer()).status, 404);
  socket.connection.close();
});

Deno.test("HTTP: what a server with secrets answers to a stranger, and to a chat from outside, is told", async () => {
  const secret = "0123456789abcdef0123456789abcdef";
  const guarded = await startServer({
    AUTH_SECRET: secret,
    METRICS_TOKEN: secret,
    API_KEY: secret,
    ADMIN_TOKEN: secret,
    FRAME_BYTES: "1024",
    MESSAGE_LENGTH: "10",
    MESSAGES_PER_SECOND: "1",
    MESSAGES_BURST: "2",
  });
  const sockets = ["/api/ws", "/ws", "/ws/events", "/api/admin/ws"];
  for (const path of ["/metrics", "/api/users", "/api/messages", ...sockets]) {
    const response = await fetch(guarded.url + path);
    assert.equal(response.status, 401, path);
    assert.match(response.headers.get("www-authenticate") ?? "", /^Bearer/);
    await assertTold(path, response);
  }
  const headers = { authorization: `Bearer ${secret}` };
  for (const [path, status] of [["/dashboard", 200], ["/api/admin/ws", 426]] as const) {
    const response = await fetch(guarded.url + path, { headers });
    assert.equal(response.status, status, path);
    await assertTold(path, response);
  }
  const path = "/api/messages";
  const say = async (body: string, key = secret) => {
    const headers = { authorization: `Bearer ${key}` };
    const response = await fetch(guarded.url + path, { method: "POST", headers, body });
    await assertTold(path, response, "post");
    return response.status;
  };
  assert.equal(await say("{}", "another"), 401);
  assert.equal(await say("{}"), 400);
  assert.equal(await say('{"message": "longer than ten"}'), 400);
  assert.equal(await say("x".repeat(1025)), 413);
  assert.equal(await say('{"message": "Olá", "id": "1"}'), 202);
  assert.equal(await say('{"message": "Olá", "id": "2"}'), 202);
  assert.equal(await say('{"message": "Olá", "id": "3"}'), 429);
  await guarded.stop();
  const unset = await fetch(server.url + path, { method: "POST" });
  assert.equal(unset.status, 404);
  await assertTold(path, unset, "post");
});

Deno.test("HTTP: a wrong method is answered 405 as told, with Allow, and what that names is served", async () => {
  const paths = [...Object.keys(http.paths), "/health/", "/styles.css"];
  for (const path of paths) {
    const ask = (method: string) => fetch(server.url + path, { method });
    const wrong = await ask("DELETE");
    if (path === "/api/admin/ws") {
      assert.equal(wrong.status, 404);
      await wrong.body?.cancel();
      continue;
    }
    assert.equal(wrong.status, 405, path);
    const allowed = (wrong.headers.get("allow") ?? "").split(", ");
    await assertTold(path in http.paths ? path : "/health", wrong);
    for (const method of ["GET", "HEAD", "POST", "PUT", "PATCH"]) {
      const { status, body } = await ask(method);
      await body?.cancel();
      assert.equal(status === 405, !allowed.includes(method), `${method} ${path}`);
    }
    const { status, headers } = await ask("OPTIONS");
    assert.deepEqual([[204, 405].includes(status), headers.get("allow")], [
      true,
      allowed.join(", "),
    ]);
  }
});

/** What is told of an answer before its content; `get` takes any method, and adds no header of its own. */
function headOf(method: string, path: string, accepted: string): Promise<unknown[]> {
  const options = { method, headers: { "accept-encoding": accepted } };
  const { promise, resolve, reject } = Promise.withResolvers<unknown[]>();
  get(server.url + path, options, (answer) => {
    const { statusCode, headers } = answer;
    const told = ["content-type", "content-length", "content-encoding"].map((name) =>
      headers[name]
    );
    let size = 0;
    answer.on("data", (part: Uint8Array) => size += part.length);
    answer.on("end", () => resolve([statusCode, ...told, size]));
  }).on("error", reject);
  return promise;
}

Deno.test("HTTP: HEAD tells what GET does, the length too, without content", async () => {
  const paths = [
    "/docs",
    "/openapi.json",
    "/styles.css",
    "/docs/assets/swagger-ui.css",
    "/nowhere",
  ];
  for (const path of paths) {
    for (const accepted of ["identity", "gzip", "br"]) {
      const [size, ...told] = (await headOf("GET", path, accepted)).reverse();
      assert.ok(Number(size) > 0, path);
      assert.deepEqual((await headOf("HEAD", path, accepted)).reverse(), [0, ...told], path);
    }
  }
});

Deno.test("HTTP: what goes wrong before any path is told for every path", async () => {
  const host = { host: "elsewhere.example" };
  const wrongHost = await new Promise<Response>((resolve, reject) => {
    get(`${server.url}/health`, { headers: host }, (answer) => {
      const headers = { "content-type": String(answer.headers["content-type"]) };
      answer.setEncoding("utf8").once("data", (body) => {
        resolve(new Response(body, { status: answer.statusCode ?? 0, headers }));
      });
    }).on("error", reject);
  });
  assert.equal(wrongHost.status, 421);
  await assertTold("/health", wrongHost);
});

Deno.test("Schemas are not so loose that they take anything", () => {
  const { Health, UserPage, MessagePage } = http.components.schemas;
  for (const schema of [Health, UserPage, MessagePage]) {
    assert.notDeepEqual(schemaFaults(schema!, {}), []);
    assert.notDeepEqual(schemaFaults(schema!, { status: 7, users: [{}], messages: [{}] }), []);
  }
});

/** What one who asks everything, and some of it wrongly, receives beside the ticks. */
const REQUESTS: readonly unknown[] = [
  { message: "Olá", id: "1" },
  { type: "fibonacci", input: 10, id: "2" },
  { type: "fibonacci", input: 1000 },
  { type: "fibonacci", input: -1, id: "3" },
  { cmd: "fib", n: 7 },
  { type: "ping", id: "4" },
  { type: "users" },
  { type: "nothing" },
  { message: "" },
  "{",
];

Deno.test("Socket: every message of a real server fits its schema in /asyncapi.json, and every type comes", async () => {
  assert.equal(socket.servers.here.host, new URL(server.url).host);
  const other = await startServer();
  const bia = await TestClient.join(`${server.socketUrl}?username=Bia`);
  const ana = await TestClient.join(`${server.socketUrl}?username=Caio`);
  for (const request of REQUESTS) ana.send(request);
  bia.send({ message: "hello" });
  await ana.next(({ type }) => type === "chat");
  await ana.next(({ type }) => type === "time");
  await bia.next(({ type }) => type === "presence");
  for (let count = 0; count < 30; count++) ana.send({ type: "ping" });
  await ana.next(({ code }) => code === "rate_limited");
  const taken = await TestClient.open(`${server.socketUrl}?username=Bia`);
  await taken.next(({ code }) => code === "username_taken");
  // A server that leaves says so.
  const leaving = await TestClient.join(other.socketUrl);
  const stopped = other.stop();
  await leaving.next(({ type }) => type === "status");
  const codes = [(await taken.closed()).code, (await leaving.closed()).code];
  await stopped;
  assert.deepEqual(codes, [4009, 1001]);
  const told = socket["x-close-codes"].map(({ code }) => code);
  assert.deepEqual(codes.filter((code) => !told.includes(code)), []);
  const received = [ana, bia, taken, leaving].flatMap(({ messages }) => messages);
  for (const message of received) assert.deepEqual(faultsOf(message), [], JSON.stringify(message));
  const types = Object.keys(socket.components.messages)
    .filter((name) => name.startsWith("receive_") && name !== "receive_events_error");
  const seen = new Set(received.map(({ type }) => `receive_${type}`));
  assert.deepEqual(types.filter((name) => !seen.has(name)), []);
  await Promise.all([ana.close(), bia.close()]);
});

function faultsOf(message: Message): string[] {
  const described = socket.components.messages[`receive_${message.type}`];
  return described === undefined ? ["is not told"] : schemaFaults(described.payload, message);
}

Deno.test("Socket: each channel of /asyncapi.json is one, and an error of events is as told", async () => {
  for (const { address } of Object.values(socket.channels)) {
    const client = await TestClient.open(`${server.url.replace("http", "ws")}${address}`);
    await client.close();
  }
  const { address } = socket.channels.events!;
  const client = await TestClient.open(`${server.url.replace("http", "ws")}${address}`);
  client.send("{");
  const error = await client.next(({ code }) => code === "invalid_json");
  const { payload } = socket.components.messages.receive_events_error!;
  assert.deepEqual(schemaFaults(payload, error), []);
  await client.close();
});
