/**
 * The connection that one dashboard watches, on whichever node that is: asked for again as long as somebody looks, and what
 * became of it. What passes on it comes from that node's admin_desk.ts.
 *
 * Invariant: after its end it tells nothing, and whoever comes back by the same client_id is not watched unasked.
 *
 * @module
 */

import type { AdminExchange } from "./admin_exchange.ts";
import type { AdminAnswer, Standing, ToDashboard, Watched } from "./admin_message.ts";

/** How often it is asked for again, in seconds; see admin_desk.ts. */
const RENEW_SECONDS = 5;

/** What {@linkcode AdminSight} takes. */
export interface AdminSightOptions {
  readonly node: string;
  readonly client_id: string;
  /** The address of whoever watches. */
  readonly by: string;
  readonly exchange: Pick<AdminExchange, "ask" | "listen">;
  readonly tell: (message: Extract<ToDashboard, { type: "watching" | "watched" }>) => void;
  readonly failed: (error: unknown) => void;
}

/** One connection that is watched. */
export class AdminSight {
  readonly #options: AdminSightOptions;
  /** The name of this watch among those of all nodes. */
  readonly #watch = crypto.randomUUID();
  readonly #stopListening: () => void;
  /** How it stands with it, as was told last. */
  #standing: Standing | undefined;
  #seconds = 0;
  #hasEnded = false;

  /** Asks at once. */
  constructor(options: AdminSightOptions) {
    this.#options = options;
    const { exchange } = options;
    this.#stopListening = exchange.listen(this.#watch, (watched) => this.#show(watched));
    this.#ask();
  }

  /** Asks again; for each second. */
  tick(): void {
    if (!this.#hasEnded && ++this.#seconds % RENEW_SECONDS === 0) this.#ask();
  }

  /** Ends it; idempotent. */
  end(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#stopListening();
    const { node, exchange, failed } = this.#options;
    exchange.ask([node], { type: "unwatch", watch: this.#watch }).catch(failed);
  }

  #ask(): void {
    const { node, client_id, by, exchange, failed } = this.#options;
    exchange.ask([node], { type: "watch", client_id, watch: this.#watch, by })
      .then((answers) => this.#take(standingOf(answers.get(node))))
      .catch(failed);
  }

  #take(standing: Standing): void {
    if (this.#hasEnded || standing === this.#standing) return;
    this.#standing = standing;
    const { client_id, tell } = this.#options;
    tell({ type: "watching", client_id, standing });
    if (standing === "unknown") this.end();
  }

  #show({ frames, dropped, ended }: Watched): void {
    const { client_id, tell } = this.#options;
    tell({ type: "watched", client_id, frames, dropped, ended });
    if (ended) this.end();
  }
}

function standingOf(answer: AdminAnswer | undefined): Standing {
  if (answer === undefined) return "silent";
  if (answer.too_many) return "too_many";
  return answer.total > 0 ? "watched" : "unknown";
}
