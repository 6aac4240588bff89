/**
 * The page of documents in a real browser, on a real server: the console, the part about HTTP, languages, themes, sizes.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { docsWordsOf } from "../client/docs/words.ts";
import { audit } from "./axe.ts";
import { sidewaysFaults } from "./browser.ts";
import { TestClient } from "./client.ts";
import { onStage, type Stage } from "./stage.ts";

const say = docsWordsOf("en");

async function openDocs(
  { visit, server }: Stage,
  options: Partial<Parameters<Stage["visit"]>[0]> = {},
) {
  return await visit({ url: `${server.url}/docs`, ...options });
}

async function connect(page: Page, name: string): Promise<void> {
  await page.getByRole("textbox", { name: say("username") }).fill(name);
  await page.getByRole("button", { name: say("connect"), exact: true }).click();
  await page.locator(".pill.is-connected").waitFor();
}

/** Opens what a client sends. */
function card(page: Page, name: string) {
  return page.locator(`.docs-message[data-message="${name}"]`).first();
}

async function untilVerdict(page: Page, name: string, verdict: string, text: string) {
  const answer = card(page, name).locator(".docs-answer", { hasText: text });
  await answer.filter({ hasText: verdict }).waitFor();
}

onStage(
  "Docs: what is to be copied has the address by which the page was reached, whatever the server knows of it",
  async (stage) => {
    const { page } = await openDocs(stage);
    // As behind a proxy that says nothing of itself.
    await page.route("https://chat.example/**", async (route) => {
      const { pathname, search } = new URL(route.request().url());
      const response = await route.fetch({ url: `${stage.server.url}${pathname}${search}` });
      await route.fulfill({ response });
    });
    await page.goto("https://chat.example/docs");
    await page.locator("#start code", { hasText: "wss://chat.example/api/ws" }).first().waitFor();
  },
);

onStage(
  "Docs: every message of the console is sent as it stands, by the keyboard, and its answer checked",
  async (stage) => {
    const { page, faults, origins } = await openDocs(stage);
    await connect(page, "ana");
    await page.locator('.docs-entry[data-type="welcome"]', { hasText: say("fits") }).waitFor();
    const answers = {
      chat: "ack",
      fibonacci: '"result":55',
      ping: "pong",
      users: "ana",
      cmd: '"result":55',
    };
    for (const [name, answer] of Object.entries(answers)) {
      const summary = card(page, name).locator("summary");
      await summary.focus();
      await page.keyboard.press("Enter");
      await card(page, name).getByRole("button", { name: say("send") }).press("Enter");
      await untilVerdict(page, name, say("fits"), answer);
    }
    // What is wrong is said before it is sent, and by the server then.
    const field = card(page, "fibonacci").getByRole("textbox");
    await field.fill('{"type": "fibonacci", "input": "ten"}');
    await card(page, "fibonacci").locator(".docs-try-foot", { hasText: say("does_not_fit") })
      .waitFor();
    await card(page, "fibonacci").getByRole("button", { name: say("send") }).click();
    await untilVerdict(page, "fibonacci", say("fits"), "invalid_message");
    await card(page, "fibonacci").getByRole("button", { name: say("restore") }).click();
    assert.match(await field.inputValue(), /"input": 10/);
    assert.deepEqual(
      await page.locator(".docs-entry.is-received .verdict:not(.is-fitting)").count(),
      0,
    );
    await page.getByRole("button", { name: say("disconnect") }).click();
    await page.locator(".pill", { hasText: say("closed_by", { code: 1000 }) }).waitFor();
    assert.deepEqual(faults, []);
    assert.deepEqual([...origins].map((origin) => new URL(origin).host), [
      new URL(stage.server.url).host,
      new URL(stage.server.url).host,
    ]);
  },
);

onStage(
  "Docs: a name that is taken is an error that fits its schema, and the code 4009",
  async (stage) => {
    const bia = await TestClient.join(`${stage.server.socketUrl}?username=bia`);
    const { page, faults } = await openDocs(stage);
    await page.getByRole("textbox", { name: say("username") }).fill("bia");
    await page.getByRole("button", { name: say("connect"), exact: true }).click();
    await page.locator(".pill", { hasText: say("closed_by", { code: 4009 }) }).waitFor();
    await page.locator('.docs-entry[data-type="error"]', { hasText: say("fits") }).waitFor();
    await bia.close();
    assert.deepEqual(faults, []);
  },
);

/** Where the lines of what is said of messages and of paths begin, from the left, each once. */
function edgesOf(page: Page): Promise<Record<string, number[]>> {
  return page.evaluate(() => {
    const edgesOf = (selector: string) => {
      const lines = [...document.querySelectorAll(selector)].flatMap((one) => [
        ...one.getClientRects(),
      ]);
      return [...new Set(lines.map(({ left }) => Math.round(left)))];
    };
    return {
      messages: edgesOf(".docs-message .docs-about"),
      paths: edgesOf(".opblock-summary-description"),
    };
  });
}

/** What is too small to be hit: WCAG 2.2, 2.5.8. What lies in the line of an operation is as high as that. */
function smallTargetsOf(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll("button, summary, input, select, a:not(.nostyle)")]
      .filter((one) => one.checkVisibility())
      .map((one) => ({ one, box: one.getBoundingClientRect() }))
      .filter(({ box: { width, height } }) => width < 24 || height < 24)
      .map(({ one, box }) => `${one.outerHTML.slice(0, 80)}: ${box.width} x ${box.height}`)
  );
}

