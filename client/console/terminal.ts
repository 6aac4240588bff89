/**
 * The one door to the terminal: raw mode, size, keys, signals and standard output.
 *
 * Invariant: whoever opens a terminal gets it back as it was, by {@linkcode Terminal.close} at the latest.
 *
 * @module
 */

import { type Key, KeyDecoder } from "./keys.ts";
import type { TerminalSize } from "./screen.ts";

/** Where the terminal does not know its own size. */
const USUAL_SIZE: TerminalSize = { columns: 80, rows: 24 };
/** After so long an Escape is the key and not the beginning of a sequence. */
const ESCAPE_MS = 50;
const PASTE_ON = "\x1b[?2004h";
const PASTE_OFF = "\x1b[?2004l";

const ENCODER = new TextEncoder();

/**
 * Writes all of a text to standard output, or to standard error, before it returns.
 *
 * @throws {Deno.errors.BrokenPipe} If nobody reads any more.
 */
export function writeText(
  text: string,
  to: { writeSync(bytes: Uint8Array): number } = Deno.stdout,
): void {
  const bytes = ENCODER.encode(text);
  for (let at = 0; at < bytes.length;) at += to.writeSync(bytes.subarray(at));
}

/** The signals that end the program, with the numbers that its exit code is made of. */
const ENDING: ReadonlyMap<Deno.Signal, number> = new Map<Deno.Signal, number>(
  Deno.build.os === "windows" ? [["SIGINT", 2], ["SIGBREAK", 21]] : [
    ["SIGHUP", 1],
    ["SIGINT", 2],
    ["SIGQUIT", 3],
    ["SIGTERM", 15],
  ],
);

/** What {@linkcode Terminal} tells. */
export interface TerminalListeners {
  readonly key: (key: Key) => void;
  readonly resize: () => void;
  /** The terminal has gone away, or a signal asks to end; with the exit code. */
  readonly end: (code: number) => void;
}

/** A terminal in raw mode. */
export class Terminal {
  readonly #removers: (() => void)[] = [];
  #isOpen = false;

  /** Puts the terminal into raw mode and listens, until {@linkcode Terminal.close}. */
  open(listeners: TerminalListeners): void {
    this.#isOpen = true;
    Deno.stdin.setRaw(true);
    this.write(PASTE_ON);
    this.#on("SIGWINCH", listeners.resize);
    for (const [signal, number] of ENDING) this.#on(signal, () => listeners.end(128 + number));
    this.#read(listeners);
  }

  /** Gives the terminal back as it was; may be called more than once. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    for (const remove of this.#removers) remove();
    try {
      this.write(PASTE_OFF);
      Deno.stdin.setRaw(false);
    } catch {
      // It has gone away: there is nothing to give back.
    }
  }

  /** Writes to the terminal. */
  write(text: string): void {
    writeText(text);
  }

  /** The size of the terminal now. */
  size(): TerminalSize {
    const { columns, rows } = Deno.consoleSize();
    return columns > 0 && rows > 0 ? { columns, rows } : USUAL_SIZE;
  }

  #on(signal: Deno.Signal, listener: () => void): void {
    Deno.addSignalListener(signal, listener);
    this.#removers.push(() => Deno.removeSignalListener(signal, listener));
  }

  async #read({ key, end }: TerminalListeners): Promise<void> {
    const keys = new KeyDecoder();
    const decoder = new TextDecoder();
    const buffer = new Uint8Array(16_384);
    let timer: ReturnType<typeof setTimeout> | undefined;
    while (this.#isOpen) {
      // A terminal that has gone away is an error on some systems and an end on others.
      const length = await Deno.stdin.read(buffer).catch(() => null);
      clearTimeout(timer);
      if (!this.#isOpen) return;
      if (length === null) return end(0);
      const text = decoder.decode(buffer.subarray(0, length), { stream: true });
      for (const pressed of keys.decode(text)) key(pressed);
      if (keys.isWaiting) timer = setTimeout(() => keys.giveUp(), ESCAPE_MS);
    }
  }
}
