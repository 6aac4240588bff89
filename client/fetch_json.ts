/**
 * HTTP, for the pages and the console client: JSON, and whether something answers.
 *
 * @module
 */

const ANSWERS_WITHIN_MS = 10_000;
const PROBED_WITHIN_MS = 5000;

/** The header by which a token is shown, where there is one. */
export function bearing(token: string | undefined): Record<string, string> {
  return token === undefined ? {} : { authorization: `Bearer ${token}` };
}

/** With what status an address answers a plain GET now; 0 where it does not within 5 s. */
export async function probe(address: string, token?: string): Promise<number> {
  try {
    const signal = AbortSignal.timeout(PROBED_WITHIN_MS);
    const response = await fetch(address, { signal, cache: "no-store", headers: bearing(token) });
    await response.body?.cancel();
    return response.status;
  } catch {
    return 0;
  }
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
