/**
 * The one error that carries a status.
 *
 * Here: `HttpError` and the answer that an error becomes when no error page takes it.
 * Not here: who catches errors (segments.ts, app.ts).
 * Invariant: what an unexpected error says stays in the log and never reaches the client.
 *
 * @module
 */
import { STATUS_CODES } from "node:http";

/** The statuses that an error may have. */
// deno-fmt-ignore -- one line for the client's errors, one for the server's
export type ErrorStatus =
  | 400 | 401 | 402 | 403 | 404 | 405 | 406 | 407 | 408 | 409 | 410 | 411 | 412 | 413 | 414 | 415
  | 416 | 417 | 418 | 421 | 422 | 423 | 424 | 425 | 426 | 428 | 429 | 431 | 451
  | 500 | 501 | 502 | 503 | 504 | 505 | 506 | 507 | 508 | 510 | 511;

/**
 * Throw it to answer with an HTTP status: `throw new HttpError(404)`.
 *
 * @see https://fresh.deno.dev/docs/advanced/error-handling
 */
export class HttpError extends Error {
  override readonly name = "HttpError";
  /** The HTTP status code. */
  readonly status: ErrorStatus;

  /** @param message is shown to the client; the default answer's is the name of the status. */
  constructor(status: ErrorStatus, message?: string, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
  }
}

/** The status that an error stands for: an `HttpError`'s own, else 500. Never throws. */
export function statusOf(error: unknown): ErrorStatus {
  return error instanceof HttpError ? error.status : 500;
}

/**
 * The answer to an error that no error page took. Logs what the operator must see: everything but
 * an `HttpError` below 500. Never throws.
 */
export function defaultErrorResponse(error: unknown): Response {
  // deno-lint-ignore no-console -- Fresh's own channel for errors that nobody handled
  if (statusOf(error) >= 500) console.error(error);
  if (!(error instanceof HttpError)) {
    return new Response("Internal server error", { status: 500 });
  }
  const text = error.message || (STATUS_CODES[error.status] ?? null);
  return new Response(text, { status: error.status });
}
