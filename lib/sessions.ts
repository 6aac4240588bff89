/**
 * Who somebody is, beyond one socket: a name, a client_id and the secret by which both are had back. A name is wished or a
 * guest's, held on this node first and then in the database; a session whose socket is lost stays away for a while.
 *
 * Invariant: on this node a name is held or being claimed by at most one session, and every session is ended once.
 *
 * @module
 */

import { createHash } from "node:crypto";
import type { Time } from "./clock.ts";
import { CloseCode } from "./close_codes.ts";
import { guestName, type Name, NAME_LENGTH, parseName } from "./names.ts";
import type { PresencePort } from "./presence.ts";
import type { WireError } from "./protocol.ts";
import type { Result } from "./result.ts";
import { traced } from "./tracing.ts";

/** A name that is held. */
export interface Session {
  readonly clientId: string;
  /** Whoever has it may come back as this session. */
  readonly secret: string;
  /** Whose it is by a token, as the key of a name: nobody else can come back as this session. */
  readonly owner: string | undefined;
  readonly name: string;
  readonly key: string;
  /** `undefined` until the database, or the want of one, has said. */
  connectedAt: Date | undefined;
  /** How often it was taken over by another node. */
  readonly version: number;
}

/** Why somebody does not come in: without a name, or for now. */
export type EntryError = WireError & {
  readonly code: "username_taken" | "username_invalid" | "unavailable";
};

/** Who wants to come in: by a name, or as a session of before. */
export interface Wish {
  /** As it was typed; `undefined` for a guest's name. */
  readonly username: string | undefined;
  readonly secret?: string | undefined;
  /** Who that is by a token, as the key of a name. */
  readonly owner?: string | undefined;
}

/** A session that was opened; `isKnown` where it was there before. */
export interface Opened {
  readonly session: Session;
  readonly isKnown: boolean;
}

/** What {@linkcode Sessions} takes. */
export interface SessionsOptions {
  readonly presence: PresencePort;
  /** How long a session may be away, in ms. */
  readonly graceMs: number;
  /** How many may be away at a time; then the one that has been so for longest is over. */
  readonly most: number;
  readonly time: Time;
  /** Called when a session is over that did not end by itself: it was away for too long, or its name is another's. */
  readonly lost: (session: Session) => void;
}

interface Held extends Session {
  /** Of its secret and its owner: what the database may know. */
  readonly hash: string;
  /** How many have opened it and not left: two, while one socket takes it over from another. */
  uses: number;
  /** Set while it is away. */
  cancelExpiry: (() => void) | undefined;
}

/** The sessions of one node. */
export class Sessions {
  readonly #options: SessionsOptions;
  readonly #byKey = new Map<string, Held>();
  readonly #byHash = new Map<string, Held>();
  readonly #byClient = new Map<string, Held>();
  readonly #away = new Set<Held>();
  /** Those that are being looked for in the database, by their hashes. */
  readonly #sought = new Map<string, Promise<Held | "away" | undefined>>();

  constructor(options: SessionsOptions) {
    this.#options = options;
  }

  /**
   * Opens a session: the one of before where there still is one, else a new one by a name. Whoever gets it is to call
   * {@linkcode Sessions.leave} or {@linkcode Sessions.end} once.
   */
  async open(wish: Wish): Promise<Result<Opened, EntryError>> {
    const known = await this.#resume(wish);
    if (known === "away") {
      const message = "could not resume: the database is away; try again";
      return { ok: false, error: { code: "unavailable", message } };
    }
    if (known !== undefined) return { ok: true, value: { session: known, isKnown: true } };
    const begun = await this.#begin(wish);
    return begun.ok ? { ok: true, value: { session: begun.value, isKnown: false } } : begun;
  }

  /**
   * A socket is gone. Unless another one has the session by now it is away: for a while it may be resumed, and nobody else
   * gets its name.
   *
   * @param code With which it was closed.
   * @returns Whether it is away.
   */
  leave(session: Session, code: number): boolean {
    const held = this.#lastUse(session);
    if (held === undefined) return false;
    const { graceMs, most, time, presence } = this.#options;
    presence.leave(held.clientId, code);
    held.cancelExpiry = time.after(graceMs, () => this.#lose(held));
    const [longest] = this.#away.add(held);
    if (longest && this.#away.size > most) this.#lose(longest);
    return true;
  }

  /**
   * A socket has said goodbye. Unless another one has the session by now it is over, and its name free.
   *
   * @param code With which it was closed.
   * @returns Whether it is over.
   */
  end(session: Session, code: number): boolean {
    const held = this.#lastUse(session);
    if (held !== undefined) this.#over(held, code);
    return held !== undefined;
  }

  /**
   * A session is another node's by now, or its name is somebody else's.
   *
   * @returns It, where there was one.
   */
  forget(clientId: string): Session | undefined {
    const held = this.#byClient.get(clientId);
    if (held === undefined) return undefined;
    // The row is another's by now, or it goes: of what is not this node's none is removed.
    this.#over(held, CloseCode.resumedElsewhere);
    return held;
  }

  #lastUse(session: Session): Held | undefined {
    const held = this.#byClient.get(session.clientId);
    return held === session && --held.uses === 0 ? held : undefined;
  }

  #lose(held: Held): void {
    // With which code it left is known already.
    this.#over(held, CloseCode.goodbye);
    this.#options.lost(held);
  }

