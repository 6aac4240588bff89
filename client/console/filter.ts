/**
 * The console client without a terminal: lines in are sent, messages out are lines.
 *
 * Invariant: it ends with 0 only where every line that was read was acknowledged or answered.
 *
 * @module
 */

import type { ServerMessage } from "../../lib/protocol.ts";
import { Connection, type ConnectionState } from "../connection.ts";
import { FibonacciQueue } from "./fibonacci.ts";
import { describeCaughtUp, describeFailure, describeLoss, describeRefusal } from "./reasons.ts";
import { visible, visibleJson } from "./width.ts";
import { BoundedMap } from "../bounded_map.ts";
import { ENTRIES_MOST, type OutgoingChat } from "../outbox.ts";
import type { Surroundings } from "../surroundings.ts";

/** What {@linkcode Filter} takes. */
export interface FilterOptions {
  readonly url: string;
  /** The wished name; none for a guest. */
  readonly name: string | undefined;
  /** Whether messages come out as they are on the wire. */
  readonly json: boolean;
  readonly lines: AsyncIterable<string>;
  /** Takes a line of output; a throw means that nobody reads any more, and ends the filter. */
  readonly output: (line: string) => void;
  /** Takes what there is to say about the run. */
  readonly complain: (line: string) => void;
  readonly surroundings: Surroundings;
}

/** The most lines that may be on their way. */
const OUTSTANDING_MOST = 100;
/** How long nothing may move once standard input has ended. */
const STUCK_MS = 30_000;

/** One run of the console client as a filter. */
export class Filter {
  readonly #options: FilterOptions;
  readonly #connection: Connection;
  readonly #fibonacci: FibonacciQueue;
  readonly #done = Promise.withResolvers<number>();
  readonly #failures = new Map<string, number>();
  /** The ids of the lines that the server could not take. */
  readonly #unavailable = new BoundedMap<string, true>(ENTRIES_MOST);
  #read = 0;
  #inputHasEnded = false;
  #isDone = false;
  #wasOnline = false;
  #lossIsTold = false;
  #makeRoom: () => void = () => {};
  #cancelDeadline: () => void = () => {};

