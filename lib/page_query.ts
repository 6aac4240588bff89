/**
 * The parameters of queries that are numbers.
 *
 * @module
 */

import type { Problem } from "./problem.ts";
import type { Result } from "./result.ts";

/** Reads an offset: a whole number from 0 up, or `undefined`. Never throws. */
export function parseOffset(text: string): number | undefined {
  const offset = Number(text);
  return /^[0-9]{1,16}$/.test(text) && Number.isSafeInteger(offset) ? offset : undefined;
}

/** The longest page, and what is given to whoever does not say. */
export const LIMIT_MOST = 1000;
export const LIMIT_DEFAULT = 100;

/**
 * Reads `limit`: a whole number from 1 to {@linkcode LIMIT_MOST}. Never throws.
 */
export function parseLimit(parameters: URLSearchParams): Result<number, Problem> {
  const text = parameters.get("limit") ?? String(LIMIT_DEFAULT);
  const limit = Number(text);
  if (/^[0-9]{1,4}$/.test(text) && limit >= 1 && limit <= LIMIT_MOST) {
    return { ok: true, value: limit };
  }
  const detail = `limit is not a whole number from 1 to ${LIMIT_MOST}`;
  return { ok: false, error: { status: 400, detail } };
}
