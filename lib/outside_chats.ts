/**
 * Chats from outside: who has the key says something to every connection without being one. They go by the journal like all
 * others, under a name that nobody can have.
 *
 * Invariant: each is answered once, with its place or with the reason why it has none; under an id one is said once.
 *
 * @module
 */

import type { Time } from "./clock.ts";
import type { Config } from "./config.ts";
import type { Chat, Journal, Place } from "./journal.ts";
import type { Metrics } from "./metrics.ts";
import { SERVER_NAME } from "./names.ts";
import type { Result } from "./result.ts";
import { TokenBucket } from "./token_bucket.ts";

/** Why a chat was not taken; `limited` where too many came. */
export type OutsideRefusal =
  | { readonly is: "limited"; readonly retryAfterMs: number }
  | { readonly is: "unavailable" };

/** What {@linkcode OutsideChats} takes. */
export interface OutsideChatsOptions {
  readonly journal: Pick<Journal, "append">;
  readonly limits: Pick<Config, "MESSAGES_PER_SECOND" | "MESSAGES_BURST">;
  readonly attendance: { readonly online: number };
  readonly time: Pick<Time, "elapsed">;
  readonly metrics: Pick<Metrics, "chats">;
}

/** The chats from outside, of one node. */
export class OutsideChats {
  readonly #options: OutsideChatsOptions;
  readonly #bucket: TokenBucket;
  /** Those that wait for their place, by id: as many as the rate and the journal's deadline let there be. */
  readonly #waiting = new Map<string, PromiseWithResolvers<Place | undefined>>();

  constructor(options: OutsideChatsOptions) {
    const { limits, time } = options;
    this.#options = options;
    this.#bucket = new TokenBucket(
      { perSecond: limits.MESSAGES_PER_SECOND, burst: limits.MESSAGES_BURST },
      time.elapsed(),
    );
  }

  /**
   * Says something to every connection, once for an id.
   *
   * @param id The caller's own; where there is none it is given one.
   */
  async say(message: string, id?: string): Promise<Result<Place, OutsideRefusal>> {
    const { journal, attendance, time, metrics } = this.#options;
    const heardAt = time.elapsed();
    const retryAfterMs = this.#bucket.take(heardAt);
    if (retryAfterMs > 0) return { ok: false, error: { is: "limited", retryAfterMs } };
    const key = id ?? crypto.randomUUID();
    const known = this.#waiting.get(key);
    const waiting = known ?? Promise.withResolvers<Place | undefined>();
    if (known === undefined) {
      // First: a journal in memory answers at once.
      this.#waiting.set(key, waiting);
      metrics.chats++;
      const sender = { username: SERVER_NAME, clientId: SERVER_NAME };
      journal.append({ message, ...sender, id: key, recipients: attendance.online, heardAt });
    }
    const place = await waiting.promise;
    return place ? { ok: true, value: place } : { ok: false, error: { is: "unavailable" } };
  }

  /** Takes that a chat has its place, anybody's. */
  placed(place: Place): void {
    this.#answer(place, place);
  }

  /** Takes that a chat, anybody's, got no place in time. */
  refused(chat: Chat): void {
    this.#answer(chat, undefined);
  }

  #answer({ clientId, id }: Pick<Place, "clientId" | "id">, place: Place | undefined): void {
    if (clientId !== SERVER_NAME || id === undefined) return;
    this.#waiting.get(id)?.resolve(place);
    this.#waiting.delete(id);
  }
}
