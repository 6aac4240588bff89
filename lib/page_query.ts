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

/**
 * Reads `limit`: a whole number from 1 to 1000, by default 100. Never throws.
 */
export function parseLimit(parameters: URLSearchParams): Result<number, Problem> {
  const text = parameters.get("limit") ?? "100";
  const limit = Number(text);
  if (/^[0-9]{1,4}$/.test(text) && limit >= 1 && limit <= 1000) return { ok: true, value: limit };
  return {
    ok: false,
    error: { status: 400, detail: "limit is not a whole number from 1 to 1000" },
  };
}
