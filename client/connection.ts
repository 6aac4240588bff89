/**
 * The other end of the wire, shared by the page and the console client: one connection that comes back by itself, as the
 * same one and from where it stood, its outgoing chats and its watchdog. It knows nothing of a screen.
 *
 * Invariant: chats and acks are told in the order of their offsets, each once, and none is left out without a word; of a
 * chat given to {@linkcode Connection.say} an end is told: sent, or failed with the reason.
 *
 * @module
 */

import type { ServerMessage, ServerMessageOf } from "../lib/protocol.ts";
import { CloseCode, mayReconnect } from "../lib/close_codes.ts";
import { withParameters } from "./address.ts";
import { Channel, GIVEN_UP } from "./channel.ts";
import { HeldName } from "./held_name.ts";
import { Outbox } from "./outbox.ts";
import type { ConnectionOptions, ConnectionState, Listeners, StoredSession } from "./listeners.ts";
import { type CaughtUp, Position } from "./position.ts";
import { Retries } from "./retries.ts";
import { REAL, type Surroundings } from "./surroundings.ts";
import { TIMING } from "./timing.ts";

export type { CaughtUp, ConnectionOptions, ConnectionState, Listeners, StoredSession };

/**
 * A connection to Pulso. Nothing happens before {@linkcode Connection.connect}. After it, the connection is tried
 * again after every loss, until {@linkcode Connection.disconnect} or a close code that says no.
 */
export class Connection {
  readonly #url: string;
  readonly #listeners: Listeners;
  readonly #token: () => string | undefined;
  readonly #env: Surroundings;
  readonly #outbox: Outbox;
  readonly #channel: Channel;
  readonly #position: Position;
  readonly #retries: Retries;
  readonly #held: HeldName;
  #state: ConnectionState = { phase: "idle" };
  #name: string | undefined;
  #nameIsChosen = false;
  #wasOnline = false;
  #lastError: ServerMessageOf<"error"> | undefined;
  #cancelTimer: () => void = () => {};
  #sentCount = 0;
  #session: Omit<StoredSession, "epoch" | "position"> | undefined;

