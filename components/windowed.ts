/**
 * Long lists of which only the rows around what is seen are in the document; room is left for the others, so that the
 * scrollbar is true. The heights of rows are the style sheet's: `--row` and `--row-tall` of the list.
 *
 * Invariant: whatever the length of a list, its rows in the document are those in sight and a bounded number around them.
 *
 * @module
 */

import { useSignal } from "@preact/signals";
import type { RefObject } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

/** Scrolling by less than this changes nothing. */
const STRIDE_PX = 128;
/** How many rows there are at most until the list has a height: all that the server renders. */
const FIRST_ROWS = 100;

/** The heights of the style sheet, in px. */
export interface RowHeights {
  readonly row: number;
  readonly tall: number;
}

/** What {@linkcode windowOf} takes: how many rows there are, how high each is, and what is in sight, in px. */
export interface Viewport {
  readonly count: number;
  readonly heightOf: (index: number) => number;
  readonly top: number;
  readonly bottom: number;
  /** How many rows there are to be before and after those in sight. */
  readonly around: number;
}

/** The rows `from` to `to`, without the latter, and how high the others are; `first` is the first in sight. */
export interface Window {
  readonly first: number;
  readonly from: number;
  readonly to: number;
  readonly above: number;
  readonly below: number;
}

/** The rows that are in sight and those around them. Linear in their number; some ten thousand take no time. */
export function windowOf({ count, heightOf, top, bottom, around }: Viewport): Window {
  let first = 0;
  let y = 0;
  while (first < count - 1 && y + heightOf(first) <= top) y += heightOf(first++);
  let last = first;
  while (last < count && y < bottom) y += heightOf(last++);
  const from = Math.max(0, first - around);
  const to = Math.min(count, last + around);
  const sum = (start: number, end: number) => {
    let height = 0;
    for (let index = start; index < end; index++) height += heightOf(index);
    return height;
  };
  return { first, from, to, above: sum(0, from), below: sum(to, count) };
}

/** What {@linkcode useWindow} takes. */
export interface WindowOptions {
  readonly count: number;
  readonly heightOf: (index: number, heights: RowHeights) => number;
  readonly around: number;
}

/** What a list needs to show its window. */
export interface WindowedList<List extends HTMLElement> {
  readonly list: RefObject<List>;
  /** For the rows that leave room for those above and below. */
  readonly above: RefObject<HTMLLIElement>;
  readonly below: RefObject<HTMLLIElement>;
  readonly onScroll: () => void;
  readonly first: number;
  readonly from: number;
  readonly to: number;
}

/** Shows the window of a list that scrolls by itself. One that is not displayed has no rows. */
export function useWindow<List extends HTMLElement>(
  { count, heightOf, around }: WindowOptions,
): WindowedList<List> {
  const list = useRef<List>(null);
  const above = useRef<HTMLLIElement>(null);
  const below = useRef<HTMLLIElement>(null);
  const { top, height, heights, look } = useMeasures(list);
  const isShown = height.value !== 0;
  const { first, from, to, ...rest } = height.value === undefined
    ? { first: 0, from: 0, to: Math.min(count, FIRST_ROWS), above: 0, below: 0 }
    : windowOf({
      count,
      heightOf: (index) => heightOf(index, heights.value),
      top: top.value,
      bottom: isShown ? top.value + height.value + STRIDE_PX : 0,
      around: isShown ? around : 0,
    });
  useLayoutEffect(() => {
    // By the object model: the content policy forbids styles in markup.
    if (above.current !== null) above.current.style.height = `${rest.above}px`;
    if (below.current !== null) below.current.style.height = `${rest.below}px`;
  });
  return { list, above, below, onScroll: look, first, from, to };
}

/** How a list is scrolled, how high it is, no height before it was measured, and how high its rows are. */
function useMeasures(list: RefObject<HTMLElement>) {
  const top = useSignal(0);
  const height = useSignal<number | undefined>(undefined);
  const heights = useSignal<RowHeights>({ row: 0, tall: 0 });
  const look = () => {
    const scrolled = list.current?.scrollTop ?? 0;
    top.value = Math.floor(scrolled / STRIDE_PX) * STRIDE_PX;
  };
  useLayoutEffect(() => {
    const element = list.current;
    if (element === null) return;
    const measure = () => {
      const { row, tall } = heights.value;
      const measured = heightsOf(element);
      if (measured.row !== row || measured.tall !== tall) heights.value = measured;
      height.value = element.clientHeight;
      look();
    };
    const resized = new ResizeObserver(measure);
    resized.observe(element);
    return () => resized.disconnect();
  }, []);
  return { top, height, heights, look };
}

/** Reads the heights of rows, which are written in `rem`. */
function heightsOf(list: HTMLElement): RowHeights {
  const style = getComputedStyle(list);
  const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
  const read = (name: string) => (parseFloat(style.getPropertyValue(name)) || 0) * rem;
  return { row: read("--row"), tall: read("--row-tall") };
}
