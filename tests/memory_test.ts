/**
 * What the page remembers in the browser.
 *
 * @module
 */

import assert from "node:assert/strict";
import { BrowserMemory } from "../client/page/browser.ts";

Deno.test("BrowserMemory keeps the newest 20 of the tab's own ids", () => {
  const memory = new BrowserMemory();
  const ids = Array.from({ length: 30 }, (_, n) => `c-${n}`);
  memory.ownIds = ids;
  assert.deepEqual(memory.ownIds, ids.slice(10));
  memory.ownIds = [];
  assert.deepEqual(memory.ownIds, []);
});

Deno.test("BrowserMemory keeps chats that wait, and takes no nonsense for one", () => {
  const memory = new BrowserMemory();
  const chats = [{ id: "1", text: "one\ntwo", isTransmitted: false }];
  memory.waiting = chats;
  assert.deepEqual(memory.waiting, chats);
  for (const nonsense of ["", "{", "7", "null", '[null, 1, {"id": "1"}, {"id": 1, "text": ""}]']) {
    sessionStorage.setItem("pulso.waiting", nonsense);
    assert.deepEqual(memory.waiting, [], nonsense);
  }
  memory.waiting = [];
  assert.equal(sessionStorage.getItem("pulso.waiting"), null);
});

Deno.test("BrowserMemory forgets what was before where there is no room for what is now", () => {
  const memory = new BrowserMemory();
  memory.waiting = [{ id: "1", text: "one", isTransmitted: false }];
  memory.waiting = [{ id: "2", text: "x".repeat(20_000_000), isTransmitted: false }];
  assert.deepEqual(memory.waiting, []);
});
