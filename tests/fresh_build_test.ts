/**
 * `fresh/dev` and what it builds, against the behaviour that Fresh documents.
 *
 * Here: the Builder, and `fixtures/fresh_app` as it is served: routes from files, pages, islands,
 * static files, sockets. Not here: the App on its own (fresh_test.ts).
 * Invariant: the fixture runs unchanged on the published package.
 *
 * @module
 */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { App, staticFiles } from "fresh";
import { Builder } from "fresh/dev";
import { app as fixture } from "./fixtures/fresh_app/main.ts";

const ROOT = fileURLToPath(new URL("fixtures/fresh_app", import.meta.url));

type Handler = (request: Request) => Promise<Response>;

async function buildFixture(): Promise<Handler> {
  const apply = await new Builder({ root: ROOT }).build({ snapshot: "memory" });
  apply(fixture);
  return fixture.handler();
}

async function ask(handler: Handler, path: string, init?: RequestInit) {
  const response = await handler(new Request(`http://app.example${path}`, init));
  const { status, headers } = response;
  return { status, headers, body: await response.text() };
}

/** Serves on a free port while `run` runs. */
async function serve(handler: Deno.ServeHandler, run: (origin: string) => Promise<void>) {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, handler);
  try {
    await run(`http://127.0.0.1:${server.addr.port}`);
  } finally {
    await server.shutdown();
  }
}

/** Sends a message and returns what comes back, after the socket is closed. */
async function exchange(origin: string, path: string): Promise<unknown> {
  const socket = new WebSocket(origin.replace("http", "ws") + path);
  const answer = await new Promise((resolve, reject) => {
    socket.onopen = () => socket.send("hi");
    socket.onmessage = ({ data }) => resolve(data);
    socket.onerror = reject;
  });
  const closed = new Promise((resolve) => socket.onclose = resolve);
  socket.close();
  await closed;
  return answer;
}

Deno.test("Builder finds routes by file names: index, [param], [...rest] and names with dots", async () => {
  const handler = await buildFixture();
  assert.match((await ask(handler, "/posts")).body, /<p>All posts<\/p>/);
  assert.match((await ask(handler, "/posts/new")).body, /<p>New post<\/p>/);
  assert.match((await ask(handler, "/posts/a%20b")).body, /<p>Post a b of \/posts\/:slug<\/p>/);
  assert.equal((await ask(handler, "/files/a/b")).body, '{"path":"a/b"}');
  assert.equal((await ask(handler, "/tree/a")).body, '{"node":"a","more":""}');
  assert.equal((await ask(handler, "/openapi.json", { method: "PUT" })).body, '{"method":"PUT"}');
});

Deno.test("Builder's routes run the middlewares of their directories, outermost first", async () => {
  const handler = await buildFixture();
  const { body, headers } = await ask(handler, "/api/users");
  assert.deepEqual(JSON.parse(body).trail, ["app", "routes", "api-1", "api-2"]);
  assert.equal(headers.get("x-api"), "/api/users");
  assert.equal((await ask(handler, "/health")).headers.get("x-trail"), "app>routes");
});

Deno.test("Builder's routes answer by method: data, status and headers, HEAD by GET, else 405", async () => {
  const handler = await buildFixture();
  const posted = await ask(handler, "/", { method: "POST" });
  assert.deepEqual([posted.status, posted.headers.get("x-page")], [201, "yes"]);
  assert.match(posted.body, /<h1>posted<\/h1>/);
  assert.equal((await ask(handler, "/health", { method: "HEAD" })).status, 200);
  assert.equal((await ask(handler, "/health", { method: "POST" })).status, 405);
});

Deno.test("_app.tsx wraps every page but those that skip it, and async pages may answer", async () => {
  const handler = await buildFixture();
  assert.match((await ask(handler, "/async")).body, /<html lang="en">.*<main><p>Async page<\/p>/);
  const bare = await ask(handler, "/bare");
  assert.match(bare.body, /^<!DOCTYPE html><html><head>.*<body><p>Bare<\/p><\/body><\/html>$/);
  const instead = await ask(handler, "/async?response");
  assert.deepEqual([instead.status, instead.body], [202, "instead"]);
});

Deno.test("_error.tsx is rendered with the error's status, and shows nothing of its stack", async () => {
  const handler = await buildFixture();
  for (const [path, status] of [["/throws", 500], ["/teapot", 418], ["/nowhere", 404]] as const) {
    const answer = await ask(handler, path);
    assert.equal(answer.status, status);
    assert.ok(answer.body.includes(`<p id="error">Error ${status} at ${path}</p>`), answer.body);
    assert.ok(!answer.body.includes("secret"));
  }
});

