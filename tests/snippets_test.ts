/**
 * The snippets of /docs, run as they are copied, against real servers: one that asks for tokens, and one that does not.
 *
 * @module
 */

import assert from "node:assert/strict";
import { SignJWT } from "jose";
import { type Snippet, snippetsFor } from "../client/docs/snippets.ts";
import { TestClient } from "./client.ts";
import { firstFile, ignoreWithout } from "./requirements.ts";
import { startServer, type TestServer, within } from "./server.ts";

const AUTH_SECRET = "0123456789abcdef0123456789abcdef";
const API_KEY = "a-key-of-the-server";

let servers: { readonly open: TestServer; readonly guarded: TestServer };
Deno.test.beforeAll(async () => {
  const settings = { RESUME_GRACE_MS: "0", API_KEY };
  const [open, guarded] = await Promise.all([
    startServer(settings),
    startServer({ ...settings, AUTH_SECRET }),
  ]);
  servers = { open, guarded };
});
Deno.test.afterAll(async () => {
  await Promise.all([servers.open.stop(), servers.guarded.stop()]);
});

Deno.test("snippetsFor() joins with another name each time, so that one can be run right after the other", () => {
  const door = { address: "http://127.0.0.1:8000", asksForToken: false };
  const code = snippetsFor(door).map((one) => one.code).join("\n");
  const names = [...code.matchAll(/username=([^"&]*)/g)].map(([, name]) => name);
  assert.deepEqual(names, ["ana-js", "ana-py", "ana-text", "ana-json"]);
});

/** Debian's Python, whose packages are Debian's. */
const PYTHON = "/usr/bin/python3";
const WEBSOCKETS = firstFile(["/usr/lib/python3/dist-packages/websockets/__init__.py"]);

/** A snippet, and whoever copies it: by a token, where the server asks for one. */
class Copied {
  readonly server: TestServer;
  readonly code: string;
  /** What is set in the shell. */
  readonly env: Record<string, string>;

  constructor(name: Snippet["name"], { server, token }: { server: TestServer; token?: string }) {
    const door = { address: server.url, asksForToken: token !== undefined };
    const code = snippetsFor(door).find((one) => one.name === name)?.code;
    assert.ok(code !== undefined, name);
    this.server = server;
    this.code = code;
    this.env = { API_KEY, ...token !== undefined && { TOKEN: token } };
  }

  /** The code as a program, in which the person has put their token. */
  get program(): string {
    return this.code.replaceAll("TOKEN", this.env.TOKEN ?? "TOKEN");
  }

  /** The name that a snippet joins with: that of the token, where there is one. */
  nameOr(name: string): string {
    return this.env.TOKEN === undefined ? name : "ana";
  }

  /** Somebody else who is in the room. */
  async join(name: string): Promise<TestClient> {
    const asked = this.env.TOKEN === undefined
      ? `username=${name}`
      : `token=${await tokenOf(name)}`;
    return await TestClient.join(`${this.server.socketUrl}?${asked}`);
  }
}

function tokenOf(sub: string): Promise<string> {
  const exp = Math.floor(Date.now() / 1000) + 60;
  return new SignJWT({ sub, exp }).setProtectedHeader({ alg: "HS256" })
    .sign(new TextEncoder().encode(AUTH_SECRET));
}

/** A test of a snippet on both servers. */
function testSnippet(
  name: Snippet["name"],
  { does, ignore = false, run }: {
    readonly does: string;
    readonly ignore?: boolean;
    readonly run: (copied: Copied) => Promise<void>;
  },
): void {
  const fn = (place: () => Promise<ConstructorParameters<typeof Copied>[1]>) => async () =>
    await run(new Copied(name, await place()));
  Deno.test({
    name: `The snippet for ${name} ${does}`,
    ignore,
    fn: fn(() => Promise.resolve({ server: servers.open })),
  });
  Deno.test({
    name: `The snippet for ${name} ${does}, with a token where the server asks for one`,
    ignore,
    fn: fn(async () => ({ server: servers.guarded, token: await tokenOf("ana") })),
  });
}

/** Runs a program until it has printed all of what is wanted; returns what it printed. */
async function run(
  [program = "", ...args]: readonly string[],
  wanted: readonly string[],
  env: Record<string, string> = {},
): Promise<string> {
  const child = new Deno.Command(program, {
    args,
    env: { PYTHONUNBUFFERED: "1", PYTHONIOENCODING: "utf-8", NO_COLOR: "1", ...env },
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
async function takePart(
  copied: Copied,
  { command, name }: { readonly command: readonly string[]; readonly name: string },
): Promise<void> {
  const bia = await copied.join("bia");
  const running = run([...command, copied.program], ["welcome", "Hello Ana"]);
  const heard = await bia.next(({ type }) => type === "chat");
  assert.deepEqual([heard.username, heard.message], [copied.nameOr(name), "Olá"]);
  bia.send({ message: "Hello Ana" });
  await running;
  await bia.close();
}

testSnippet("JavaScript", {
  does: "runs in Deno, says something and hears others",
  run: (copied) =>
    takePart(copied, { command: [Deno.execPath(), "eval", "--no-config"], name: "ana-js" }),
});

testSnippet("Python", {
  does: "runs with Debian's websockets, says something and hears others",
  ignore: ignoreWithout("websockets", WEBSOCKETS),
  run: (copied) => takePart(copied, { command: [PYTHON, "-c"], name: "ana-py" }),
});

testSnippet("curl", {
  does: "tells who is here and what was said, and says something from outside, as a shell runs it",
  async run(copied) {
    const caio = await copied.join("caio");
    caio.send({ message: "Olá", id: "1" });
    await caio.next(({ type }) => type === "ack");
    const told = ['"username":"caio"', '"message":"Olá"', '{"offset":'];
    await run(["/bin/sh", "-c", copied.code], told, copied.env);
    const heard = await caio.next(({ type }) => type === "chat");
    assert.deepEqual([heard.username, heard.message], ["server", "build 42 is green"]);
    await caio.close();
  },
});

/** What a shell gives to websocat, which is played here: of the arguments after `-H` each is a header. */
async function socketsOf({ code, env }: Copied): Promise<[url: string, headers: Headers][]> {
  const played = `websocat() { printf '%s\n' "$@" .; }\n${code}\necho end`;
  const lines = await run(["/bin/sh", "-c", played], ["end\n"], env);
  return lines.split("\n.\n").slice(0, -1).map((given) => {
    const [url = "", flag = "-H", ...headers] = given.split("\n");
    assert.equal(flag, "-H");
    return [url, new Headers(headers.map((one) => one.split(": ") as [string, string]))];
  });
}

testSnippet("websocat", {
  does: "names addresses that open, and text that is a chat",
  async run(copied) {
    const sockets = await socketsOf(copied);
    assert.equal(sockets.length, 2);
    // By a token both are of one person; here the second is somebody else.
    const [[text, headers], [json]] = sockets as [[string, Headers], [string, Headers]];
    const ana = await TestClient.open(text, Object.fromEntries(headers));
    const heads = copied.env.TOKEN && { authorization: `Bearer ${await tokenOf("bia")}` };
    const bia = await TestClient.open(json, heads || {});
    await bia.next(({ type }) => type === "welcome");
    ana.send("Olá");
    const heard = await bia.next(({ type }) => type === "chat");
    assert.deepEqual([heard.username, heard.message], [copied.nameOr("ana-text"), "Olá"]);
    ana.send("/fib 10");
    await ana.next((message) => message.text === "55");
    await Promise.all([ana.close(), bia.close()]);
  },
});
