/**
 * What is wrong with an HTTP request, as a value and as a response.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9457
 * @module
 */

import { STATUS_CODES } from "node:http";
import type { ProblemBody } from "./http_schemas.ts";

/** A request that is not served, and why. */
export interface Problem {
  readonly status: number;
  /** For people: what is wrong with this request, and what to do. */
  readonly detail: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The response for a problem: `application/problem+json`. */
export function problemResponse({ status, detail, headers = {} }: Problem): Response {
  const body: ProblemBody = {
    type: "about:blank",
    title: STATUS_CODES[status] ?? "Error",
    status,
    detail,
  };
  return new Response(JSON.stringify(body), {
    status,
    headers: {
      ...headers,
      "content-type": "application/problem+json",
      // What answers for a missing route does not come by the middlewares that set these.
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
      "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    },
  });
}
