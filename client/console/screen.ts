/**
 * The screen of the console client: lines that scroll by, and below them a block of its own with what one is typing and a
 * status line. Whatever is printed goes above the block, which is drawn again in the same write.
 *
 * Invariant: after every write the cursor stands in the line one is typing, on the row and column that the screen
 * remembers; nothing else writes to the terminal.
 *
 * @module
 */

import { cutLine, layoutInput, type Line, wrapLine } from "./layout.ts";

/** The size of a terminal, in characters. */
export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/** What {@linkcode Screen} takes. */
export interface ScreenOptions {
  readonly write: (text: string) => void;
  readonly size: () => TerminalSize;
  readonly colours: boolean;
}

// Wrapping is off while the block is drawn: where the terminal has another opinion of a character's width than we have,
// a row is cut off instead of becoming two.
const WRAP_OFF = "\x1b[?7l";
const WRAP_ON = "\x1b[?7h";
const CLEAR_BELOW = "\x1b[J";
const CLEAR_ALL = "\x1b[H\x1b[J";
/** How many lines are kept for drawing the screen anew. */
const LINES_KEPT = 200;

/** The screen; draws once per turn of the event loop, however much was changed. */
export class Screen {
  readonly #options: ScreenOptions;
  #input = { text: "", cursor: 0 };
  #status: Line | undefined;
  /** The newest lines, oldest first, and how many of them are not on the screen yet. */
  #lines: Line[] = [];
  #newCount = 0;
  #isScheduled = false;
  #isClosed = false;
  // Of the block as it was drawn last.
  #drawnColumns: number | undefined;
  #cursorRow = 0;

  constructor(options: ScreenOptions) {
    this.#options = options;
  }

  /** Adds lines above the block. */
  print(...lines: readonly Line[]): void {
    this.#lines.push(...lines);
    this.#newCount += lines.length;
    this.refresh();
  }

  /** Shows what one is typing; the cursor in UTF-16 units. */
  showInput(input: { readonly text: string; readonly cursor: number }): void {
    this.#input = input;
    this.refresh();
  }

  /** Shows a status line below what one is typing, or none. */
  showStatus(status: Line | undefined): void {
    this.#status = status;
    this.refresh();
  }

  /** Draws soon. Also for when the terminal's size has changed. */
  refresh(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    queueMicrotask(() => {
      this.#isScheduled = false;
      if (!this.#isClosed) this.#options.write(this.#frame());
    });
  }

  /** Empties the screen but for the block. */
  clear(): void {
    this.#lines = [];
    this.#newCount = 0;
    this.#drawnColumns = -1;
    this.refresh();
  }

  /** Takes the block away, prints what is left to print and leaves the cursor on an empty row. Nothing is drawn after. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#options.write(this.#erase() + this.#takeNewRows(this.#options.size().columns));
  }

  #frame(): string {
    const size = this.#options.size();
    const block = this.#block(size);
    const isSameWidth = this.#drawnColumns === undefined || this.#drawnColumns === size.columns;
    // After a change of the width nobody knows where the rows are now: terminals differ in what they make of them, and
    // tell of the change late. So everything is drawn anew, from the lines as they were before they were wrapped.
    const above = isSameWidth
      ? this.#erase() + this.#takeNewRows(size.columns)
      : CLEAR_ALL + this.#newestRows(size.columns, size.rows - block.height);
    this.#drawnColumns = size.columns;
    this.#cursorRow = block.cursorRow;
    return above + block.text;
  }

  /** Moves to the first row of the block and clears from there. */
  #erase(): string {
    return `\r${up(this.#cursorRow)}${CLEAR_BELOW}`;
  }

  #takeNewRows(columns: number): string {
    const fresh = this.#newCount === 0 ? [] : this.#lines.slice(-this.#newCount);
    this.#settle();
    return fresh.flatMap((line) => this.#wrap(line, columns)).map((row) => `${row}\r\n`).join("");
  }

  #newestRows(columns: number, room: number): string {
    this.#settle();
    let rows: string[] = [];
    for (let at = this.#lines.length - 1; at >= 0 && rows.length < room; at--) {
      rows = [...this.#wrap(this.#lines[at] as Line, columns), ...rows];
    }
    return rows.slice(-room).map((row) => `${row}\r\n`).join("");
  }

  /** All lines are on the screen now; the oldest are forgotten. */
  #settle(): void {
    this.#newCount = 0;
    this.#lines = this.#lines.slice(-LINES_KEPT);
  }

  #wrap(line: Line, columns: number): string[] {
    return wrapLine(line, { columns, colours: this.#options.colours });
  }

  #block({ columns, rows }: TerminalSize): { text: string; height: number; cursorRow: number } {
    const mostRows = Math.max(1, rows - (this.#status === undefined ? 1 : 2));
    const input = layoutInput(this.#input, { columns, mostRows });
    const block = [...input.rows];
    if (this.#status !== undefined) {
      block.push(cutLine(this.#status, { columns: columns - 1, colours: this.#options.colours }));
    }
    const right = input.cursorColumn > 0 ? `\x1b[${input.cursorColumn}C` : "";
    const text = WRAP_OFF + block.join("\r\n") + WRAP_ON +
      up(block.length - 1 - input.cursorRow) + `\r${right}`;
    return { text, height: block.length, cursorRow: input.cursorRow };
  }
}

function up(rows: number): string {
  return rows > 0 ? `\x1b[${rows}A` : "";
}
