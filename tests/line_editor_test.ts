/**
 * The keys of a terminal and the line one is typing.
 *
 * @module
 */

import assert from "node:assert/strict";
import { type Key, KeyDecoder, type KeyName } from "../client/console/keys.ts";
import {
  discarded,
  edit,
  type EditorState,
  EMPTY_EDITOR,
  submitted,
} from "../client/console/line_editor.ts";

function names(keys: readonly Key[]): string[] {
  return keys.map((key) => key.kind === "text" ? `"${key.text}"` : key.name);
}

function decode(...chunks: readonly string[]): string[] {
  const decoder = new KeyDecoder();
  return chunks.flatMap((chunk) => names(decoder.decode(chunk)));
}

/** The state after keys: names of keys, and texts in quotes. */
function typed(keys: readonly string[], from: EditorState = EMPTY_EDITOR): EditorState {
  return keys.reduce<EditorState>(
    (state, key) =>
      edit(
        state,
        key.startsWith('"')
          ? { kind: "text", text: key.slice(1, -1) }
          : { kind: "key", name: key as KeyName },
      ),
    from,
  );
}

/** The line with its cursor as a bar. */
function shown({ text, cursor }: EditorState): string {
  return `${text.slice(0, cursor)}|${text.slice(cursor)}`;
}

Deno.test("KeyDecoder.decode() reads text in runs and the control keys", () => {
  assert.deepEqual(decode("héllo 日本 👩‍👩‍👧"), ['"héllo 日本 👩‍👩‍👧"']);
  assert.deepEqual(decode("a\rb\x7f\x03\x04\x0c\x15\x17\x0b\x19\t"), [
    ...['"a"', "enter", '"b"', "backspace", "interrupt", "end_of_input", "redraw"],
    ...["cut_to_start", "delete_word_left", "cut_to_end", "yank", "complete"],
  ]);
});

Deno.test("KeyDecoder.decode() reads the keys of the usual terminals", () => {
  assert.deepEqual(decode("\x1b[A\x1bOB\x1b[C\x1bOD"), ["up", "down", "right", "left"]);
  assert.deepEqual(decode("\x1b[H\x1b[F\x1bOH\x1bOF\x1b[1~\x1b[4~\x1b[3~"), [
    ...["home", "end", "home", "end", "home", "end", "delete"],
  ]);
  assert.deepEqual(decode("\x1b[1;5D\x1b[1;5C\x1bb\x1bf\x1bd\x1b\x7f\x1b\r"), [
    ...["word_left", "word_right", "word_left", "word_right"],
    ...["delete_word_right", "delete_word_left", "newline"],
  ]);
});

Deno.test("KeyDecoder.decode() drops sequences it does not know, whole, and C1 controls", () => {
  assert.deepEqual(decode("a\x1b[15~\x1b[?1;2c\x1b[[A\x1bOP\x1bx\x1b[<0;1;2Mb\x9b\x85c"), [
    ...['"a"', '"b"', '"c"'],
  ]);
});

Deno.test("KeyDecoder.decode() gives the same keys however the input is cut into chunks", () => {
  const input = "ab\x1b[1;5C\x1b[200~x\r\ny\x1b[201~é\x1bOA\x1b\x1b[B";
  const whole = ['"ab"', "word_right", '"x\ny"', '"é"', "up", "down"];
  assert.deepEqual(decode(input), whole);
  const byOne = decode(...input).join(" ").replace('"a" "b"', '"ab"');
  assert.equal(byOne, whole.join(" "));
});

Deno.test("KeyDecoder.giveUp() makes of an Escape nothing, and not the beginning of what is typed next", () => {
  const decoder = new KeyDecoder();
  assert.deepEqual(decoder.decode("\x1b"), []);
  assert.equal(decoder.isWaiting, true);
  decoder.giveUp();
  assert.deepEqual(names(decoder.decode("b")), ['"b"']);
  assert.equal(decoder.isWaiting, false);
});

Deno.test("KeyDecoder.decode() takes a paste as one text: its lines kept, its controls not, its keys not pressed", () => {
  assert.deepEqual(decode("\x1b[200~one\rtwo\r\nthree\n\tfour\n\n\x1b[201~"), [
    '"one\ntwo\nthree\n\tfour"',
  ]);
  assert.deepEqual(decode("\x1b[200~a\x03\x1b[Ab\x1b]0;x\x07\x1b[201~c"), ['"a[Ab]0;x"', '"c"']);
  assert.deepEqual(decode("\x1b[200~\x1b[201~"), []);
});

Deno.test("KeyDecoder.decode() cuts off an endless paste and goes on after it", () => {
  const decoder = new KeyDecoder();
  decoder.decode("\x1b[200~");
  for (let i = 0; i < 100; i++) assert.deepEqual(decoder.decode("x".repeat(10_000)), []);
  const [paste, next] = decoder.decode("\x1b[201~y");
  assert.equal(paste?.kind === "text" && paste.text.length, 65_536);
  assert.deepEqual(next, { kind: "text", text: "y" });
});

