/**
 * Reads the part of YAML that docker-compose.yml is written in: blocks by indentation, plain and double-quoted scalars,
 * lists in brackets as JSON has them, anchors, aliases and merges.
 *
 * Invariant: whatever is beyond that is an error, never a guess.
 *
 * @module
 */

interface Line {
  readonly number: number;
  readonly indent: number;
  readonly text: string;
}

const ENTRY = /^([\w.<-]+):(?: (.*))?$/;

/** One document on its way from lines to values. */
class Reader {
  readonly #lines: readonly Line[];
  readonly #anchors = new Map<string, unknown>();
  #at = 0;

  constructor(text: string) {
    this.#lines = text.split("\n").flatMap((line, index) => {
      const content = line.trim();
      if (content === "" || content.startsWith("#")) return [];
      return [{ number: index + 1, indent: line.search(/\S/), text: content }];
    });
  }

  document(): unknown {
    const value = this.#block(0);
    if (this.#at < this.#lines.length) throw this.#error("the indentation fits nothing above");
    return value;
  }

  get #line(): Line | undefined {
    return this.#lines[this.#at];
  }

  #error(what: string): Error {
    return new Error(`line ${this.#line?.number ?? "after the last"}: ${what}`);
  }

  #block(indent: number): unknown {
    return this.#line?.text.startsWith("- ") ? this.#list(indent) : this.#map(indent);
  }

  #list(indent: number): unknown {
    const values: unknown[] = [];
    for (; this.#line?.indent === indent && this.#line.text.startsWith("- "); this.#at++) {
      values.push(this.#scalar(this.#line.text.slice(2)));
    }
    return values;
  }

  #map(indent: number): unknown {
    const own = new Map<string, unknown>();
    let merged: unknown = {};
    while (this.#line?.indent === indent) {
      const [, key = "", rest = ""] = ENTRY.exec(this.#line.text) ?? [];
      if (key === "" || own.has(key)) throw this.#error("expected a key that is not there yet");
      const value = this.#value(rest, indent);
      if (key === "<<") merged = value;
      else own.set(key, value);
    }
    return { ...merged as object, ...Object.fromEntries(own) };
  }

  /** What stands after a key, or below it. */
  #value(rest: string, indent: number): unknown {
    const [, anchor, text = rest] = /^&(\w+) ?(.*)$/.exec(rest) ?? [];
    const value = text === "" ? undefined : this.#scalar(text);
    this.#at++;
    const below = this.#line?.indent ?? 0;
    const whole = text === "" && below > indent ? this.#block(below) : value;
    if (anchor !== undefined) this.#anchors.set(anchor, whole);
    return whole;
  }

  #scalar(text: string): unknown {
    if (/^["[]/.test(text)) return JSON.parse(text);
    const alias = /^\*(\w+)$/.exec(text)?.[1];
    if (alias !== undefined && this.#anchors.has(alias)) return this.#anchors.get(alias);
    if (/^[&*!|>'{%@`]|^- |: | #|:$/.test(text)) throw this.#error("beyond what is read here");
    return text;
  }
}

/**
 * Reads a document: scalars stay text, a key without a value has `undefined`.
 *
 * @throws {Error} With the line's number, if it is wrong, or right but beyond the part that is read here.
 */
export function readYaml(text: string): unknown {
  return new Reader(text).document();
}
