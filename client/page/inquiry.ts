/**
 * Why no connection comes about. A browser hides from its page the HTTP status of an upgrade that is refused; after two
 * attempts without a welcome the page asks by plain requests.
 *
 * Invariant: it asks at most once in {@linkcode PAUSE_MS}, but for one guess that is asked about twice, and never while
 * nobody is looking or there is no network.
 *
 * @see docs/PROTOCOL.md, section 1
 * @module
 */

import { type ReadonlySignal, signal } from "@preact/signals";
import type { ConnectionState } from "../connection.ts";
import type { RoomSurroundings } from "./browser.ts";

/**
 * What keeps the page out: the HTTP status that an upgrade gets, or that the server is there and well and still no upgrade
 * comes about, be it for this page's origin or for a proxy that passes none on.
 */
export type Barrier = "origin" | 421 | 429 | 503;

/** What an inquiry may find out. */
type Finding = Barrier | 401 | undefined;

const ATTEMPTS = 2;
/** The pause between two inquiries, in ms. */
export const PAUSE_MS = 10_000;

/** What {@linkcode Inquiry} takes. */
export interface InquiryOptions {
  readonly surroundings: Pick<RoomSurroundings, "now" | "probe">;
  readonly mayAsk: () => boolean;
  /** The server asks for a token, or for another one: no attempt will do without. */
  readonly unauthorized: () => void;
}

/** The state of the inquiry. */
export class Inquiry {
  readonly #options: InquiryOptions;
  readonly #found = signal<Barrier | undefined>(undefined);
  #failures = 0;
  #askedAt = -Infinity;
  #round = 0;
  /** How many inquiries in a row found a server that upgrades. */
  #wellCount = 0;

  constructor(options: InquiryOptions) {
    this.#options = options;
  }

  /** What keeps the page out, where that has been found out. */
  get found(): ReadonlySignal<Barrier | undefined> {
    return this.#found;
  }

  /** Takes where the connection stands. */
  entered(state: ConnectionState): void {
    if (state.phase === "connecting") return;
    if (state.phase === "waiting" && state.code === 1006) {
      if (++this.#failures >= ATTEMPTS) this.#ask();
      return;
    }
    // There is a connection, none is wanted, or the server has said why not. What is lost now is no failed attempt yet.
    this.#failures = state.phase === "online" ? -1 : 0;
    this.#wellCount = 0;
    this.#round++;
    this.#found.value = undefined;
  }

  #ask(): void {
    const now = this.#options.surroundings.now();
    // A server that is well may have come back only after the attempt had failed: the next failure tells.
    const pauseMs = this.#wellCount === 1 ? 0 : PAUSE_MS;
    if (now - this.#askedAt < pauseMs || !this.#options.mayAsk()) return;
    this.#askedAt = now;
    const round = ++this.#round;
    this.#findOut().then((barrier) => {
      if (round !== this.#round) return;
      if (barrier === 401) return this.#options.unauthorized();
      this.#wellCount = barrier === "origin" ? this.#wellCount + 1 : 0;
      this.#found.value = this.#wellCount === 1 ? undefined : barrier;
    });
  }

  async #findOut(): Promise<Finding> {
    const { probe } = this.#options.surroundings;
    const ready = await probe("/ready");
    if (ready === 0) return undefined;
    return barrierOf(ready) ?? barrierOf(await probe("/api/ws"));
  }
}

function barrierOf(status: number): Finding {
  switch (status) {
    case 401:
    case 421:
    case 429:
      return status;
    // As a proxy answers whose server is away.
    case 502:
    case 503:
    case 504:
      return 503;
    case 426:
      return "origin";
    default:
      return undefined;
  }
}
