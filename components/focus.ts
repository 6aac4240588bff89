/**
 * Where the focus goes when the page moves it. It does so seldom; see NOTES: to the composer after Connect, and where
 * a banner that held it goes away.
 *
 * @module
 */

/** The id of the field in which messages are written. */
export const COMPOSER_ID = "composer";

/** Puts the focus into the composer. */
export function focusComposer(): void {
  document.getElementById(COMPOSER_ID)?.focus();
}
