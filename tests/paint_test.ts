/**
 * What the server sends for the page, byte for byte: first paint, caching, compression, what makes it installable.
 *
 * @module
 */

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { get, type IncomingHttpHeaders } from "node:http";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { TestClient } from "./client.ts";
import { startServer, type TestServer } from "./server.ts";

/** How much JavaScript the page may be, as it travels. */
const SCRIPT_BYTES = 60_000;
const BUILT = new URL("../_fresh/static/", import.meta.url);

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  /** As it travelled, not decoded. */
  readonly body: Buffer;
}

let server: TestServer;
Deno.test.beforeAll(async () => {
  server = await startServer();
});
Deno.test.afterAll(() => server.stop().then(() => {}));

/** Asks by HTTP and takes the answer as it travels; `fetch` would decode it. */
function ask(url: string, headers: Record<string, string> = {}): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  get(url, { headers, agent: false }, (response) => {
    const chunks: Buffer[] = [];
    response.on("data", (chunk) => chunks.push(chunk));
    response.on("end", () => {
      resolve({
        status: response.statusCode,
        headers: response.headers,
        body: Buffer.concat(chunks),
      });
    });
  }).on("error", reject);
  return promise;
}

function decode(body: Buffer, encoding: "br" | "gzip" | undefined): Uint8Array {
  if (encoding === undefined) return Uint8Array.from(body);
  return Uint8Array.from(encoding === "br" ? brotliDecompressSync(body) : gunzipSync(body));
}

/** Everything that a document names, and the chunks that its header announces. */
function partsOf({ headers, body }: Answer): string[] {
  const announced = String(headers.link ?? "").matchAll(/<([^>]+)>/g);
  const named = body.toString().replaceAll("&amp;", "&")
    .matchAll(/<(?:link|script|img)\b[^>]*?\s(?:href|src)="([^"]+)"/g);
  return [...announced, ...named].map(([, url]) => url as string);
}

Deno.test("GET / is painted in the reader's language and theme, which no cache may mix up", async () => {
  const plain = await ask(`${server.url}/`);
  assert.match(plain.body.toString(), /<html lang="en" data-theme="system">/);
  assert.match(plain.body.toString(), /content="#14181d" media="\(prefers-color-scheme: dark\)"/);

  const { body, headers } = await ask(`${server.url}/`, {
    "accept-language": "fr, pt;q=0.8, en;q=0.5",
    cookie: "a=b; pulso.theme=dark",
  });
  const html = body.toString();
  assert.match(html, /<html lang="pt-BR" data-theme="dark">/);
  assert.match(html, /content="#ffffff" media="not all"/);
  assert.match(html, /content="#14181d" media="all"/);
  assert.match(html, /Pessoas online/);
  assert.match(html, /Esta página precisa de JavaScript/);
  assert.equal(headers["cache-control"], "no-store");
  const varies = String(headers.vary).toLowerCase().split(/, ?/);
  assert.deepEqual(varies.filter((name) => name !== "accept-encoding"), [
    "accept-language",
    "cookie",
  ]);

  const chosen = await ask(`${server.url}/`, {
    "accept-language": "en",
    cookie: "pulso.language=pt-BR",
  });
  assert.match(chosen.body.toString(), /<html lang="pt-BR"/);
});

Deno.test("GET / shows what was said last, who is online and how to connect, as text", async () => {
  const ana = await TestClient.join(`${server.socketUrl}?username=Ana`);
  ana.send({ type: "chat", id: "1", message: "hello <b>Bia</b>\nand all" });
  await ana.next(({ type }) => type === "ack");
  const html = (await ask(`${server.url}/`)).body.toString();
  const shown = html.slice(0, html.indexOf("<script"));
  assert.match(shown, /hello &lt;b(?:>|&gt;)Bia&lt;\/b(?:>|&gt;)\nand all/);
  assert.match(shown, /class="person"[^]*>Ana<\/bdi>/);
  assert.match(shown, new RegExp(`ws://127\\.0\\.0\\.1:${server.port}/api/ws`));
  await ana.close();
});

