/**
 * The files of Swagger UI, served from our own origin as the package has them.
 *
 * Invariant: a name is looked up in a list and never becomes a path of the disk.
 *
 * @module
 */

import { join } from "node:path";
import absolutePath from "swagger-ui-dist/absolute-path.js";
import swaggerUi from "swagger-ui-dist/package.json" with { type: "json" };

const TYPES: ReadonlyMap<string, string> = new Map([
  ["swagger-ui.css", "text/css; charset=UTF-8"],
  ["swagger-ui-bundle.js", "text/javascript; charset=UTF-8"],
]);
const FOREVER = "public, max-age=31536000, immutable";

/** The addresses of the files; they change with the package's version. */
export const SWAGGER_UI = {
  style: addressOf("swagger-ui.css"),
  script: addressOf("swagger-ui-bundle.js"),
} as const;

function addressOf(name: string): string {
  return `/docs/assets/${name}?v=${swaggerUi.version}`;
}

/** The response with one of the files, `undefined` where there is none of that name. */
export async function swaggerUiResponse(
  name: string,
  headers: Headers,
): Promise<Response | undefined> {
  const type = TYPES.get(name);
  if (type === undefined) return undefined;
  // Of each file another one: by it the compressed ones are kept (compression.ts).
  const tag = `W/"${name}-${swaggerUi.version}"`;
  const answer = { "content-type": type, "cache-control": FOREVER, etag: tag };
  if (headers.get("if-none-match") === tag) {
    return new Response(null, { status: 304, headers: answer });
  }
  const file = await Deno.open(join(absolutePath(), name));
  return new Response(file.readable, { headers: answer });
}
