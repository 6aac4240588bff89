/**
 * The key or token that a request bears, and what is answered where it is not the right one. Pure.
 *
 * Invariant: how long a comparison takes says nothing of what it compares with.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6750
 * @module
 */

import { createHash, timingSafeEqual } from "node:crypto";
import type { Problem } from "./problem.ts";

/** What stands behind `Authorization: Bearer`; `undefined` where there is no such header. */
export function bearerOf(headers: Headers): string | undefined {
  return /^bearer +(\S+) *$/i.exec(headers.get("authorization") ?? "")?.[1];
}

/**
 * Whether a request may pass that has to bear a fixed key.
 *
 * @param key The right one.
 * @returns The problem (401), or `undefined`.
 */
export function checkBearer(headers: Headers, key: string): Problem | undefined {
  return checkKey(bearerOf(headers), key);
}

/**
 * Whether what was given is a fixed key.
 *
 * @param given `undefined` for nothing.
 * @returns The problem (401), or `undefined`.
 */
export function checkKey(given: string | undefined, key: string): Problem | undefined {
  if (given === undefined) return unauthorized("this needs Authorization: Bearer and the key");
  return isSame(given, key) ? undefined : unauthorized("this is not the key", "invalid_token");
}

/**
 * Whether two texts are the same.
 *
 * @param given Anything that anybody has sent.
 */
export function isSame(given: string, key: string): boolean {
  // Of hashes, since the comparison wants the same length, which would be told too.
  const hash = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(hash(given), hash(key));
}

/**
 * The answer to whoever is not known.
 *
 * @param error `invalid_token` where something was given that is not right.
 */
export function unauthorized(detail: string, error?: "invalid_token"): Problem {
  const challenge = `Bearer realm="pulso"${error === undefined ? "" : `, error="${error}"`}`;
  return { status: 401, detail, headers: { "www-authenticate": challenge } };
}
