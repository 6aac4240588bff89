/**
 * The props of islands, arrived in the browser.
 *
 * Here: reading them. Not here: writing them (../props.ts).
 * Invariant: what the server shared between islands is shared between them again.
 *
 * @module
 */
import { computed, signal } from "@preact/signals";
import { unflatten } from "devalue";

/**
 * Reads what the server's `encodeProps()` wrote: props in the order of the islands. A computed
 * signal has the value that it had in the server, for good.
 */
export function decodeProps(encoded: unknown[]): Record<string, unknown>[] {
  return unflatten(encoded, {
    Signal: ([value]) => signal(value),
    Computed: ([value]) => computed(() => value),
    URL: (href) => new URL(href),
  });
}
