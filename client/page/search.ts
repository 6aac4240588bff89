/**
 * How texts are compared with what somebody looks for. Pure.
 *
 * @module
 */

/** A text without case and accents: `joao` finds `João`. Two texts that read alike to a searcher are the same. */
export function fold(text: string): string {
  const lower = text.toLowerCase();
  // Most texts have no accents, and taking them apart costs ten times as much.
  // deno-lint-ignore no-control-regex
  return /^[\x00-\x7f]*$/.test(lower) ? lower : lower.normalize("NFKD").replace(ACCENTS, "");
}

// Those of Latin, Greek and Cyrillic. In other scripts a mark may be a letter of its own.
const ACCENTS = /[\u0300-\u036f]/g;
