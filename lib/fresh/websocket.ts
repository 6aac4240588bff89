/**
 * From a request to a WebSocket.
 *
 * Here: the upgrade and the managed mode's events. Not here: which call means which mode
 * (context.ts).
 * Invariant: a request that does not ask for a WebSocket is answered 400.
 *
 * @module
 * @see https://fresh.deno.dev/docs/advanced/websockets
 */
import { HttpError } from "./http_error.ts";

/** What may happen on a socket in the managed mode. */
export interface WebSocketHandlers {
  open?(socket: WebSocket): void;
  message?(socket: WebSocket, event: MessageEvent): void;
  close?(socket: WebSocket, code: number, reason: string): void;
  error?(socket: WebSocket, event: Event | ErrorEvent): void;
}

/** Options of `Deno.upgradeWebSocket()`. */
export interface WebSocketUpgradeOptions {
  /** Seconds without a pong after which the socket is closed. Default: 120. */
  idleTimeout?: number;
  /** The sub-protocol to agree on. */
  protocol?: string;
}

/** @throws {HttpError} If the request does not ask for a WebSocket (400). */
export function upgradeRequest(
  request: Request,
  options: WebSocketUpgradeOptions = {},
): { socket: WebSocket; response: Response } {
  if (request.headers.get("upgrade")?.toLowerCase() !== "websocket") {
    throw new HttpError(400, "Expected a WebSocket upgrade request");
  }
  return Deno.upgradeWebSocket(request, options);
}

/** Calls the handlers when their events come. */
export function runHandlers(socket: WebSocket, handlers: WebSocketHandlers): void {
  socket.addEventListener("open", () => handlers.open?.(socket));
  socket.addEventListener("message", (event) => handlers.message?.(socket, event));
  socket.addEventListener("close", ({ code, reason }) => handlers.close?.(socket, code, reason));
  socket.addEventListener("error", (event) => handlers.error?.(socket, event));
}