Deno.test("GET / is no larger than a room of long texts full of addresses should make it", async () => {
  const ana = await TestClient.join(`${server.socketUrl}?username=Ana`);
  for (let count = 0; count < 12; count++) {
    ana.send({ type: "chat", id: `${count}`, message: "http://0 ".repeat(450) });
  }
  await ana.next((message) => message.type === "ack" && message.id === "11");
  const { body } = await ask(`${server.url}/`);
  assert.ok(body.length < 100_000, `${body.length} bytes`);
  await ana.close();
});

Deno.test("GET / shows the first hundred people as the page sorts them, and how many more there are", async () => {
  const crowded = await startServer({ CONNECTS_PER_SECOND_PER_ADDRESS: "0" });
  const clients = await Promise.all(
    Array.from(
      { length: 102 },
      (_, n) => TestClient.join(`${crowded.socketUrl}?username=Person%20${n + 1}`),
    ),
  );
  const html = (await ask(`${crowded.url}/`)).body.toString();
  const names = [...html.matchAll(/>(Person \d+)<\/bdi>/g)].map(([, name]) => name);
  assert.deepEqual(names, Array.from({ length: 100 }, (_, n) => `Person ${n + 1}`));
  assert.match(html, />2 more</);
  await Promise.all(clients.map((client) => client.close()));
  await crowded.stop();
});

Deno.test("Everything that the page names comes from here, travels compressed and is kept for a year", async () => {
  const encodings = { "accept-encoding": "gzip, deflate, br" };
  const page = await ask(`${server.url}/`);
  assert.equal((await ask(`${server.url}/`, encodings)).headers["content-encoding"], "br");
  const parts = partsOf(page);
  assert.ok(parts.some((part) => part.endsWith(".js")) && parts.length >= 5, String(parts));
  for (const part of parts) {
    assert.match(part, /^\/[^/]/);
    if (part === "/manifest.webmanifest") continue;
    const { status, headers } = await ask(server.url + part, encodings);
    assert.equal(status, 200, part);
    assert.equal(headers["cache-control"], "public, max-age=31536000, immutable", part);
    assert.ok(headers.etag, part);
    if (headers["content-type"] !== "image/png") {
      assert.equal(headers["content-encoding"], "br", part);
      assert.match(String(headers.vary), /accept-encoding/i, part);
    }
    const again = await ask(server.url + part, { ...encodings, "if-none-match": headers.etag });
    assert.deepEqual([again.status, again.body.length], [304, 0], part);
    // A cache takes it over from there.
    assert.match(String(again.headers.vary), /accept-encoding/i, part);
  }
  for (
    const [accepted, encoding] of [
      ["identity", undefined],
      ["br;q=0, gzip;q=0.5", "gzip"],
      ["BR; q=1", "br"],
      ["zstd, *;q=0.1", undefined],
    ] as const
  ) {
    // Twice, for the second time it comes from what is kept.
    for (let time = 0; time < 2; time++) {
      const { headers, body } = await ask(`${server.url}/styles.css`, {
        "accept-encoding": accepted,
      });
      assert.equal(headers["content-encoding"], encoding, accepted);
      assert.deepEqual(decode(body, encoding), await Deno.readFile(new URL("styles.css", BUILT)));
    }
  }
});

Deno.test("What a page of another build asks for is not kept for a year", async () => {
  const { status, headers } = await ask(`${server.url}/styles.css?__frsh_c=another`);
  assert.deepEqual([status, headers.location], [307, "/styles.css"]);
  const current = await ask(`${server.url}/styles.css`);
  assert.match(String(current.headers["cache-control"]), /no-cache/);
});

/** The scripts of a page: what its header announces, which is all that its islands import. */
async function scriptsOf(path: string): Promise<string[]> {
  const scripts = partsOf(await ask(server.url + path)).filter((part) => part.endsWith(".js"));
  assert.ok(scripts.length >= 3, path);
  return [...new Set(scripts)];
}

