/**
 * The close codes, against table 6 of docs/PROTOCOL.md.
 *
 * @module
 */

import assert from "node:assert/strict";
import { CloseCode, mayReconnect } from "../lib/close_codes.ts";

const TABLE: readonly (readonly [name: keyof typeof CloseCode, code: number, again: boolean])[] = [
  ["goodbye", 1000, false],
  ["leaving", 1001, true],
  ["binaryFrame", 1003, false],
  ["overRate", 1008, false],
  ["frameTooBig", 1009, false],
  ["fault", 1011, true],
  ["full", 1013, true],
  ["notAuthenticated", 4001, false],
  ["tooSlow", 4008, true],
  ["nameTaken", 4009, false],
  ["resumedElsewhere", 4010, false],
  ["nameNotAllowed", 4011, false],
];

Deno.test("CloseCode is the table of the protocol, no code more and none less", () => {
  const expected = Object.fromEntries(TABLE.map(([name, code]) => [name, code]));
  assert.deepEqual({ ...CloseCode }, expected);
});

for (const [name, code, again] of TABLE) {
  const verdict = again ? "lets a client come back" : "keeps a client away";
  Deno.test(`mayReconnect() ${verdict} after ${code}, ${name}`, () => {
    assert.equal(mayReconnect(code), again);
  });
}

Deno.test("mayReconnect() takes a code that no server of ours sends for a lost link", () => {
  for (const code of [0, 1002, 1005, 1006, 1007, 1010, 1012, 1014, 1015, 3000, 4000, 4999]) {
    assert.equal(mayReconnect(code), true, String(code));
  }
});
