/**
 * Who does the next thing, where several nodes share a database: the test's choice, so that it can be had again.
 *
 * Invariant: between two turns nothing goes on.
 *
 * @module
 */

import { DatabaseError } from "../lib/queries.ts";

/** Somebody who waits for turns. */
export interface Player {
  /** It has no turn before it is awake again, but for ending what is alone. */
  isAsleep: boolean;
}

interface Waiting {
  readonly player: Player;
  /** Whether it is in the midst of what is done alone. */
  readonly isInside: boolean;
  readonly turn: PromiseWithResolvers<void>;
}

/** Gives turns. */
export class Turns {
  #waiting: Waiting[] = [];
  #busy = 0;
  #idle = Promise.withResolvers<void>();

  constructor() {
    this.#idle.resolve();
  }

  /** Resolves when it is its turn. */
  wait(player: Player): Promise<void> {
    return this.#wait(player, false);
  }

  /** Does something that takes its time; the next turn is given when it is done. */
  async work<T>(work: () => Promise<T>): Promise<T> {
    this.#begin();
    try {
      return await work();
    } finally {
      this.#end();
    }
  }

  /** In the midst of such work: waits for a turn, while no other player has one. */
  async pause(player: Player): Promise<void> {
    this.#end();
    try {
      await this.#wait(player, true);
    } finally {
      this.#begin();
    }
  }

  /**
   * What this one waits for never comes.
   *
   * @throws {DatabaseError} In the midst of its work.
   */
  forget(player: Player): void {
    const lost = this.#waiting.filter((waiting) => waiting.player === player);
    this.#waiting = this.#waiting.filter((waiting) => waiting.player !== player);
    for (const { isInside, turn } of lost) {
      if (isInside) turn.reject(new DatabaseError("CLOSED", "dead"));
    }
  }

  /**
   * Gives turns until nobody who is awake waits.
   *
   * @param order Whose turn it is: a number for those who wait, longest first, and then `actions`; where it ends, 0.
   * @param actions What else is done, in this order.
   */
  async settle(order: readonly number[], actions: readonly (() => void)[]): Promise<void> {
    const rest = [...actions];
    for (let turn = 0;; turn++) {
      do {
        await this.#idle.promise;
        await new Promise(setImmediate);
      } while (this.#busy > 0);
      const inside = this.#waiting.filter(({ isInside }) => isInside);
      const awake = this.#waiting.filter(({ player }) => !player.isAsleep);
      const waiting = inside.length > 0 ? inside : awake;
      const choices = waiting.length + Math.min(rest.length, 1);
      if (choices === 0) return;
      const next = waiting[(order[turn] ?? 0) % choices];
      if (next === undefined) rest.shift()?.();
      this.#waiting = this.#waiting.filter((one) => one !== next);
      next?.turn.resolve();
    }
  }

  #wait(player: Player, isInside: boolean): Promise<void> {
    const turn = Promise.withResolvers<void>();
    this.#waiting.push({ player, isInside, turn });
    return turn.promise;
  }

  #begin(): void {
    if (this.#busy++ === 0) this.#idle = Promise.withResolvers();
  }

  #end(): void {
    if (--this.#busy === 0) this.#idle.resolve();
  }
}
