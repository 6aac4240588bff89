/**
 * A real browser for tests of the page: headless Chromium, pages of which nothing unexpected is tolerated, and waiting by
 * condition.
 *
 * @module
 */

import assert from "node:assert/strict";
import { type Browser, chromium, type Page } from "playwright-core";
import { firstFile } from "./requirements.ts";

/** Where Chromium is, if it is installed. */
export const CHROMIUM = firstFile(["/usr/bin/chromium", "/usr/bin/chromium-browser"]);

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

/** Opens a page as a visitor with storage of their own. */
export async function openPage(browser: Browser, options: PageOptions): Promise<TestPage> {
  const { url, name, width = 1440, height = 900, javaScript = true, locale = "en" } = options;
  const context = await browser.newContext({
    viewport: { width, height },
    javaScriptEnabled: javaScript,
    locale,
    colorScheme: options.theme ?? "light",
    reducedMotion: options.still === true ? "reduce" : "no-preference",
  });
  context.setDefaultTimeout(DEADLINE_MS);
  if (name !== undefined) {
    await context.addInitScript((value) => {
      localStorage.setItem("pulso.name", value);
    }, name);
  }
  const page = await context.newPage();
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

/** Asserts that nothing can be scrolled sideways. */
export async function assertFitsWidth(page: Page): Promise<void> {
  assert.deepEqual(await sidewaysFaults(page), []);
}

/** What can be scrolled sideways or is cut off at a side, in words. Raw messages may be scrolled: they are code. */
export function sidewaysFaults(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const root = document.documentElement;
    const faults = root.scrollWidth > innerWidth ? [`the page by ${root.scrollWidth} px`] : [];
    const nameOf = (element: Element) =>
      `${element.tagName.toLowerCase()}.${element.getAttribute("class")}`;
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