  #over(held: Held, code: number): void {
    this.#remove(held);
    this.#options.presence.release(held.clientId, code);
  }

  /** Whether a session that was opened is still this node's. */
  holds(session: Session): boolean {
    return this.#byClient.get(session.clientId) === session;
  }

  /** What is said of a name that somebody else has, with others that are free. */
  taken(name: string, owner?: string): { readonly ok: false; readonly error: EntryError } {
    const message = `could not connect by this name: somebody has it: ${JSON.stringify(name)}`;
    // Whose name a token has can have no other.
    const suggestions = owner === undefined ? this.#suggest(name) : [];
    return { ok: false, error: { code: "username_taken", message, suggestions } };
  }

  async #resume({ secret, owner }: Wish): Promise<Held | "away" | undefined> {
    if (secret === undefined) return undefined;
    const hash = hashOf(secret, owner);
    const held = this.#byHash.get(hash);
    if (held !== undefined && await this.#bringBack(held)) return held;
    const found = await this.#seek({ secret, owner, hash });
    if (typeof found === "object") found.uses++;
    else if (held !== undefined) this.#options.lost(held);
    return found;
  }

  /** Returns false where it is over, or another node's. */
  async #bringBack(held: Held): Promise<boolean> {
    held.uses++;
    this.#stay(held);
    // Also where its socket lingers: another node may have had it meanwhile, and tell of it now.
    return await this.#claim(held) && this.holds(held);
  }

  /** Takes a session over from another node, or from before this one was started. */
  #seek(wanted: Pick<Held, "secret" | "owner" | "hash">): Promise<Held | "away" | undefined> {
    const { hash } = wanted;
    const sought = this.#sought.get(hash) ?? this.#takeOver(wanted);
    this.#sought.set(hash, sought);
    return sought.finally(() => this.#sought.delete(hash));
  }

  async #takeOver(
    wanted: Pick<Held, "secret" | "owner" | "hash">,
  ): Promise<Held | "away" | undefined> {
    const row = await this.#options.presence.resume(wanted.hash);
    if (row === undefined || row === "away") return row;
    const { clientId, username: name, usernameKey: key, connectedAt, version } = row;
    const state = { uses: 0, cancelExpiry: undefined };
    return this.#keep({ clientId, ...wanted, name, key, connectedAt, version, ...state });
  }

  async #begin({ username: wished, owner }: Wish): Promise<Result<Session, EntryError>> {
    if (wished === undefined) {
      for (;;) {
        const session = await this.#hold(this.#freeGuestName());
        // It may be taken on another node: then another one is tried.
        if (session !== undefined) return { ok: true, value: session };
      }
    }
    const parsed = parseName(wished);
    if (!parsed.ok) {
      const { message } = parsed.error;
      const text = `could not connect by this name: ${message}: ${JSON.stringify(wished)}`;
      return { ok: false, error: { code: "username_invalid", message: text } };
    }
    const session = await this.#hold(parsed.value, owner);
    return session === undefined
      ? this.taken(parsed.value.name, owner)
      : { ok: true, value: session };
  }

  async #hold({ name, key }: Name, owner?: string): Promise<Session | undefined> {
    if (this.#byKey.has(key)) return undefined;
    const secret = randomId(18);
    const held: Held = this.#keep({
      clientId: randomId(9),
      secret,
      owner,
      hash: hashOf(secret, owner),
      name,
      key,
      connectedAt: undefined,
      version: 0,
      uses: 1,
      cancelExpiry: undefined,
    });
    return await this.#claim(held) ? held : undefined;
  }

  async #claim(held: Held): Promise<boolean> {
    const { clientId, name: username, key: usernameKey, hash: sessionHash } = held;
    const { connectedAt, version } = held;
    const claimant = { clientId, username, usernameKey, sessionHash, connectedAt, version };
    const outcome = await traced({
      name: "claim",
      after: ({ is }) => ({ "pulso.outcome": is }),
    }, () => this.#options.presence.claim(claimant));
    if (outcome.is === "taken") this.#remove(held);
    else if (outcome.is === "held") held.connectedAt = outcome.connectedAt;
    return outcome.is !== "taken";
  }

  #keep(held: Held): Held {
    this.#byKey.set(held.key, held);
    this.#byHash.set(held.hash, held);
    this.#byClient.set(held.clientId, held);
    return held;
  }

  /** It is away no more. */
  #stay(held: Held): void {
    held.cancelExpiry?.();
    held.cancelExpiry = undefined;
    this.#away.delete(held);
  }

  #remove(held: Held): void {
    this.#stay(held);
    this.#byClient.delete(held.clientId);
    this.#byHash.delete(held.hash);
    // Another one may have it, where the database said so.
    if (this.#byKey.get(held.key) === held) this.#byKey.delete(held.key);
  }

  #freeGuestName(): Name {
    for (;;) {
      const name = guestName(crypto.getRandomValues(new Uint8Array(4)));
      if (!this.#byKey.has(name)) return { name, key: name };
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
      if (!this.#byKey.has(parsed.value.key)) found.push(parsed.value.name);
    }
    return found;
  }
}

/** SHA-256 of a session's secret, and of its owner where it has one, in hexadecimal digits. */
function hashOf(secret: string, owner: string | undefined): string {
  // A secret of ours has no such character, and whoever sends another one has no session.
  const text = owner === undefined ? secret : `${secret}\0${owner}`;
  return createHash("sha256").update(text).digest("hex");
}

function randomId(bytes: number): string {
  return crypto.getRandomValues(new Uint8Array(bytes)).toBase64({ alphabet: "base64url" });
}
