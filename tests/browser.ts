/**
 * A real browser for tests of the page: headless Chromium, pages of which nothing unexpected is tolerated, and waiting by
 * condition.
 *
 * @module
 */

import {
  type Browser,
  type BrowserContext,
  type CDPSession,
  chromium,
  type Page,
} from "playwright-core";
import { firstFile } from "./requirements.ts";

/** Where Chromium is, if it is installed; its headless shell needs two thirds of the time. */
export const CHROMIUM = firstFile([
  "/usr/bin/chromium-headless-shell",
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
]);

/** How long a page may take for what it is waited for. */
export const DEADLINE_MS = 20_000;

/** Starts a headless browser that asks nothing of the network by itself. */
export function openBrowser(): Promise<Browser> {
  if (CHROMIUM === undefined) {
    throw new Error("Could not start a browser: Chromium is not installed");
  }
  return chromium.launch({
    executablePath: CHROMIUM,
    args: [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

/** What {@linkcode openPage} takes. */
export interface PageOptions {
  readonly url: string;
  /** The name that the page remembers. */
  readonly name?: string;
  readonly width?: number;
  readonly height?: number;
  readonly javaScript?: boolean;
  /** The reader's language, as the browser asks for it. */
  readonly locale?: string;
  readonly theme?: "light" | "dark";
  /** Whether the reader wants nothing to move. */
  readonly still?: boolean;
  /** Where it is opened, with what is stored there; by default it is a visitor of its own. */
  readonly context?: BrowserContext | undefined;
  /** What is to be done with the page before it is loaded. */
  readonly prepare?: ((page: Page) => Promise<void>) | undefined;
}

/** A page of its own visitor, and what went wrong on it. */
export interface TestPage {
  readonly page: Page;
  /** Console errors, exceptions and violations of the content policy, in words. */
  readonly faults: readonly string[];
  /** The origins that the page has asked for anything. */
  readonly origins: ReadonlySet<string>;
}

/** A visitor's storage and preferences. */
async function visit(browser: Browser, options: PageOptions): Promise<BrowserContext> {
  const { width = 1440, height = 900, javaScript = true, locale = "en" } = options;
  const context = await browser.newContext({
    viewport: { width, height },
    javaScriptEnabled: javaScript,
    locale,
    colorScheme: options.theme ?? "light",
    reducedMotion: options.still === true ? "reduce" : "no-preference",
  });
  context.setDefaultTimeout(DEADLINE_MS);
  return context;
}

/** Opens a page. */
export async function openPage(browser: Browser, options: PageOptions): Promise<TestPage> {
  const { url, name, context = await visit(browser, options) } = options;
  const page = await context.newPage();
  if (name !== undefined) {
    await page.addInitScript((value) => localStorage.setItem("pulso.name", value), name);
  }
  const faults: string[] = [];
  const origins = new Set<string>();
  // Chromium tells violations of the content policy as console errors.
  page.on("console", (message) => {
    if (message.type() === "error") faults.push(message.text());
  });
  page.on("pageerror", (error) => faults.push(String(error)));
  page.on("request", (request) => origins.add(new URL(request.url()).origin));
  page.on("websocket", (socket) => origins.add(new URL(socket.url()).origin));
  await options.prepare?.(page);
  await page.goto(url);
  return { page, faults, origins };
}

/** Waits until the pill says something. */
export async function untilStanding(page: Page, word: string): Promise<void> {
  await page.locator(".pill", { hasText: word }).waitFor();
}

/** What can be scrolled sideways or is cut off at a side, in words. Raw messages may be scrolled: they are code. */
export function sidewaysFaults(page: Page): Promise<string[]> {
  return page.evaluate(async () => {
    // What follows the size of the window does so in the frame after it.
    for (let frame = 0; frame < 2; frame++) await new Promise(requestAnimationFrame);
    const root = document.documentElement;
    const nameOf = (element: Element) =>
      `${element.tagName.toLowerCase()}.${element.getAttribute("class")}`;
    const faults: string[] = [];
    if (root.scrollWidth > innerWidth) {
      const wide = [...document.querySelectorAll("body *")]
        .filter((element) => element.getBoundingClientRect().right > innerWidth).map(nameOf);
      faults.push(`the page to ${root.scrollWidth} px: ${wide.join(", ")}`);
    }
    for (const element of document.querySelectorAll("body *:not(pre, code, pre *)")) {
      if (!element.checkVisibility()) continue;
      const { overflowX } = getComputedStyle(element);
      const overflowPx = element.scrollWidth - element.clientWidth;
      if ((overflowX === "auto" || overflowX === "scroll") && overflowPx > 0) {
        faults.push(`${nameOf(element)} by ${overflowPx} px`);
      }
      const { left, right } = element.getBoundingClientRect();
      const isControl = element.matches("button, a, input, textarea, summary, select");
      if (isControl && (left < -1 || right > innerWidth + 1)) {
        faults.push(`${nameOf(element)} is cut`);
      }
    }
    return faults;
  });
}

/**
 * Watches how much longer the tasks of a page take than the processor works for them: 1 on a quiet machine, n where n
 * others want the processor as well. Times divided by it are those of the page alone.
 */
export async function watchSlowdown(page: Page): Promise<() => Promise<number>> {
  const spent = async (timeDomain: "timeTicks" | "threadTicks") => {
    const session = await page.context().newCDPSession(page);
    await session.send("Performance.enable", { timeDomain });
    return () => metric(session, "TaskDuration");
  };
  const [passed, worked] = [await spent("timeTicks"), await spent("threadTicks")];
  return async () => Math.max(1, await passed() / await worked());
}

/** One of the browser's own figures of a page. */
export async function metric(session: CDPSession, name: string): Promise<number> {
  const { metrics } = await session.send("Performance.getMetrics");
  return metrics.find((one) => one.name === name)?.value ?? NaN;
}
