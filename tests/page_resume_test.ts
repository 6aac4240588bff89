/**
 * The page over a reload and over a lost link, in a real browser against a real server.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { languageOf } from "../client/page/language.ts";
import { untilStanding } from "./browser.ts";
import { Chance } from "./chance.ts";
import { Proxy } from "./proxy.ts";
import { say, untilShown } from "./scenes.ts";
import { onStage } from "./stage.ts";

const language = languageOf("en");

/** Settings of a server to which one can come back. */
const WITH_GRACE = { RESUME_GRACE_MS: "10000" };

/** Under what name a page is connected. */
async function nameOn(page: Page): Promise<string> {
  await untilStanding(page, "Connected");
  return await page.locator(".name-now").textContent() ?? "";
}

/** The texts of the messages, in their order, and the lines between them that are no messages. */
function linesOn(page: Page): Promise<string[]> {
  return page.locator(".messages :is(.text, .quiet, .is-gap)").allTextContents();
}

/** Waits for so many ticks: what the server tells once a second has been told by then. */
async function untilTicked(page: Page, ticks: number): Promise<void> {
  const shown = await page.locator(".minute .on, .minute .late").count();
  await page.locator(".minute :is(.on, .late)").nth((shown + ticks - 1) % 60).waitFor();
}

onStage(
  "Room: after a reload a guest is the same one, with what was said, and nobody sees them leave or join",
  async ({ open }) => {
    const { page } = await open();
    const name = await nameOn(page);
    const bia = (await open({ name: "Bia" })).page;
    await bia.locator(".person", { hasText: name }).waitFor();
    await say({ page, language }, "before the reload");
    await bia.getByText("before the reload", { exact: true }).first().waitFor();
    await page.reload();
    assert.equal(await nameOn(page), name);
    await say({ page, language }, "after it");
    await page.locator(".delivery", { hasText: "Sent to 1" }).waitFor();
    await untilTicked(bia, 2);
    const said = ["before the reload", "after it"];
    assert.deepEqual([await linesOn(page), await linesOn(bia)], [said, said]);
    assert.equal(await page.locator(".mine .text").count(), 2);
    assert.equal(await bia.locator(".person", { hasText: name }).count(), 1);
    assert.equal(await page.locator(".banner").count(), 0);
  },
  WITH_GRACE,
);

onStage(
  "Room: a tab that is duplicated is somebody else, and the first one stays",
  async ({ open }) => {
    const { page } = await open();
    const name = await nameOn(page);
    // After a reload a session has been stored once.
    await page.reload();
    assert.equal(await nameOn(page), name);
    const opened = page.context().waitForEvent("page");
    await page.evaluate(() => void globalThis.open(location.href));
    const duplicate = await opened;
    assert.notEqual(await nameOn(duplicate), name);
    await page.locator(".person", { hasText: await nameOn(duplicate) }).waitFor();
    await untilStanding(page, "Connected");
    assert.equal(await nameOn(page), name);
  },
  WITH_GRACE,
);

onStage(
  "Room: over a lost link it says that it reconnects, then that it has caught up; every line is there once, in order",
  async ({ open, visit, server }) => {
    let targets = [server.port];
    const proxy = new Proxy({ targets: () => targets, chance: new Chance(1) });
    using stack = new DisposableStack();
    stack.defer(() => proxy.close());
    const ana = (await visit({ name: "Ana", url: `http://127.0.0.1:${proxy.port}` })).page;
    await untilStanding(ana, "Connected");
    const bia = (await open({ name: "Bia" })).page;
    await untilStanding(bia, "Connected");
    await ana.locator(".person", { hasText: "Bia" }).waitFor();
    await say({ page: bia, language }, "one");
    await ana.locator(".text", { hasText: "one" }).waitFor();
    targets = [];
    proxy.breakAll();
    await untilStanding(ana, "Reconnecting");
    for (const text of ["two", "three"]) await say({ page: bia, language }, text);
    await say({ page: ana, language }, "said while away");
    await untilShown({ page: ana, language }, "waiting_offline");
    await bia.locator(".delivery", { hasText: "Sent" }).last().waitFor();
    targets = [server.port];
    // It may be back by itself before it is pressed.
    await ana.getByRole("button", { name: language.text("try_now") }).click({ timeout: 2000 })
      .catch(() => {});
    await ana.getByText("Caught up, 2 messages").waitFor();
    await ana.locator(".delivery", { hasText: "Sent to 1" }).waitFor();
    await bia.locator(".text", { hasText: "said while away" }).waitFor();
    const lines = ["one", "two", "three", "said while away"];
    assert.deepEqual(await linesOn(ana), ["Bia joined", ...lines]);
    assert.deepEqual(await linesOn(bia), lines);
  },
  WITH_GRACE,
);
