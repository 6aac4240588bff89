/**
 * The line one is typing: a state, and how a key changes it. Pure.
 *
 * Invariant: the cursor stands between two graphemes of the text, never inside one.
 *
 * @module
 */

import { completeCommand } from "./commands.ts";
import type { Key, KeyName } from "./keys.ts";

/** What one is typing, and what one has typed before. */
export interface EditorState {
  readonly text: string;
  /** In UTF-16 units. */
  readonly cursor: number;
  /** Oldest first. */
  readonly history: readonly string[];
  /** Which entry of the history is shown; its length for the line that is new. */
  readonly place: number;
  /** The new line while an entry of the history is shown. */
  readonly draft: string;
  /** What was cut last, for `yank`. */
  readonly cut: string;
}

/** How many lines the history keeps. */
const HISTORY_LENGTH = 500;
/** The longest line, in UTF-16 units: several times what a server takes. */
const LINE_LENGTH = 16_384;

/** The state at the beginning: nothing typed, nothing to go back to. */
export const EMPTY_EDITOR: EditorState = {
  text: "",
  cursor: 0,
  history: [],
  place: 0,
  draft: "",
  cut: "",
};

const SEGMENTER = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** What a key does at the prompt: Ctrl-C empties the line, and Tab completes a command at its end. */
export function pressed(state: EditorState, key: Key): EditorState {
  if (key.kind === "text") return edit(state, key);
  if (key.name === "interrupt") return discarded(state);
  if (key.name !== "complete" || state.cursor < state.text.length) return edit(state, key);
  const text = completeCommand(state.text);
  return { ...state, text, cursor: text.length };
}

/** What a key does to the line. Keys that are not of the editor's concern change nothing. */
export function edit(state: EditorState, key: Key): EditorState {
  if (key.kind === "text") return insert(state, key.text);
  return EDITS[key.name]?.(state) ?? state;
}

/** The state after the line was handed in: empty, with the line in the history unless it is there already as the last. */
export function submitted(state: EditorState): EditorState {
  const { text, cut } = state;
  const isNew = text.trim() !== "" && text !== state.history.at(-1);
  const history = isNew ? [...state.history, text].slice(-HISTORY_LENGTH) : state.history;
  return { text: "", cursor: 0, history, place: history.length, draft: "", cut };
}

/** The state without the line: nothing is kept of it. */
export function discarded(state: EditorState): EditorState {
  return { ...state, text: "", cursor: 0, place: state.history.length, draft: "" };
}

const EDITS: { readonly [Name in KeyName]?: (state: EditorState) => EditorState } = {
  newline: (state) => insert(state, "\n"),
  left: (state) => ({ ...state, cursor: before(state) }),
  right: (state) => ({ ...state, cursor: after(state) }),
  word_left: (state) => ({ ...state, cursor: wordBefore(state) }),
  word_right: (state) => ({ ...state, cursor: wordAfter(state) }),
  home: (state) => ({ ...state, cursor: lineStart(state) }),
  end: (state) => ({ ...state, cursor: lineEnd(state) }),
  up: (state) => recall(state, state.place - 1),
  down: (state) => recall(state, state.place + 1),
  backspace: (state) => remove(state, before(state), state.cursor),
  delete: (state) => remove(state, state.cursor, after(state)),
  // Ctrl-D on an empty line is the session's.
  end_of_input: (state) => remove(state, state.cursor, after(state)),
  delete_word_left: (state) => cut(state, wordBefore(state), state.cursor),
  delete_word_right: (state) => cut(state, state.cursor, wordAfter(state)),
  cut_to_start: (state) => cut(state, lineStart(state), state.cursor),
  cut_to_end: (state) => cut(state, state.cursor, lineEnd(state)),
  yank: (state) => insert(state, state.cut),
};

function insert(state: EditorState, text: string): EditorState {
  const taken = text.slice(0, LINE_LENGTH - state.text.length);
  const left = state.text.slice(0, state.cursor) + taken;
  const whole = left + state.text.slice(state.cursor);
  // A combining mark joins what stands before it, and a joiner what stands behind.
  return { ...state, text: whole, cursor: boundaryFrom(whole, left.length) };
}

function remove(state: EditorState, from: number, to: number): EditorState {
  const text = state.text.slice(0, from) + state.text.slice(to);
  return { ...state, text, cursor: boundaryFrom(text, from) };
}

function cut(state: EditorState, from: number, to: number): EditorState {
  if (from === to) return state;
  return { ...remove(state, from, to), cut: state.text.slice(from, to) };
}

function recall(state: EditorState, place: number): EditorState {
  if (place < 0 || place > state.history.length) return state;
  const draft = state.place === state.history.length ? state.text : state.draft;
  const text = state.history[place] ?? draft;
  return { ...state, text, cursor: text.length, place, draft };
}

function boundaryFrom(text: string, index: number): number {
  if (index >= text.length) return text.length;
  const segment = SEGMENTER.segment(text).containing(index);
  return segment === undefined || segment.index === index
    ? index
    : segment.index + segment.segment.length;
}

function before({ text, cursor }: EditorState): number {
  return cursor === 0 ? 0 : SEGMENTER.segment(text).containing(cursor - 1)?.index ?? 0;
}

function after({ text, cursor }: EditorState): number {
  const next = SEGMENTER.segment(text).containing(cursor);
  return next === undefined ? text.length : cursor + next.segment.length;
}

const WORD_BEFORE = /[\p{L}\p{M}\p{N}_]*[^\p{L}\p{M}\p{N}_]*$/u;
const WORD_AFTER = /^[^\p{L}\p{M}\p{N}_]*[\p{L}\p{M}\p{N}_]*/u;

function wordBefore({ text, cursor }: EditorState): number {
  return text.slice(0, cursor).search(WORD_BEFORE);
}

function wordAfter({ text, cursor }: EditorState): number {
  return cursor + (WORD_AFTER.exec(text.slice(cursor))?.[0].length ?? 0);
}

function lineStart({ text, cursor }: EditorState): number {
  return cursor === 0 ? 0 : text.lastIndexOf("\n", cursor - 1) + 1;
}

function lineEnd({ text, cursor }: EditorState): number {
  const end = text.indexOf("\n", cursor);
  return end < 0 ? text.length : end;
}
