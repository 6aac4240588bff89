/**
 * Makes the icons of an installed Pulso out of `static/icon.svg`: `deno run -A scripts/icons.ts`, where Chromium is
 * installed. The mark stands on a tile, since a home screen may be of any colour.
 *
 * @module
 */

import { openBrowser } from "../tests/browser.ts";

const STATIC = new URL("../static/", import.meta.url);

interface Icon {
  readonly file: string;
  readonly pixels: number;
  /** So much of the tile is the mark: of a maskable icon only the middle four fifths are sure to be seen. */
  readonly markShare: number;
  /** How round the tile's corners are, of its width; the system cuts those of the others itself. */
  readonly roundness: number;
}

const ICONS: readonly Icon[] = [
  { file: "icon-192.png", pixels: 192, markShare: 0.68, roundness: 0.2 },
  { file: "icon-512.png", pixels: 512, markShare: 0.68, roundness: 0.2 },
  { file: "icon-maskable-512.png", pixels: 512, markShare: 0.5, roundness: 0 },
  { file: "apple-touch-icon.png", pixels: 180, markShare: 0.6, roundness: 0 },
];

const mark = await Deno.readTextFile(new URL("icon.svg", STATIC));
const browser = await openBrowser();
const page = await browser.newPage({ colorScheme: "dark" });
for (const { file, pixels, markShare, roundness } of ICONS) {
  const size = pixels * markShare;
  await page.setViewportSize({ width: pixels, height: pixels });
  await page.setContent(`<style>
    body { margin: 0; }
    main { display: grid; place-content: center; height: 100vh; background: #14181d; }
    main { border-radius: ${pixels * roundness}px; }
    svg { display: block; width: ${size}px; height: ${size}px; }
  </style><main>${mark}</main>`);
  const path = new URL(file, STATIC).pathname;
  await page.screenshot({ path, omitBackground: true });
}
await browser.close();
