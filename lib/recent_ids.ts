/**
 * Where chats stand that may be sent again: their places, by their senders' ids, whether their texts are kept or not. Pure.
 *
 * Invariant: at least the newest `size` are known, and at most twice as many.
 *
 * @module
 */

/** A chat's place in the order, without the chat. */
export interface Place {
  /** Whose chat it is. */
  readonly clientId: string;
  /** The sender's own id for it. */
  readonly id?: string | undefined;
  readonly offset: number;
  /** ISO 8601, UTC, ms. */
  readonly timestamp: string;
  /** How many other connections were online when it was sent. */
  readonly recipients: number;
}

/** The places of the newest chats that had an id. */
export class RecentIds {
  readonly #size: number;
  // Two generations: to drop the oldest of one map at each chat would cost more the longer it gets.
  #young = new Map<string, Place>();
  #old: ReadonlyMap<string, Place> = new Map();

  /** @param size How many are known at the least. */
  constructor(size: number) {
    this.#size = size;
  }

  /** Remembers a place. */
  add({ clientId, id, offset, timestamp, recipients }: Place): void {
    if (id === undefined) return;
    if (this.#young.size >= this.#size) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(keyOf({ clientId, id }), { clientId, id, offset, timestamp, recipients });
  }

  /** The place of the chat that the same sender has sent under the same id. */
  find(chat: Pick<Place, "clientId" | "id">): Place | undefined {
    if (chat.id === undefined) return undefined;
    const key = keyOf(chat);
    return this.#young.get(key) ?? this.#old.get(key);
  }
}

// A client_id has no space.
function keyOf({ clientId, id }: Pick<Place, "clientId" | "id">): string {
  return `${clientId} ${id}`;
}
