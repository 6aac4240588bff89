/**
 * What a reader chooses for the page, in a real browser: the language and the theme, from the first paint on.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { languageOf } from "../client/page/language.ts";
import { untilStanding } from "./browser.ts";
import { untilShown } from "./scenes.ts";
import { chooseLanguage, chooseTheme, onStage } from "./stage.ts";

const english = languageOf("en");
const portuguese = languageOf("pt-BR");

function langOf(page: Page): Promise<string | null> {
  return page.locator("html").getAttribute("lang");
}

/** The colour of the texts, as they are painted. */
function paintOf(page: Page): Promise<string> {
  return page.evaluate(() => getComputedStyle(document.body).color);
}

/** Waits until the texts have a colour. */
async function untilPainted(page: Page, colour: string): Promise<void> {
  await page.waitForFunction(
    (wanted) => getComputedStyle(document.body).color === wanted,
    colour,
  );
}

onStage(
  "Page: who asks for Portuguese gets it with the first paint, with and without JavaScript",
  async ({ open }) => {
    for (const javaScript of [false, true]) {
      const { page, faults } = await open({ javaScript, locale: "pt-BR" });
      assert.equal(await langOf(page), "pt-BR");
      await page.getByRole("heading", { name: portuguese.text("people") }).waitFor();
      if (javaScript) await untilStanding(page, portuguese.text("connected"));
      else await untilShown({ page, language: portuguese }, "no_script");
      assert.deepEqual(faults, []);
    }
  },
);

onStage(
  "Page: the switch changes the language of everything at once, keeps the draft, and is remembered",
  async ({ open }) => {
    const { page } = await open({ name: "Ana" });
    await untilStanding(page, english.text("connected"));
    const field = page.getByRole("textbox", { name: english.text("message"), exact: true });
    await field.fill("half a sentence");
    await chooseLanguage({ page }, "pt-BR");
    await untilStanding(page, portuguese.text("connected"));
    assert.equal(await langOf(page), "pt-BR");
    const campo = page.getByRole("textbox", { name: portuguese.text("message"), exact: true });
    assert.equal(await campo.inputValue(), "half a sentence");
    const answer = await page.reload();
    assert.match(await answer?.text() ?? "", /<html lang="pt-BR"/);
    await untilStanding(page, portuguese.text("connected"));
    await chooseLanguage({ page }, "en");
    await untilStanding(page, english.text("connected"));
  },
);

onStage(
  "Page: the theme follows the system until one is chosen; that is remembered and never flashes",
  async ({ open }) => {
    const { page } = await open({ theme: "light" });
    await untilStanding(page, "Connected");
    const light = await paintOf(page);
    await page.emulateMedia({ colorScheme: "dark" });
    const dark = await paintOf(page);
    assert.notEqual(light, dark);
    const actors = { page, language: english };
    await chooseTheme(actors, "light");
    await untilPainted(page, light);
    await chooseTheme(actors, "dark");
    await page.emulateMedia({ colorScheme: "light" });
    await untilPainted(page, dark);
    const answer = await page.reload({ waitUntil: "commit" });
    assert.match(await answer?.text() ?? "", /<html[^>]* data-theme="dark"/);
    await untilStanding(page, "Connected");
    await untilPainted(page, dark);
    await chooseTheme(actors, "system");
    await untilPainted(page, light);
  },
);
