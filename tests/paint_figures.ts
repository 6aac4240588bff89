/**
 * How fast a page is painted, as Lighthouse counts it, by what the browser itself measures.
 *
 * @module
 */

import type { Browser } from "playwright-core";
import { openPage, type PageOptions, watchSlowdown } from "./browser.ts";

/** What one loading of a page took. */
export interface PaintFigures {
  /** Until the first text or picture was seen, in ms. */
  readonly firstPaintMs: number;
  /** What of tasks was over 50 ms, from the first paint until the page was live, in ms. */
  readonly blockedMs: number;
  /** How much longer all this took because of other work on the machine; it is left out of the times. */
  readonly slowdown: number;
  /** How much of the window moved, and how far: the sum of all layout shifts but those of the broadcasts and the minute. */
  readonly shift: number;
  /** What moved, as selectors, to say in an error. */
  readonly moved: readonly string[];
}

/** What the page notes down of itself. */
interface Notes {
  /** The tasks of over 50 ms. */
  readonly longMs: number[];
  shift: number;
  moved: string[];
}

declare global {
  var paintNotes: Notes | undefined;
}

/** What TypeScript's own library does not know of yet. */
interface LayoutShift extends PerformanceEntry {
  readonly hadRecentInput: boolean;
  readonly sources: readonly Source[];
}

/** An element that moved. */
interface Source {
  readonly node?: Node;
  readonly previousRect: DOMRectReadOnly;
  readonly currentRect: DOMRectReadOnly;
}

/** Loads a page once, as a visitor who was never here, and measures until the clock has ticked. */
export async function measurePaint(browser: Browser, options: PageOptions): Promise<PaintFigures> {
  const { page } = await openPage(browser, { ...options, url: "about:blank" });
  await page.addInitScript(takeNotes);
  const watch = await watchSlowdown(page);
  await page.goto(options.url);
  await page.locator(".minute .on").first().waitFor();
  const { paintedMs, longMs, shift, moved } = await page.evaluate(() => ({
    paintedMs: performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? Infinity,
    ...paintNotes as Notes,
  }));
  const slowdown = await watch();
  await page.context().close();
  const blockedMs = longMs.reduce((sum, ms) => sum + Math.max(0, ms / slowdown - 50), 0);
  return { firstPaintMs: paintedMs / slowdown, blockedMs, slowdown, shift, moved };
}

/** Runs in the page, before anything of it. */
function takeNotes(): void {
  const notes: Notes = { longMs: [], shift: 0, moved: [] };
  globalThis.paintNotes = notes;
  const watch = (type: string, note: (entry: PerformanceEntry) => void) =>
    new PerformanceObserver((list) => list.getEntries().forEach(note))
      .observe({ type, buffered: true });
  watch("longtask", ({ startTime, duration }) => {
    const painted = performance.getEntriesByName("first-contentful-paint")[0]?.startTime;
    if (painted !== undefined && startTime >= painted) notes.longMs.push(duration);
  });
  // The newest broadcast stands first and moves those before it, the minute's hand goes on: that is what they are for.
  const isLive = ({ node }: Source) =>
    node instanceof Element && node.closest(".cast-list, .minute") !== null;
  // What went out of sight has no area any more, and did not move.
  const isThere = ({ previousRect, currentRect }: Source) =>
    previousRect.width * previousRect.height * currentRect.width * currentRect.height > 0;
  const describe = ({ node, previousRect: from, currentRect: to }: Source) => {
    const element = node instanceof Element ? node : node?.parentElement;
    const name = element ? `${element.localName}.${element.className}` : "?";
    return `${name} from ${from.x},${from.y} to ${to.x},${to.y}`;
  };
  watch("layout-shift", (entry) => {
    const { hadRecentInput, sources, startTime } = entry as LayoutShift;
    if (hadRecentInput) return;
    for (const source of sources) {
      if (isLive(source) || !isThere(source)) continue;
      const score = scoreOf(source);
      notes.shift += score;
      notes.moved.push(`${score.toFixed(4)} at ${Math.round(startTime)} ms: ${describe(source)}`);
    }
  });
  // As the browser does it for all that moved at once: how much of the window it took, and how far it went.
  const scoreOf = ({ previousRect: from, currentRect: to }: Source) => {
    const width = Math.max(from.right, to.right) - Math.min(from.left, to.left);
    const height = Math.max(from.bottom, to.bottom) - Math.min(from.top, to.top);
    const distance = Math.max(Math.abs(from.x - to.x), Math.abs(from.y - to.y));
    const impact = width * height / (innerWidth * innerHeight);
    return impact * distance / Math.max(innerWidth, innerHeight);
  };
}
