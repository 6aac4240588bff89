/**
 * The console client in a terminal: between the keys that are pressed, the connection and the screen.
 *
 * Invariant: nothing but a key changes what one is typing.
 *
 * @module
 */

import { parseName } from "../../lib/names.ts";
import type { ServerMessage, ServerMessageOf } from "../../lib/protocol.ts";
import { Connection, type ConnectionState } from "../connection.ts";
import { parseInput } from "./commands.ts";
import { FibonacciQueue } from "./fibonacci.ts";
import type { Key } from "./keys.ts";
import { type Line, plainLine } from "./layout.ts";
import * as show from "./messages.ts";
import { Missed } from "./missed.ts";
import { describeLoss } from "./reasons.ts";
import { RoundTrip } from "./round_trip.ts";
import { statusLine } from "./status.ts";
import { visibleJson } from "./width.ts";
import { type EditorState, EMPTY_EDITOR, pressed, submitted } from "./line_editor.ts";
import { BoundedMap } from "../bounded_map.ts";
import { ENTRIES_MOST, type OutgoingChat } from "../outbox.ts";
import type { Surroundings } from "../surroundings.ts";

/** What a session draws on: the part of the screen that it needs. */
export interface SessionScreen {
  print(...lines: readonly Line[]): void;
  showInput(input: { readonly text: string; readonly cursor: number }): void;
  showStatus(status: Line | undefined): void;
  clear(): void;
}

/** What {@linkcode Session} takes. */
export interface SessionOptions {
  readonly url: string;
  /** The wished name; none for a guest. */
  readonly name: string | undefined;
  /** Whether there is a status line while all is well. */
  readonly clock: boolean;
  /** Whether messages are shown as they are on the wire. */
  readonly json: boolean;
  readonly screen: SessionScreen;
  readonly surroundings: Surroundings;
  /** Fetches JSON of the server by its path; the value is to be checked. */
  readonly fetchJson: (path: string) => Promise<unknown>;
  /** The session is over, by wish. */
  readonly ended: () => void;
}

/** The most requests that may wait for their answer. */
const REQUESTS_MOST = 100;
/** How often the server says who is online. */
const ASK_EVERY_MS = 1000;
/** How long leaving waits for what was just said to be confirmed. */
const LEAVE_WITHIN_MS = 1000;

