/**
 * Which chats have come by, by their offsets: each comes once, as somebody's chat or as one's own `ack`.
 *
 * Invariant: a missing offset is told once, when it is known of for longer than {@linkcode PATIENCE_MS}.
 *
 * @module
 */

/** The server's time may run ahead of chats that are still on their way. */
const PATIENCE_MS = 1000;

/** The state of the order. */
export class Order {
  #position: number | undefined;
  /** What came out of its turn: of one second at the most. */
  readonly #ahead = new Set<number>();
  #newest: number;
  #awaited: { readonly offset: number; readonly since: number } | undefined;

  constructor(position: number | undefined) {
    this.#position = position;
    this.#newest = position ?? 0;
  }

  /** Up to here everything has come by; `undefined` where nothing is known. */
  get position(): number | undefined {
    return this.#position;
  }

  /** The newest offset that is known of, 0 where there is none. */
  get newest(): number {
    return this.#newest;
  }

  /** Begins anew after an offset. */
  begin(offset: number): void {
    this.#position = this.#newest = offset;
    this.#ahead.clear();
    this.#awaited = undefined;
  }

  /** Takes an offset that has come by. */
  came(offset: number, now: number): void {
    if (this.#position === undefined) return this.begin(offset);
    if (offset <= this.#position) return;
    this.#ahead.add(offset);
    this.#advance(this.#position);
    this.known(offset, now);
  }

  /** Takes the newest offset that the server tells of. */
  known(offset: number, now: number): void {
    this.#position ??= offset;
    this.#newest = Math.max(this.#newest, offset);
    const isAwaited = this.#awaited !== undefined && this.#awaited.offset > this.#position;
    if (isAwaited) return;
    this.#awaited = this.#newest > this.#position
      ? { offset: this.#newest, since: now }
      : undefined;
  }

  /**
   * Gives up what has not come for too long, and goes on behind it.
   *
   * @returns The first offset that is missing, if any.
   */
  missing(now: number): number | undefined {
    const { position, awaited } = { position: this.#position, awaited: this.#awaited };
    if (position === undefined || awaited === undefined) return undefined;
    if (awaited.offset <= position || now - awaited.since <= PATIENCE_MS) return undefined;
    const next = this.#ahead.size === 0 ? awaited.offset + 1 : Math.min(...this.#ahead);
    this.#advance(next - 1);
    this.#awaited = undefined;
    this.known(this.#newest, now);
    return position + 1;
  }

  #advance(position: number): void {
    while (this.#ahead.delete(position + 1)) position++;
    this.#position = position;
  }
}
