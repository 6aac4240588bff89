/**
 * The socket of the dashboard: opened with a token, opened again after every loss, until the token is refused or forgotten.
 *
 * Invariant: the token goes nowhere but into the first frame.
 *
 * @module
 */

import type { DashboardMessage, ToDashboard } from "../../lib/admin_message.ts";
import type { Surroundings } from "../surroundings.ts";
import { backoffMs } from "../timing.ts";

/** Something comes each second: who has heard nothing for so long is cut off. */
const SILENT_MS = 5000;

/** Where the link stands. */
export type LinkState =
  | { readonly phase: "closed"; readonly isRefused: boolean }
  | { readonly phase: "connecting" }
  | { readonly phase: "open" }
  | { readonly phase: "waiting"; readonly retryAt: number };

/** What {@linkcode Link} takes. */
export interface LinkOptions {
  readonly surroundings: Surroundings;
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
  #failures = 0;
  #cancelTimer: () => void = () => {};

  constructor(options: LinkOptions) {
    this.#options = options;
  }

  /** Opens it with a token, at once. */
  open(url: string, token: string): void {
    this.#url = url;
    this.#token = token;
    this.#failures = 0;
    this.#connect();
  }

  /** Closes it, and forgets the token. */
  close(): void {
    this.#drop();
    this.#token = "";
    this.#enter({ phase: "closed", isRefused: false });
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
    const socket = this.#socket = this.#options.surroundings.createSocket(this.#url);
    socket.onopen = () => socket.send(JSON.stringify({ type: "auth", token: this.#token }));
    socket.onmessage = ({ data }) => this.#hear(String(data));
    socket.onclose = () => this.#lost();
    this.#expect();
    this.#enter({ phase: "connecting" });
  }

  #hear(text: string): void {
    const message: ToDashboard = JSON.parse(text);
    this.#expect();
    if (message.type === "refused") {
      this.close();
      this.#enter({ phase: "closed", isRefused: true });
    } else {
      if (message.type === "open") {
        this.#failures = 0;
        this.#enter({ phase: "open" });
      }
      this.#options.heard(message);
    }
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
    this.#cancelTimer();
    const socket = this.#socket;
    this.#socket = undefined;
    if (socket === undefined) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }
}