/** One run of the console client in a terminal. */
export class Session {
  readonly #options: SessionOptions;
  readonly #connection: Connection;
  readonly #fibonacci: FibonacciQueue;
  readonly #missed: Missed;
  readonly #roundTrip: RoundTrip;
  #editor: EditorState = EMPTY_EDITOR;
  #name: string | undefined;
  #clock: boolean;
  #welcome: ServerMessageOf<"welcome"> | undefined;
  #time: ServerMessageOf<"time"> | undefined;
  /** The trouble of the server that was told last. */
  #trouble: string | undefined;
  /** What the server could not take: texts and ids. */
  readonly #unavailable = new BoundedMap<string, string>(ENTRIES_MOST);
  /** When it asked who is online, by `elapsed`. */
  #askedAt = -Infinity;
  #lossIsTold = false;
  #interrupted = false;
  #isLeaving = false;
  #isEnded = false;
  #cancelCountdown: () => void = () => {};

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#name = options.name;
    this.#clock = options.clock;
    this.#connection = new Connection({
      url: options.url,
      surroundings: options.surroundings,
      listeners: {
        state: (state) => this.#stateChanged(state),
        message: (message, line) => this.#received(message, line),
        chat: (chat) => this.#chatChanged(chat),
        caughtUp: (outcome) => this.#missed.back(outcome, this.#welcome),
      },
    });
    this.#roundTrip = new RoundTrip(this.#connection, options.surroundings.elapsed);
    this.#missed = new Missed({
      fetchJson: options.fetchJson,
      told: (recovery) => this.#print(...show.recoveryLines(recovery, options.json)),
    });
    this.#fibonacci = new FibonacciQueue({
      after: options.surroundings.after,
      waitMs: () => this.#connection.waitMs,
      transmit: (input, id) => this.#connection.fibonacci(input, id),
      answered: (answer) => this.#print(show.fibonacciLine(answer)),
      failed: (input, error) => this.#warn(`fib(${input}): ${error.message}`),
    });
  }

  /** Connects and shows the prompt. */
  start(): void {
    this.#options.screen.showInput(this.#editor);
    this.#connection.connect(this.#name);
  }

  /** Takes a key. */
  press(key: Key): void {
    const wasInterrupted = this.#interrupted;
    this.#interrupted = false;
    const name = key.kind === "key" ? key.name : undefined;
    const isEmpty = this.#editor.text === "";
    if (name === "enter") this.#submit();
    else if (name === "interrupt" && isEmpty && wasInterrupted) this.leave();
    else if (name === "interrupt" && isEmpty) {
      this.#interrupted = true;
      this.#notice("Ctrl-C once more leaves");
    } else if (name === "end_of_input" && isEmpty) this.leave();
    else if (name === "redraw") this.#options.screen.clear();
    else this.#editor = pressed(this.#editor, key);
    this.#options.screen.showInput(this.#editor);
    this.#showStatus();
  }

  /** Says goodbye; what was just said gets a moment to be confirmed. */
  leave(): void {
    if (this.#isLeaving) return;
    this.#isLeaving = true;
    if (this.#connection.outstanding === 0 || this.#welcome === undefined) return this.#end();
    this.#options.surroundings.after(LEAVE_WITHIN_MS, () => this.#end());
  }

  /** Ends at once, without a word. */
  stop(): void {
    this.#isEnded = true;
    this.#connection.disconnect();
  }

  #end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#connection.disconnect();
    const lost = this.#connection.outstanding + this.#fibonacci.size;
    if (lost > 0) this.#warn(`not sent: ${lost} still waiting`);
    this.#notice("goodbye");
    this.#options.ended();
  }

  #submit(): void {
    const input = parseInput(this.#editor.text);
    this.#editor = submitted(this.#editor);
    switch (input.kind) {
      case "nothing":
        return;
      case "chat":
        return this.#say(input.text);
      case "fib":
        if (this.#fibonacci.size < REQUESTS_MOST) return this.#fibonacci.ask(input.input);
        return this.#warn("not asked: too many are waiting already; Up brings the line back");
      case "users":
        return this.#askWhoIsOnline();
      case "time":
        return this.#time === undefined
          ? this.#warn("the server has not told the time yet")
          : this.#print(show.timeLine(this.#time));
      case "clock":
        this.#clock = input.on ?? !this.#clock;
        return;
      case "name":
        return this.#rename(input.name);
      case "connect":
        return this.#connectNow();
      case "help":
        return this.#print(...show.helpLines());
      case "quit":
        return this.leave();
      case "mistake":
        return this.#notice(input.hint);
    }
  }

  /** Says a text; where the server could not take it before, by the same id, so that it arrives once. */
  #say(text: string): void {
    const id = this.#unavailable.get(text);
    this.#unavailable.delete(text);
    this.#connection.say(text, id);
  }

  #askWhoIsOnline(): void {
    const now = this.#options.surroundings.elapsed();
    if (now - this.#askedAt < ASK_EVERY_MS) return this.#notice("asked a moment ago");
    if (this.#connection.requestUsers()) this.#askedAt = now;
    else this.#warn("not connected: nobody to ask");
  }

  #rename(typed: string): void {
    const name = parseName(typed);
    if (!name.ok) return this.#warn(`could not use the name: ${name.error.message}: ${typed}`);
    if (this.#welcome?.username === name.value.name) {
      return this.#notice(`you are ${name.value.name} already`);
    }
    this.#name = name.value.name;
    this.#lossIsTold = false;
    this.#connection.connect(this.#name);
  }

  #connectNow(): void {
    const { phase } = this.#connection.state;
    if (phase === "online") this.#notice("connected already");
    else if (phase === "waiting") this.#connection.retryNow();
    else if (phase !== "connecting") this.#connection.connect(this.#name);
  }

  #stateChanged(state: ConnectionState): void {
    if (state.phase === "online") {
      this.#welcome = state.welcome;
      const { message, username } = state.welcome;
      const greeting = `${message} · /help lists the commands`;
      this.#notice(this.#lossIsTold ? `connected again as ${username}` : greeting);
      this.#lossIsTold = false;
      this.#fibonacci.resume();
    } else {
      this.#missed.lost(this.#connection.storedSession);
      this.#welcome = this.#time = undefined;
      this.#fibonacci.pause();
    }
    if (state.phase === "waiting" && !this.#lossIsTold) {
      this.#lossIsTold = true;
      this.#warn(`not connected: ${describeLoss(state.code)}`);
    }
    if (state.phase === "refused") this.#print(...show.refusalLines(state));
    this.#countDown();
  }

  /** Shows the status, and again each second while there is a countdown in it. */
  #countDown(): void {
    this.#cancelCountdown();
    this.#showStatus();
    if (this.#connection.state.phase !== "waiting") return;
    this.#cancelCountdown = this.#options.surroundings.after(1000, () => this.#countDown());
  }

  #received(message: ServerMessage, line: string): void {
    if (message.type === "time") {
      this.#roundTrip.ticked(this.#time === undefined);
      this.#time = message;
      return this.#showStatus();
    }
    if (this.#roundTrip.take(message)) return;
    if (this.#options.json) this.#print(plainLine(visibleJson(line)));
    if (!this.#fibonacci.take(message) && !this.#options.json) this.#show(message);
  }

  #show(message: ServerMessage): void {
    if (message.type !== "status") return this.#print(...show.messageLines(message, this.#welcome));
    const trouble = show.describeStatus(message);
    if (trouble === this.#trouble) return;
    this.#trouble = trouble;
    if (trouble === undefined) this.#notice("the server: all well again");
    else this.#warn(trouble);
  }

  #chatChanged(chat: OutgoingChat): void {
    const { state } = chat;
    if (state.at === "sent") this.#unavailable.delete(chat.text);
    if (state.at === "failed") {
      if (state.why === "unavailable") this.#unavailable.set(chat.text, chat.id);
      this.#print(show.failedChatLine({ ...chat, state }));
    } else if (state.at === "sent" && !this.#options.json) {
      this.#print(...show.ownChatLines(chat.text, this.#welcome?.username ?? "", state.ack));
    }
    this.#showStatus();
    if (this.#isLeaving && this.#connection.outstanding === 0) this.#end();
  }

  #showStatus(): void {
    this.#options.screen.showStatus(statusLine({
      state: this.#connection.state,
      clock: this.#clock,
      host: new URL(this.#options.url).host,
      time: this.#time,
      waiting: this.#connection.outstanding,
      length: this.#editor.text.trim().length,
      lengthLimit: this.#welcome?.limits.message_length ?? Infinity,
      now: this.#options.surroundings.now(),
    }));
  }

  #print(...lines: readonly Line[]): void {
    this.#options.screen.print(...lines);
  }

  #notice(text: string): void {
    this.#print(show.notice(text));
  }

  #warn(text: string): void {
    this.#print(show.warning(text));
  }
}
