/**
 * What is counted of a node's work: plain numbers to which its parts add, and durations. How these are told is
 * exposition.ts's business; what they count, that of the part that counts.
 *
 * Invariant: what everybody receives is counted by the turn, never by the delivery, and nothing here grows with time or
 * with what clients say.
 *
 * @module
 */

import { CloseCode, LOST } from "./close_codes.ts";
import { systemTime, type Time } from "./clock.ts";
import type { FibonacciFailure } from "./fibonacci.ts";
import type { ErrorCode } from "./protocol.ts";
import { Latency } from "./latency.ts";
import { Traffic } from "./traffic.ts";

/**
 * Sums by a label, of which there must be few. Those that are known begin with 0: what appears with 1 has never risen, to
 * whoever asks Prometheus for its `increase()`.
 */
export class Tally<Label extends string | number> {
  readonly #counts: Map<Label, number>;

  constructor(known: readonly Label[]) {
    this.#counts = new Map(known.map((label) => [label, 0]));
  }

  /** Counts one more. */
  add(label: Label): void {
    this.#counts.set(label, this.count(label) + 1);
  }

  /** How often a label was counted. */
  count(label: Label): number {
    return this.#counts.get(label) ?? 0;
  }

  /** The labels that are known or were counted, and how often. */
  entries(): Iterable<[Label, number]> {
    return this.#counts.entries();
  }
}

/** What came of a wish to resume: all that was missed; the session without it; another session; try again. */
export type ResumeOutcome = "whole" | "incomplete" | "unknown" | "unavailable";

/** The close codes that are told apart; clients may send thousands of others. */
const KNOWN_CODES: ReadonlySet<number> = new Set([...Object.values(CloseCode), 1005, LOST]);

/** How clients end a connection; 0 is any code that is nobody's. */
const CLIENT_CODES = [CloseCode.goodbye, CloseCode.leaving, 1005, LOST, 0] as const;
const HANDSHAKE_STATUSES = [400, 401, 403, 421, 426, 429, 503] as const;
const ENTRY_CODES = ["username_taken", "username_invalid", "unavailable"] as const;
const MESSAGE_CODES = [
  ...["invalid_json", "invalid_message", "message_too_long", "unknown_type"] as const,
  ...["rate_limited", "fibonacci_out_of_range", "busy", "unavailable", "internal"] as const,
] satisfies readonly ErrorCode[];

/** How often the event loop is asked whether it is late, in ms. */
const LOOK_MS = 50;
/** Chats that are heard within so many ms of each other are looked at once: to ask for the time costs more than to count. */
const SAMPLE_MS = 1;

/** The measures of one node. */
export class Metrics {
  readonly traffic = new Traffic();
  /** Chats from the clients of this node, and from outside by it. */
  chats = 0;
  /** Connections that were closed since they read too slowly. */
  slowReaders = 0;
  fibonacciAsked = 0;
  /** Steps of more than one in the order of chats: places that were lost. */
  skips = 0;
  /** Connections that did not come in: by the status before the upgrade, by the code of the error after it. */
  readonly refusedConnections = new Tally<string | number>([...HANDSHAKE_STATUSES, ...ENTRY_CODES]);
  /** Messages that were answered by an error, by its code. */
  readonly refusedMessages = new Tally<string>(MESSAGE_CODES);
  /** Of connections whose socket was open, by who ended them and the code; 0 for a code that is nobody's. */
  readonly closes = {
    client: new Tally<number>(CLIENT_CODES),
    server: new Tally<number>(Object.values(CloseCode)),
  } as const;
  readonly rateLimited = new Tally<"messages" | "answers" | "connects">(
    ["messages", "answers", "connects"],
  );
  readonly resumes = new Tally<ResumeOutcome>(["whole", "incomplete", "unknown", "unavailable"]);
  readonly fibonacciRefused = new Tally<"computing" | FibonacciFailure>(
    ["computing", "queue_full", "deadline", "fault"],
  );

  /** How long after its second a tick was written. */
  readonly tickLateness = new Latency();
  /** From a frame or request to the place of its chat in the order, of at most one chat of this node a millisecond. */
  readonly appendTime = new Latency();
  /** From there to the end of the turn in which the chat was written to everybody; likewise. */
  readonly deliveryTime = new Latency();
  /** Statements that the database carried out, and those that failed. */
  readonly statementTime = { ok: new Latency(), failed: new Latency() } as const;
  /** From the question to the answer, of those that got their number. */
  readonly fibonacciTime = new Latency();
  /** How late the event loop is. */
  readonly eventLoopLag = new Latency();

  readonly #time: Time;
  /** When the chat was heard that was looked at last. */
  #sampledAt = -Infinity;
  /** When the first one of this turn was heard that is looked at. */
  #turnHeardAt: number | undefined;

  constructor(time: Time = systemTime) {
    this.#time = time;
  }

  /**
   * A chat of this node's own client has its place in the order.
   *
   * @param heardAt When it was heard; by `elapsed`.
   */
  ordered(heardAt: number): void {
    if (heardAt - this.#sampledAt < SAMPLE_MS) return;
    this.#sampledAt = heardAt;
    this.#turnHeardAt ??= heardAt;
    this.appendTime.record(this.#time.elapsed() - heardAt);
  }

  /** The turn is over: what came in it has been written. */
  written(): void {
    if (this.#turnHeardAt === undefined) return;
    this.deliveryTime.record(this.#time.elapsed() - this.#turnHeardAt);
    this.#turnHeardAt = undefined;
  }

  /** A connection whose socket was open has ended. */
  closed({ code, by }: { readonly code: number; readonly by: "client" | "server" }): void {
    this.closes[by].add(KNOWN_CODES.has(code) ? code : 0);
  }

  /** Looks from now on how late the event loop is; returns what ends it. */
  watchEventLoop(): () => void {
    const dueAt = this.#time.elapsed() + LOOK_MS;
    let cancel = this.#time.after(LOOK_MS, () => {
      this.eventLoopLag.record(this.#time.elapsed() - dueAt);
      cancel = this.watchEventLoop();
    });
    return () => cancel();
  }
}
