/**
 * The address of a server, as people give it, and with what is asked of it. Pure.
 *
 * @module
 */

/**
 * The address of the socket for an address as people give it: http and https become ws and wss, a missing scheme `ws`,
 * and `/api/ws` is added where there is no path.
 *
 * @throws {TypeError} If it is no address of one of these schemes.
 */
export function socketAddress(address: string): string {
  const url = new URL(/^[a-z]+:\/\//i.test(address) ? address : `ws://${address}`);
  if (url.protocol === "http:") url.protocol = "ws:";
  if (url.protocol === "https:") url.protocol = "wss:";
  if (url.protocol !== "ws:" && url.protocol !== "wss:") {
    throw new TypeError(
      `Could not use the address: its scheme is not http, https, ws or wss: ${address}`,
    );
  }
  if (url.pathname === "/") url.pathname = "/api/ws";
  return url.href;
}

/** An address with parameters beside those that it has; none for a value that is `undefined`. */
export function withParameters(
  address: string,
  parameters: Readonly<Record<string, string | number | undefined>>,
): string {
  const url = new URL(address);
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined) url.searchParams.set(name, `${value}`);
  }
  return url.href;
}
