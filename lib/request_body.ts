/**
 * The body of an HTTP request, of which no more is read than is allowed.
 *
 * @module
 */

import type { Problem } from "./problem.ts";
import type { Result } from "./result.ts";

/**
 * Reads a body as text. Of one that is too large the rest is not read. Never throws.
 *
 * @param most In bytes.
 */
export async function readBody(request: Request, most: number): Promise<Result<string, Problem>> {
  const tooLarge = { status: 413, detail: `a body has at most ${most} bytes` };
  if (Number(request.headers.get("content-length") ?? 0) > most) {
    return { ok: false, error: tooLarge };
  }
  try {
    const text = await readUpTo(most, request.body);
    return text === undefined ? { ok: false, error: tooLarge } : { ok: true, value: text };
  } catch {
    return { ok: false, error: { status: 400, detail: "the body broke off" } };
  }
}

async function readUpTo(
  most: number,
  body: ReadableStream<Uint8Array<ArrayBuffer>> | null,
): Promise<string | undefined> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  for await (const part of body ?? []) {
    length += part.length;
    // Leaving the loop cancels what is still to come.
    if (length > most) return undefined;
    parts.push(part);
  }
  return await new Blob(parts).text();
}
