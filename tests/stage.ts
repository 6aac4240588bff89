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
import {
  CHROMIUM,
  DEADLINE_MS,
  openBrowser,
  openPage,
  type PageOptions,
  type TestPage,
} from "./browser.ts";
import { SWITCH_WORDS } from "../components/switch_words.ts";
import { ignoreWithout } from "./requirements.ts";
import { type Actors, type Scene, type SceneName, SCENES, untilShown } from "./scenes.ts";
import { startServer, type TestServer, within } from "./server.ts";
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

  /** Starts a server, and a browser where none is lent. */
  static async open(settings: Record<string, string> = {}, lent?: Browser): Promise<Stage> {
    const [browser, server] = await Promise.allSettled([
      lent ?? openBrowser(),
      // Whoever has left a test is not to keep their name for the next one.
      startServer({ RESUME_GRACE_MS: "0", ...settings }),
    ]);
    if (browser.status === "fulfilled" && server.status === "fulfilled") {
      const stage = new Stage(browser.value, server.value);
      if (lent === undefined) stage.#stack.defer(() => stage.browser.close());
      stage.#stopLater(stage.server);
      return stage;
    }
    if (browser.status === "fulfilled" && lent === undefined) await browser.value.close();
    if (server.status === "fulfilled") await server.value.stop();
    throw new Error("Could not open a stage", { cause: [browser, server] });
  }

  /** The same server and browser for one test: its pages end with it, and nobody is left in the room. */
  lend(): Stage {
    const stage = new Stage(this.browser, this.server);
    stage.#stack.defer(() => untilEmpty(this.server));
    return stage;
  }

  /** Starts another server. */
  readonly start = async (settings: Record<string, string>): Promise<TestServer> => {
    const server = await startServer(settings);
    this.#stopLater(server);
    return server;
  };

  /** Opens a page of the true server. */
  readonly open = (options: Omit<PageOptions, "url"> = {}): Promise<TestPage> =>
    this.visit({ ...options, url: this.server.url });

  /** Opens a page at any address. */
  readonly visit = async (options: PageOptions): Promise<TestPage> => {
    const opened = await openPage(this.browser, options);
    this.#stack.defer(() => opened.page.context().close());
    return opened;
  };

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
  const group = page.getByRole("group", { name: SWITCH_WORDS[language.tag].theme });
  await group.getByRole("button", { name: SWITCH_WORDS[language.tag].themes[theme] }).click();
}

/** Waits until the server has seen everybody leave. */
async function untilEmpty({ log, logged }: TestServer): Promise<void> {
  const count = (wanted: string) => log.filter(({ action }) => action === wanted).length;
  await within(DEADLINE_MS, "everybody leaves", logged(() => count("LOGIN") === count("LOGOUT")));
}

/** {@linkcode onStage}. */
export type OnStage = (
  name: string,
  play: (stage: Stage) => Promise<void>,
  own?: Record<string, string>,
) => void;

/**
 * {@linkcode onStage} for a file whose tests share a server with some settings. The tests of a file start it together,
 * for that takes longer than most of them.
 */
export function stagedWith(settings: Record<string, string>): OnStage {
  let common: Stage | undefined;
  let isPrepared = false;
  const prepare = () => {
    if (isPrepared) return;
    isPrepared = true;
    Deno.test.beforeAll(async () => {
      common = await Stage.open(settings);
    });
    Deno.test.afterAll(() => common?.[Symbol.asyncDispose]());
  };
  return (name, play, own) => {
    const ignore = ignoreWithout("chromium", CHROMIUM);
    if (!ignore) prepare();
    Deno.test({
      name,
      ignore,
      fn: async () => {
        if (common === undefined) throw new Error("Could not play: there is no stage");
        await playOn(
          own === undefined ? common.lend() : await Stage.open(own, common.browser),
          play,
        );
      },
    });
  };
}

/** Plays, and disposes of the stage. Of two failures it is the play's that is told: what it leaves open follows from it. */
export async function playOn<S extends AsyncDisposable>(
  stage: S,
  play: (stage: S) => Promise<void>,
): Promise<void> {
  try {
    await play(stage);
  } catch (error) {
    await Promise.allSettled([stage[Symbol.asyncDispose]()]);
    throw error;
  }
  await stage[Symbol.asyncDispose]();
}

/**
 * A test with a server and a browser, the same for all tests of a file, with nobody in the room.
 *
 * @param own The settings of a server of its own, for a test that needs them or that stops it.
 */
export const onStage: OnStage = stagedWith({});
