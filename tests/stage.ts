/**
 * What a test of the page has: a true server, a real browser, and pages in any of the states of scenes.ts.
 *
 * Invariant: what a stage has started ends with it.
 *
 * @module
 */

import type { Browser, Page } from "playwright-core";
import { languageOf } from "../client/page/language.ts";
import type { LanguageTag, Theme } from "../lib/preferences.ts";
import type { TextKey } from "../client/page/words_en.ts";
import { CHROMIUM, openBrowser, openPage, type PageOptions, type TestPage } from "./browser.ts";
import { ignoreWithout } from "./requirements.ts";
import { type Actors, type Scene, type SceneName, SCENES, untilShown } from "./scenes.ts";
import { startServer, type TestServer } from "./server.ts";
import { Wire, type WireOptions } from "./wire.ts";

/** The name of the page's person in a scene. */
export const OWN_NAME = "marina";

/** What {@linkcode Stage.wire} takes. */
export interface WiredOptions extends Omit<PageOptions, "url"> {
  readonly wire?: WireOptions;
}

/** What {@linkcode Stage.play} takes. */
export interface PlayOptions extends WiredOptions {
  /** What comes between the welcome and the state. */
  readonly meanwhile?: (actors: WiredPage) => Promise<void>;
}

/** A page whose socket the test holds. */
export interface WiredPage extends TestPage, Actors {}

/** A server and a browser, until the test is over. */
export class Stage implements AsyncDisposable {
  readonly #stack = new AsyncDisposableStack();
  readonly browser: Browser;
  readonly server: TestServer;

  private constructor(browser: Browser, server: TestServer) {
    this.browser = browser;
    this.server = server;
  }

  /** Starts both. */
  static async open(settings: Record<string, string> = {}): Promise<Stage> {
    const starting = startServer(settings);
    const browser = await openBrowser();
    try {
      const stage = new Stage(browser, await starting);
      stage.#stopLater(stage.server);
      stage.#stack.defer(() => browser.close());
      return stage;
    } catch (error) {
      await browser.close();
      throw error;
    }
  }

  /** Starts another server. */
  readonly start = async (settings: Record<string, string>): Promise<TestServer> => {
    const server = await startServer(settings);
    this.#stopLater(server);
    return server;
  };

  /** Opens a page of the true server. */
  readonly open = (options: Omit<PageOptions, "url"> = {}): Promise<TestPage> =>
    openPage(this.browser, { ...options, url: this.server.url });

  /** Opens a page whose socket the test holds. */
  async wire({ wire: script, prepare, ...options }: WiredOptions = {}): Promise<WiredPage> {
    const wire = new Wire(script);
    this.#stack.defer(() => wire.stop());
    wire.start();
    const opened = await this.open({
      name: OWN_NAME,
      ...options,
      prepare: async (page) => {
        await wire.attach(page);
        await prepare?.(page);
      },
    });
    return { ...opened, wire, language: languageOf((options.locale ?? "en") as LanguageTag) };
  }

  /** Brings a page into a state. */
  async play(name: SceneName, options: PlayOptions = {}): Promise<WiredPage> {
    const { wire, prepare, play, shows }: Scene = SCENES[name];
    const prepared = async (page: Page) => {
      await options.prepare?.(page);
      await prepare?.(page);
    };
    const actors = await this.wire({
      ...options,
      wire: { ...options.wire, ...wire },
      prepare: prepared,
    });
    if ((wire?.reception ?? "welcome") === "welcome") {
      await untilShown(actors, "connected");
      await options.meanwhile?.(actors);
    }
    await play?.(actors);
    await untilShown(actors, shows);
    return actors;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }

  #stopLater(server: TestServer): void {
    this.#stack.defer(async () => {
      // One that a test has killed is gone already.
      await server.stop().catch(() => {});
    });
  }
}

/** Shows one of the parts, where there is no room for it beside the others. */
export async function showView({ page, language }: WiredPage, view: TextKey): Promise<void> {
  const views = page.getByRole("navigation", { name: language.text("views") });
  const button = views.getByRole("button", { name: language.text(view) });
  if (await button.isVisible()) await button.click();
}

/** Presses the switch of the language, at a width where it is in the top bar. */
export async function chooseLanguage(
  { page }: Pick<Actors, "page">,
  tag: LanguageTag,
): Promise<void> {
  const group = page.getByRole("group", { name: /^(Language|Idioma)$/ });
  await group.getByRole("button", { name: tag === "en" ? /^En/i : /^P(T|ort)/i }).click();
  await page.locator(`html[lang=${tag}]`).waitFor({ state: "attached" });
}

/** Presses the switch of the theme, at a width where it is in the top bar. */
export async function chooseTheme(
  { page, language }: Omit<Actors, "wire">,
  theme: Theme,
): Promise<void> {
  const group = page.getByRole("group", { name: language.text("theme") });
  await group.getByRole("button", { name: language.text(`theme_${theme}`) }).click();
}

/** A test with a server and a browser of its own. */
export function onStage(
  name: string,
  play: (stage: Stage) => Promise<void>,
  settings: Record<string, string> = {},
): void {
  Deno.test({
    name,
    ignore: ignoreWithout("chromium", CHROMIUM),
    fn: async () => {
      await using stage = await Stage.open(settings);
      await play(stage);
    },
  });
}
