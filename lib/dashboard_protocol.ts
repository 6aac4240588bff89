/**
 * The subprotocols with which a dashboard asks for its socket: they are all that a browser lets a page say in a handshake,
 * beside the URL, which is kept in many places. Pure; page and server share it.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6455#section-1.9
 * @module
 */

/** What is spoken on the socket. */
export const DASHBOARD_PROTOCOL = "pulso.dashboard";

/**
 * What a dashboard offers: what it speaks, then its token, which is never chosen.
 *
 * @param token Letters, digits and . _ ~ + / - =, as ADMIN_TOKEN is.
 */
export function protocolsFor(token: string): [spoken: string, shown: string] {
  // In the name of a subprotocol there is no / and no =.
  return [DASHBOARD_PROTOCOL, `pulso.token.${encodeURIComponent(token)}`];
}
