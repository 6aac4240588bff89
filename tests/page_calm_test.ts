/**
 * What the page spares its readers, in a real browser: it does not shout into a screen reader, and nothing moves for who
 * wants nothing to move.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { untilStanding } from "./browser.ts";
import { onStage } from "./stage.ts";

/** Notes what is announced, and when by the page's clock. */
async function listen(page: Page): Promise<() => Promise<[at: number, text: string][]>> {
  await page.evaluate(() => {
    const heard: [number, string][] = [];
    Object.assign(globalThis, { heard });
    new MutationObserver(() => {
      const line = document.querySelector(".visually-hidden[aria-live=polite]");
      const text = line?.textContent ?? "";
      if (text !== "" && text !== heard.at(-1)?.[1]) heard.push([Date.now(), text]);
    }).observe(document.body, { subtree: true, childList: true, characterData: true });
  });
  return () => page.evaluate(() => (globalThis as unknown as { heard: [number, string][] }).heard);
}

onStage(
  "Page: of a chat with two messages a second, at most one thing in 5 s is announced",
  async (stage) => {
    const { page, wire } = await stage.wire({
      wire: { others: ["Ana", "Bia"] },
      prepare: (page) => page.clock.install(),
    });
    await untilStanding(page, "Connected");
    const heard = await listen(page);
    for (let step = 0; step < 60; step++) {
      wire.send(wire.chat(step % 2 === 0 ? "Ana" : "Bia", `word ${step}`));
      if (step % 2 === 0) wire.tick();
      await page.clock.runFor(500);
    }
    const told = await heard();
    assert.ok(told.length >= 5, `${told.length} announcements in half a minute`);
    for (const [index, [at]] of told.slice(1).entries()) {
      assert.ok(at - (told[index]?.[0] ?? 0) >= 4900, JSON.stringify(told));
    }
  },
);

/** How many animations run. */
function running(page: Page): Promise<number> {
  return page.evaluate(() =>
    document.getAnimations().filter(({ playState }) => playState === "running").length
  );
}

onStage("Page: where nothing is to move, nothing does", async (stage) => {
  const moving = await stage.play("reconnecting");
  assert.ok(await running(moving.page) > 0);
  for (const name of ["chat", "reconnecting"] as const) {
    const { page } = await stage.play(name, { still: true });
    assert.equal(await running(page), 0, name);
  }
});
