/**
 * What a connection is given and what it tells: its states, its listeners, and the session that outlives it.
 *
 * @module
 */

import type { ServerMessage, ServerMessageOf } from "../lib/protocol.ts";
import type { OutgoingChat } from "./outbox.ts";
import type { CaughtUp } from "./position.ts";
import type { Surroundings } from "./surroundings.ts";

/**
 * Where the connection stands.
 *
 * - `idle`: not connected and not trying, by wish or from the beginning.
 * - `connecting`: an attempt is under way; `again` where there was a connection before.
 * - `online`: welcomed.
 * - `waiting`: the next attempt comes at `retryAt` (ms since the epoch).
 * - `refused`: closed by the server with a code that says not to come back.
 */
export type ConnectionState =
  | { readonly phase: "idle" }
  | { readonly phase: "connecting"; readonly again: boolean }
  | { readonly phase: "online"; readonly welcome: ServerMessageOf<"welcome"> }
  | { readonly phase: "waiting"; readonly retryAt: number; readonly code: number }
  | {
    readonly phase: "refused";
    readonly code: number;
    readonly error: ServerMessageOf<"error"> | undefined;
  };

/** What it takes to come back as the same one after a loss, also from another page or process. */
export interface StoredSession {
  /** The secret of `welcome`. */
  readonly session: string;
  readonly epoch: string;
  /** Up to this offset everything has come by. */
  readonly position: number;
  readonly clientId: string;
  readonly username: string;
}

/** What a connection tells; every listener is optional. */
export interface Listeners {
  readonly state?: (state: ConnectionState) => void;
  /** Every message of the server, with the line as it was received; chats and acks in their order, once each. */
  readonly message?: (message: ServerMessage, line: string) => void;
  /** A chat of one's own is waiting, sent or failed. */
  readonly chat?: (chat: OutgoingChat) => void;
  /**
   * After each welcome that follows a loss or a stored session, once what was said meanwhile has come by; also later, where
   * something does not come and the server does not have it either.
   */
  readonly caughtUp?: (outcome: CaughtUp) => void;
}

/** What {@linkcode Connection} takes. */
export interface ConnectionOptions {
  /** The address of the socket: `ws:` or `wss:`, with the path, without parameters. */
  readonly url: string;
  readonly listeners: Listeners;
  readonly surroundings?: Partial<Surroundings>;
  /** The token of the next attempt, where the server asks for one. */
  readonly token?: () => string | undefined;
  /** Whether a message is what the protocol says; one that is not is as good as none. Without it the server is trusted. */
  readonly isSound?: (message: ServerMessage) => boolean;
}
