/**
 * What an operation with an expected failure returns. Exceptions stay for bugs and lost resources.
 *
 * @module
 */

/** The value of what went well, or the error of what did not. */
export type Result<Value, Problem> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly error: Problem };
