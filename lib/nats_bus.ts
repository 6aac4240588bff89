/**
 * The bus on NATS. The port is `lib/bus.ts`; whence the connection comes is `lib/nats.ts`.
 *
 * Invariant: nothing is held back for later: what cannot be published now is lost.
 *
 * @module
 */

import type { NatsConnection } from "@nats-io/transport-node";
import type { Bus, BusListener } from "./bus.ts";
import { describeError, type Log } from "./log.ts";

/** {@linkcode Bus} on a subject of core NATS. */
export class NatsBus implements Bus {
  readonly #subject: string;
  readonly #log: Log;
  #connection: NatsConnection | undefined;
  #listener: BusListener = { message: () => {}, changed: () => {} };

  /**
   * @param subject Of all nodes; nothing else is published to it.
   */
  constructor(subject: string, log: Log) {
    this.#subject = subject;
    this.#log = log;
  }

  publish(text: string): void {
    try {
      this.#connection?.publish(this.#subject, text);
    } catch (error) {
      // Too large for the broker; that the connection is gone is told otherwise.
      this.#log.warning("bus_text_lost", { length: text.length, reason: describeError(error) });
    }
  }

  subscribe(listener: BusListener): void {
    this.#listener = listener;
  }

  /** A connection has come. */
  come(connection: NatsConnection): void {
    connection.subscribe(this.#subject, {
      callback: (error, message) => {
        if (error !== null) return;
        try {
          this.#listener.message(message.string());
        } catch (fault) {
          // What is thrown here would end the connection's reader.
          this.#log.error("bus_fault", { reason: describeError(fault) });
        }
      },
    });
    // Only what is published after the broker has heard of the subscription arrives.
    const listens = () => {
      this.#connection = connection;
      this.#listener.changed(true);
    };
    connection.flush().then(listens, () => {});
  }

  /** It is gone. */
  go(): void {
    if (this.#connection === undefined) return;
    this.#connection = undefined;
    this.#listener.changed(false);
  }
}