Deno.test("A page marks the links to itself and to what is above it", async () => {
  const { body } = await ask(await buildFixture(), "/posts/new");
  assert.match(body, /<a aria-current="true" href="\/posts">/);
  assert.match(body, /<a aria-current="step" href="\/">Custom/);
  assert.match(body, /<a href="https:\/\/deno\.com\/">/);
  assert.match(
    (await ask(await buildFixture(), "/posts")).body,
    /<a aria-current="page" href="\/posts">/,
  );
});

Deno.test("A page without islands has no module, and one with islands boots each of them once", async () => {
  const handler = await buildFixture();
  const plain = await ask(handler, "/plain");
  assert.ok(!plain.body.includes('type="module"'));
  assert.equal(plain.headers.get("link"), null);

  const { body } = await ask(handler, "/");
  assert.deepEqual(body.match(/<!--frsh:island:\S+-->/g), [
    "<!--frsh:island:Counter:0-->",
    "<!--frsh:island:Counter:1-->",
    "<!--frsh:island:Label$Label:2-->",
  ]);
  assert.equal(body.match(/from"[^"]+Counter-/g)?.length, 1);
});

Deno.test("Every inline script and style of a page has the nonce of its policy, and no other is safe", async () => {
  const { body, headers } = await ask(await buildFixture(), "/");
  const policy = headers.get("content-security-policy") ?? "";
  const nonce = /script-src 'self' 'nonce-(\w+)'/.exec(policy)?.[1];
  assert.ok(nonce !== undefined && !policy.includes("unsafe-inline"), policy);
  const elements = body.match(/<(?:script|style)[^>]*>/g) ?? [];
  assert.equal(elements.length, 3);
  for (const element of elements) assert.ok(element.includes(`nonce="${nonce}"`), element);
  assert.equal(body.match(/<\/script>/g)?.length, 2);
});

Deno.test("Builder's bundle is served forever, whole, and with Preact in it once", async () => {
  const handler = await buildFixture();
  const links = (await ask(handler, "/")).headers.get("link") ?? "";
  const urls = [...links.matchAll(/<([^>]+)>; rel="modulepreload"/g)].map(([, url]) => url ?? "");
  const chunks = await Promise.all(urls.map((url) => ask(handler, url)));
  for (const { status, headers } of chunks) {
    assert.equal(status, 200);
    assert.equal(headers.get("content-type"), "text/javascript; charset=UTF-8");
    assert.equal(headers.get("cache-control"), "public, max-age=31536000, immutable");
  }
  const imported = chunks.flatMap(({ body }) => [...body.matchAll(/from"\.\/([^"]+)"/g)]);
  for (const [, name] of imported) assert.ok(urls.includes(`/_fresh/js/${name}`), name);
  // Only Preact itself reads this property.
  assert.equal(chunks.filter(({ body }) => body.includes("__html")).length, 1);
});

Deno.test("staticFiles() serves with an ETag, and forever under an asset() URL of this build", async () => {
  const handler = await buildFixture();
  const css = await ask(handler, "/styles.css");
  assert.equal(css.body, await Deno.readTextFile(`${ROOT}/static/styles.css`));
  assert.equal(css.headers.get("content-type"), "text/css; charset=UTF-8");
  assert.match(css.headers.get("cache-control") ?? "", /^no-cache/);
  const etag = css.headers.get("etag") ?? "";
  const again = await ask(handler, "/styles.css", { headers: { "if-none-match": etag } });
  assert.deepEqual([again.status, again.body], [304, ""]);

  const locked = /href="(\/styles\.css\?[^"]+)"/.exec((await ask(handler, "/plain")).body)?.[1] ??
    "";
  assert.match((await ask(handler, locked)).headers.get("cache-control") ?? "", /immutable/);
  const old = await ask(handler, "/styles.css?__frsh_c=old");
  assert.deepEqual([old.status, old.headers.get("location")], [307, "/styles.css"]);
});

Deno.test("staticFiles() answers HEAD, refuses POST and reads any spelling of a path", async () => {
  const handler = await buildFixture();
  const head = await ask(handler, "/styles.css", { method: "HEAD" });
  assert.equal(head.status, 200);
  assert.ok(Number(head.headers.get("content-length")) > 0);
  assert.equal((await ask(handler, "/styles.css", { method: "POST" })).status, 405);
  for (const path of ["/deep/a,b%20c.txt", "/deep/a%2Cb%20c.txt"]) {
    assert.equal((await ask(handler, path)).body, "plain, text\n");
  }
});

