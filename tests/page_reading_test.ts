/**
 * What somebody reads stays where it is, whatever comes and goes around it, and by keyboard they get from one thing to the
 * next, in a real browser.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { Locator } from "playwright-core";
import { untilStanding } from "./browser.ts";
import { TestClient } from "./client.ts";
import { eventually } from "./eventually.ts";
import { say } from "./scenes.ts";
import { onStage } from "./stage.ts";

/** Where an element begins, in px from the top of the window. */
function topOf(element: Locator): Promise<number> {
  return element.evaluate((found) => found.getBoundingClientRect().top);
}

/** Says so many things, of which each is a line of its own kind. */
function sayMany(client: TestClient, { from, upTo }: Readonly<Record<"from" | "upTo", number>>) {
  for (let count = from; count < upTo; count++) {
    client.send({
      type: "chat",
      id: `c${count}`,
      message: `line ${count}${"\nand more".repeat(count % 3)}.`,
    });
  }
}

onStage(
  "Chat: scrolled up, a text stays where it is to the pixel while 50 more come and older ones are fetched",
  async ({ open, server }) => {
    const client = await TestClient.join(`${server.socketUrl}?username=Bia`);
    await using _ = { [Symbol.asyncDispose]: () => client.close() };
    sayMany(client, { from: 0, upTo: 120 });
    await client.next(({ type, id }) => type === "ack" && id === "c119");
    const { page } = await open({ name: "Ana" });
    await untilStanding(page, "Connected");
    const older = page.getByRole("button", { name: "Show older messages" });
    await older.waitFor({ state: "attached" });
    const read = page.getByText("line 90.", { exact: true }).and(page.locator(".text"));
    await read.scrollIntoViewIfNeeded();
    await page.locator(".jump").waitFor();
    const before = await topOf(read);

    sayMany(client, { from: 120, upTo: 170 });
    await page.locator(".jump", { hasText: "50 unread" }).waitFor();
    assert.equal(await topOf(read), before);

    const first = await page.locator(".text").first().textContent();
    await older.dispatchEvent("click");
    await eventually(async () => {
      assert.notEqual(await page.locator(".text").first().textContent(), first);
    });
    assert.equal(await topOf(read), before);
  },
  { MESSAGES_PER_SECOND: "0" },
);

onStage(
  "People: scrolled down, a person stays where they are while others come before",
  async (stage) => {
    const others = Array.from({ length: 300 }, (_, index) => `guest-${1000 + index}`);
    const { page, wire } = await stage.wire({ wire: { others } });
    await page.locator(".people .count", { hasText: "301" }).waitFor();
    await page.locator(".person-list").evaluate((list) => list.scrollTop = 2000);
    const person = page.locator(".person", { hasText: "guest-1075" });
    await person.waitFor();
    const before = await topOf(person);
    const connected_at = new Date().toISOString();
    const joined = Array.from({ length: 7 }, (_, index) => (
      { username: `Ana ${index}`, client_id: `a${index}`, connected_at, node: "n1" }
    ));
    // The next tick would tell of as many as before.
    wire.ticks = false;
    wire.send({ type: "presence", joined, left: [], online: 308 });
    await page.locator(".people .count", { hasText: "308" }).waitFor();
    assert.equal(await topOf(person), before);
  },
);

onStage("Metrics: by the arrow keys one goes through the seconds of a plot", async (stage) => {
  const { page } = await stage.wire();
  await page.locator(".minute .on").first().waitFor();
  const plot = page.getByRole("slider").first();
  const place = async () => Number(await plot.getAttribute("aria-valuenow"));
  assert.equal(await place(), 0);
  await plot.focus();
  await page.keyboard.press("ArrowLeft");
  // The plot goes on meanwhile, and the chosen second with it.
  await eventually(async () => assert.ok(await place() <= -1));
  await page.keyboard.press("PageDown");
  await eventually(async () => assert.ok(await place() <= -31));
  await page.keyboard.press("End");
  await eventually(async () => assert.ok(await place() > -31));
});

onStage("Broadcasts: by the arrow keys one goes from row to row", async (stage) => {
  const { page, wire } = await stage.wire({ wire: { others: ["Bia"] } });
  wire.ticks = false;
  await untilStanding(page, "Connected");
  for (const text of ["one", "two", "three"]) wire.send(wire.chat("Bia", text));
  const row = (text: string) => page.locator(".cast", { hasText: text }).locator("summary");
  await row("three").focus();
  for (
    const [key, text] of [["ArrowDown", "two"], ["ArrowDown", "one"], ["ArrowUp", "two"]] as const
  ) {
    await page.keyboard.press(key);
    assert.ok(
      await row(text).evaluate((found) => found === document.activeElement),
      `${key}: ${text}`,
    );
  }
});

onStage("Copy: what is copied is the message as it came, and the digits", async (stage) => {
  const { page, wire } = await stage.wire({ wire: { others: ["Bia"] } });
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await untilStanding(page, "Connected");
  const copied = () => page.evaluate(() => navigator.clipboard.readText());
  const chat = wire.chat("Bia", "copy  this");
  wire.send(chat);
  const row = page.locator(".cast", { hasText: "copy  this" });
  await row.locator("summary").click();
  await row.getByRole("button", { name: "Copy" }).click();
  await row.getByRole("button", { name: "Copied" }).waitFor();
  assert.equal(await copied(), JSON.stringify(chat));

  await page.getByLabel("n", { exact: true }).fill("90");
  await page.keyboard.press("Enter");
  await page.getByText("2,880,067,194,370,816,120").first().waitFor();
  const result = page.locator(".fib-result");
  await result.getByRole("button", { name: "Copy" }).click();
  await result.getByRole("button", { name: "Copied" }).waitFor();
  assert.equal(await copied(), "2880067194370816120");
});

onStage("Name: its button goes to the field that is there already", async (stage) => {
  const { page } = await stage.play("disconnected");
  await page.locator("#composer").focus();
  await page.locator(".name-button").click();
  assert.equal(await page.evaluate(() => document.activeElement?.id), "name");
});

onStage(
  "Page: of chats that were not sent and are out of sight it says how many, leads there, and sends all again in order",
  async (stage) => {
    const texts = ["one", "two", "three"];
    const actors = await stage.play("not sent");
    const { page, wire } = actors;
    for (const text of texts) await say(actors, text);
    for (let line = 0; line < 300; line++) wire.send(wire.chat("kenji", `line ${line}`));
    await page.locator(".messages .text", { hasText: "line 299" }).waitFor();
    const bar = page.locator(".unsent");
    assert.match(await bar.innerText(), /^\s*5 not sent/);
    await bar.getByRole("button", { name: "Show" }).click();
    const first = page.locator(".group", { hasText: "Link to the recording" });
    await page.waitForFunction(() => document.activeElement?.matches(".delivery button") ?? false);
    assert.ok(await first.locator(":focus").isVisible());
    const sent = () => wire.asked.filter(({ type }) => type === "chat").map(({ id }) => id);
    const before = sent();
    await bar.getByRole("button", { name: "Send all again" }).click();
    await eventually(() => assert.deepEqual(sent().slice(5), before));
  },
);
