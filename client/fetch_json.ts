/**
 * JSON over HTTP, for the page and the console client.
 *
 * @module
 */

const ANSWERS_WITHIN_MS = 10_000;

/** The header by which a token is shown, where there is one. */
export function bearing(token: string | undefined): Record<string, string> {
  return token === undefined ? {} : { authorization: `Bearer ${token}` };
}

/**
 * Fetches JSON; the value is to be checked.
 *
 * @throws {Error} If there is no answer within 10 s, or it is not one of success.
 */
export async function fetchJson(address: string, token?: string): Promise<unknown> {
  const signal = AbortSignal.timeout(ANSWERS_WITHIN_MS);
  const response = await fetch(address, { signal, headers: bearing(token) });
  if (!response.ok) {
    await response.body?.cancel();
    throw new Error(
      `Could not fetch ${address}: the server answered with status ${response.status}`,
    );
  }
  return await response.json();
}