  constructor(options: ConnectionOptions) {
    this.#url = options.url;
    this.#listeners = options.listeners;
    this.#token = options.token ?? (() => undefined);
    this.#env = { ...REAL, ...options.surroundings };
    this.#outbox = new Outbox({
      surroundings: this.#env,
      transmit: (message) => this.#counted(this.#channel.send(message)),
      changed: (chat) => this.#listeners.chat?.(chat),
    });
    this.#channel = new Channel({
      surroundings: this.#env,
      isSound: options.isSound ?? (() => true),
      message: (message, line) => this.#take(message, line),
      lost: (code) => this.#lost(code),
    });
    this.#retries = new Retries(this.#env);
    this.#held = new HeldName(this.#env);
    this.#position = new Position({
      surroundings: this.#env,
      missing: () => this.#mend(),
      reached: (outcome) => this.#caughtUp(outcome),
    });
  }

  /** Where the connection stands. */
  get state(): ConnectionState {
    return this.#state;
  }

  /** What it takes to resume, up to date; `undefined` before the first welcome and where the session is over. */
  get storedSession(): StoredSession | undefined {
    const { place } = this.#position;
    return this.#session && place && { ...this.#session, ...place };
  }

  /** How many chats and Fibonacci requests were given to the socket, over all connections; the rest is housekeeping. */
  get sentCount(): number {
    return this.#sentCount;
  }

  /** How many chats have been neither acknowledged nor given up. */
  get outstanding(): number {
    return this.#outbox.size;
  }

  /**
   * Connects, at once. Has no effect where there is a connection already, by the same name.
   *
   * @param username The wished name; none or an empty one for a guest.
   * @param resume The session to come back to, where one was stored: if it is not over, its name comes before the wish.
   */
  connect(username?: string, resume?: StoredSession): void {
    const name = username?.trim() || undefined;
    if (this.#channel.isThere) {
      if (name === this.#name) return;
      this.#drop(CloseCode.goodbye);
    }
    // What was written under a name is not said under another.
    const isRenamed = this.#wasOnline && this.#nameIsChosen && name !== this.#name;
    if (name !== this.#name || resume !== undefined) this.#begin(resume);
    if (isRenamed) this.#outbox.giveUp("renamed");
    this.#name = name ?? resume?.username;
    this.#nameIsChosen = name !== undefined;
    this.#retries.begin();
    this.#wasOnline = false;
    this.#open();
  }

  /** Tries now instead of at the end of the wait. Has no effect in another phase. */
  retryNow(): void {
    if (this.#state.phase === "waiting") this.#open();
  }

  /**
   * The page or the process is back, or the network: a link that has been silent for too long is dead, an attempt that
   * hangs was made where there was no network, and what waits waits no longer.
   */
  wake(): void {
    const limitMs = this.#state.phase === "online" ? TIMING.deadAfterMs : TIMING.hangsAfterMs;
    if (this.#channel.isThere && this.#channel.silentMs >= limitMs) this.#lost(1006);
    this.retryNow();
  }

  /** The page is put aside by the browser, which lets no socket live there: it is as good as lost. */
  rest(): void {
    if (!this.#channel.isThere) return;
    this.#retries.afterLossMs();
    this.#lost(1006, TIMING.retryLeastMs);
  }

  /** Says goodbye and stays away until {@linkcode Connection.connect}. */
  disconnect(): void {
    // Where nobody hears the goodbye, the name is still held for the session.
    const session = this.#state.phase === "online" ? undefined : this.storedSession;
    this.#drop(CloseCode.goodbye);
    this.#begin(session);
    this.#enter({ phase: "idle" });
  }

  /**
   * Sends a chat, or keeps it until there is a connection. What becomes of it is told to the `chat` listener.
   *
   * @param id Its id of before, if it is sent again.
   * @returns The chat's id.
   */
  say(text: string, id?: string): string {
    return this.#outbox.add(text, id);
  }

  /** Gives up a chat that waits; returns whether there was one. */
  discard(id: string): boolean {
    return this.#outbox.discard(id);
  }

  /** How long to wait before the next request so as to stay below the server's rate, in ms; chats wait by themselves. */
  get waitMs(): number {
    return this.#outbox.waitMs;
  }

  /** Asks for Fibonacci(n); the answer carries `id`. Returns whether it was sent. */
  fibonacci(input: number, id: string): boolean {
    return this.#counted(this.#request({ type: "fibonacci", input, id }));
  }

  /** Asks who is online. Returns whether it was sent. */
  requestUsers(): boolean {
    return this.#request({ type: "users" });
  }

  /** Sends a ping, with the round trip measured last, in ms; the answer carries `id`. Returns whether it was sent. */
  ping(id: string, roundTripMs?: number): boolean {
    return this.#request({ type: "ping", id, round_trip_ms: roundTripMs });
  }

  #request(message: Record<string, unknown>): boolean {
    const isSent = this.#channel.send(message);
    if (isSent) this.#outbox.spend();
    return isSent;
  }

  #counted(isSent: boolean): boolean {
    if (isSent) this.#sentCount++;
    return isSent;
  }

  #enter(state: ConnectionState): void {
    this.#state = state;
    this.#listeners.state?.(state);
  }

  /** Begins with a session that was stored, or with none: what was said in the one before cannot be sent again. */
  #begin(session: StoredSession | undefined): void {
    this.#session = session;
    this.#position.begin(session);
    this.#outbox.abandon();
  }

  #open(): void {
    this.#cancelTimer();
    this.#lastError = undefined;
    const { session, epoch, position: after } = this.storedSession ?? {};
    const token = this.#token();
    const wishes = { format: "ndjson", username: this.#name, session, epoch, after, token };
    this.#channel.open(withParameters(this.#url, wishes), this.#retries.attempt());
    this.#enter({ phase: "connecting", again: this.#wasOnline });
  }

  #drop(code: number): void {
    this.#cancelTimer();
    this.#position.rest();
    this.#channel.close(code);
    this.#outbox.pause();
  }

  #take(message: ServerMessage, line: string): void {
    if (this.#heed(message)) this.#listeners.message?.(message, line);
    this.#position.settle();
  }

  /** Does what a message asks for; returns whether it is to be told. */
  #heed(message: ServerMessage): boolean {
    switch (message.type) {
      case "welcome":
        if (this.#state.phase === "online") return false;
        this.#welcomed(message);
        break;
      case "error":
        this.#lastError = message;
        this.#outbox.refused(message);
        break;
      case "chat":
        return this.#position.take(message) === "next";
      case "ack":
        return this.#acknowledged(message);
      case "time":
        this.#position.ticked(message);
        break;
      case "status":
        this.#retries.named(message.draining ? message.reconnect_after_ms : undefined);
        // What is on its way when the server closes would break the connection before the close arrives.
        if (message.draining) this.#outbox.pause();
        break;
    }
    return true;
  }

  #acknowledged(ack: ServerMessageOf<"ack">): boolean {
    const turn = this.#position.take(ack);
    // Of an offset that was had already, only what it says of a chat is news.
    return turn !== "early" && (this.#outbox.acknowledged(ack) || turn === "next");
  }

  #welcomed(welcome: ServerMessageOf<"welcome">): void {
    const { client_id: clientId, username, session, epoch } = welcome;
    const before = this.storedSession;
    // Only there the server knows what it has had already.
    const isSame = before?.clientId === clientId && before.epoch === epoch;
    this.#wasOnline = true;
    // A guest comes back by the same name.
    this.#name = username;
    this.#session = { session, clientId, username };
    this.#position.welcomed(welcome);
    this.#retries.welcomed();
    this.#held.welcomed(username);
    this.#channel.welcomed();
    this.#enter({ phase: "online", welcome });
    if (!isSame) this.#outbox.abandon();
  }

  /** What was said before the welcome has come by: of one's own what is in doubt now was not taken. */
  #caughtUp(outcome: CaughtUp | undefined): void {
    if (outcome !== undefined) this.#listeners.caughtUp?.(outcome);
    if (this.#state.phase === "online") this.#outbox.resume(this.#state.welcome.limits);
  }

  /** Something is missing: asks the server for it from the position. */
  #mend(): void {
    const waitMs = this.#retries.beforeMendingMs();
    this.#lost(GIVEN_UP, waitMs);
    if (waitMs === 0) this.retryNow();
  }

  #lost(code: number, waitMs: number = this.#retries.afterLossMs()): void {
    const mayReturn = mayReconnect(code);
    if (mayReturn) this.#held.lost(this.#name ?? "", this.#state.phase === "online");
    const isTaken = this.#lastError?.code === "username_taken";
    // By a connection of one's own that the server could not tell to be that.
    const isOwn = isTaken && this.#held.has(this.#name);
    // Who told none and finds one taken has a token, and no other name.
    const isGuest = this.#name !== undefined && !this.#nameIsChosen;
    this.#drop(GIVEN_UP);
    if (isTaken && isGuest) this.#name = undefined;
    else if (!mayReturn && !isOwn) {
      // Who is told not to come back has no session any more.
      this.#begin(undefined);
      return this.#enter({ phase: "refused", code, error: this.#lastError });
    }
    this.#enter({ phase: "waiting", retryAt: this.#env.now() + waitMs, code });
    this.#cancelTimer = this.#env.after(waitMs, () => this.#open());
  }
}
