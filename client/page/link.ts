/**
 * The connection as the page shows it: its state in a word, why it is not well, and what was dismissed.
 *
 * @module
 */

import { computed, type ReadonlySignal, signal } from "@preact/signals";
import type { ServerMessageOf } from "../../lib/protocol.ts";
import { type Banner, chooseBanner } from "./banner.ts";
import type { ConnectionState } from "../connection.ts";
import type { Barrier } from "./inquiry.ts";
import type { Pass } from "./pass.ts";
import { namedWaitMs } from "../timing.ts";

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

/** A banner that comes and goes faster is not read. */
const LIMITED_LEAST_MS = 1000;
/** For so long it is told that nothing was missed. */
const CAUGHT_UP_TOLD_MS = 10_000;

/** The state of the link. */
export class Link {
  readonly #barrier: ReadonlySignal<Barrier | undefined>;
  readonly #pass: Pick<Pass, "isNeeded" | "wanted">;
  readonly #state = signal<ConnectionState>({ phase: "connecting", again: false });
  readonly #name = signal<string | undefined>(undefined);
  readonly #status = signal<ServerMessageOf<"status"> | undefined>(undefined);
  readonly #lostBy = signal<number | undefined>(undefined);
  readonly #wasOnline = signal(false);
  readonly #formerName = signal<string | undefined>(undefined);
  readonly #wanted = signal<string | undefined>(undefined);
  readonly #missedMs = signal<number | undefined>(undefined);
  readonly #caughtUp = signal<Extract<Banner, { kind: "caught_up" }> | undefined>(undefined);
  readonly #limitedUntil = signal<number | undefined>(undefined);
  readonly #isDatabaseDismissed = signal(false);
  /** When something was heard last of the connection that was lost; `undefined` where it was given up by wish. */
  #lostAt: number | undefined;
  /** For how long there was none before the present one; `undefined` where none was lost. */
  #awayMs: number | undefined;
  #caughtUpAt = 0;
  #heardAt = 0;

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
      needsToken: this.#pass.isNeeded.value,
      tokenWanted: this.#pass.wanted.value,
      wasOnline: this.#wasOnline.value,
      name: this.#name.value,
      formerName: this.#formerName.value,
      barrier: this.#barrier.value,
      missedMs: this.#missedMs.value,
      caughtUp: this.#caughtUp.value,
      wanted: this.#wanted.value,
      limitedUntil: this.#limitedUntil.value,
      isDatabaseDismissed: this.#isDatabaseDismissed.value,
    })
  );

  /** The state in a word. */
  readonly standing: ReadonlySignal<Standing> = computed(() => {
    const { phase } = this.#state.value;
    if (phase === "idle") return "disconnected";
    if (phase === "refused") return "refused";
    if (phase === "online") return this.#onlineStanding();
    if (this.isOffline.value) return "offline";
    const barrier = this.#barrier.value;
    if (barrier !== undefined && barrier !== 503) return "refused";
    return this.#wasOnline.value && this.#lostBy.value !== undefined
      ? "reconnecting"
      : "connecting";
  });

  /** Whether there is a connection now. */
  readonly isOnline: ReadonlySignal<boolean> = computed(() => this.#state.value.phase === "online");

  /** Whether what is said now will go out by itself: there is a connection, or there will be. */
  readonly carries: ReadonlySignal<boolean> = computed(() => {
    const { phase } = this.#state.value;
    return phase !== "idle" && phase !== "refused";
  });

  /** Whether the first attempt is under way: nothing has failed yet, and what the server rendered is fresh. */
  readonly isFirstTry: ReadonlySignal<boolean> = computed(() =>
    this.#state.value.phase === "connecting" && this.#lostBy.value === undefined
  );

  /** Whether ticks are to be expected: there is a connection, or there was one until it was lost. */
  readonly expectsTicks: ReadonlySignal<boolean> = computed(() =>
    this.carries.value && (this.isOnline.value || this.#lostBy.value !== undefined)
  );

  /** Whether the wished name was refused, or nothing says a name: then there is none of one's own, and a field for it. */
  readonly needsName: ReadonlySignal<boolean> = computed(() => {
    const kind = this.banner.value?.kind;
    if (this.#pass.wanted.value !== undefined) return true;
    return !this.#pass.isNeeded.value && (kind === "taken" || kind === "invalid");
  });

  /**
   * @param barrier What keeps the page out, where that has been found out.
   */
  constructor(
    barrier: ReadonlySignal<Barrier | undefined>,
    pass: Pick<Pass, "isNeeded" | "wanted">,
  ) {
    this.#barrier = barrier;
    this.#pass = pass;
  }

  /** One's name: the wished one, or the one that the server gave. */
  get name(): ReadonlySignal<string | undefined> {
    return this.#name;
  }

  /**
   * Takes the wished name.
   *
   * @param wanted The name that one would have rather, where that may be taken.
   */
  wish(name: string | undefined, wanted?: string): void {
    this.#name.value = name;
    this.#wanted.value = wanted;
    this.isRenaming.value = false;
  }

  /** Takes where the connection stands. */
  entered(state: ConnectionState, now: number): void {
    // A loss is noticed late where nobody says so.
    if (this.#state.value.phase === "online" && state.phase !== "online") {
      this.#lostAt = this.#heardAt;
    }
    this.#state.value = state;
    // The server says how it is when that changes: of a new connection nothing is known yet.
    if (state.phase !== "online") {
      this.#status.value = this.#limitedUntil.value = this.#caughtUp.value = undefined;
    }
    switch (state.phase) {
      case "connecting":
        if (!state.again) this.#forget();
        break;
      case "waiting":
        // 1006 says nothing: what was said before stays.
        if (state.code !== 1006) this.#lostBy.value = state.code;
        else this.#lostBy.value ??= state.code;
        break;
      case "online":
        this.#awayMs = this.#lostAt === undefined ? undefined : now - this.#lostAt;
        this.#lostBy.value = this.#lostAt = undefined;
        this.#heardAt = now;
        this.#wasOnline.value = true;
        this.#name.value = this.#formerName.value = state.welcome.username;
        break;
      default:
        this.#lostBy.value = this.#missedMs.value = undefined;
        this.isRenaming.value = false;
        this.#forget();
    }
  }

  /** Takes that something has come from the server. */
  heard(now: number): void {
    this.#heardAt = now;
  }

  /** Takes that something was missed while there was no connection. */
  missed(): void {
    this.#missedMs.value = this.#awayMs;
  }

  /**
   * Takes that so many chats came by that were missed at first.
   *
   * @returns Whether a connection was lost before the present one. An absence by wish is nothing new to the person.
   */
  caughtUp(messages: number, now: number): boolean {
    const awayMs = this.#awayMs;
    if (awayMs === undefined) return false;
    this.#caughtUp.value = { kind: "caught_up", messages, awayMs };
    this.#caughtUpAt = now;
    return true;
  }

  /** Takes how the server is. */
  told(status: ServerMessageOf<"status">): void {
    this.#status.value = status;
    this.#isDatabaseDismissed.value = false;
  }

  /** Takes that the server has refused something; one that came too fast can be said later. */
  refused(error: ServerMessageOf<"error">, now: number): void {
    if (error.code !== "rate_limited") return;
    const waitMs = namedWaitMs(error.retry_after_ms ?? 0);
    this.#limitedUntil.value = now + Math.max(LIMITED_LEAST_MS, waitMs);
  }

  /** Looks at the time. */
  passed(now: number): void {
    if (now >= (this.#limitedUntil.value ?? Infinity)) this.#limitedUntil.value = undefined;
    // The clock may have been set back.
    this.#caughtUpAt = Math.min(this.#caughtUpAt, now);
    if (now - this.#caughtUpAt >= CAUGHT_UP_TOLD_MS) this.#caughtUp.value = undefined;
  }

  /** Puts the banner away until the next news. */
  dismiss(): void {
    const kind = this.banner.value?.kind;
    if (kind === "database") this.#isDatabaseDismissed.value = true;
    if (kind === "missed") this.#missedMs.value = undefined;
    if (kind === "caught_up") this.#caughtUp.value = undefined;
    if (kind === "substitute") this.#wanted.value = undefined;
    this.isRenaming.value = false;
  }

  /** What is to be connected is another connection, not the lost one. */
  #forget(): void {
    this.#wasOnline.value = false;
    this.#lostAt = this.#awayMs = undefined;
  }

  #onlineStanding(): Standing {
    const status = this.#status.value;
    if (status?.draining) return "restarting";
    const isDegraded = status?.broker === "down" || status?.database === "down";
    return isDegraded ? "degraded" : "connected";
  }
}
