/**
 * What the nodes tell each other besides chats. The port; the version on NATS is in `lib/nats_bus.ts`.
 *
 * Invariant: a text reaches each other node at most once, and those of one node arrive in the order in which it
 * published them. Nothing is kept: what is published while the broker is away is lost.
 *
 * @module
 */

/** Who hears what the nodes tell each other. */
export interface BusListener {
  /** A node has published a text: another one, or this one. */
  message(text: string): void;
  /** The broker has come (`true`) or gone. Texts may have been lost between going and coming. */
  changed(up: boolean): void;
}

/** Carries texts to all nodes. */
export interface Bus {
  /** Tells a text to every node that listens now; returns at once. Never throws; lost while the broker is away. */
  publish(text: string): void;
  /** Sets who hears what comes in from now on. */
  subscribe(listener: BusListener): void;
}
