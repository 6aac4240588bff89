/**
 * The comments that enclose an island in a document.
 *
 * Here: how they are written and read; server and browser share it. Not here: who looks for them.
 * Invariant: `parseIslandStart(islandStart(name, index))` is `{ name, index }`.
 *
 * @module
 */

/** The comment after an island. */
export const ISLAND_END = "/frsh:island";

/** The comment before an island: the component's name and the index of its props. */
export function islandStart(name: string, index: number): string {
  return `frsh:island:${name}:${index}`;
}

/** Reads a comment; null if it does not start an island. Never throws. */
export function parseIslandStart(comment: string): { name: string; index: number } | null {
  const [, name, index] = /^frsh:island:([\w$]+):(\d+)$/.exec(comment) ?? [];
  return name === undefined ? null : { name, index: Number(index) };
}
