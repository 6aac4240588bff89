/**
 * What the screen of the console client writes; what it looks like is for cli_terminal_test.ts.
 *
 * @module
 */

import assert from "node:assert/strict";
import { plainLine } from "../client/console/layout.ts";
import { Screen } from "../client/console/screen.ts";

function open() {
  const size = { columns: 20, rows: 6 };
  const writes: string[] = [];
  const screen = new Screen({
    write: (text) => writes.push(text),
    size: () => size,
    colours: false,
  });
  /** What was written since the last look, once all that waits is drawn. */
  const written = async () => {
    await new Promise((resolve) => setTimeout(resolve, 0));
    return writes.splice(0);
  };
  return { screen, size, written };
}

Deno.test("Screen writes once per turn, the new lines and then the block with the cursor in its place", async () => {
  const { screen, written } = open();
  screen.print(plainLine("one"));
  screen.print(plainLine("two"), plainLine("three"));
  screen.showInput({ text: "typed", cursor: 2 });
  screen.showStatus(plainLine("status"));
  const writes = await written();
  assert.equal(writes.length, 1);
  // Where the terminal takes a character for wider than it was taken for, a row must not become two: wrapping is off.
  assert.equal(
    writes[0],
    "\r\x1b[J" + "one\r\ntwo\r\nthree\r\n" + "\x1b[?7l> typed\r\nstatus\x1b[?7h\x1b[1A\r\x1b[4C",
  );
  screen.print(plainLine("four"));
  assert.ok((await written())[0]?.startsWith("\r\x1b[Jfour\r\n\x1b[?7l> typed"));
});

Deno.test("Screen begins at the first row of what is typed, wherever the cursor stands in it", async () => {
  const { screen, written } = open();
  screen.showInput({ text: "a\nb\nc", cursor: 3 });
  await written();
  screen.print(plainLine("one"));
  assert.ok((await written())[0]?.startsWith("\r\x1b[1A\x1b[Jone\r\n"));
});

Deno.test("Screen draws its newest lines anew after a change of the width, as many as there is room for", async () => {
  const { screen, size, written } = open();
  for (let i = 0; i < 300; i++) screen.print(plainLine(`the long line ${i}`));
  screen.showStatus(plainLine("status"));
  await written();
  size.columns = 10;
  screen.refresh();
  const [frame = ""] = await written();
  assert.ok(
    frame.startsWith(
      "\x1b[H\x1b[Jthe long \r\nline 298\r\nthe long \r\nline 299\r\n\x1b[?7l> \r\n",
    ),
    JSON.stringify(frame),
  );
});

Deno.test("Screen.clear() forgets the lines", async () => {
  const { screen, size, written } = open();
  screen.print(plainLine("secret"));
  await written();
  screen.clear();
  assert.ok((await written())[0]?.startsWith("\x1b[H\x1b[J\x1b[?7l> "));
  size.columns = 30;
  screen.refresh();
  assert.ok(!(await written())[0]?.includes("secret"));
});

Deno.test("Screen.close() takes the block away, prints what is left and draws no more", async () => {
  const { screen, written } = open();
  screen.showInput({ text: "typed", cursor: 5 });
  await written();
  screen.print(plainLine("goodbye"));
  screen.close();
  screen.close();
  screen.print(plainLine("late"));
  assert.deepEqual(await written(), ["\r\x1b[Jgoodbye\r\n"]);
});