Deno.test("staticFiles() never leaves its directory, and lets what it does not have pass", async () => {
  const handler = await buildFixture();
  for (
    const path of ["/../main.ts", "/%2e%2e/main.ts", "/..%2fmain.ts", "/static/styles.css", "/%"]
  ) {
    assert.equal((await ask(handler, path)).status, 404, path);
  }
  const unbuilt = new App().use(staticFiles()).get("/", (ctx) => ctx.text("passed"));
  assert.equal((await ask(unbuilt.handler(), "/")).body, "passed");
});

Deno.test("Context.upgrade() and App.ws() answer on real sockets, and 400 to anything else", async () => {
  const handler = await buildFixture();
  await serve(handler, async (origin) => {
    assert.equal(await exchange(origin, "/api/ws"), "bare: hi");
    assert.equal(await exchange(origin, "/echo"), "echo: hi");
  });
  for (const path of ["/api/ws", "/echo"]) assert.equal((await ask(handler, path)).status, 400);
});

Deno.test("Builder.build() names the same tree the same, and leaves the app's modules where they are", async () => {
  const outDir = await Deno.makeTempDir();
  try {
    const read = async () => {
      await new Builder({ root: ROOT, outDir }).build();
      return await Deno.readTextFile(`${outDir}/snapshot.js`);
    };
    const first = await read();
    assert.equal(await read(), first);
    assert.match(
      await Deno.readTextFile(`${outDir}/server.js`),
      /from "\.\.\/.*fresh_app\/main\.ts"/,
    );
    const { default: server } = await import(`file://${outDir}/server.js`);
    assert.equal((await ask(server.fetch, "/styles.css")).status, 200);
    assert.match((await ask(server.fetch, "/")).body, /Counter-\w+\.js/);
  } finally {
    await Deno.remove(outDir, { recursive: true });
  }
});

Deno.test("Builder.build() writes what main.ts serves when it is run by itself", async () => {
  await new Builder({ root: ROOT }).build();
  const args = ["run", "-A", "--no-check", `${ROOT}/main.ts`];
  const child = new Deno.Command(Deno.execPath(), { args, stdout: "null", stderr: "piped" })
    .spawn();
  try {
    const origin = await firstMatch(child.stderr, /http:\/\/127\.0\.0\.1:\d+/);
    assert.equal(await (await fetch(`${origin}/health`)).text(), "ok");
    assert.match(await (await fetch(origin)).text(), /boot\(/);
  } finally {
    child.kill("SIGTERM");
    await child.status;
    await Deno.remove(`${ROOT}/_fresh`, { recursive: true });
  }
});

/** Reads until the text has a match; the rest is thrown away. */
async function firstMatch(stream: ReadableStream<Uint8Array<ArrayBuffer>>, pattern: RegExp) {
  let text = "";
  for await (const chunk of stream.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    const match = pattern.exec(text);
    if (match !== null) return match[0];
  }
  throw new Error(`Could not read an address: the process ended: ${text}`);
}

Deno.test("Builder.build() says which module cannot be bundled", async () => {
  const root = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${root}/islands`);
    await Deno.writeTextFile(`${root}/islands/Broken.tsx`, "export default (");
    await assert.rejects(new Builder({ root }).build(), /Broken\.tsx/);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});

Deno.test("Builder.listen() serves pages that wait for a new process, under the same policy", async () => {
  const stopping = new AbortController();
  const listening = Promise.withResolvers<string>();
  await new Builder({ root: ROOT }).listen(() => import("./fixtures/fresh_app/main.ts"), {
    hostname: "127.0.0.1",
    port: 0,
    signal: stopping.signal,
    onListen: ({ port }) => listening.resolve(`http://127.0.0.1:${port}`),
  });
  try {
    const origin = await listening.promise;
    const page = await fetch(`${origin}/plain`);
    const nonce = /nonce-(\w+)/.exec(page.headers.get("content-security-policy") ?? "")?.[1];
    assert.ok((await page.text()).includes(`<script type="module" nonce="${nonce}">let revision`));
    const css = await fetch(`${origin}/styles.css`);
    await css.body?.cancel();
    assert.equal(css.headers.get("etag"), null);
    const alive = (await fetch(`${origin}/_frsh/alive`)).body?.getReader();
    const { value } = await alive?.read() ?? {};
    assert.match(new TextDecoder().decode(value), /^data: \S+\n\n$/m);
    await alive?.cancel();
  } finally {
    stopping.abort();
  }
});
