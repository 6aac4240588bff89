/**
 * The socket of the dashboard: opened with a token, opened again after every loss, until the token is refused or forgotten.
 *
 * Invariant: the token is in headers alone, never in a URL.
 *
 * @module
 */

import type { DashboardMessage, ToDashboard } from "../../lib/admin_message.ts";
import { protocolsFor } from "../../lib/dashboard_protocol.ts";
import type { Surroundings } from "../surroundings.ts";
import { backoffMs } from "../timing.ts";

/** Something comes each second: who has heard nothing for so long is cut off. */
const SILENT_MS = 5000;

/** What a token can be; anything else is none, and could not be sent. */
const TOKEN = /^[\w.~+/=-]+$/;

/** What the link needs of the browser. */
export interface LinkSurroundings extends Surroundings {
  /** With what status an address answers a plain GET that bears a token; 0 where it does not. */
  readonly probe: (address: string, token: string) => Promise<number>;
}

/** Where the link stands. */
export type LinkState =
  | { readonly phase: "closed"; readonly isRefused: boolean }
  | { readonly phase: "connecting" }
  | { readonly phase: "open" }
  | { readonly phase: "waiting"; readonly retryAt: number };

/** What {@linkcode Link} takes. */
export interface LinkOptions {
  readonly surroundings: LinkSurroundings;
  readonly changed: (state: LinkState) => void;
  readonly heard: (message: ToDashboard) => void;
}

/** One link. */
export class Link {
  readonly #options: LinkOptions;
  #state: LinkState = { phase: "closed", isRefused: false };
  #url = "";
  #token = "";
  #socket: WebSocket | undefined;
  /** Distinguishes the attempts to connect. */
  #attempt = 0;
  #failures = 0;
  #cancelTimer: () => void = () => {};

  constructor(options: LinkOptions) {
    this.#options = options;
  }

  /**
   * Opens it with a token, at once.
   *
   * @param url Of the socket, by http or https.
   */
  open(url: string, token: string): void {
    this.#url = url;
    this.#token = token;
    this.#failures = 0;
    this.#connect();
  }

  /** Closes it, and forgets the token. */
  close(): void {
    this.#end({ isRefused: false });
  }

  /** Tries now instead of at the end of the wait. */
  retryNow(): void {
    if (this.#state.phase === "waiting") this.#connect();
  }

  /** Sends a message; it is lost where the link is not open. */
  send(message: DashboardMessage): void {
    if (this.#state.phase === "open") this.#socket?.send(JSON.stringify(message));
  }

  #enter(state: LinkState): void {
    this.#state = state;
    this.#options.changed(state);
  }

  #connect(): void {
    this.#drop();
    if (!TOKEN.test(this.#token)) return this.#end({ isRefused: true });
    const { createSocket } = this.#options.surroundings;
    const socketUrl = this.#url.replace(/^http/, "ws");
    const socket = this.#socket = createSocket(socketUrl, protocolsFor(this.#token));
    socket.onmessage = ({ data }) => this.#hear(JSON.parse(String(data)));
    socket.onclose = () => this.#ended();
    this.#expect();
    this.#enter({ phase: "connecting" });
  }

  async #ended(): Promise<void> {
    this.#drop();
    if (this.#state.phase === "connecting") {
      // A browser hides from its page why a socket did not open.
      const attempt = this.#attempt;
      const status = await this.#options.surroundings.probe(this.#url, this.#token);
      if (attempt !== this.#attempt) return;
      if (status === 401) return this.#end({ isRefused: true });
    }
    this.#lost();
  }

  #end({ isRefused }: { readonly isRefused: boolean }): void {
    this.#drop();
    this.#token = "";
    this.#enter({ phase: "closed", isRefused });
  }

  #hear(message: ToDashboard): void {
    this.#expect();
    if (message.type === "open") {
      this.#failures = 0;
      this.#enter({ phase: "open" });
    }
    this.#options.heard(message);
  }

  #expect(): void {
    this.#cancelTimer();
    this.#cancelTimer = this.#options.surroundings.after(SILENT_MS, () => this.#lost());
  }

  #lost(): void {
    const { now, after, random } = this.#options.surroundings;
    this.#drop();
    const waitMs = backoffMs(this.#failures++, { random: random() });
    this.#enter({ phase: "waiting", retryAt: now() + waitMs });
    this.#cancelTimer = after(waitMs, () => this.#connect());
  }

  #drop(): void {
    this.#attempt++;
    this.#cancelTimer();
    const socket = this.#socket;
    this.#socket = undefined;
    if (socket === undefined) return;
    socket.onmessage = socket.onclose = null;
    socket.close();
  }
}
