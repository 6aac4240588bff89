/**
 * From a frame to what it means: size and rate first, then one message after the other. Who is in the room is the hub's
 * business.
 *
 * Invariant: every message but a chat without an `id` is answered once, unless it ends the connection; what a format
 * leaves out of the answers, it leaves out.
 *
 * @module
 */

import type { Attendance } from "./attendance.ts";
import { parseClientMessage, parseTextMessage } from "./client_message.ts";
import { CloseCode } from "./close_codes.ts";
import type { Time } from "./clock.ts";
import type { Config } from "./config.ts";
import type { Connection } from "./connection.ts";
import type { FanOut } from "./fan_out.ts";
import type { FibonacciPool } from "./fibonacci.ts";
import type { Journal } from "./journal.ts";
import type { Metrics } from "./metrics.ts";
import type { ClientMessage, ServerMessage, User, WireError } from "./protocol.ts";
import { traced } from "./tracing.ts";

/** When whoever has not read what was answered may ask again. */
const UNREAD_MS = 1000;

/** Whoever speaks: a connection that has been welcomed. */
export interface Speaker {
  readonly connection: Connection;
  readonly user: User;
  /** Whether a Fibonacci number is being computed for it. */
  computing: boolean;
}

/** What {@linkcode Dispatcher} takes. */
export interface DispatcherOptions {
  readonly limits: Pick<Config, "MESSAGE_LENGTH" | "FIBONACCI_MAX" | "MESSAGES_PER_SECOND">;
  readonly journal: Journal;
  readonly fibonacci: Pick<FibonacciPool, "compute">;
  readonly fanOut: FanOut;
  readonly attendance: Pick<Attendance, "online" | "users">;
  readonly time: Time;
  readonly metrics: Pick<
    Metrics,
    | "chats"
    | "refusedMessages"
    | "rateLimited"
    | "fibonacciAsked"
    | "fibonacciRefused"
    | "fibonacciTime"
  >;
}

/** Why a connection is to be closed. */
export interface Ending {
  readonly code: CloseCode;
  readonly reason: string;
}

/** The meaning of messages, for one hub. */
export class Dispatcher {
  readonly #options: DispatcherOptions;

  constructor(options: DispatcherOptions) {
    this.#options = options;
  }