async function assertFits(page: Page, { width, height }: { width: number; height: number }) {
  await page.locator("nav a[href='#start']").click();
  for (const name of ["JavaScript", "Python", "curl", "websocat"]) {
    await page.getByRole("button", { name, exact: true }).click();
    const code = page.locator(`.snippet[data-name="${name}"] pre`);
    await code.waitFor();
    const box = await code.boundingBox();
    assert.ok(box !== null && box.y + 40 < height, `${name} at ${width}`);
    assert.equal(await page.locator(".snippet:visible").count(), 1);
  }
  assert.deepEqual(await sidewaysFaults(page), [], `${width}`);
  assert.deepEqual(await smallTargetsOf(page), [], `${width}`);
  const { messages, paths } = await edgesOf(page);
  assert.equal(messages?.length, 1, `${width}: ${messages}`);
  assert.equal(paths?.length, 1, `${width}: ${paths}`);
}

/** Asserts that the part about HTTP is what one looks at, after it is loaded. */
async function assertShowsHttp(page: Page): Promise<void> {
  await page.locator(".opblock").first().waitFor();
  const below = await page.evaluate(() => {
    const [bar, part] = [".docs-bar", "#http"].map((one) => document.querySelector(one)!);
    return part!.getBoundingClientRect().top - bar!.getBoundingClientRect().bottom;
  });
  assert.ok(Math.abs(below) < 32, `${below} below the bar`);
}

onStage(
  "Docs: the snippets are on the first screen of every size, in which all finds room; Swagger UI asks this server",
  async (stage) => {
    const linked = await openDocs(stage, { url: `${stage.server.url}/docs#http` });
    await assertShowsHttp(linked.page);
    await linked.page.context().close();
    const { page, faults, origins } = await openDocs(stage);
    assert.equal(await page.locator(".swagger-ui").count(), 0);
    await page.locator("nav a[href='#http']").click();
    await assertShowsHttp(page);
    const health = page.locator(".opblock", { has: page.locator("[data-path='/health']") });
    for (const [width, height] of [[360, 740], [768, 900], [1440, 900]] as const) {
      await page.setViewportSize({ width, height });
      await assertFits(page, { width, height });
    }
    // A closed lock says that one's secret has been given.
    assert.equal(await page.locator(".authorization__btn .unlocked").count(), 7);
    assert.equal(await page.locator(".authorization__btn .locked").count(), 0);
    await health.locator("button.opblock-summary-control").click();
    await health.getByRole("button", { name: "Try it out" }).click();
    await health.getByRole("button", { name: "Execute" }).click();
    await health.locator(".live-responses-table", { hasText: '"status": "ok"' }).waitFor();
    // Nothing that it does breaks the content policy.
    assert.deepEqual(faults, []);
    assert.deepEqual([...origins], [new URL(stage.server.url).origin]);
  },
);

onStage(
  "Docs: axe-core finds nothing wrong, light and dark, in both languages, nor on a phone",
  async (stage) => {
    for (const [theme, locale, width] of [["light", "en", 1440], ["dark", "pt-BR", 360]] as const) {
      const { page } = await openDocs(stage, { theme, locale, width });
      const words = docsWordsOf(locale);
      await page.getByRole("heading", { name: words("title") }).waitFor({ state: "attached" });
      await card(page, "chat").locator("summary").click();
      await card(page, "chat").getByRole("textbox").fill("{");
      await card(page, "chat").locator(".verdict", { hasText: words("no_json") }).waitFor();
      assert.deepEqual(await audit(page), [], `${theme} ${locale}`);
      await page.locator("#http").scrollIntoViewIfNeeded();
      const operation = page.locator(".opblock-post", {
        has: page.locator("[data-path='/api/messages']"),
      });
      await operation.locator("button.opblock-summary-control").click();
      await operation.locator(".responses-table").waitFor();
      await operation.getByRole("button", { name: "Try it out" }).click();
      await operation.getByRole("button", { name: "Execute" }).waitFor();
      // Its landmarks, headings and labels are Swagger UI's own.
      assert.deepEqual(await audit(page, "colours"), [], `HTTP, ${theme} ${locale}`);
      await page.context().close();
    }
  },
);

onStage(
  "Docs: the language and the theme change at once and are remembered; without scripts all is there to read",
  async (stage) => {
    const { page } = await openDocs(stage);
    await page.getByRole("group", { name: "Language", exact: true }).getByRole("button", {
      name: "PT",
      exact: true,
    }).click();
    const portuguese = docsWordsOf("pt-BR");
    await page.getByRole("heading", { name: portuguese("start") }).waitFor();
    await page.getByRole("group", { name: "Tema" }).getByRole("button", { name: "Escuro" }).click();
    await page.locator("html.dark-mode[data-theme=dark]").waitFor();
    await page.reload();
    await page.locator("html[lang=pt-BR][data-theme=dark]").waitFor();
    const plain = await openDocs(stage, { javaScript: false });
    assert.equal(await plain.page.locator(".snippet:visible").count(), 4);
    assert.ok((await plain.page.locator(".docs-message").count()) >= 15);
    assert.match(await plain.page.locator("#codes").innerText(), /4009/);
  },
);
