/**
 * The name of an order of chats, which lives with the stream that holds it: in its description. Pure.
 *
 * Invariant: two orders never have the same name, also where the stream is an older copy of itself.
 *
 * When a stream was made names it only until that is written down: a broker may tell another time after its settings were
 * changed.
 *
 * @module
 */

/** An order of chats. */
export interface Order {
  /** Names the stream. */
  readonly id: string;
  /** How often it has lost chats that had been told: since then its offsets mean others. */
  readonly generation: number;
}

/** What of a stream tells its order. */
interface Described {
  readonly created: unknown;
  readonly config: { readonly description?: string };
}

const DESCRIPTION = /^epoch (\w{8,30})(?:-(\d{1,5}))?$/;

/** The epoch of an order. */
export function epochOf({ id, generation }: Order): string {
  return generation === 0 ? id : `${id}-${generation}`;
}

/** The description of a stream that holds an order. */
export function describeOrder(order: Order): string {
  return `epoch ${epochOf(order)}`;
}

/** Whether a stream's description says which order it holds. */
export function isNamed({ config }: Described): boolean {
  return DESCRIPTION.test(config.description ?? "");
}

/** The order that a stream holds. */
export function orderOf({ created, config }: Described): Order {
  const [, id, generation = "0"] = DESCRIPTION.exec(config.description ?? "") ?? [];
  return { id: id ?? String(created).replace(/\W/g, ""), generation: Number(generation) };
}
