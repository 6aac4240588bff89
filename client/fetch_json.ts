/**
 * JSON over HTTP, for the page and the console client.
 *
 * @module
 */

const ANSWERS_WITHIN_MS = 10_000;

/**
 * Fetches JSON; the value is to be checked.
 *
 * @throws {Error} If there is no answer within 10 s, or it is not one of success.
 */
export async function fetchJson(address: string): Promise<unknown> {
  const response = await fetch(address, { signal: AbortSignal.timeout(ANSWERS_WITHIN_MS) });
  if (!response.ok) {
    await response.body?.cancel();
    throw new Error(
      `Could not fetch ${address}: the server answered with status ${response.status}`,
    );
  }
  return await response.json();
}
