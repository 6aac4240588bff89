/**
 * The pictures of what is no state of the room in a scripted room: the page without scripts or without a server, the
 * dashboard, the documents.
 *
 * @module
 */

import type { Page } from "playwright-core";
import { languageOf } from "../client/page/language.ts";
import type { TextKey } from "../client/page/words_en.ts";
import { say, untilShown } from "../tests/scenes.ts";
import type { Stage } from "../tests/stage.ts";
import { liveDashboard } from "./dashboard_life.ts";

/** Where all pictures go. */
export const FOLDER = new URL("../docs/screenshots/", import.meta.url);
/** How high they are, by their width. */
export const HEIGHTS = { 1440: 900, 768: 900, 360: 740 } as const;
/** When the pictures are taken. */
export const NOW = Date.parse("2026-11-20T14:30:25.000Z");

/** One picture. */
export interface Picture {
  readonly width: keyof typeof HEIGHTS;
  readonly theme?: "dark";
  readonly view?: TextKey;
}

/** Some of them, by their names. */
export type Pictures = readonly (readonly [name: string, Picture])[];

/** Takes a picture of a page as it is. */
export async function take(page: Page, name: string): Promise<void> {
  const path = new URL(`${name}.png`, FOLDER).pathname;
  await page.screenshot({ path });
  await Deno.stdout.write(new TextEncoder().encode(`${path}\n`));
}

/** The page as the server renders it, after somebody has said something. */
async function withoutScript(stage: Stage, pictures: Pictures): Promise<void> {
  const { page: speaker } = await stage.open({ name: "Ana Clara" });
  const language = languageOf("en");
  await untilShown({ page: speaker, language }, "connected");
  for (const text of ["Hall B is live.", "Sound is a touch low on the left channel."]) {
    await say({ page: speaker, language }, text);
    await speaker.getByText(text).first().waitFor();
  }
  for (const [name, { width }] of pictures) {
    const { page } = await stage.open({ javaScript: false, width, height: HEIGHTS[width] });
    await take(page, name);
    await page.context().close();
  }
  await speaker.context().close();
}

/** The page that stands in for the server. */
async function serverAway(stage: Stage, pictures: Pictures): Promise<void> {
  const language = languageOf("en");
  for (const [name, { width }] of pictures) {
    const { page } = await stage.open({ width, height: HEIGHTS[width] });
    await untilShown({ page, language }, "connected");
    await page.evaluate(() => navigator.serviceWorker.ready);
    await page.context().setOffline(true);
    await page.reload();
    await untilShown({ page, language }, "offline_page");
    await take(page, name);
    await page.context().close();
  }
}

/** What goes on inside, told to whoever has the token; it is typed, and no more to be seen then. */
async function dashboard(stage: Stage, pictures: Pictures): Promise<void> {
  const token = crypto.randomUUID();
  const { url } = await stage.start({ ADMIN_TOKEN: token });
  for (const [name, { width, theme = "light" }] of pictures) {
    const { page } = await stage.visit({
      url: `${url}/dashboard`,
      width,
      height: HEIGHTS[width],
      theme,
      prepare: (page) => liveDashboard(page, NOW),
    });
    await page.locator("#token").fill(token);
    await page.keyboard.press("Enter");
    await page.locator(".node").nth(2).waitFor();
    await page.locator(".connections tbody tr").first().waitFor();
    if (width === 360) await page.locator(".plots").evaluate((part) => part.scrollIntoView());
    // What is drawn is so in the frame after it was told.
    await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(drawn)));
    await take(page, name);
    await page.context().close();
  }
}

/** A message that was tried, and its answer. */
async function docs(stage: Stage, pictures: Pictures): Promise<void> {
  for (const [name, { width, theme = "light" }] of pictures) {
    const { page } = await stage.visit({
      url: `${stage.server.url}/docs`,
      width,
      height: HEIGHTS[width],
      theme,
    });
    await page.locator("[name=username]").fill("marina");
    await page.locator(".docs-connect [type=submit]").click();
    await page.locator('.docs-entry[data-type="welcome"]').waitFor();
    const message = page.locator('.docs-message[data-message="fibonacci"]').first();
    await message.locator("summary").click();
    await message.locator("[type=submit]").click();
    await message.locator(".docs-answer .verdict").waitFor();
    await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
    await page.locator(width === 360 ? "#start" : "#socket").evaluate((part) =>
      part.scrollIntoView()
    );
    await take(page, name);
    await page.context().close();
  }
}

/** Each takes its pictures. */
export const OTHER_SCENES = {
  "no script": withoutScript,
  "server away": serverAway,
  dashboard,
  docs,
} as const;

/** Whether a scene is one of them. */
export function isOther(scene: string): scene is keyof typeof OTHER_SCENES {
  return scene in OTHER_SCENES;
}
