/**
 * Takes the README's picture of the page: `deno run -A scripts/screenshot.ts`, after a build, where Chromium is installed.
 * It starts a server and a browser of its own, lets some people talk, and writes `docs/page.png`.
 *
 * @module
 */

import { openBrowser, openPage, untilStanding } from "../tests/browser.ts";
import { startServer } from "../tests/server.ts";

const PICTURE = new URL("../docs/page.png", import.meta.url).pathname;

/** Who says what; the page itself says what has no name. */
const TALK: readonly (readonly [name: string, text: string])[] = [
  ["Ana Clara", "Hall B is live. Slides are at https://slides.example.org/hall-b"],
  ["Ana Clara", "Sound is a touch low on the left channel."],
  ["", "Raising it by 3 dB. Tell me when it sits right."],
  ["kenji", "Sits right now, thanks."],
  [
    "João Pedro",
    "Order for the next hour:\n1. Opening, Beatriz, 10 min\n2. Clocks that agree, Ingrid, 25 min\n3. Questions from the room",
  ],
  ["أمل", "الصوت واضح الآن، شكرًا لكم."],
  ["Ingrid_N", "On stage in five."],
  ["", "The countdown runs on the server’s clock."],
];
const LISTENERS = ["Beatriz", "Lucía", "Mateus", "Tomás", "Zofia W."];
/** Late enough in the minute for its ticks to be seen. */
const FIRST_WORD_AT_SECOND = 26;

const server = await startServer();
const browser = await openBrowser();
const { page } = await openPage(browser, { url: server.url, name: "marina" });
await untilStanding(page, "Connected");

const people = new Map<string, WebSocket>();
for (const name of new Set([...TALK.map(([name]) => name), ...LISTENERS])) {
  if (name === "") continue;
  const socket = new WebSocket(`${server.socketUrl}?username=${encodeURIComponent(name)}`);
  people.set(name, socket);
  await page.locator(".person", { hasText: name }).waitFor();
}
for (const [index, [name, text]] of TALK.entries()) {
  await secondIs(FIRST_WORD_AT_SECOND + index);
  if (name === "") {
    await page.fill("#composer", text);
    await page.keyboard.press("Enter");
  } else people.get(name)?.send(JSON.stringify({ type: "chat", message: text }));
  await page.locator(".text", { hasText: text.split("\n")[0] ?? "" }).waitFor();
}
await page.fill("#fib-n", "1000");
await page.press("#fib-n", "Enter");
await page.locator(".fib-result").waitFor();
await page.locator("#fib-n").blur();
await secondIs(FIRST_WORD_AT_SECOND + TALK.length + 1);
await page.screenshot({ path: PICTURE });
for (const socket of people.values()) socket.close();
await browser.close();
await server.stop();

/** Waits until the running second of the minute is the given one. */
async function secondIs(second: number): Promise<void> {
  await page.locator(`.minute i.now:nth-child(${second + 1})`).waitFor({ timeout: 70_000 });
}
