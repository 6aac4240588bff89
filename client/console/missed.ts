/**
 * What was said while the connection was lost, and did not come by with a new one: fetched, where the server still has it.
 *
 * @module
 */

import type { ServerMessageOf } from "../../lib/protocol.ts";
import type { CaughtUp, StoredSession } from "../connection.ts";
import { fetchMissed, firstMissing } from "../kept_chats.ts";

/** What is told of coming back, and the chats that had to be fetched, oldest first. */
export interface Recovery {
  readonly outcome: CaughtUp;
  readonly chats: readonly ServerMessageOf<"chat">[];
}

/** What there is to fetch after each loss. */
export class Missed {
  readonly #fetchJson: (path: string) => Promise<unknown>;
  readonly #told: (recovery: Recovery) => void;
  #left: StoredSession | undefined;

  /**
   * @param fetchJson Fetches JSON of the server.
   * @param told Called once for each time of coming back.
   */
  constructor(
    { fetchJson, told }: {
      readonly fetchJson: (path: string) => Promise<unknown>;
      readonly told: (recovery: Recovery) => void;
    },
  ) {
    this.#fetchJson = fetchJson;
    this.#told = told;
  }

  /** Takes where the connection stood when it was lost. */
  lost(session: StoredSession | undefined): void {
    this.#left = session;
  }

  /** Takes how coming back went, and fetches what may have been missed. Never rejects. */
  async back(
    outcome: CaughtUp,
    welcome: Pick<ServerMessageOf<"welcome">, "epoch" | "offset" | "resumed"> | undefined,
  ): Promise<void> {
    const { epoch, position: after = 0 } = this.#left ?? {};
    // What a session that was resumed has not been given, the server does not have.
    const isNew = outcome.is === "may_have_missed" && welcome?.resumed === false;
    if (!isNew || welcome.epoch !== epoch) return this.#told({ outcome, chats: [] });
    const range = { epoch, after, before: welcome.offset + 1 };
    const chats = await fetchMissed(range, this.#fetchJson);
    const isWhole = firstMissing(chats, range) === undefined;
    this.#told({ outcome: isWhole ? { is: "caught_up", messages: chats.length } : outcome, chats });
  }
}
