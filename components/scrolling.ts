/**
 * The list that hangs at its bottom edge: at its newest lines it stays there, and scrolled up it stands still, whatever
 * comes or goes above and below.
 *
 * The list is laid out from its bottom (`column-reverse`), so that it begins there before any script runs and `scrollTop`
 * is 0 there and negative above; what is added below the lines in sight, or taken away, is made up for here.
 *
 * @module
 */

import { effect, untracked } from "@preact/signals";
import { type RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import type { Reading } from "../client/page/reading.ts";

/** Scrolled up by more than this, the list stands still. */
const STICKS_WITHIN_PX = 48;
/** This near to an end of what is in the document, more of it is put there; nearer where there is little of it. */
const NEAR_PX = 600;
const NEAR_PART = 0.2;

/** What of the talk is in the document. */
export interface Part {
  /** The number of its first item. */
  readonly first: number;
  /** Whether it ends with the newest. */
  readonly isToTheEnd: boolean;
  readonly goBack: () => void;
  readonly goOn: () => void;
}

/** Keeps the lines of a scrolling element where they are and tells `reading` whether the newest are in sight. */
export function useScrolling(reading: Reading, part: Part): RefObject<HTMLDivElement> {
  const ref = useRef<HTMLDivElement>(null);
  const latest = useRef(part);
  latest.current = part;
  // Before the lines change: afterwards nobody knows where they were.
  const held = ref.current !== null && reading.from.value !== undefined
    ? lineInSight(ref.current)
    : undefined;
  useLayoutEffect(() => {
    if (ref.current === null || held === undefined || !held.line.isConnected) return;
    const movedBy = held.line.getBoundingClientRect().top - held.top;
    if (movedBy !== 0) ref.current.scrollTop += movedBy;
    // What was fetched meanwhile: at the very top nothing scrolls any more that would tell.
    if (nearEnd(ref.current) === "first") part.goBack();
  });
  useEffect(() => {
    const element = ref.current;
    return element === null ? undefined : follow(element, { reading, latest });
  }, [reading]);
  return ref;
}

/** Returns what keeps the upper edge of an element where it is now while it changes with `state`. */
export function useHeldTop(ref: RefObject<HTMLElement>, state: unknown): () => void {
  const top = useRef<number | undefined>(undefined);
  useLayoutEffect(() => {
    const scroller = ref.current?.closest(".scroller");
    if (ref.current === null || !scroller || top.current === undefined) return;
    scroller.scrollTop += ref.current.getBoundingClientRect().top - top.current;
    top.current = undefined;
  }, [state]);
  return () => top.current = ref.current?.getBoundingClientRect().top;
}

/** Which end of what is in the document is near. */
function nearEnd(element: HTMLElement): "first" | "last" | undefined {
  const hidden = element.scrollHeight - element.clientHeight;
  const near = Math.min(NEAR_PX, hidden * NEAR_PART);
  if (hidden + element.scrollTop < near) return "first";
  return -element.scrollTop < near ? "last" : undefined;
}

/** The first text that is in sight, and where. Texts stay when other lines, such as that of the day, come and go. */
function lineInSight(element: HTMLElement): { readonly line: Element; readonly top: number } {
  const edge = element.getBoundingClientRect().top;
  const lines = element.querySelectorAll("li .text");
  let [low, high] = [0, lines.length - 1];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const isAbove = (lines[middle]?.getBoundingClientRect().bottom ?? 0) <= edge;
    if (isAbove) low = middle + 1;
    else high = middle;
  }
  const line = lines[low] ?? element;
  return { line, top: line.getBoundingClientRect().top };
}

interface Following {
  readonly reading: Reading;
  readonly latest: { readonly current: Part };
}

/** Follows scrolling, jumps, and whether the list is shown at all; returns what stops it. */
function follow(element: HTMLElement, { reading, latest }: Following): () => void {
  const listening = new AbortController();
  const { signal } = listening;
  let top = 0;
  // A view that is not shown has no height.
  const isShown = () => element.clientHeight > 0 && !document.hidden;
  const report = () => reading.looked(reading.from.peek() === undefined && isShown());
  const scrolled = () => {
    if (element.clientHeight === 0) return;
    top = element.scrollTop;
    const { first, isToTheEnd, goBack, goOn } = latest.current;
    if (-top <= STICKS_WITHIN_PX && isToTheEnd) return reading.stand(undefined);
    if (reading.from.peek() === undefined) reading.stand(first);
    const end = nearEnd(element);
    if (end === "first") goBack();
    else if (end === "last") goOn();
  };
  const resized = new ResizeObserver(() => {
    // Where the list was hidden, some browsers forget how far it was scrolled.
    if (element.clientHeight > 0 && reading.from.peek() !== undefined) element.scrollTop = top;
    report();
  });
  resized.observe(element);
  element.addEventListener("scroll", scrolled, { passive: true, signal });
  document.addEventListener("visibilitychange", report, { signal });
  const stopJumping = effect(() => {
    if (reading.jumps.value > 0) element.scrollTop = 0;
  });
  const stopReporting = reading.from.subscribe(() => untracked(report));
  return () => {
    listening.abort();
    resized.disconnect();
    stopJumping();
    stopReporting();
  };
}
