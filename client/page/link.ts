/**
 * The connection as the page shows it: its state in a word, why it is not well, and what was dismissed.
 *
 * @module
 */

import { computed, type ReadonlySignal, signal } from "@preact/signals";
import type { ServerMessageOf } from "../../lib/protocol.ts";
import { type Banner, chooseBanner } from "./banner.ts";
import type { ConnectionState } from "../connection.ts";

/** The state of the connection in a word; each has its own colour and shape. */
export type Standing =
  | "connected"
  | "degraded"
  | "restarting"
  | "connecting"
  | "reconnecting"
  | "offline"
  | "refused"
  | "disconnected";

/** The state of the link. */
export class Link {
  readonly #state = signal<ConnectionState>({ phase: "connecting", again: false });
  readonly #name = signal<string | undefined>(undefined);
  readonly #status = signal<ServerMessageOf<"status"> | undefined>(undefined);
  readonly #lostBy = signal<number | undefined>(undefined);
  readonly #dismissed = signal<Banner["kind"] | undefined>(undefined);

  /** Whether this device has no network. */
  readonly isOffline = signal(false);
  /** Whether the name is being changed. */
  readonly isRenaming = signal(false);

  /** The one banner, if any. */
  readonly banner: ReadonlySignal<Banner | undefined> = computed(() =>
    chooseBanner({
      state: this.#state.value,
      lostBy: this.#lostBy.value,
      status: this.#status.value,
      isOffline: this.isOffline.value,
      isRenaming: this.isRenaming.value,
      dismissed: this.#dismissed.value,
    })
  );

  /** The state in a word. */
  readonly standing: ReadonlySignal<Standing> = computed(() => {
    const { phase } = this.#state.value;
    if (phase === "idle") return "disconnected";
    if (phase === "refused") return "refused";
    if (phase === "online") return this.#onlineStanding();
    if (this.isOffline.value) return "offline";
    return this.#lostBy.value === undefined ? "connecting" : "reconnecting";
  });

  /** Whether there is a connection now. */
  readonly isOnline: ReadonlySignal<boolean> = computed(() => this.#state.value.phase === "online");

  /** Whether what is said now will go out by itself: there is a connection, or there will be. */
  readonly carries: ReadonlySignal<boolean> = computed(() => {
    const { phase } = this.#state.value;
    return phase !== "idle" && phase !== "refused";
  });

  /** Whether ticks are to be expected: there is a connection, or there was one until it was lost. */
  readonly expectsTicks: ReadonlySignal<boolean> = computed(() =>
    this.carries.value && (this.isOnline.value || this.#lostBy.value !== undefined)
  );

  /** Whether the last word from the server is that the list of people may be out of date. */
  readonly isDatabaseDown: ReadonlySignal<boolean> = computed(() =>
    this.#status.value?.database === "down"
  );

  /** One's name: the wished one, or the one that the server gave. */
  get name(): ReadonlySignal<string | undefined> {
    return this.#name;
  }

  /** Takes the wished name. */
  wish(name: string | undefined): void {
    this.#name.value = name;
    this.isRenaming.value = false;
  }

  /** Takes where the connection stands. */
  entered(state: ConnectionState): void {
    this.#state.value = state;
    if (state.phase === "waiting") this.#lostBy.value = state.code;
    else if (state.phase !== "connecting") this.#lostBy.value = undefined;
    // The server says how it is when that changes: of a new connection nothing is known yet.
    if (state.phase !== "online") this.#status.value = undefined;
    else this.#name.value = state.welcome.username;
  }

  /** Takes how the server is. */
  told(status: ServerMessageOf<"status">): void {
    this.#status.value = status;
    this.#dismissed.value = undefined;
  }

  /** Puts the banner away until the next news. */
  dismiss(): void {
    this.#dismissed.value = this.banner.value?.kind;
    this.isRenaming.value = false;
  }

  #onlineStanding(): Standing {
    const status = this.#status.value;
    if (status?.draining) return "restarting";
    const isDegraded = status?.broker === "down" || status?.database === "down";
    return isDegraded ? "degraded" : "connected";
  }
}
