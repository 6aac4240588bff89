/**
 * How one joins from elsewhere: addresses and commands to copy, for the room's page and for /docs. Pure.
 *
 * Each has a name of its own: a name is kept for a while after whoever had it has gone, and what is tried next would be refused.
 *
 * Invariant: no secret is in them. Where one needs a token, it says the name too, and stands as `TOKEN`: in a shell a variable,
 * in a program a word to be replaced.
 *
 * @module
 */

import { socketAddress } from "./address.ts";

/** A server, for whoever joins. */
export interface Door {
  /** The page's origin: `https://pulso.example`. */
  readonly address: string;
  readonly asksForToken: boolean;
}

/** The token as curl and websocat take it. It is to be the last argument: websocat takes all that follow for headers. */
export const BEARER = '-H "Authorization: Bearer $TOKEN"';

/**
 * The address of the socket for a program. It has the token in it, since a browser's socket takes no headers.
 *
 * @param username Of whoever joins where no token says it; without one it is a guest.
 */
export function socketFor({ address, asksForToken }: Door, username?: string): string {
  const name = username === undefined ? "" : `?username=${username}`;
  return `${socketAddress(address)}${asksForToken ? "?token=TOKEN" : name}`;
}

/** How to join by websocat: with bare texts, or with every message. */
export function websocatFor(
  { address, asksForToken }: Door,
  format: "text" | "json" = "text",
): string {
  const parameters = [
    ...format === "text" ? ["format=text"] : [],
    ...asksForToken ? [] : [`username=ana-${format}`],
  ];
  const query = parameters.length === 0 ? "" : `?${parameters.join("&")}`;
  return `websocat "${socketAddress(address)}${query}"${asksForToken ? ` ${BEARER}` : ""}`;
}
