/**
 * The page where the server is not to be had, in a real browser: the page that stands in for it, and a server that refuses
 * the page because of where it comes from.
 *
 * @module
 */

import assert from "node:assert/strict";
import { languageOf } from "../client/page/language.ts";
import { untilStanding } from "./browser.ts";
import { untilShown } from "./scenes.ts";
import { chooseTheme, onStage, type Stage } from "./stage.ts";

onStage(
  "Page: opened while the server is away it says so in the reader's language, and comes back by itself",
  async ({ open, server, start }) => {
    const language = languageOf("pt-BR");
    const { page } = await open({
      name: "Ana",
      locale: "pt-BR",
      prepare: (page) => page.clock.install(),
    });
    await untilStanding(page, language.text("connected"));
    await page.evaluate(() => navigator.serviceWorker.ready);
    await server.stop("SIGTERM", "keep the folder");
    await page.reload();
    await untilShown({ page, language }, "offline_page");
    await start({ PORT: String(server.port), DATA_DIR: server.folder });
    await page.clock.fastForward(5000);
    await untilStanding(page, language.text("connected"));
  },
  {},
);

/** A proxy that says to the server that the page was asked for there, as one does that has not been told better. */
class NaiveProxy implements AsyncDisposable {
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  /** Whether it cannot reach the server. */
  isCutOff = false;

  constructor(upstream: string) {
    this.#server = Deno.serve(
      { port: 0, hostname: "127.0.0.1", onListen: () => {} },
      async (request) => {
        if (this.isCutOff) return new Response("Bad Gateway", { status: 502 });
        const { pathname, search, host } = new URL(request.url);
        // The browser's Origin goes on, its Host does not: this is what the server refuses.
        const origin = request.headers.get("upgrade") === null ? undefined : `http://${host}`;
        const headers = new Headers(request.headers);
        headers.delete("host");
        if (origin === undefined) return await fetch(upstream + pathname + search, { headers });
        return await knock(upstream, { path: pathname + search, origin });
      },
    );
  }

  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}

/** Asks for a socket by hand; returns the refusal. */
async function knock(
  upstream: string,
  { path, origin }: { readonly path: string; readonly origin: string },
): Promise<Response> {
  const { hostname, port, host } = new URL(upstream);
  using connection = await Deno.connect({ hostname, port: Number(port) });
  const lines = [
    `GET ${path} HTTP/1.1`,
    `Host: ${host}`,
    `Origin: ${origin}`,
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
  ];
  await connection.write(new TextEncoder().encode(lines.join("\r\n") + "\r\n\r\n"));
  const answer = new Uint8Array(4096);
  const length = await connection.read(answer) ?? 0;
  const status = Number(new TextDecoder().decode(answer.subarray(0, length)).split(" ")[1]);
  return new Response(null, { status });
}

/** A page that was opened through the proxy, and whose socket the server refuses. */
async function visitThrough(proxy: NaiveProxy, { visit }: Pick<Stage, "visit">) {
  const { page } = await visit({ url: proxy.url });
  const actors = { page, language: languageOf("en") };
  await untilShown(actors, "b_origin");
  return actors;
}

onStage(
  "Page: through a proxy that hides its address the server refuses it, and the page says what to change",
  async (stage) => {
    await using proxy = new NaiveProxy(stage.server.url);
    const { page } = await visitThrough(proxy, stage);
    await page.getByText(proxy.url).first().waitFor();
    assert.equal(await page.getByText("ALLOWED_ORIGINS").first().isVisible(), true);
  },
);

onStage(
  "Page: where a proxy says that the server is away, the page that stands in for it comes in the chosen theme",
  async (stage) => {
    await using proxy = new NaiveProxy(stage.server.url);
    const actors = await visitThrough(proxy, stage);
    const { page } = actors;
    await page.evaluate(() => navigator.serviceWorker.ready);
    await chooseTheme(actors, "dark");
    proxy.isCutOff = true;
    await page.reload();
    await untilShown(actors, "offline_page");
    assert.equal(
      await page.evaluate(() => getComputedStyle(document.documentElement).colorScheme),
      "dark",
    );
  },
);
