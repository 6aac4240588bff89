/**
 * What the browser tells of the network and of the page itself, in a real browser. The time of the page stands still, so
 * that nothing but what is told can have been the reason.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { DEADLINE_MS, untilStanding } from "./browser.ts";
import { eventually } from "./eventually.ts";
import { onStage, type Stage, type WiredPage } from "./stage.ts";

/** A page that is connected, and whose time stands still from then on. */
async function atStandstill(stage: Stage): Promise<WiredPage> {
  const actors = await stage.wire({ prepare: (page) => page.clock.install() });
  await untilStanding(actors.page, "Connected");
  await actors.page.clock.pauseAt(Date.now() + 1000);
  return actors;
}

/** Waits until the pill says something, while next to none of the page's time passes: it waits for half a second at least. */
async function untilSaid(page: Page, word: string): Promise<void> {
  await eventually(async () => {
    await page.clock.runFor(1);
    assert.equal(await page.locator(".pill", { hasText: word }).count(), 1);
  }, DEADLINE_MS);
}

/** Waits until the page has tried to connect once more. */
async function untilTried({ wire }: WiredPage, attempts: number): Promise<void> {
  await eventually(() => assert.equal(wire.attempts, attempts), DEADLINE_MS);
}

onStage("Room: shown again, the page connects at once", async (stage) => {
  const actors = await atStandstill(stage);
  const { page, wire } = actors;
  wire.close(1006, "welcome");
  await untilSaid(page, "Reconnecting");
  assert.equal(wire.attempts, 1);
  await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
  await untilTried(actors, 2);
});

onStage(
  "Room: without a network it says so at once, and connects at once when that is back",
  async (stage) => {
    const actors = await atStandstill(stage);
    const { page, wire } = actors;
    await page.context().setOffline(true);
    wire.close(1006, "welcome");
    await untilSaid(page, "Offline");
    assert.equal(wire.attempts, 1);
    await page.context().setOffline(false);
    await untilTried(actors, 2);
    await untilSaid(page, "Connected");
  },
);

onStage("Room: what was typed just before the page is left is there again", async (stage) => {
  const actors = await atStandstill(stage);
  const { page } = actors;
  await page.locator("#composer").fill("typed in haste");
  await page.reload();
  await page.clock.resume();
  await eventually(async () => {
    assert.equal(await page.locator("#composer").inputValue(), "typed in haste");
  });
});
