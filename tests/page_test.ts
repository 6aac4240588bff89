/**
 * The page in a real browser against a real server.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { untilStanding } from "./browser.ts";
import { EMBEDDED } from "./server.ts";
import { onStage } from "./stage.ts";

/** At which side of the list the newest message stands. */
async function sideOf(page: Page): Promise<"left" | "right"> {
  const text = await page.locator(".text").last().evaluate((element) => {
    const range = document.createRange();
    range.selectNodeContents(element);
    const { left, right } = range.getBoundingClientRect();
    return { left, right };
  });
  const list = await page.locator(".scroller").boundingBox();
  assert.ok(list);
  return text.left - list.x < list.x + list.width - text.right ? "left" : "right";
}

async function say(page: Page, text: string): Promise<void> {
  await page.getByLabel("Message", { exact: true }).and(page.locator("textarea")).fill(text);
  await page.keyboard.press("Enter");
}

onStage(
  "Room: two pages talk, one's own right and the others' left, without a fault",
  async ({ open, server }) => {
    const ana = await open({ name: "Ana" });
    const bia = await open({ name: "Bia" });
    for (const { page } of [ana, bia]) await untilStanding(page, "Connected");
    await ana.page.locator(".person", { hasText: "Bia" }).waitFor();
    await say(ana.page, "hello <b>Bia</b>, see https://example.org/a?b=c.");
    await ana.page.locator(".delivery", { hasText: "Sent to 1" }).waitFor();

    const theirs = bia.page.locator(".group", { hasText: "hello <b>Bia</b>" });
    await theirs.waitFor();
    assert.equal(await theirs.locator(".name").textContent(), "Ana");
    const link = theirs.locator("a");
    assert.equal(await link.getAttribute("href"), "https://example.org/a?b=c");
    assert.equal(await link.getAttribute("rel"), "noopener noreferrer nofollow");

    assert.equal(await sideOf(ana.page), "right");
    assert.equal(await sideOf(bia.page), "left");
    await bia.page.locator(".cast", { hasText: "hello" }).waitFor();

    const origins = new Set([server.url, server.url.replace("http", "ws")]);
    for (const { faults, origins: asked } of [ana, bia]) {
      assert.deepEqual(faults, []);
      assert.deepEqual([...asked].filter((origin) => !origins.has(origin)), []);
    }
  },
);

onStage("Room: the clock ticks, the metrics count, and Fibonacci is answered", async ({ open }) => {
  const { page, faults } = await open({ name: "Ana" });
  await page.locator(".minute .on").nth(1).waitFor();
  const quality = await page.locator(".clock-quality .long").textContent();
  assert.match(quality ?? "", /^Server time ±\s\d+\sms$/);
  await page.getByLabel("n", { exact: true }).fill("1000001");
  await page.getByText("n goes from 0 to").waitFor();
  assert.equal(await page.getByRole("button", { name: "Compute" }).isDisabled(), true);
  await page.getByLabel("n", { exact: true }).fill("93");
  await page.keyboard.press("Enter");
  await page.getByText("12,200,160,415,121,876,738").waitFor();
  const figure = async (name: string) => {
    const text = await page.locator(".figures div", { hasText: name }).locator("dd").textContent();
    return Number(text);
  };
  // The request for the number; what the page asks for by itself does not count.
  assert.equal(await figure("Sent"), 1);
  await page.getByRole("button", { name: "Pause" }).click();
  assert.ok(await figure("Received") >= 4);
  await page.getByRole("button", { name: "Clear" }).click();
  await page.getByText("Nothing received yet").waitFor();
  assert.ok(await figure("Events") >= 5);
  assert.deepEqual(faults, []);
});

onStage(
  "Room: disconnected by hand it stays so, over a reload too, until Connect",
  async ({ open, server }) => {
    const { page } = await open({ name: "Leaver" });
    await untilStanding(page, "Connected");
    await page.getByRole("button", { name: "Disconnect" }).click();
    await untilStanding(page, "Disconnected");
    await server.logged(({ action, username }) => action === "LOGOUT" && username === "Leaver");
    await page.reload();
    await untilStanding(page, "Disconnected");
    assert.equal(await page.getByRole("button", { name: "Send" }).isDisabled(), true);
    const connects = server.log.filter(({ action, username }) =>
      action === "LOGIN" && username === "Leaver"
    );
    assert.equal(connects.length, 1);
    await page.locator(".name-form").getByRole("button", { name: "Connect" }).click();
    await untilStanding(page, "Connected");
  },
);

