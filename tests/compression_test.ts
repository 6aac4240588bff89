/**
 * Compression of the static files: what is compressed, by what, and that it is kept.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { Context } from "fresh";
import { gunzipSync } from "node:zlib";
import { compressFiles } from "../lib/compression.ts";

const TEXT = "text ".repeat(200);

/** A middleware before one file, and what it does with the file's body. */
function open(headers: Record<string, string>) {
  const compress = compressFiles();
  const bodies = { read: 0, cancelled: 0 };
  const file = () =>
    new ReadableStream({
      pull(controller) {
        bodies.read++;
        controller.enqueue(new TextEncoder().encode(TEXT));
        controller.close();
      },
      cancel: () => void bodies.cancelled++,
    }, { highWaterMark: 0 });
  const ask = async (accepted: string) => {
    const req = new Request("http://a.example/x", { headers: { "accept-encoding": accepted } });
    const next = () => Promise.resolve(new Response(file(), { headers }));
    return await compress({ req, next } as Context<unknown>);
  };
  return { ask, bodies };
}

const STYLES = { "content-type": "text/css", etag: 'W/"1"' };

Deno.test("compressFiles() compresses a file once, and never reads it again", async () => {
  const { ask, bodies } = open(STYLES);
  for (let time = 0; time < 3; time++) {
    const response = await ask("gzip");
    assert.equal(new TextDecoder().decode(gunzipSync(await response.bytes())), TEXT);
  }
  assert.deepEqual(bodies, { read: 1, cancelled: 2 });
  assert.equal((await ask("br")).headers.get("content-encoding"), "br");
  assert.equal(bodies.read, 2);
});

Deno.test("compressFiles() compresses a file once for all who ask for it first at the same time", async () => {
  const { ask, bodies } = open(STYLES);
  for (const response of await Promise.all([ask("br"), ask("br"), ask("br")])) {
    assert.equal(response.headers.get("content-encoding"), "br");
  }
  assert.deepEqual(bodies, { read: 1, cancelled: 2 });
});

Deno.test("compressFiles() leaves alone what is compressed already, and what has no ETag", async () => {
  for (
    const headers of [
      { "content-type": "image/png", etag: 'W/"1"' },
      { "content-type": "text/html" },
      { etag: 'W/"1"' },
    ]
  ) {
    const response = await open(headers as Record<string, string>).ask("br, gzip");
    assert.deepEqual(
      [response.headers.get("content-encoding"), response.headers.get("vary")],
      [null, null],
    );
    assert.equal(await response.text(), TEXT);
  }
});

for (
  const [accepted, encoding] of [
    ["gzip;q=0.0, br;q=0.000", null],
    ["br;q=0, gzip;q=0.5", "gzip"],
    ["br;q=0.01", "br"],
    ["GZIP , identity", "gzip"],
    ["gzipped", null],
    ["*", null],
  ] as const
) {
  Deno.test(`compressFiles() answers "${accepted}" with ${encoding ?? "what it is"}, and says that others may get another`, async () => {
    const { headers } = await open(STYLES).ask(accepted);
    assert.equal(headers.get("content-encoding"), encoding);
    assert.equal(headers.get("vary"), "accept-encoding");
  });
}
