/**
 * The composer and the focus. The page moves it seldom; see NOTES: to the composer after Connect, by Escape and
 * where a banner that held it goes away, and to the name after it was refused.
 *
 * @module
 */

import { isDismissible } from "../client/page/banner.ts";
import type { Link } from "../client/page/link.ts";

/** The id of the field in which messages are written. */
export const COMPOSER_ID = "composer";
/** The id of the field for the name. */
export const NAME_ID = "name";

/** The id of the field for the token. */
export const TOKEN_ID = "token";

/** What stands in the field in which messages are written, by the browser's account. */
export function composerText(): string {
  const field = document.getElementById(COMPOSER_ID);
  return field instanceof HTMLTextAreaElement ? field.value : "";
}

/** Puts the focus into the composer. */
export function focusComposer(): void {
  document.getElementById(COMPOSER_ID)?.focus();
}

/** Puts the focus into the field for the name, or the token where that says the name; returns whether there is one. */
export function focusName(): boolean {
  const field = document.getElementById(NAME_ID) ?? document.getElementById(TOKEN_ID);
  field?.focus();
  return field !== null;
}

/** What Escape does where nothing nearer has a use for it: it puts the banner away, or leads back to the composer. */
export function escape(event: KeyboardEvent, link: Pick<Link, "banner" | "dismiss">): void {
  if (event.key !== "Escape" || event.defaultPrevented || event.isComposing) return;
  const { target } = event;
  // There it empties the field.
  if (target instanceof HTMLInputElement && target.type === "search" && target.value) return;
  const banner = link.banner.value;
  if (banner !== undefined && isDismissible(banner)) link.dismiss();
  else focusComposer();
}
