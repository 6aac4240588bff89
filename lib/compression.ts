/**
 * Compression of the files that never change: of each once for an encoding, as well as it goes, and then kept. Everything
 * else is compressed by Deno as it leaves (`automaticCompression`), which is quick and saves less.
 *
 * Invariant: what is kept is at most every file of the build, and the two of swagger_ui.ts, in every encoding. No request
 * can make it more as long as nothing but those files has an `ETag`; a route that sets one on text that changes would.
 *
 * @module
 */

import type { Middleware } from "fresh";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";

/** The encodings, the best first. */
const ENCODINGS = ["br", "gzip"] as const;
type Encoding = typeof ENCODINGS[number];

/** One step below Brotli's best, which takes ten times as long for a twentieth. */
const BROTLI = { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } };
const GZIP = { level: 9 };

const COMPRESSIBLE = /^(?:text\/|application\/javascript|image\/svg\+xml)/;
const REFUSED = /;\s*q=0(?:\.0*)?\s*$/;

/** A middleware that compresses the static files, which it knows by their `ETag`. */
export function compressFiles<State>(): Middleware<State> {
  const kept = new Map<string, Promise<Uint8Array<ArrayBuffer>>>();
  return async (ctx) => {
    const response = await ctx.next();
    const { body, status } = response;
    const tag = response.headers.get("etag");
    const type = response.headers.get("content-type") ?? "";
    if (tag === null || status !== 304 && !COMPRESSIBLE.test(type)) return response;
    // Also of what goes as it is: a cache takes the headers of a 304 over, and may keep what is not compressed for others.
    response.headers.append("vary", "accept-encoding");
    if (body === null) return response;
    // Not sooner: of a request that became a socket the headers can no longer be read.
    const encoding = acceptedEncoding(ctx.req.headers.get("accept-encoding"));
    if (encoding === undefined) return response;
    const key = `${encoding} ${tag}`;
    let compressing = kept.get(key);
    if (compressing === undefined) {
      // At once, so that of many who ask for it first it is compressed for one.
      compressing = response.bytes().then((bytes) => compress(bytes, encoding));
      kept.set(key, compressing);
      compressing.catch(() => kept.delete(key));
    } else await body.cancel();
    const compressed = await compressing;
    const headers = new Headers(response.headers);
    headers.set("content-encoding", encoding);
    headers.set("content-length", String(compressed.length));
    return new Response(compressed, { status, headers });
  };
}

async function compress(bytes: Uint8Array, encoding: Encoding): Promise<Uint8Array<ArrayBuffer>> {
  const compressed = encoding === "br"
    ? await promisify<Uint8Array, typeof BROTLI, Uint8Array>(brotliCompress)(bytes, BROTLI)
    : await promisify<Uint8Array, typeof GZIP, Uint8Array>(gzip)(bytes, GZIP);
  return Uint8Array.from(compressed);
}

/**
 * The best encoding that a client takes; `undefined` where it names none of ours.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-12.5.3
 */
function acceptedEncoding(header: string | null): Encoding | undefined {
  const accepted = (header ?? "").toLowerCase().split(",")
    .filter((one) => !REFUSED.test(one)).map((one) => one.split(";")[0]?.trim());
  return ENCODINGS.find((encoding) => accepted.includes(encoding));
}
