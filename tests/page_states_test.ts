/**
 * What holds in every state of the page, in a real browser: axe-core finds nothing, nothing can be scrolled sideways, and
 * no word is left in the other language.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { english, type TextKey } from "../client/page/words_en.ts";
import { portuguese } from "../client/page/words_pt.ts";
import { languageOf } from "../client/page/language.ts";
import { audit, type AuditScope } from "./axe.ts";
import { sidewaysFaults } from "./browser.ts";
import { type SceneName, SCENES } from "./scenes.ts";
import { chooseLanguage, onStage, showView, type Stage, type WiredPage } from "./stage.ts";
import { wholePatternOf } from "./words.ts";

const VIEWS = ["broadcasts_short", "people_short", "metrics", "chat"] as const;
/** Windows with a layout of their own each; the last but one is 1440 by 900 at a zoom of 200 %. */
const NARROW = [[768, 900], [720, 450], [320, 568], [360, 740]] as const;
/** The states that are looked at in every view; the others differ by what is above the views. */
const IN_EVERY_VIEW: readonly SceneName[] = ["chat", "offline"];
/** The states that differ from another one by the words of the banner alone, which banner_test.ts has: they are left out. */
const ALIKE: readonly SceneName[] = [
  "host refused",
  "too many connections",
  "not ready",
  "binary frame",
  "sent too fast",
  "frame too large",
  "fault",
  "full",
  "reads too slowly",
  "restarted",
];

/** The states that have to be waited for. */
const SLOW: readonly SceneName[] = ["missing ticks", "late ticks", "origin refused"];

type Look = (actors: WiredPage, name: SceneName) => Promise<string[]>;

/** Brings a page into each of the states and collects what is wrong; two pages at a time. */
async function findings(stage: Stage, looks: readonly Look[]): Promise<string[]> {
  const found: string[] = [];
  // Those that take their time first, so that none is left over at the end.
  const rest = [...new Set([...SLOW, ...Object.keys(SCENES) as SceneName[]])]
    .filter((name) => !ALIKE.includes(name));
  const work = async () => {
    for (let name = rest.shift(); name !== undefined; name = rest.shift()) {
      const scene = name;
      try {
        const actors = await stage.play(scene);
        for (const look of looks) {
          found.push(...(await look(actors, scene)).map((fault) => `${scene}: ${fault}`));
        }
        actors.wire.stop();
        await actors.page.context().close();
      } catch (error) {
        found.push(`${scene}: ${error}`);
      }
    }
  };
  await Promise.all([work(), work()]);
  return found;
}

/** Wide and light, narrow and dark; the states with everything in every way, for the others differ in few things. */
const isAccessible: Look = async (actors, name) => {
  const { page } = actors;
  const found = await audited(page, "light 1440");
  const isWhole = IN_EVERY_VIEW.includes(name);
  await page.emulateMedia({ colorScheme: "dark" });
  if (isWhole) found.push(...await audited(page, "dark 1440", "colours"));
  await page.setViewportSize({ width: 360, height: 740 });
  for (const view of viewsOf(name)) {
    await showView(actors, view);
    found.push(...await audited(page, `dark 360 ${view}`, isWhole ? "everything" : "colours"));
    if (!isWhole) continue;
    await page.emulateMedia({ colorScheme: "light" });
    found.push(...await audited(page, `light 360 ${view}`, "colours"));
    await page.emulateMedia({ colorScheme: "dark" });
  }
  return found;
};

async function audited(page: Page, where: string, scope?: AuditScope): Promise<string[]> {
  return (await audit(page, scope)).map((line) => `${where} ${line}`);
}

function viewsOf(name: SceneName) {
  return IN_EVERY_VIEW.includes(name) ? VIEWS : ["chat"] as const;
}

/** The words that are in sight or said of something, with the texts of people and code left out. */
function wordsOn({ page }: WiredPage): Promise<string[]> {
  return page.evaluate(() => {
    const words = new Set<string>();
    // What has been announced was said in the language of its time.
    const foreign =
      "[aria-live=polite], bdi, pre, code, time, .text, .monogram, .cast-type, [lang]:not(html)";
    for (const element of document.body.querySelectorAll("*")) {
      if (element.closest(foreign) !== null || element.closest("script, svg") !== null) continue;
      for (const name of ["aria-label", "title", "placeholder", "alt"]) {
        words.add(element.getAttribute(name) ?? "");
      }
      for (const node of element.childNodes) {
        if (node instanceof Text) words.add(node.data);
      }
      if (element.children.length > 0 && element.querySelector("section, li, form") === null) {
        words.add(element.textContent);
      }
    }
    return [...words].map((text) => text.trim()).filter((text) => /\p{L}/u.test(text));
  });
}

const ENGLISH = (Object.keys(english) as TextKey[])
  // What is the same in both languages tells nothing, nor does a pattern without a word of its own.
  .filter((key) => JSON.stringify(english[key]) !== JSON.stringify(portuguese[key]))
  .map((key) => ({ key, pattern: wholePatternOf(english[key]) }));
const PORTUGUESE = Object.values(portuguese).map(wholePatternOf);

const isTranslated: Look = async (actors) => {
  await actors.page.setViewportSize({ width: 1440, height: 900 });
  await chooseLanguage(actors, "pt-BR");
  const words = await wordsOn(actors);
  const lang = await actors.page.evaluate(() => document.documentElement.lang);
  return [
    ...lang === "pt-BR" ? [] : [`the page says that it is in ${lang}`],
    ...words.filter((text) => !PORTUGUESE.some((pattern) => pattern.test(text))).flatMap((text) =>
      ENGLISH.filter(({ pattern }) => pattern.test(text)).map(({ key }) => `${key}: ${text}`)
    ),
  ];
};

/** In Portuguese, of which the words are longer. */
const fitsEveryWidth: Look = async ({ page, ...actors }, name) => {
  const found: string[] = [];
  // The states differ most where there is least room.
  for (const [width, height] of IN_EVERY_VIEW.includes(name) ? NARROW : NARROW.slice(-2)) {
    await page.setViewportSize({ width, height });
    for (const view of viewsOf(name)) {
      await showView({ ...actors, page, language: languageOf("pt-BR") }, view);
      found.push(...(await sidewaysFaults(page)).map((fault) => `${width} ${view} ${fault}`));
    }
  }
  return found;
};

onStage(
  "Page: in every state axe-core finds nothing, nothing scrolls sideways and no word stays in the other language",
  async (stage) => {
    assert.deepEqual(await findings(stage, [isAccessible, isTranslated, fitsEveryWidth]), []);
  },
);
