/**
 * What is checked of a request before it becomes a socket: host, handshake, origin, parameters, address. Pure; nothing
 * here upgrades.
 *
 * @see docs/PROTOCOL.md, section 1
 * @module
 */

import { type BlockList, isIP, isIPv6 } from "node:net";
import { isLoopback } from "./admission.ts";
import { parseOffset } from "./page_query.ts";
import type { Problem } from "./problem.ts";
import { type Format, formatSchema } from "./protocol.ts";
import type { Result } from "./result.ts";
import type { Identity } from "./tokens.ts";

/** What a client asks for when it connects. */
export interface ConnectRequest {
  /** As it was typed; `undefined` for a guest. */
  readonly username: string | undefined;
  readonly format: Format;
  /** Who it is, where that is asked: then the name is this one, whatever was typed. */
  readonly identity?: Identity;
  /** The session of before, and the place in the order up to which it has everything, where it says so. */
  readonly resume?: {
    readonly session: string;
    readonly epoch: string | undefined;
    readonly after: number | undefined;
  };
}

/** What the checks need of the settings. */
export interface HandshakeRules {
  readonly HOST: string;
  readonly ALLOWED_HOSTS?: readonly string[] | undefined;
  readonly ALLOWED_ORIGINS: readonly string[];
}

function refuse(status: number, detail: string, headers?: Record<string, string>) {
  return { ok: false, error: { status, detail, ...(headers && { headers }) } } as const;
}

/**
 * Whether a request came to a host that is served here: a page of another name that resolves to this address (DNS
 * rebinding) did not.
 *
 * @returns The problem, or `undefined`.
 */
export function checkHost(headers: Headers, rules: HandshakeRules): Problem | undefined {
  const anyHostDoes = !isLoopback(rules.HOST) && rules.HOST.toLowerCase() !== "localhost" &&
    rules.ALLOWED_HOSTS === undefined;
  if (anyHostDoes) return undefined;
  const given = headers.get("host") ?? "";
  const host = given.replace(/:\d+$/, "").toLowerCase();
  const isKnown = host === "localhost" || isIP(host.replace(/^\[|\]$/g, "")) !== 0 ||
    rules.ALLOWED_HOSTS?.includes(host);
  if (isKnown) return undefined;
  const detail = `this host is not served here; ALLOWED_HOSTS may name it: ${
    JSON.stringify(given.slice(0, 200))
  }`;
  return { status: 421, detail };
}

/**
 * Checks a handshake and reads its parameters. Deno upgrades what is no proper handshake, so that is checked here too.
 *
 * @param format What `format` is where the request does not say.
 */
export function parseHandshake(
  request: Request,
  rules: HandshakeRules,
  format: Format,
): Result<ConnectRequest, Problem> {
  const { headers } = request;
  if (request.method !== "GET") {
    return refuse(405, "a WebSocket is asked for by GET", { allow: "GET" });
  }
  if (!isUpgrade(headers)) {
    return refuse(426, "this is the address of a WebSocket", {
      upgrade: "websocket",
      connection: "upgrade",
    });
  }
  if (headers.get("sec-websocket-version") !== "13") {
    return refuse(426, "only version 13 of WebSocket is spoken here", {
      upgrade: "websocket",
      connection: "upgrade",
      "sec-websocket-version": "13",
    });
  }
  if (!/^[A-Za-z0-9+/]{22}==$/.test(headers.get("sec-websocket-key") ?? "")) {
    return refuse(400, "sec-websocket-key is not 16 bytes in base64");
  }
  const origin = headers.get("origin");
  if (origin !== null && !isOurs(origin, headers.get("host"), rules)) {
    const named = origin.slice(0, 200);
    return refuse(403, `this origin is not allowed; ALLOWED_ORIGINS may name it: ${named}`);
  }
  return parseParameters(new URL(request.url).searchParams, format);
}

/** Whether a request asks for a WebSocket. */
export function isUpgrade(headers: Headers): boolean {
  return headers.get("upgrade")?.toLowerCase() === "websocket" &&
    /(^|,)\s*upgrade\s*(,|$)/i.test(headers.get("connection") ?? "");
}

// A page that this server sent has the server's host in its origin; the scheme is the business of a proxy before it.
function isOurs(origin: string, host: string | null, rules: HandshakeRules): boolean {
  if (rules.ALLOWED_ORIGINS.includes(origin)) return true;
  const url = URL.parse(origin);
  if (url?.origin !== origin || !/^https?:$/.test(url.protocol)) return false;
  // As a URL, so that an explicit default port makes no difference.
  return url.host === URL.parse(`${url.protocol}//${host}`)?.host;
}

function parseParameters(
  parameters: URLSearchParams,
  fallback: Format,
): Result<ConnectRequest, Problem> {
  const format = formatSchema.safeParse(parameters.get("format") ?? fallback);
  if (!format.success) {
    return refuse(400, `format is not one of ${formatSchema.options.join(", ")}`);
  }
  const written = parameters.get("after");
  const after = written === null ? undefined : parseOffset(written);
  if (written !== null && after === undefined) {
    return refuse(400, "after is not an integer from 0 up");
  }
  const username = parameters.get("username")?.trim() || undefined;
  const session = parameters.get("session");
  const epoch = parameters.get("epoch") ?? undefined;
  const resume = session ? { resume: { session, epoch, after } } : {};
  return { ok: true, value: { username, format: format.data, ...resume } };
}

/** The IP address at the other end of a TCP connection; empty where there is none. */
export function peerOf({ remoteAddr }: Pick<Deno.ServeHandlerInfo, "remoteAddr">): string {
  return "hostname" in remoteAddr ? remoteAddr.hostname : "";
}

/** What {@linkcode pageOrigin} reads of a request. */
export interface PageRequest {
  readonly req: Pick<Request, "headers">;
  readonly url: URL;
  readonly info: Pick<Deno.ServeHandlerInfo, "remoteAddr">;
}

/**
 * The origin of a page as its reader has it: by https where a trusted proxy says so.
 *
 * @param trusted The proxies; `undefined` for none.
 */
export function pageOrigin(
  { req, url, info }: PageRequest,
  trusted: BlockList | undefined,
): string {
  const isSecure = req.headers.get("x-forwarded-proto") === "https" &&
    isAmong(trusted, peerOf(info));
  return isSecure ? url.origin.replace(/^http:/, "https:") : url.origin;
}

function isAmong(trusted: BlockList | undefined, address: string): boolean {
  return trusted?.check(address, isIPv6(address) ? "ipv6" : "ipv4") ?? false;
}

/** The longest address, of an IPv6 one with its zone. */
const ADDRESS_LENGTH = 64;

/**
 * The address that a request came from: the peer's, or where that is a trusted proxy, the rightmost one of
 * `X-Forwarded-For` that is not.
 *
 * @param peer The IP address at the other end of the TCP connection.
 * @param trusted The proxies; `undefined` for none.
 */
export function clientAddress(
  peer: string,
  headers: Headers,
  trusted: BlockList | undefined,
): string {
  const hops = (headers.get("x-forwarded-for") ?? "").split(",").map((hop) => hop.trim());
  let address = peer;
  while (isAmong(trusted, address)) {
    const hop = hops.pop()?.replace(/^\[(.*)\](:\d+)?$|^([^:]+):\d+$/, "$1$3");
    // A zone may be as long as whoever makes it up likes.
    if (hop === undefined || isIP(hop) === 0 || hop.length > ADDRESS_LENGTH) break;
    address = hop;
  }
  return address;
}