Deno.test("All JavaScript of the room is at most 60 KB by either encoding, that of /docs is its own", async () => {
  const room = await scriptsOf("/");
  const scripts = [...room, "/sw.js", "/offline.js"];
  for (const encoding of ["gzip", "br"]) {
    let bytes = 0;
    for (const script of scripts) {
      const { headers, body } = await ask(server.url + script, { "accept-encoding": encoding });
      assert.equal(headers["content-encoding"], encoding, script);
      bytes += body.length;
    }
    assert.ok(bytes <= SCRIPT_BYTES, `${bytes} bytes of JavaScript by ${encoding}`);
  }
  for (const script of room) {
    // Of the dashboard, which draws with uPlot, it has nothing either.
    assert.doesNotMatch(String((await ask(server.url + script)).body), /u-wrap|api\/admin/, script);
  }
  const docs = await scriptsOf("/docs");
  const own = docs.filter((script) => !room.includes(script));
  assert.ok(own.length === 1 && own.every((script) => /\/Docs-/.test(script)), String(own));
});

Deno.test("No JavaScript for the browser has anything of the server in it", async () => {
  const built = [...Deno.readDirSync(new URL("_fresh/js/", BUILT))]
    .map(({ name }) => `/_fresh/js/${name}`);
  for (const script of [...built, "/sw.js", "/offline.js"]) {
    const code = await Deno.readTextFile(new URL(`.${script}`, BUILT));
    assert.doesNotMatch(code, /ZodError|pglite|"node:/, script);
  }
});

Deno.test("The manifest tells a browser how to install Pulso, in the reader's language", async () => {
  const asked = await ask(`${server.url}/manifest.webmanifest`, {
    cookie: "pulso.language=pt-BR",
  });
  assert.equal(asked.headers["content-type"], "application/manifest+json");
  const manifest = JSON.parse(asked.body.toString());
  const { id, start_url, scope, display, name, lang } = manifest;
  assert.deepEqual([id, start_url, scope, display, name], ["/", "/", "/", "standalone", "Pulso"]);
  assert.equal(lang, "pt-BR");
  assert.match(manifest.description, /sala/);
  const icons = manifest.icons as { src: string; sizes: string; purpose: string }[];
  assert.deepEqual(icons.map(({ sizes, purpose }) => `${sizes} ${purpose}`), [
    "192x192 any",
    "512x512 any",
    "512x512 maskable",
  ]);
  for (const { src, sizes } of [...icons, { src: "/apple-touch-icon.png", sizes: "180x180" }]) {
    const { headers, body } = await ask(server.url + src);
    assert.equal(headers["content-type"], "image/png", src);
    // The width and the height of a PNG stand at these places.
    assert.equal(`${body.readUInt32BE(16)}x${body.readUInt32BE(20)}`, sizes, src);
  }
});

Deno.test("The offline page holds every language and its own files alone; its worker is never an old one", async () => {
  const offline = await ask(`${server.url}/offline`);
  const html = offline.body.toString();
  assert.match(html, /<div lang="en">.*Pulso cannot be reached/);
  assert.match(html, /<div lang="pt-BR">.*Não foi possível alcançar o Pulso/);
  assert.doesNotMatch(html, /<script(?![^>]* src=)/);
  const worker = await ask(`${server.url}/sw.js`);
  assert.match(String(worker.headers["content-type"]), /^text\/javascript/);
  assert.match(String(worker.headers["cache-control"]), /no-cache/);
  const kept = [...worker.body.toString().matchAll(/"(\/[\w.]+)"/g)].map(([, path]) => path);
  for (const part of partsOf(offline)) {
    const { pathname } = new URL(part, server.url);
    const isForLater = /manifest|touch-icon/.test(pathname);
    assert.ok(isForLater || kept.includes(pathname), `${pathname} is not kept`);
  }
});
