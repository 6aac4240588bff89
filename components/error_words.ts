/**
 * What each error code of the server means to the person, and what to do. Pure.
 *
 * @see docs/PROTOCOL.md, section 7
 * @module
 */

import type { Language } from "../client/page/language.ts";
import type { ErrorCode } from "../lib/protocol.ts";

/** What the words need besides the code. */
export interface ErrorValues {
  readonly language: Language;
  /** The longest message. */
  readonly messageLength: number;
  /** The largest n. */
  readonly fibonacciInput: number;
}

/** The words for an error code. */
export function describeError(code: ErrorCode, values: ErrorValues): string {
  const { language, messageLength, fibonacciInput } = values;
  switch (code) {
    case "invalid_json":
    case "invalid_message":
    case "unknown_type":
      return language.text("e_invalid");
    case "message_too_long":
      return language.text("e_message_too_long", { max: messageLength });
    case "rate_limited":
      return language.text("e_rate_limited");
    case "fibonacci_out_of_range":
      return language.text("fib_out", { max: fibonacciInput });
    case "busy":
      return language.text("e_busy");
    case "username_taken":
    case "username_invalid":
      return language.text("b_invalid");
    case "unauthorized":
      return language.text("c4001");
    case "unavailable":
      return language.text("e_unavailable");
    // "internal", and what only a later version of the server says.
    default:
      return language.text("e_internal");
  }
}
