/**
 * The address of a server, as people give it. Pure.
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
