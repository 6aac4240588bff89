/**
 * The snippets of /docs, run as they are copied, against a real server.
 *
 * @module
 */

import assert from "node:assert/strict";
import { snippetsFor } from "../client/docs/snippets.ts";
import { TestClient } from "./client.ts";
import { firstFile, ignoreWithout } from "./requirements.ts";
import { startServer, type TestServer, within } from "./server.ts";

let server: TestServer;
Deno.test.beforeAll(async () => {
  server = await startServer({ RESUME_GRACE_MS: "0" });
});
Deno.test.afterAll(async () => {
  await server.stop();
});

/** Debian's Python, whose packages are Debian's. */
const PYTHON = "/usr/bin/python3";
const WEBSOCKETS = firstFile(["/usr/lib/python3/dist-packages/websockets/__init__.py"]);

function codeOf(name: string): string {
  const code = snippetsFor(server.url).find((one) => one.name === name)?.code;
  assert.ok(code !== undefined, name);
  return code;
}

/** Runs a program until it has printed all of what is wanted; returns what it printed. */
async function run(
  program: string,
  args: readonly string[],
  wanted: readonly string[],
): Promise<string> {
  const child = new Deno.Command(program, {
    args: [...args],
    env: { PYTHONUNBUFFERED: "1", PYTHONIOENCODING: "utf-8", NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  let said = "";
  const reading = (async () => {
    for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
      said += text;
      if (wanted.every((word) => said.includes(word))) return;
    }
  })();
  try {
    await within(20_000, `prints ${wanted}`, reading);
  } finally {
    try {
      child.kill("SIGKILL");
    } catch {
      // It has ended by itself.
    }
    await child.status;
  }
  assert.deepEqual(wanted.filter((word) => !said.includes(word)), [], said);
  return said;
}

/** Runs a program that joins, says something and listens; somebody else hears it, and says something too. */
async function takePart(program: string, args: readonly string[]): Promise<void> {
  const bia = await TestClient.join(`${server.socketUrl}?username=bia`);
  const running = run(program, args, ["welcome", "Hello Ana"]);
  const heard = await bia.next(({ type }) => type === "chat");
  assert.deepEqual([heard.username, heard.message], ["ana", "Olá"]);
  bia.send({ message: "Hello Ana" });
  await running;
  await bia.close();
}

Deno.test("The snippet for JavaScript runs in Deno, says something and hears others", async () => {
  await takePart(Deno.execPath(), ["eval", "--no-config", codeOf("JavaScript")]);
});

Deno.test({
  name: "The snippet for Python runs with Debian's websockets, says something and hears others",
  ignore: ignoreWithout("websockets", WEBSOCKETS),
  fn: async () => {
    await takePart(PYTHON, ["-c", codeOf("Python")]);
  },
});

Deno.test("The snippet for curl tells who is here and what was said, as a shell runs it", async () => {
  const caio = await TestClient.join(`${server.socketUrl}?username=caio`);
  caio.send({ message: "Olá", id: "1" });
  await caio.next(({ type }) => type === "ack");
  const reading = codeOf("curl").split("\n\n")[0] ?? "";
  await run("/bin/sh", ["-c", reading], ['"username":"caio"', '"message":"Olá"']);
  await caio.close();
});

Deno.test("The snippet for curl sends a chat from outside: its request is the one that is documented", async () => {
  const saying = codeOf("curl").split("\n\n")[1] ?? "";
  const asked: unknown[] = [];
  const answer = async (request: Request) => {
    const { method, url, headers } = request;
    const secrets = ["authorization", "content-type"].map((name) => headers.get(name));
    asked.push([method, new URL(url).pathname, ...secrets, await request.json()]);
    return Response.json({ offset: 1 }, { status: 202 });
  };
  const options = { port: 0, hostname: "127.0.0.1", onListen() {} };
  await using listener = Deno.serve(options, answer);
  const here = `http://127.0.0.1:${listener.addr.port}`;
  const code = `API_KEY=secret; ${saying.replaceAll(server.url, here)}`;
  await run("/bin/sh", ["-c", code], ['{"offset":1}']);
  const body = { message: "build 42 is green" };
  assert.deepEqual(asked, [["POST", "/api/messages", "Bearer secret", "application/json", body]]);
});

Deno.test("The snippet for websocat names addresses that open, and text that is a chat", async () => {
  const addresses = [...codeOf("websocat").matchAll(/websocat "([^"]+)"/g)].map(([, url]) => url!);
  assert.equal(addresses.length, 2);
  const [text, json] = addresses as [string, string];
  const ana = await TestClient.open(text);
  const bia = await TestClient.join(json.replace("ana", "bia"));
  ana.send("Olá");
  const heard = await bia.next(({ type }) => type === "chat");
  assert.deepEqual([heard.username, heard.message], ["ana", "Olá"]);
  ana.send("/fib 10");
  await ana.next((message) => message.text === "55");
  await Promise.all([ana.close(), bia.close()]);
});
