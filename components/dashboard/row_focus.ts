/**
 * The focus among the rows of the table of connections, which come, go and move under whoever uses the keyboard.
 *
 * Invariant: the focus of a row that goes is on the one that takes its place, or on the list's heading where none is left.
 *
 * @module
 */

import { useLayoutEffect } from "preact/hooks";

/** The id of the part of the table that has the rows. */
export const ROWS_ID = "list-rows";
/** The id of the list's heading. */
export const TITLE_ID = "list-title";

/** Keeps the focus among the rows, for the component that draws them. */
export function useRowFocus(): void {
  // Before what is drawn now is in the document.
  const focused = document.activeElement;
  const at = buttons().findIndex((button) => button === focused);
  useLayoutEffect(() => {
    // A row that was moved has lost it too.
    if (at >= 0) keepRowFocus(at, focused);
  });
}

/**
 * Puts the focus into the rows, unless it is somewhere.
 *
 * @param at The place of the row that had it, from 0.
 * @param button What had it, if it may still be there.
 */
export function keepRowFocus(at: number, button?: Element | null): void {
  const focused = document.activeElement;
  // A dialog that has just ended may have it for a moment.
  if (focused !== document.body && focused?.checkVisibility()) return;
  const rows = buttons();
  const next = rows.find((one) => one === button) ?? rows[Math.min(at, rows.length - 1)] ??
    document.getElementById(TITLE_ID);
  next?.focus();
}

function buttons(): HTMLButtonElement[] {
  return [...document.querySelectorAll<HTMLButtonElement>(`#${ROWS_ID} button`)];
}