Deno.test("edit() inserts at the cursor and deletes on either side", () => {
  assert.equal(shown(typed(['"hello"', "left", "left", '"X"'])), "helX|lo");
  assert.equal(shown(typed(['"hello"', "left", "backspace"])), "hel|o");
  assert.equal(shown(typed(['"hello"', "home", "delete"])), "|ello");
  assert.equal(shown(typed(['"a"', "home", "backspace", "left", "end", "delete", "right"])), "a|");
});

Deno.test("edit() moves over and deletes what a reader takes for one character", () => {
  const text = "a👩‍👩‍👧é̂🇧🇷";
  assert.equal(shown(typed([`"${text}"`, "left"])), "a👩‍👩‍👧é̂|🇧🇷");
  assert.equal(shown(typed([`"${text}"`, "left", "left"])), "a👩‍👩‍👧|é̂🇧🇷");
  assert.equal(shown(typed([`"${text}"`, "backspace", "backspace"])), "a👩‍👩‍👧|");
  assert.equal(shown(typed([`"${text}"`, "home", "right", "delete"])), "a|é̂🇧🇷");
});

Deno.test("edit() keeps the cursor between characters where an inserted mark joins its neighbours", () => {
  // The flag's second half, then its first half before it: the two become one character.
  assert.equal(shown(typed(['"🇷"', "home", '"🇧"'])), "🇧🇷|");
  assert.equal(shown(typed(['"ab"', "left", '"\u0301"'])), "a\u0301|b");
});

Deno.test("edit() moves, deletes and cuts by words, and gives back what was cut", () => {
  assert.equal(shown(typed(['"one two_2 três"', "word_left"])), "one two_2 |três");
  assert.equal(shown(typed(['"one two"', "word_left", "word_left", "word_left"])), "|one two");
  assert.equal(shown(typed(['"one two"', "home", "word_right"])), "one| two");
  assert.equal(shown(typed(['"one two "', "delete_word_left"])), "one |");
  assert.equal(shown(typed(['"one two"', "cut_to_start", '"x "', "yank"])), "x one two|");
  assert.equal(
    shown(typed(['"one two"', "home", "cut_to_end", "yank", "yank"])),
    "one twoone two|",
  );
});

Deno.test("edit() takes home, end and the cuts for the line of a text with several", () => {
  const lines = typed(['"one"', "newline", '"two"', "newline", '"three"', "home", "left"]);
  assert.equal(shown(lines), "one\ntwo|\nthree");
  assert.equal(shown(typed(["home"], lines)), "one\n|two\nthree");
  assert.equal(shown(typed(["cut_to_start"], lines)), "one\n|\nthree");
  assert.equal(shown(typed(["home", "cut_to_end"], lines)), "one\n|\nthree");
});

Deno.test("edit() goes through the history with the arrow keys and comes back to the draft", () => {
  let state = EMPTY_EDITOR;
  for (const line of ["first", "second", "third"]) state = submitted(typed([`"${line}"`], state));
  state = typed(['"draft"'], state);
  assert.equal(shown(typed(["up"], state)), "third|");
  assert.equal(shown(typed(["up", "up", "up", "up"], state)), "first|");
  assert.equal(shown(typed(["up", "up", "down"], state)), "third|");
  assert.equal(shown(typed(["up", "up", "down", "down", "down"], state)), "draft|");
});

Deno.test("submitted() keeps a line once, blank ones not, and at most 500", () => {
  let state = EMPTY_EDITOR;
  for (const line of ["a", "a", " ", "b", "a"]) state = submitted(typed([`"${line}"`], state));
  assert.deepEqual(state.history, ["a", "b", "a"]);
  assert.equal(shown(state), "|");
  for (let i = 0; i < 600; i++) state = submitted(typed([`"${i}"`], state));
  assert.deepEqual([state.history.length, state.history[0]], [500, "100"]);
  assert.equal(shown(typed(["up"], state)), "599|");
});

Deno.test("submitted() of a line from the history leaves the draft and the place behind", () => {
  let state = submitted(typed(['"a"']));
  state = submitted(typed(['"draft"', "up"], state));
  assert.deepEqual(state.history, ["a"]);
  assert.equal(shown(typed(["up"], state)), "a|");
  assert.equal(shown(typed(["up", "down"], state)), "|");
});

Deno.test("discarded() empties the line and keeps the history", () => {
  const state = discarded(typed(['"b"'], submitted(typed(['"a"']))));
  assert.equal(shown(state), "|");
  assert.deepEqual(state.history, ["a"]);
});

Deno.test("edit() bounds the line", () => {
  const state = typed([`"${"x".repeat(16_000)}"`, `"${"y".repeat(16_000)}"`]);
  assert.equal(state.text.length, 16_384);
});
