/**
 * From styled text to rows of a terminal: lines of the conversation, wrapped under their prefix, and the line one is
 * typing with the place of the cursor. Pure.
 *
 * Invariant: a row holds no control characters but the colours of this module, and is never wider than asked for.
 *
 * @module
 */

import { displayWidth, type Grapheme, graphemes, visible } from "./width.ts";

/** How a text looks; none is the terminal's own colour. */
export type Style = keyof typeof SGR;

const SGR = {
  bold: "1",
  dim: "2",
  red: "31",
  green: "32",
  yellow: "33",
  blue: "34",
  magenta: "35",
  cyan: "36",
} as const;

/** A text in one style. */
export interface Span {
  readonly text: string;
  readonly style?: Style | undefined;
}

/** One line of the conversation: spans side by side, the first `prefix` of which further rows are indented by. */
export interface Line {
  readonly spans: readonly Span[];
  readonly prefix: number;
}

/** A line in one style. */
export function plainLine(text: string, style?: Style): Line {
  return { spans: [{ text, style }], prefix: 0 };
}

interface Cell extends Grapheme {
  readonly style: Style | undefined;
}

/** Rows at most `columns` wide, broken between words where they allow it. Without `colours` the styles are left out. */
export function wrapLine(
  line: Line,
  { columns, colours }: { columns: number; colours: boolean },
): string[] {
  const cells = line.spans.flatMap(({ text, style }) =>
    graphemes(visible(text)).map((grapheme): Cell => ({ ...grapheme, style }))
  );
  const prefixWidth = displayWidth(
    visible(line.spans.slice(0, line.prefix).map((span) => span.text).join("")),
  );
  // Beside a prefix of more than half the screen there would be no room for the text.
  const indent = prefixWidth > columns / 2 ? 2 : prefixWidth;
  const rows: string[] = [];
  for (let at = 0, room = columns, margin = ""; at < cells.length || rows.length === 0;) {
    const { end, next } = breakRow(cells, at, room);
    rows.push(margin + paint(cells.slice(at, end), colours));
    at = next;
    room = Math.max(2, columns - indent);
    margin = " ".repeat(indent);
  }
  return rows;
}

/** One row, cut off at `columns`. */
export function cutLine(
  line: Line,
  { columns, colours }: { columns: number; colours: boolean },
): string {
  return wrapLine({ ...line, prefix: 0 }, { columns, colours })[0] ?? "";
}

/** Where the row that begins at `from` ends, and where the next one begins: a space at the edge is on neither. */
function breakRow(
  cells: readonly Cell[],
  from: number,
  room: number,
): { end: number; next: number } {
  let width = 0;
  let afterSpace = from;
  for (let at = from; at < cells.length; at++) {
    const cell = cells[at] as Cell;
    width += cell.width;
    if (width > room && at > from) {
      if (cell.text === " ") return { end: at, next: at + 1 };
      const end = afterSpace > from ? afterSpace : at;
      return { end, next: end };
    }
    // Not where it would leave most of the row empty, before a word too long for the next one.
    if (cell.text === " " && width > room / 2) afterSpace = at + 1;
  }
  return { end: cells.length, next: cells.length };
}

function paint(cells: readonly Cell[], colours: boolean): string {
  let row = "";
  let current: Style | undefined;
  for (const { text, style } of cells) {
    if (colours && style !== current) {
      row += style === undefined ? "\x1b[0m" : `\x1b[0;${SGR[style]}m`;
      current = style;
    }
    row += text;
  }
  return current === undefined ? row : `${row}\x1b[0m`;
}

/** The rows of the line one is typing; the cursor's place counts from 0. */
export interface InputLayout {
  readonly rows: readonly string[];
  readonly cursorRow: number;
  readonly cursorColumn: number;
}

const PROMPT = "> ";

/**
 * Lays out what one is typing: prompted, further rows indented, at most `mostRows` of them around the cursor. The last
 * column stays free, as the cursor may stand behind the last character.
 */
export function layoutInput(
  { text, cursor }: { text: string; cursor: number },
  { columns, mostRows }: { columns: number; mostRows: number },
): InputLayout {
  const indent = PROMPT.length;
  const edge = Math.max(indent + 2, columns - 1);
  const rows = [PROMPT];
  let width: number = indent;
  let at = 0;
  let place = { row: 0, column: width };
  for (const part of typed(text)) {
    // Before the break, so that the cursor stands where the next character will.
    if (part.text !== "\n" && width + part.width > edge) {
      rows.push(" ".repeat(indent));
      width = indent;
    }
    if (at <= cursor) place = { row: rows.length - 1, column: width };
    at += part.length;
    if (part.text === "\n") {
      rows.push(" ".repeat(indent));
      width = indent;
    } else {
      rows[rows.length - 1] += part.text;
      width += part.width;
    }
  }
  if (cursor >= at) place = { row: rows.length - 1, column: width };
  const first = Math.max(
    0,
    Math.min(place.row - Math.floor(mostRows / 2), rows.length - mostRows),
  );
  return {
    rows: rows.slice(first, first + mostRows),
    cursorRow: place.row - first,
    cursorColumn: place.column,
  };
}

/** The graphemes as they are shown, with their length in the text; a line feed stays one. */
function typed(text: string): (Grapheme & { length: number })[] {
  return graphemes(text).map(({ text: grapheme, width }) => {
    const length = grapheme.length;
    if (grapheme === "\n") return { text: grapheme, width: 0, length };
    const shown = visible(grapheme);
    return { text: shown, width: shown === grapheme ? width : displayWidth(shown), length };
  });
}
