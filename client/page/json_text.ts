/**
 * JSON as it was received, in lines. Pure.
 *
 * Invariant: but for the white space between them, every character of the text stands as it came: parsing and writing
 * anew would change large numbers, escapes and keys that come twice.
 *
 * @module
 */

const INDENT = "  ";
/** A string, white space, an empty object or list, or a character that structures. */
const PIECE = /("[^"\\]*(?:\\.[^"\\]*)*")|\s+|[{[]\s*[}\]]|[{[]|[}\]]|,|:/g;

/** Breaks JSON into indented lines. Linear in its length. */
export function indentJson(json: string): string {
  let depth = 0;
  const newLine = () => `\n${INDENT.repeat(depth)}`;
  return json.replace(PIECE, (piece, string?: string) => {
    if (string !== undefined) return string;
    if (piece === ",") return piece + newLine();
    if (piece === ":") return ": ";
    const [first = ""] = piece;
    if (first === "{" || first === "[") {
      if (piece.length > 1) return first + piece.at(-1);
      depth++;
      return piece + newLine();
    }
    if (first !== "}" && first !== "]") return "";
    depth = Math.max(0, depth - 1);
    return newLine() + piece;
  });
}
