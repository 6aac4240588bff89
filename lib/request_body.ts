/**
 * The body of an HTTP request, of which no more is read than is allowed, and for no longer.
 *
 * @module
 */

import { systemTime, type Time } from "./clock.ts";
import type { Problem } from "./problem.ts";
import type { Result } from "./result.ts";

/** How long a body may take in all: as long as the ready-made proxies (deploy/) give to the headers. */
const BODY_MS = 10_000;

/** What {@linkcode readBody} takes. */
export interface BodyLimits {
  /** In bytes. */
  readonly most: number;
  readonly time?: Pick<Time, "after"> | undefined;
}

/** Reads a body as text in UTF-8. Of one that is too large or too slow the rest is not read. Never throws. */
export async function readBody(
  { headers, body }: Pick<Request, "headers" | "body">,
  { most, time = systemTime }: BodyLimits,
): Promise<Result<string, Problem>> {
  const tooLarge = { status: 413, detail: `a body has at most ${most} bytes` };
  if (Number(headers.get("content-length") ?? 0) > most) return { ok: false, error: tooLarge };
  if (body === null) return { ok: true, value: "" };
  const reader = body.getReader();
  let isLate = false;
  const stop = time.after(BODY_MS, () => {
    isLate = true;
    abandon(reader);
  });
  try {
    const bytes = await readUpTo(most, reader);
    if (isLate) {
      return { ok: false, error: { status: 408, detail: `a body takes at most ${BODY_MS} ms` } };
    }
    return bytes === undefined ? { ok: false, error: tooLarge } : decode(bytes);
  } catch {
    return { ok: false, error: { status: 400, detail: "the body broke off" } };
  } finally {
    stop();
  }
}

function decode(bytes: ArrayBuffer): Result<string, Problem> {
  try {
    return { ok: true, value: new TextDecoder("utf-8", { fatal: true }).decode(bytes) };
  } catch {
    return { ok: false, error: { status: 400, detail: "the body is not UTF-8" } };
  }
}

type BodyReader = ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>;

async function readUpTo(most: number, reader: BodyReader): Promise<ArrayBuffer | undefined> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return await new Blob(parts).arrayBuffer();
    length += value.length;
    if (length > most) {
      abandon(reader);
      return undefined;
    }
    parts.push(value);
  }
}

/** Reads no more; what is being waited for ends at once. */
function abandon(reader: BodyReader): void {
  reader.cancel().catch(() => {});
}
