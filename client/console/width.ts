/**
 * How a text looks in a terminal: which characters are shown instead of obeyed, and how many columns it takes.
 *
 * Invariant: what {@linkcode visible} returns holds no character that a terminal would obey.
 *
 * @module
 */

// C0, DEL and C1; the bidi controls, which reorder what stands beside them; the line and paragraph separators.
// deno-lint-ignore no-control-regex
const CONTROLS = /[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/**
 * Makes control characters visible: C0 and DEL as their pictures (`␛`), the rest as `<U+202E>`. Also LF: whoever wants
 * several lines splits first.
 */
export function visible(text: string): string {
  return text.replace(CONTROLS, (character) => {
    const code = character.charCodeAt(0);
    if (code < 0x20) return String.fromCharCode(0x2400 + code);
    if (code === 0x7f) return "␡";
    return `<U+${code.toString(16).toUpperCase().padStart(4, "0")}>`;
  });
}

/** Makes a line of JSON harmless to a terminal without changing its value: what JSON leaves bare becomes `\u` escapes. */
export function visibleJson(line: string): string {
  return line.replace(
    CONTROLS,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** What a reader takes for one character, and the columns it takes in a terminal. */
export interface Grapheme {
  readonly text: string;
  readonly width: number;
}

const SEGMENTER = new Intl.Segmenter(undefined, { granularity: "grapheme" });
const PLAIN = /^[\x20-\x7e]*$/;
const NOTHING = /^[\p{Default_Ignorable_Code_Point}\p{M}]+$/u;
const EMOJI = /^\p{Emoji_Presentation}|^\p{Emoji}\ufe0f/u;
// The blocks whose characters are wide or fullwidth in UAX 11. The few narrow ones in between are not worth a table: a
// wrong width costs a column in the cursor's place, as rows are never left to the terminal's own wrapping.
const WIDE =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{16fe0}-\u{18dff}\u{1aff0}-\u{1b2ff}\u{1f200}-\u{1f265}\u{20000}-\u{3fffd}]/u;

function graphemeWidth(grapheme: string): number {
  if (NOTHING.test(grapheme)) return 0;
  return EMOJI.test(grapheme) || WIDE.test(grapheme) ? 2 : 1;
}

/** Takes a text apart into what a reader takes for characters. Control characters are for the caller to replace first. */
export function graphemes(text: string): Grapheme[] {
  if (PLAIN.test(text)) return Array.from(text, (character) => ({ text: character, width: 1 }));
  return Array.from(
    SEGMENTER.segment(text),
    ({ segment }) => ({ text: segment, width: graphemeWidth(segment) }),
  );
}

/**
 * The columns that a text takes in a terminal.
 *
 * @see https://www.unicode.org/reports/tr11/
 */
export function displayWidth(text: string): number {
  if (PLAIN.test(text)) return text.length;
  let width = 0;
  for (const grapheme of graphemes(text)) width += grapheme.width;
  return width;
}
