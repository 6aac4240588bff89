/**
 * The list that stays at its newest lines: whether it does is what the person's scrolling says.
 *
 * @module
 */

import { effect } from "@preact/signals";
import { type RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import type { Reading } from "../client/page/reading.ts";

/** Scrolled up by more than this, the list stands still. */
const STICKS_WITHIN_PX = 48;
/** Which row is held where it is; the first ones may become part of another group. */
const HELD_ROW = 2;

/** What the list needs of its scrolling. */
export interface Scrolling {
  readonly ref: RefObject<HTMLDivElement>;
  /** To be called before rows are put in above: those in sight stay where they are. */
  readonly hold: () => void;
}

/** Keeps a scrolling element at its bottom and tells `reading` whether that is in sight. */
export function useNewestInSight(reading: Reading): Scrolling {
  const ref = useRef<HTMLDivElement>(null);
  const sticks = useRef(true);
  const held = useRef<{ readonly row: Element; readonly top: number }>();
  const settle = () => {
    const element = ref.current;
    if (element === null) return;
    if (held.current !== undefined) {
      const { row, top } = held.current;
      element.scrollTop += row.getBoundingClientRect().top - top;
      held.current = undefined;
    } else if (sticks.current) element.scrollTop = element.scrollHeight;
  };
  const hold = () => {
    const row = ref.current?.querySelector("ol")?.children[HELD_ROW];
    if (row !== undefined) held.current = { row, top: row.getBoundingClientRect().top };
  };
  useLayoutEffect(settle);
  useEffect(() => {
    const element = ref.current;
    return element === null ? undefined : follow(element, { reading, sticks, settle });
  }, [reading]);
  return { ref, hold };
}

interface Following {
  readonly reading: Reading;
  readonly sticks: { current: boolean };
  readonly settle: () => void;
}

/** Follows scrolling, resizing and jumps; returns what stops it. */
function follow(element: HTMLElement, { reading, sticks, settle }: Following): () => void {
  // A view that is not shown has no height.
  const report = () => reading.looked(sticks.current && element.clientHeight > 0);
  const scrolled = () => {
    const below = element.scrollHeight - element.scrollTop - element.clientHeight;
    sticks.current = below <= STICKS_WITHIN_PX && reading.from.value === undefined;
    report();
  };
  const resized = new ResizeObserver(() => {
    settle();
    report();
  });
  resized.observe(element);
  element.addEventListener("scroll", scrolled, { passive: true });
  const stopJumping = effect(() => {
    if (reading.jumps.value === 0) return;
    sticks.current = true;
    settle();
    report();
  });
  return () => {
    resized.disconnect();
    element.removeEventListener("scroll", scrolled);
    stopJumping();
  };
}
