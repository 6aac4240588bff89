/**
 * What others write stays text, in a real browser: 120 scripts as text, name, Fibonacci input and address, and messages
 * whose fields are not what the protocol says.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { isSound } from "../client/page/soundness.ts";
import { DEADLINE_MS, type TestPage, untilStanding } from "./browser.ts";
import { say } from "./scenes.ts";
import { onStage, type WiredPage } from "./stage.ts";

const PAYLOADS = (await Deno.readTextFile(new URL("fixtures/script_payloads.txt", import.meta.url)))
  .trimEnd().split("\n");
/** One that would do something in every place where text is no text. */
const WORST = `"><img src=x onerror=pwned()><script>pwned()</script>`;

/** Lets a page tell what it should not do. */
async function watch(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const deeds: string[] = [];
    Object.assign(globalThis, { deeds, pwned: () => deeds.push("a script ran") });
    document.addEventListener(
      "securitypolicyviolation",
      (event) => deeds.push(`${event.violatedDirective}: ${event.blockedURI} ${event.sample}`),
    );
    for (const name of ["alert", "confirm", "prompt", "open"]) {
      Object.assign(globalThis, { [name]: () => deeds.push(name) });
    }
  });
}

/** Asserts that nothing has run, nothing was blocked and nothing broke. */
async function assertHarmless({ page, faults }: Pick<TestPage, "page" | "faults">): Promise<void> {
  const deeds = await page.evaluate(() => (globalThis as unknown as { deeds: string[] }).deeds);
  assert.deepEqual(deeds, []);
  assert.deepEqual(faults, []);
}

/** The kinds of elements in the lists: their tags and the names of their attributes. */
function kindsOfElements(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const kinds = [...document.querySelectorAll("main li *")].map((element) =>
      `${element.localName} ${element.getAttributeNames().sort()}`
    );
    return [...new Set(kinds)].sort();
  });
}

/** Chats, broadcasts and a list of people made of texts, and what shows that they have arrived. */
async function receive({ page, wire }: WiredPage, texts: readonly string[]): Promise<void> {
  const users = texts.map((text, index) => ({
    username: text,
    client_id: `u${index}`,
    connected_at: new Date().toISOString(),
    node: text,
  }));
  wire.send(...texts.map((text) => wire.chat(text, text)));
  wire.send({ type: "presence", joined: users, left: [], online: users.length });
  wire.send({ type: "error", code: "internal", message: WORST });
  wire.send(wire.chat("end", `the end of ${texts.length} ${texts[0]}`));
  await page.getByText(`the end of ${texts.length}`).first().waitFor();
}