  /**
   * Carries out a frame.
   *
   * @param faulted Hears of a fault that shows only later.
   * @returns Why the connection is to be closed, or `undefined`.
   */
  receive(
    speaker: Speaker,
    data: unknown,
    faulted: (error: unknown) => void,
  ): Ending | undefined {
    const accepted = speaker.connection.accept(data);
    if (accepted.is === "refused") return accepted;
    for (const line of accepted.lines) {
      const verdict = speaker.connection.countMessage();
      if (verdict.is !== "passed") this.#options.metrics.rateLimited.add("messages");
      if (verdict.is === "close") {
        return { code: CloseCode.overRate, reason: "kept sending over the rate limit" };
      }
      const message = this.#parse(
        speaker,
        line,
        verdict.is === "limited" ? verdict.retryAfterMs : 0,
      );
      if (message !== undefined) this.#dispatch(speaker, message, faulted);
    }
    return undefined;
  }

  /** Parses a message and answers what is wrong with it; `undefined` where it is not to be carried out. */
  #parse(speaker: Speaker, line: string, retryAfterMs: number): ClientMessage | undefined {
    const { limits } = this.#options;
    const parse = speaker.connection.format === "text" ? parseTextMessage : parseClientMessage;
    const parsed = parse(line, {
      messageLength: limits.MESSAGE_LENGTH,
      fibonacciMax: limits.FIBONACCI_MAX,
    });
    if (retryAfterMs > 0) {
      // Parsed all the same, for its id: too many of these end the connection, so that there are never many.
      const told = parsed.ok ? parsed.value : parsed.error;
      this.#refuse(speaker, {
        code: "rate_limited",
        message: `could not take the message: more than ${limits.MESSAGES_PER_SECOND} a second`,
        retry_after_ms: retryAfterMs,
        id: "id" in told ? told.id : undefined,
      });
      return undefined;
    }
    if (parsed.ok) return parsed.value;
    this.#refuse(speaker, parsed.error);
    return undefined;
  }

  #dispatch(speaker: Speaker, message: ClientMessage, faulted: (error: unknown) => void): void {
    const { journal, attendance, fanOut, time, metrics } = this.#options;
    switch (message.type) {
      case "chat": {
        speaker.connection.chatsIn++;
        const { username, client_id: clientId } = speaker.user;
        const recipients = attendance.online - 1;
        const { message: text, id } = message;
        const { heardAt } = speaker.connection;
        metrics.chats++;
        return journal.append({ message: text, username, clientId, id, recipients, heardAt });
      }
      case "fibonacci":
        if (speaker.connection.writer.isFull) return this.#refuseUnread(speaker, message.id);
        this.#computeFibonacci(speaker, message).catch(faulted);
        return;
      case "ping": {
        speaker.connection.roundTripMs = message.round_trip_ms ?? speaker.connection.roundTripMs;
        const timestamp = new Date(time.now()).toISOString();
        return this.#send(speaker, { type: "pong", timestamp, id: message.id });
      }
      case "users": {
        if (speaker.connection.writer.isFull) return this.#refuseUnread(speaker);
        const retryAfterMs = speaker.connection.countList();
        if (retryAfterMs === 0) return fanOut.sendShared(speaker.connection, attendance.users);
        const why = "could not list who is online: more than once a second";
        return this.#refuseForNow(speaker, { message: why, retry_after_ms: retryAfterMs });
      }
    }
  }

  #refuseUnread(speaker: Speaker, id?: string): void {
    const message = "could not answer: too much that was answered has not been read";
    this.#refuseForNow(speaker, { message, retry_after_ms: UNREAD_MS, id });
  }

  /** Refuses a question within the rate of messages, whose answer would be too much: that is no reason for a close. */
  #refuseForNow(speaker: Speaker, error: Omit<WireError, "code">): void {
    this.#options.metrics.rateLimited.add("answers");
    this.#refuse(speaker, { code: "rate_limited", ...error });
  }

  async #computeFibonacci(
    speaker: Speaker,
    { input, id }: Extract<ClientMessage, { type: "fibonacci" }>,
  ): Promise<void> {
    const { fibonacci, time, metrics } = this.#options;
    const refuse = (code: "busy" | "internal", why: string) =>
      this.#refuse(speaker, { code, message: `could not compute Fibonacci: ${why}`, id });
    const askedAt = time.elapsed();
    metrics.fibonacciAsked++;
    if (speaker.computing) {
      metrics.fibonacciRefused.add("computing");
      return refuse("busy", "the one before is still being worked on");
    }
    speaker.computing = true;
    const outcome = await traced({
      name: "fibonacci",
      isAside: true,
      attributes: { "pulso.input": input },
      after: (outcome) => outcome.ok ? {} : { "error.type": outcome.error },
    }, () => fibonacci.compute(input));
    speaker.computing = false;
    if (!outcome.ok) {
      metrics.fibonacciRefused.add(outcome.error);
      if (outcome.error === "fault") return refuse("internal", "its worker failed");
      return refuse(
        "busy",
        outcome.error === "deadline" ? "it took too long" : "too many are waiting",
      );
    }
    metrics.fibonacciTime.record(time.elapsed() - askedAt);
    const { digits, elapsedMs } = outcome.value;
    const value = Number(digits);
    this.#send(speaker, {
      type: "fibonacci",
      input,
      result: Number.isSafeInteger(value) ? value : digits,
      digits: digits.length,
      elapsed_ms: elapsedMs,
      id,
    });
  }

  #refuse(speaker: Speaker, error: WireError): void {
    this.#options.metrics.refusedMessages.add(error.code);
    this.#send(speaker, { type: "error", ...error });
  }

  #send(speaker: Speaker, message: ServerMessage): void {
    this.#options.fanOut.send(speaker.connection, message);
  }
}
