/**
 * How a connection gets its name: the wished one or a guest's, on this node first and then in the database.
 *
 * Invariant: on this node a name is held or being claimed by at most one connection.
 *
 * @module
 */

import { guestName, type Name, NAME_LENGTH, parseName } from "./names.ts";
import type { Claimant, PresencePort } from "./presence.ts";
import type { WireError } from "./protocol.ts";
import type { Result } from "./result.ts";

/** A name that is held, and since when; `undefined` where the database is away and cannot say. */
export interface HeldName extends Name {
  readonly connectedAt: Date | undefined;
}

/** Why there is no name. */
export type NameError = WireError & { readonly code: "username_taken" | "username_invalid" };

/** The names of one node. */
export class NameDesk {
  readonly #presence: PresencePort;
  /** The client_id that holds each key, or claims it just now. */
  readonly #holders = new Map<string, string>();
  readonly #keys = new Map<string, string>();

  constructor(presence: PresencePort) {
    this.#presence = presence;
  }

  /**
   * Claims a name. Whoever calls is to call {@linkcode NameDesk.release} when the connection ends, also while this is
   * under way.
   *
   * @param wished As it was typed; `undefined` for a guest's name.
   */
  async claim(
    wished: string | undefined,
    who: Pick<Claimant, "clientId" | "sessionHash">,
  ): Promise<Result<HeldName, NameError>> {
    if (wished === undefined) {
      for (;;) {
        const held = await this.#hold(this.#freeGuestName(), who);
        // It may be taken on another node: then another one is tried.
        if (held !== undefined) return { ok: true, value: held };
      }
    }
    const parsed = parseName(wished);
    if (!parsed.ok) {
      const { message } = parsed.error;
      const text = `could not connect by this name: ${message}: ${JSON.stringify(wished)}`;
      return { ok: false, error: { code: "username_invalid", message: text } };
    }
    const held = await this.#hold(parsed.value, who);
    return held === undefined ? this.taken(parsed.value.name) : { ok: true, value: held };
  }

  /** What is said of a name that somebody else has, with others that are free. */
  taken(name: string): { readonly ok: false; readonly error: NameError } {
    const message = `could not connect by this name: somebody has it: ${JSON.stringify(name)}`;
    const suggestions = this.#suggest(name);
    return { ok: false, error: { code: "username_taken", message, suggestions } };
  }

  /** Gives a connection's name back, or stops claiming it. Idempotent. */
  release(clientId: string): void {
    this.#free(clientId);
    this.#presence.release(clientId);
  }

  #free(clientId: string): void {
    const key = this.#keys.get(clientId);
    if (key === undefined) return;
    this.#keys.delete(clientId);
    this.#holders.delete(key);
  }

  async #hold(
    { name, key }: Name,
    who: Pick<Claimant, "clientId" | "sessionHash">,
  ): Promise<HeldName | undefined> {
    if (this.#holders.has(key)) return undefined;
    this.#holders.set(key, who.clientId);
    this.#keys.set(who.clientId, key);
    const outcome = await this.#presence.claim({ ...who, username: name, usernameKey: key });
    if (outcome.is === "taken") {
      this.#free(who.clientId);
      return undefined;
    }
    return { name, key, connectedAt: outcome.is === "held" ? outcome.connectedAt : undefined };
  }

  #freeGuestName(): Name {
    for (;;) {
      const name = guestName(crypto.getRandomValues(new Uint8Array(4)));
      if (!this.#holders.has(name)) return { name, key: name };
    }
  }

  #suggest(name: string): string[] {
    const found: string[] = [];
    const room = NAME_LENGTH - " 999999".length;
    // Not through the middle of a surrogate pair.
    const stem = name.slice(0, room).replace(/[\ud800-\udbff]$/, "");
    for (let number = 2; found.length < 3; number++) {
      const parsed = parseName(`${stem} ${number}`);
      if (!parsed.ok) return found;
      if (!this.#holders.has(parsed.value.key)) found.push(parsed.value.name);
    }
    return found;
  }
}