onStage(
  "Room: both pages come back by themselves when the server is killed and started again",
  async ({ open, server, start }) => {
    const pages = [(await open({ name: "Ana" })).page, (await open({ name: "Bia" })).page] as const;
    for (const page of pages) await untilStanding(page, "Connected");
    await server.stop("SIGKILL", "keep the folder");
    for (const page of pages) await untilStanding(page, "Reconnecting");
    const [ana, bia] = pages;
    await say(ana, "said while away");
    await ana.getByText("Waiting, goes out once connected").waitFor();
    await start({ PORT: String(server.port), DATA_DIR: server.folder });
    for (const page of pages) await untilStanding(page, "Connected");
    await bia.locator(".person", { hasText: "Ana" }).waitFor();
    await ana.locator(".delivery", { hasText: "Sent" }).waitFor();
  },
  EMBEDDED,
);

onStage("Room: a taken name is refused with free ones to choose from", async ({ open }) => {
  const first = await open({ name: "Ana" });
  await untilStanding(first.page, "Connected");
  const { page } = await open();
  await untilStanding(page, "Connected");
  await page.locator(".name-button").click();
  const field = page.getByLabel("Your name");
  await field.fill("ANA");
  await page.getByText("Ana is online already").waitFor();
  await page.getByRole("button", { name: "Change", exact: true }).click();
  await untilStanding(page, "Refused");
  await page.getByText("The name “ANA” is taken").waitFor();
  await page.waitForFunction(() => document.activeElement?.id === "name");
  await field.fill("a/b");
  await page.getByText("“/” is not allowed").waitFor();
  const suggestion = page.locator(".suggestions button").first();
  const name = await suggestion.textContent();
  await suggestion.click();
  await untilStanding(page, "Connected");
  assert.equal(await page.locator(".name-now").textContent(), name);
});

onStage(
  "Room: a second window of somebody comes in by a free name, says so, and takes the wanted one when that is free",
  async ({ open }) => {
    const first = await open({ name: "Ana" });
    await untilStanding(first.page, "Connected");
    const { page } = await open({ context: first.page.context() });
    await untilStanding(page, "Connected");
    await page.getByText("Ana was in use, perhaps by you in another tab.").waitFor();
    const name = await page.locator(".name-now").textContent();
    await page.getByText(`You are here as ${name}`).waitFor();
    await page.locator(".person").nth(1).waitFor();
    await first.page.close();
    await page.locator(".person").nth(1).waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Ana", exact: true }).click();
    await page.locator(".name-now", { hasText: /^Ana$/ }).waitFor();
    await untilStanding(page, "Connected");
    await page.locator(".banner").waitFor({ state: "detached" });
    assert.equal(await page.evaluate(() => localStorage.getItem("pulso.name")), "Ana");
  },
);

onStage(
  "Room: by keyboard alone one changes the name, writes two lines and looks at the JSON",
  async ({ open }) => {
    const { page } = await open({ name: "Ana" });
    await untilStanding(page, "Connected");
    const tabTo = async (selector: string) => {
      for (let presses = 0; presses < 40; presses++) {
        await page.keyboard.press("Tab");
        if (
          await page.evaluate((wanted) => document.activeElement?.matches(wanted), selector)
        ) return;
      }
      assert.fail(`Tab does not reach ${selector}`);
    };
    await tabTo(".skip");
    await tabTo(".name-button");
    await page.keyboard.press("Enter");
    await page.waitForFunction(() => document.activeElement?.id === "name");
    await page.keyboard.press("ControlOrMeta+A");
    await page.keyboard.type("Bia");
    await page.keyboard.press("Enter");
    await page.locator(".person", { hasText: "Bia" }).and(page.locator("[aria-current]")).waitFor();
    await page.waitForFunction(() => document.activeElement?.id === "composer");
    await page.keyboard.type("one");
    await page.keyboard.press("Shift+Enter");
    await page.keyboard.type("two");
    await page.keyboard.press("Enter");
    await page.locator(".delivery", { hasText: "Sent, nobody else was here" }).waitFor();
    assert.equal(await page.locator(".mine .text").textContent(), "one\ntwo");
    await tabTo(".chip");
    await tabTo(".cast summary");
    await page.keyboard.press("Enter");
    await page.locator(".raw pre").waitFor();
  },
);

onStage(
  "Room: without JavaScript the page shows who is here, what was said last and how to take part",
  async ({ open }) => {
    const ana = await open({ name: "Ana" });
    await untilStanding(ana.page, "Connected");
    await say(ana.page, "here is what was said");
    await ana.page.locator(".delivery", { hasText: "Sent" }).waitFor();
    const { page } = await open({ javaScript: false });
    assert.equal(await page.locator(".no-script").isVisible(), true);
    assert.equal(await page.getByText("here is what was said").isVisible(), true);
    assert.equal(await page.locator(".person", { hasText: "Ana" }).isVisible(), true);
    assert.equal(await page.locator(".composer").isVisible(), false);
  },
);