  constructor(options: FilterOptions) {
    this.#options = options;
    this.#connection = new Connection({
      url: options.url,
      surroundings: options.surroundings,
      listeners: {
        state: (state) => this.#stateChanged(state),
        message: (message, line) => this.#received(message, line),
        chat: (chat) => this.#chatChanged(chat),
        caughtUp: (outcome) => this.#complain(describeCaughtUp(outcome)),
      },
    });
    this.#fibonacci = new FibonacciQueue({
      after: options.surroundings.after,
      waitMs: () => this.#connection.waitMs,
      transmit: (input, id) => this.#connection.fibonacci(input, id),
      answered: ({ result }) => {
        if (!options.json) this.#output(String(result));
        this.#moved();
      },
      failed: (input, { message }) => {
        this.#fail(`fib(${input}): ${message}`);
        this.#moved();
      },
    });
  }

  /** Connects and works until the end; returns the exit code. */
  run(): Promise<number> {
    this.#connection.connect(this.#options.name);
    this.#sendAll();
    return this.#done.promise;
  }

  get #outstanding(): number {
    return this.#connection.outstanding + this.#fibonacci.size;
  }

  async #sendAll(): Promise<void> {
    for await (const line of this.#options.lines) {
      if (this.#isDone) return;
      this.#send(line);
      while (this.#outstanding >= OUTSTANDING_MOST) {
        await new Promise<void>((resolve) => this.#makeRoom = resolve);
      }
    }
    this.#inputHasEnded = true;
    this.#moved();
  }

  #send(line: string): void {
    if (line.trim() === "") return;
    this.#read++;
    // As in format=text; see docs/PROTOCOL.md, section 5.
    const fibonacci = /^\/fib\s+(\S+)\s*$/.exec(line);
    if (fibonacci === null) {
      this.#connection.say(line);
      return;
    }
    const input = Number(fibonacci[1]);
    if (Number.isInteger(input)) this.#fibonacci.ask(input);
    else this.#fail(`/fib: not an integer: ${fibonacci[1]}`);
  }

  #stateChanged(state: ConnectionState): void {
    if (state.phase === "online") {
      if (this.#lossIsTold) this.#complain(`connected again as ${state.welcome.username}`);
      this.#wasOnline = true;
      this.#lossIsTold = false;
      this.#fibonacci.resume();
      this.#moved();
    } else {
      this.#fibonacci.pause();
    }
    if (state.phase === "waiting" && !this.#lossIsTold) {
      this.#lossIsTold = true;
      this.#complain(`not connected: ${describeLoss(state.code)}; trying again`);
    }
    if (state.phase === "refused") {
      this.#complain(`turned away: ${describeRefusal(state)}`);
      this.#finish(1);
    }
  }

  #received(message: ServerMessage, line: string): void {
    if (this.#options.json) this.#output(visibleJson(line));
    const isAnswer = this.#fibonacci.take(message);
    if (message.type === "chat" && !this.#options.json) {
      const prefix = `${visible(message.username)}: `;
      for (const text of message.message.split("\n")) this.#output(prefix + visible(text));
    }
    const isOnline = this.#connection.state.phase === "online";
    if (message.type === "error" && message.id === undefined && !isAnswer && isOnline) {
      this.#complain(message.message);
    }
  }

  #chatChanged({ id, state }: OutgoingChat): void {
    if (state.at === "waiting") return;
    if (state.at === "failed") {
      this.#fail(describeFailure(state.why));
      if (state.why === "unavailable") this.#unavailable.set(id, true);
    } else if (this.#unavailable.delete(id)) {
      // The server has found a place for it after all.
      this.#fail(describeFailure("unavailable"), -1);
    }
    // The outbox may be in the middle of ending several.
    queueMicrotask(() => this.#moved());
  }

  /** Something has come to its end: there is room for more, or all is done. */
  #moved(): void {
    this.#makeRoom();
    if (!this.#inputHasEnded || this.#isDone) return;
    this.#cancelDeadline();
    if (this.#wasOnline && this.#outstanding === 0) {
      return this.#finish(this.#failures.size === 0 ? 0 : 1);
    }
    this.#cancelDeadline = this.#options.surroundings.after(STUCK_MS, () => {
      this.#complain(`gave up: nothing moved for ${STUCK_MS / 1000} s`);
      this.#finish(1);
    });
  }

  #finish(code: number): void {
    if (this.#isDone) return;
    this.#isDone = true;
    this.#cancelDeadline();
    const waiting = this.#fibonacci.size;
    // Tells the fate of what was on its way.
    this.#connection.disconnect();
    this.#fail("never sent", this.#connection.outstanding);
    this.#fail("/fib not answered", waiting);
    this.#makeRoom();
    if (code !== 0 && this.#failures.size > 0) this.#complainOfFailures();
    this.#done.resolve(code);
  }

  #complainOfFailures(): void {
    const reasons = [...this.#failures].map(([why, count]) => `${count}: ${why}`);
    const count = [...this.#failures.values()].reduce((sum, each) => sum + each, 0);
    this.#complain(`${count} of ${this.#read} lines were not delivered (${reasons.join("; ")})`);
  }

  #fail(why: string, count = 1): void {
    // So that a file of a million refused numbers does not become a million reasons.
    const known = this.#failures.has(why) || this.#failures.size < 20 ? why : "other reasons";
    const sum = (this.#failures.get(known) ?? 0) + count;
    if (sum > 0) this.#failures.set(known, sum);
    else this.#failures.delete(known);
  }

  #output(line: string): void {
    if (this.#isDone) return;
    try {
      this.#options.output(line);
    } catch {
      // Whoever closes the pipe has seen enough: not a failure.
      this.#finish(0);
    }
  }

  #complain(text: string): void {
    this.#options.complain(visible(text));
  }
}
