/**
 * What is told of a test of the page that fails.
 *
 * @module
 */

import assert from "node:assert/strict";
import { playOn } from "./stage.ts";

/** A stage that cannot be cleared, such as one on which somebody is left. */
const CROWDED = { [Symbol.asyncDispose]: () => Promise.reject(new Error("not everybody left")) };

Deno.test("playOn() tells why a play failed, whatever comes of clearing the stage", async () => {
  const cause = new Error("the cause");
  const failed = await playOn(CROWDED, () => Promise.reject(cause)).catch((error) => error);
  assert.equal(failed, cause);
});

Deno.test("playOn() fails where a play went well and left somebody behind", async () => {
  await assert.rejects(playOn(CROWDED, () => Promise.resolve()), /not everybody left/);
});
