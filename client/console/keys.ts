/**
 * From what a terminal in raw mode sends to keys. Pure but for what it holds back between two chunks.
 *
 * Invariant: the text of a key holds no control characters, that of a paste none but LF and TAB.
 *
 * @module
 */

/** The keys that are not text. */
export type KeyName =
  | "enter"
  | "newline"
  | "left"
  | "right"
  | "word_left"
  | "word_right"
  | "home"
  | "end"
  | "up"
  | "down"
  | "backspace"
  | "delete"
  | "delete_word_left"
  | "delete_word_right"
  | "cut_to_start"
  | "cut_to_end"
  | "yank"
  | "interrupt"
  | "end_of_input"
  | "redraw"
  | "complete";

/** A key that was pressed, or a text that was typed or pasted. */
export type Key =
  | { readonly kind: "key"; readonly name: KeyName }
  | { readonly kind: "text"; readonly text: string };

const CONTROLS: ReadonlyMap<string, KeyName> = new Map([
  ["\x01", "home"],
  ["\x02", "left"],
  ["\x03", "interrupt"],
  ["\x04", "end_of_input"],
  ["\x05", "end"],
  ["\x06", "right"],
  ["\x08", "backspace"],
  ["\x09", "complete"],
  // A terminal in raw mode sends CR; whoever drives it by a program may send LF.
  ["\x0a", "enter"],
  ["\x0b", "cut_to_end"],
  ["\x0c", "redraw"],
  ["\x0d", "enter"],
  ["\x0e", "down"],
  ["\x10", "up"],
  ["\x15", "cut_to_start"],
  ["\x17", "delete_word_left"],
  ["\x19", "yank"],
  ["\x7f", "backspace"],
]);

// Without ESC. Cursor keys come with `[` or, in application mode, with `O`.
const SEQUENCES: ReadonlyMap<string, KeyName> = new Map<string, KeyName>([
  ...["[", "O"].flatMap((introducer): [string, KeyName][] => [
    [`${introducer}A`, "up"],
    [`${introducer}B`, "down"],
    [`${introducer}C`, "right"],
    [`${introducer}D`, "left"],
    [`${introducer}H`, "home"],
    [`${introducer}F`, "end"],
  ]),
  ["OM", "enter"],
  ["[1~", "home"],
  ["[7~", "home"],
  ["[4~", "end"],
  ["[8~", "end"],
  ["[3~", "delete"],
  ["[3;3~", "delete_word_right"],
  ["[3;5~", "delete_word_right"],
  ["[1;3C", "word_right"],
  ["[1;5C", "word_right"],
  ["[1;3D", "word_left"],
  ["[1;5D", "word_left"],
  ["f", "word_right"],
  ["b", "word_left"],
  ["d", "delete_word_right"],
  ["\x7f", "delete_word_left"],
  ["\x08", "delete_word_left"],
  ["\r", "newline"],
  ["\n", "newline"],
]);

// deno-lint-ignore no-control-regex
const ESCAPE = /\x1b(?:\[\[?[0-?]*[ -/]*[@-Z\\-~]|O[@-~]|[^[O\x1b])/y;
// deno-lint-ignore no-control-regex
const TEXT = /[^\x00-\x1f\x7f-\x9f]+/y;
const PASTE_BEGINS = "\x1b[200~";
const PASTE_ENDS = "\x1b[201~";
/** The longest paste that is taken, in UTF-16 units; the rest of it is dropped. */
const PASTE_LENGTH = 65_536;

/** Reads keys from what a terminal sends, in chunks as they come. */
export class KeyDecoder {
  #pending = "";
  #pasted: string | undefined;

  /** Whether the last chunk ended inside an escape sequence, or with the Escape key. */
  get isWaiting(): boolean {
    return this.#pending !== "" && this.#pasted === undefined;
  }

  /** Gives up waiting for the rest of an escape sequence: it was the Escape key, which means nothing here. */
  giveUp(): void {
    if (this.isWaiting) this.#pending = "";
  }

  /** Reads the keys in one more chunk. Unknown sequences are dropped. */
  decode(chunk: string): Key[] {
    const input = this.#pending + chunk;
    this.#pending = "";
    const keys: Key[] = [];
    let at = 0;
    while (at < input.length) {
      const next = this.#pasted === undefined
        ? this.#key(input, at, keys)
        : this.#paste(input, at, keys);
      if (next === undefined) {
        this.#pending = input.slice(at);
        break;
      }
      at = next;
    }
    return keys;
  }

  /** Reads one key; returns where the next one begins, or `undefined` where the rest is still to come. */
  #key(input: string, at: number, keys: Key[]): number | undefined {
    TEXT.lastIndex = ESCAPE.lastIndex = at;
    const text = TEXT.exec(input)?.[0];
    if (text !== undefined) {
      keys.push({ kind: "text", text });
      return at + text.length;
    }
    const first = input[at] ?? "";
    if (first !== "\x1b") {
      const name = CONTROLS.get(first);
      if (name !== undefined) keys.push({ kind: "key", name });
      return at + 1;
    }
    const sequence = ESCAPE.exec(input)?.[0];
    // Escape pressed twice, or before a sequence.
    if (sequence === undefined) return input[at + 1] === "\x1b" ? at + 1 : undefined;
    if (sequence === PASTE_BEGINS) this.#pasted = "";
    const name = SEQUENCES.get(sequence.slice(1));
    if (name !== undefined) keys.push({ kind: "key", name });
    return at + sequence.length;
  }

  #paste(input: string, at: number, keys: Key[]): number | undefined {
    const end = input.indexOf(PASTE_ENDS, at);
    // The mark of the end may come in two chunks.
    const until = end < 0 ? Math.max(at, input.length - PASTE_ENDS.length + 1) : end;
    const room = PASTE_LENGTH - (this.#pasted?.length ?? 0);
    this.#pasted += input.slice(at, until).slice(0, room);
    if (end < 0) return until === at ? undefined : until;
    const text = tidy(this.#pasted ?? "");
    this.#pasted = undefined;
    if (text !== "") keys.push({ kind: "text", text });
    return end + PASTE_ENDS.length;
  }
}

// Terminals send a pasted line end as CR. A trailing one comes from copying whole lines.
function tidy(pasted: string): string {
  return pasted.replaceAll("\r\n", "\n").replaceAll("\r", "\n")
    // deno-lint-ignore no-control-regex
    .replace(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/g, "").replace(/\n+$/, "");
}
