/**
 * The page by keyboard alone, in a real browser: the menu of the preferences, and what Escape does.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { Locator, Page } from "playwright-core";
import { languageOf } from "../client/page/language.ts";
import { SWITCH_WORDS } from "../components/switch_words.ts";
import { eventually } from "./eventually.ts";
import { untilStanding } from "./browser.ts";
import { untilShown } from "./scenes.ts";
import { onStage } from "./stage.ts";

const english = languageOf("en");

/** Presses Tab until an element has the focus. */
async function tabTo(page: Page, wanted: Locator): Promise<void> {
  for (let presses = 0; presses < 40; presses++) {
    await page.keyboard.press("Tab");
    if (await hasFocus(wanted)) return;
  }
  assert.fail(`Tab does not reach ${wanted}`);
}

function hasFocus(wanted: Locator): Promise<boolean> {
  return wanted.evaluate((element) => element === document.activeElement);
}

onStage(
  "Page: by keyboard alone the menu opens, language and theme are changed, and Escape closes it",
  async ({ open }) => {
    const { page } = await open({ name: "Ana", width: 360, height: 740 });
    await untilStanding(page, "Connected");
    const menu = page.getByRole("button", { name: english.text("preferences"), exact: true });
    const dark = page.getByRole("button", { name: SWITCH_WORDS.en.themes.dark, exact: true });
    assert.equal(await dark.isVisible(), false);
    await tabTo(page, menu);
    await page.keyboard.press("Enter");
    await tabTo(page, dark);
    await page.keyboard.press("Space");
    await page.locator("html[data-theme=dark]").waitFor();
    await page.keyboard.press("Escape");
    assert.equal(await dark.isVisible(), false);
    assert.equal(await hasFocus(menu), true);
    await page.keyboard.press("Enter");
    await tabTo(
      page,
      page.getByRole("group", { name: SWITCH_WORDS.en.language }).locator("[lang=pt-BR]"),
    );
    await page.keyboard.press("Enter");
    await untilStanding(page, languageOf("pt-BR").text("connected"));
  },
);

onStage(
  "Page: Escape puts away a banner that may be, empties a search, and else goes back to the message",
  async (stage) => {
    const actors = await stage.play("busy");
    const { page, wire } = actors;
    const composer = page.getByRole("textbox", { name: english.text("message"), exact: true });
    const search = page.getByRole("searchbox", { name: english.text("find_person") });
    await search.fill("kenji");
    await page.keyboard.press("Escape");
    assert.equal(await search.inputValue(), "");
    await page.keyboard.press("Escape");
    assert.equal(await hasFocus(composer), true);
    wire.status({ database: "down" });
    await untilShown(actors, "b_database");
    const dismiss = page.getByRole("button", { name: english.text("dismiss") });
    await dismiss.focus();
    await page.keyboard.press("Escape");
    await dismiss.waitFor({ state: "detached" });
    // The page does that once the banner is gone.
    await eventually(async () => assert.equal(await hasFocus(composer), true));
  },
);

onStage(
  "Page: Escape closes the broadcast that one reads, and Show all leads back to the search",
  async (stage) => {
    const { page } = await stage.play("chat");
    const summary = page.locator(".cast summary").first();
    await summary.focus();
    await page.keyboard.press("Enter");
    await page.locator(".raw button").focus();
    await page.keyboard.press("Escape");
    await page.locator(".raw").waitFor({ state: "detached" });
    // The page does that once it is closed.
    await eventually(async () => assert.equal(await hasFocus(summary), true));
    await page.keyboard.press("Escape");
    assert.equal(await hasFocus(page.locator("#composer")), true);
    const search = page.getByRole("searchbox", { name: english.text("filter_sender") });
    await search.fill("nobody says this");
    await page.getByRole("button", { name: english.text("filter_reset") }).press("Enter");
    await page.locator(".cast").first().waitFor();
    assert.equal(await hasFocus(search), true);
  },
);

onStage(
  "Page: a plot that has the focus changes its value by the keys alone, while its line goes on",
  async (stage) => {
    const { page } = await stage.play("chat");
    const plot = page.getByRole("slider").first();
    const line = plot.locator(".line");
    const goesOn = async () => {
      const before = await line.getAttribute("d");
      await page.waitForFunction(
        (d) => document.querySelector(".line")?.getAttribute("d") !== d,
        before,
      );
    };
    await goesOn();
    await plot.press("ArrowLeft");
    const told = () => plot.evaluate((e) => [e.ariaValueNow, e.ariaValueText]);
    const before = await told();
    await goesOn();
    await goesOn();
    assert.deepEqual(await told(), before);
    await plot.press("ArrowLeft");
    assert.notDeepEqual(await told(), before);
  },
);
