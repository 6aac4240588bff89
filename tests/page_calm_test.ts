/**
 * What the page spares its readers, in a real browser: it does not shout into a screen reader, and nothing moves for who
 * wants nothing to move.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { untilStanding } from "./browser.ts";
import { eventually } from "./eventually.ts";
import { say, untilShown } from "./scenes.ts";
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

/** Notes every animation and transition that begins, from the beginning of the page. */
async function watchMotion(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const moved = new Set<string>();
    Object.assign(globalThis, { moved });
    document.addEventListener(
      "animationstart",
      ({ animationName }) => moved.add(animationName),
      true,
    );
    document.addEventListener("transitionrun", ({ propertyName }) => moved.add(propertyName), true);
  });
}

/** What moves now, by the names of its animations. */
function movingOn(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const names = document.getAnimations().map((one) =>
      one instanceof CSSAnimation && one.animationName
    );
    return [...new Set(names)].map(String).sort();
  });
}

onStage(
  "Page: the running second and the ring of a reconnection move, or nothing at all",
  async (stage) => {
    for (const still of [false, true]) {
      const actors = await stage.wire({ wire: { others: ["Ana"] }, still, prepare: watchMotion });
      const { page, wire } = actors;
      const untilMoving = (...names: string[]) =>
        eventually(async () => assert.deepEqual(await movingOn(page), still ? [] : names));
      await page.locator(".minute .now").waitFor({ state: "attached" });
      wire.send(wire.chat("Ana", "hello"));
      await say(actors, "hello to you");
      await untilShown(actors, "sent_to");
      await untilMoving("advance", "fill");
      wire.close(1006);
      await page.locator(".banner .icon:has([href='#i-arc'])").waitFor();
      await untilMoving("turn");
      const moved = await page.evaluate(
        () => [...(globalThis as unknown as { moved: Set<string> }).moved],
      );
      assert.deepEqual(moved.sort(), still ? [] : ["advance", "fill", "turn"]);
    }
  },
);
