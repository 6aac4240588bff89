/**
 * Which nonce a rendered response was given.
 *
 * Here: the way of a nonce from the renderer to the `csp()` middleware. Not here: the policy
 * (csp.ts).
 * Invariant: a nonce belongs to one response and never leaves in a header of its own.
 *
 * @module
 */
const nonces = new WeakMap<Response, string>();

/** Notes the nonce that the inline scripts and styles of a response carry. */
export function rememberNonce(response: Response, nonce: string): void {
  nonces.set(response, nonce);
}

/** The nonce of a rendered response; undefined for any other, copies included. */
export function nonceOf(response: Response): string | undefined {
  return nonces.get(response);
}
