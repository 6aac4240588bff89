/**
 * The state of the dashboard, in signals, without markup: the link, what the nodes measure, the connections, the one that is
 * looked at.
 *
 * @module
 */

import { computed, type ReadonlySignal, signal } from "@preact/signals";
import type { ToDashboard } from "../../lib/admin_message.ts";
import type { Choices } from "../../lib/preferences.ts";
import { probe } from "../fetch_json.ts";
import { type KeepChoice, keepChoice, Preferences } from "../preferences.ts";
import { REAL } from "../surroundings.ts";
import { Chronicle } from "./chronicle.ts";
import { Inspection } from "./inspection.ts";
import { Language } from "./language.ts";
import { Link, type LinkState, type LinkSurroundings } from "./link.ts";
import { Listing } from "./listing.ts";

/** What comes within so long is shown together: several nodes tell their news at the same second. */
const GATHER_MS = 100;

/** What the dashboard needs of the browser; tests give fakes. */
export interface DashboardSurroundings extends LinkSurroundings {
  /** The token that this tab keeps; `undefined` for none. */
  token: string | undefined;
  readonly isHidden: () => boolean;
  readonly keepChoice: KeepChoice;
}

/** The dashboard. */
export class Dashboard {
  readonly chronicle: Chronicle;
  readonly listing: Listing;
  readonly inspection: Inspection;
  readonly preferences: Preferences;
  readonly #surroundings: DashboardSurroundings;
  readonly #link: Link;
  readonly #state = signal<LinkState | undefined>(undefined);
  readonly #node = signal("");
  readonly #now = signal(0);
  readonly #chosen = signal<number | undefined>(undefined);
  readonly #asks = signal(false);
  #isGathering = false;
  #url = "";
  #token = "";

  /** The language of everything. */
  readonly language: ReadonlySignal<Language> = computed(() =>
    new Language(this.preferences.language.value)
  );

  constructor(options: {
    readonly preferences: Choices;
    readonly surroundings?: DashboardSurroundings;
  }) {
    const surroundings = this.#surroundings = options.surroundings ?? new InBrowser();
    this.preferences = new Preferences(options.preferences, surroundings.keepChoice);
    const send: Link["send"] = (message) => this.#link.send(message);
    this.chronicle = new Chronicle(surroundings.elapsed);
    this.listing = new Listing({
      after: surroundings.after,
      isHidden: surroundings.isHidden,
      send,
    });
    this.inspection = new Inspection(send);
    this.#link = new Link({
      surroundings,
      changed: (state) => this.#entered(state),
      heard: (message) => this.#hear(message),
    });
  }

  /** Where the link stands; `undefined` before the browser has taken over. */
  get state(): ReadonlySignal<LinkState | undefined> {
    return this.#state;
  }

  /** Whether the token is asked for: none is known, or the one that was given has not been taken yet. */
  get asks(): ReadonlySignal<boolean> {
    return this.#asks;
  }

  /** The node that this dashboard is connected to. */
  get node(): ReadonlySignal<string> {
    return this.#node;
  }

  /** This device's time in ms since the epoch, to the second. */
  get now(): ReadonlySignal<number> {
    return this.#now;
  }

  /** The second of the plots that is pointed at, as an index; `undefined` for the newest. */
  get chosen(): ReadonlySignal<number | undefined> {
    return this.#chosen;
  }

  /**
   * Begins: with the token that this tab keeps, else by asking for one.
   *
   * @param origin Of the page, such as `https://example.org`.
   */
  start(origin: string): void {
    const { token } = this.#surroundings;
    this.#url = `${origin}/api/admin/ws`;
    this.#beat();
    if (token === undefined) this.#entered({ phase: "closed", isRefused: false });
    else this.enter(token);
  }

  /** Opens the link with a token; it is kept once the server has taken it. */
  enter(token: string): void {
    this.#token = token;
    this.#link.open(this.#url, token);
  }

  /** Closes the link and forgets the token and all that was shown. */
  forget(): void {
    this.#link.close();
  }

  /** Tries now instead of at the end of the wait. */
  retryNow(): void {
    this.#link.retryNow();
  }

  /** Points at a second of the plots. */
  choose(index: number | undefined): void {
    this.#chosen.value = index;
  }

  #entered(state: LinkState): void {
    this.#state.value = state;
    this.#now.value = this.#surroundings.now();
    if (state.phase !== "connecting") this.#asks.value = state.phase === "closed";
    if (state.phase === "open") {
      this.#surroundings.token = this.#token;
      this.chronicle.clear();
      this.listing.begin();
      this.inspection.again();
      return;
    }
    this.listing.end();
    if (state.phase !== "closed") return;
    this.#surroundings.token = undefined;
    this.chronicle.clear();
    this.listing.clear();
    this.inspection.leave();
  }

  #hear(message: ToDashboard): void {
    switch (message.type) {
      case "open":
        this.#node.value = message.node;
        return;
      case "news":
        this.chronicle.take(message);
        return this.#gather();
      case "list":
        return this.listing.take(message);
      case "watching":
      case "watched":
      case "closed":
        return this.inspection.take(message);
    }
  }

  #gather(): void {
    if (this.#isGathering) return;
    this.#isGathering = true;
    this.#surroundings.after(GATHER_MS, () => {
      this.#isGathering = false;
      this.chronicle.publish();
    });
  }

  #beat(): void {
    this.#now.value = this.#surroundings.now();
    this.#surroundings.after(1000, () => this.#beat());
  }
}

const TOKEN_KEY = "pulso.admin_token";

/** The dashboard's surroundings in a browser; where it forbids storage the token is kept by the page alone. */
class InBrowser implements DashboardSurroundings {
  readonly createSocket = REAL.createSocket;
  readonly now = REAL.now;
  readonly elapsed = REAL.elapsed;
  readonly after = REAL.after;
  readonly random = REAL.random;
  readonly probe = probe;
  readonly keepChoice = keepChoice;
  readonly isHidden = () => document.hidden;

  get token(): string | undefined {
    try {
      return sessionStorage.getItem(TOKEN_KEY) ?? undefined;
    } catch {
      return undefined;
    }
  }
  set token(token: string | undefined) {
    try {
      if (token === undefined) sessionStorage.removeItem(TOKEN_KEY);
      else sessionStorage.setItem(TOKEN_KEY, token);
    } catch {
      // Forbidden.
    }
  }
}