onStage(
  "Page: 120 scripts as texts and names become text, and no element that harmless ones do not become",
  async (stage) => {
    const harmless = PAYLOADS.map((_, index) => `word ${index}`);
    harmless[0] = "see https://example.org/ and http://example.org";
    const kinds: string[][] = [];
    for (const texts of [harmless, PAYLOADS]) {
      const actors = await stage.wire({ prepare: watch });
      await untilStanding(actors.page, "Connected");
      await say(actors, WORST);
      await actors.page.getByText("Sent, nobody else was here").first().waitFor();
      await receive(actors, texts);
      kinds.push(await kindsOfElements(actors.page));
      const said = await actors.page.locator(".text").allTextContents();
      assert.deepEqual(said.slice(-texts.length - 1, -1), texts);
      for (const link of await actors.page.locator(".messages a").all()) {
        assert.match(await link.getAttribute("href") ?? "", /^https?:\/\//);
      }
      await actors.page.locator(".cast summary").first().click();
      await assertHarmless(actors);
    }
    const [before = [], after = []] = kinds;
    assert.deepEqual(after.filter((kind) => !before.includes(kind)), []);
  },
);

onStage(
  "Page: 120 scripts in the fields for name, number and message, in the address and in what is remembered do nothing",
  async ({ open, server }) => {
    const opened = await open({
      name: WORST,
      prepare: async (page) => {
        await watch(page);
        await page.addInitScript((draft) => sessionStorage.setItem("pulso.draft", draft), WORST);
      },
    });
    const { page } = opened;
    await untilStanding(page, "Connected");
    assert.match(await page.locator(".name-now").textContent() ?? "", /^guest-/);
    assert.equal(await page.locator("#composer").inputValue(), WORST);
    await page.locator(".name-button").click();
    await page.locator("#name").waitFor();
    await page.evaluate((payloads) => {
      const write = (selector: string, text: string) => {
        const field = document.querySelector<HTMLInputElement>(selector);
        if (field === null) throw new Error(`Could not find a field: ${selector}`);
        field.value = text;
        field.dispatchEvent(new InputEvent("input", { bubbles: true }));
      };
      for (const payload of payloads) {
        for (const selector of ["#name", "#fib-n", "#composer"]) write(selector, payload);
        location.hash = payload;
      }
    }, PAYLOADS);
    await page.locator("#name").press("Enter");
    await page.locator("#fib-n").press("Enter");
    await assertHarmless(opened);
    for (const payload of PAYLOADS) {
      for (const address of [`/?q=${payload}`, `/?username=${encodeURIComponent(payload)}`]) {
        const html = await (await fetch(new URL(address, server.url))).text();
        assert.ok(payload.length < 12 || !html.includes(payload), address);
      }
      const missing = await fetch(`${server.url}/none/${encodeURIComponent(payload)}`);
      assert.equal(missing.headers.get("content-type"), "application/problem+json");
      await missing.body?.cancel();
    }
  },
);

const NOT_TEXTS: unknown[] = [
  null,
  7,
  true,
  {},
  [],
  { toString: null },
  ["<b>"],
  "",
  "x".repeat(100_000),
];
const NOT_TIMES: unknown[] = [
  null,
  "not a date",
  "",
  -1,
  1e308,
  {},
  "9999999-01-01",
  "2026-11-20T99:99:99Z",
];
const NOT_NUMBERS: unknown[] = [null, "7", -1, 1.5, 1e308, {}, [], "<b>"];

/**
 * Messages of every type, each with one field that is not what it should be; `id` is that of a chat that waits. Another
 * place in the order is none of them: the page would leave so as to ask for what it lacks, and take no more of this.
 */
function hostileMessages(wire: WiredPage["wire"], id: string): unknown[] {
  const timestamp = new Date().toISOString();
  const greeting = wire.greeting();
  const chat = wire.chat("Eve", "hello");
  const place = { epoch: greeting.epoch, offset: chat.offset };
  const person = { username: "Eve", client_id: "e1", connected_at: timestamp, node: "n1" };
  const sound: readonly Record<string, unknown>[] = [
    { ...greeting },
    { ...chat },
    { type: "time", time: "10:00:00", date: "2026-11-20", timestamp, ...place, online: 2 },
    { type: "presence", joined: [person], left: [person], online: 2 },
    { type: "users", users: [person], online: 2 },
    { type: "status", database: "up", broker: "none", draining: true, reconnect_after_ms: 1000 },
    { type: "fibonacci", input: 1, result: 1, digits: 1, elapsed_ms: 1, id: "f" },
    { type: "ack", id, offset: chat.offset, timestamp, recipients: 1 },
    { type: "pong", timestamp, id: "p" },
    { type: "error", code: "internal", message: "no", id: "a", suggestions: ["x"] },
  ];
  return sound.flatMap((message) =>
    Object.keys(message).filter((name) => name !== "type").flatMap((name) => {
      const { [name]: _, ...without } = message;
      const others = [...NOT_TEXTS, ...NOT_TIMES, ...NOT_NUMBERS].map((value) => ({
        ...message,
        [name]: value,
      }));
      const isPlace = name === "epoch" || name === "offset";
      return [without, ...isPlace ? others.filter((other) => !isSound(other)) : others];
    })
  );
}

onStage("Page: messages with fields of every wrong kind break nothing", async (stage) => {
  const actors = await stage.wire({ prepare: watch, wire: { chats: "unanswered" } });
  const { page, wire } = actors;
  await untilStanding(page, "Connected");
  await say(actors, "is it here?");
  await page.locator(".delivery", { hasText: "Waiting" }).waitFor();
  const id = wire.asked.findLast(({ type }) => type === "chat")?.id ?? "";
  assert.notEqual(id, "");
  for (const message of hostileMessages(wire, id)) wire.send(message);
  wire.send("a text", 7, null, [], { type: "chat" }, { type: "unheard of" }, {});
  wire.send(wire.greeting());
  wire.status({});
  wire.send(wire.chat("Ana", "still here"));
  await page.locator(".text", { hasText: "still here" }).waitFor({ timeout: DEADLINE_MS / 2 });
  await page.locator(".mine .text", { hasText: "is it here?" }).waitFor();
  await untilStanding(page, "Connected");
  await assertHarmless(actors);
});

onStage("Page: nobody fills the window with one message of marks or empty lines", async (stage) => {
  const { page, wire } = await stage.wire({ wire: { others: ["Eve"] } });
  await untilStanding(page, "Connected");
  const texts = [`e${"\u0301".repeat(4095)}`, `a${"\n".repeat(4094)}b`, "c\n".repeat(2048)];
  wire.send(...texts.map((text) => wire.chat("Eve", text)));
  wire.send(wire.chat("Eve", "the end"));
  await page.locator(".text", { hasText: "the end" }).waitFor();
  const tops = await page.locator(".text").evaluateAll((elements) =>
    elements.map((element) => element.getBoundingClientRect().height)
  );
  assert.equal(tops.length, texts.length + 1);
  assert.ok(Math.max(...tops) < 450, `${tops} px high`);
  await page.getByRole("button", { name: "Show all" }).last().click();
  await page.locator(".text", { hasText: "c\nc\nc" }).last().waitFor();
});
