/**
 * Which part of the talk is in the document: its newest items, or those around what is read. Pure.
 *
 * Items have running numbers, which stay the same when older ones are put before them or dropped.
 *
 * Invariant: at most {@linkcode IN_DOCUMENT} items.
 *
 * @module
 */

/** The most items that are in the document. */
export const IN_DOCUMENT = 200;
/** By so many it slides; between two slides its beginning stands still. */
const STEP = 50;

/** The items that there are: how many, and the number of the first. */
export interface Extent {
  readonly begin: number;
  readonly length: number;
}

/** The part of them that is in the document, as indexes. */
export interface Sight {
  readonly start: number;
  readonly end: number;
}

/**
 * The part that is in the document.
 *
 * @param from The number of the item with which it begins; none for the newest.
 */
export function sightOf({ begin, length }: Extent, from: number | undefined): Sight {
  const first = Math.ceil((begin + length - IN_DOCUMENT) / STEP) * STEP;
  const newest = Math.max(0, first - begin);
  if (from === undefined) return { start: newest, end: length };
  const start = Math.min(newest, Math.max(0, from - begin));
  return { start, end: Math.min(length, start + IN_DOCUMENT) };
}

/** The number from which to show items one slide further back (-1) or on (1); `undefined` where there are none. */
export function slide(
  { extent, sight }: { readonly extent: Extent; readonly sight: Sight },
  direction: -1 | 1,
): number | undefined {
  const isThere = direction < 0 ? sight.start > 0 : sight.end < extent.length;
  if (!isThere) return undefined;
  return extent.begin + Math.max(0, sight.start + direction * STEP);
}
