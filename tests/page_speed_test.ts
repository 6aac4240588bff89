/**
 * How fast the page is painted and becomes live, and that nothing moves meanwhile, in a real browser.
 *
 * @module
 */

import assert from "node:assert/strict";
import { CHROMIUM, openBrowser } from "./browser.ts";
import { TestClient } from "./client.ts";
import { measurePaint, type PaintFigures } from "./paint_figures.ts";
import { ignoreWithout } from "./requirements.ts";
import { startServer, type TestServer } from "./server.ts";

const FIRST_PAINT_MS = 500;
const BLOCKED_MS = 50;
/** Less than this is no movement that anybody sees. */
const SHIFT = 0.001;
const LOADS = 3;
/** Where other work holds the machine up, a round says nothing of the page: the best of these counts. */
const ROUNDS = 3;

const WIDE = [1440, 900] as const;
/** A room, and the windows in which it is looked at. */
const ROOMS = [
  { people: 0, messages: 0, windows: [WIDE] },
  { people: 300, messages: 50, windows: [WIDE, [768, 1024], [360, 740]] },
] as const;
const SAID = [
  "Sits right now, thanks.",
  "Order for the next hour:\n1. Opening\n2. Clocks that agree\n3. Questions from the room",
  "The countdown runs on the server’s clock, so everybody sees the same second. ".repeat(12),
  `https://slides.example.org/${"hall-b/".repeat(20)}`,
];

for (const { people, messages, windows } of ROOMS) {
  Deno.test({
    name:
      `The page is painted within ${FIRST_PAINT_MS} ms, blocks for ${BLOCKED_MS} ms at most and does not move: ${people} people, ${messages} messages`,
    ignore: ignoreWithout("chromium", CHROMIUM),
    fn: async () => {
      await using stack = new AsyncDisposableStack();
      const server = await startServer({
        MESSAGES_PER_SECOND: "0",
        CONNECTS_PER_SECOND_PER_ADDRESS: "0",
      });
      stack.defer(() => server.stop().then(() => {}));
      for (const client of await fill(server, { people, messages })) {
        stack.defer(() => client.close().then(() => {}));
      }
      const browser = await openBrowser();
      stack.defer(() => browser.close());
      for (const [width, height] of windows) {
        const load = () => measurePaint(browser, { url: server.url, width, height });
        assertFast(await bestRound(load), `at ${width} px`);
      }
    },
  });
}

/** Lets some people come and talk. */
async function fill(
  server: TestServer,
  { people, messages }: { readonly people: number; readonly messages: number },
): Promise<TestClient[]> {
  const clients: TestClient[] = [];
  for (let number = 1; number <= people; number++) {
    const name = `Person ${String(number).padStart(3, "0")}`;
    clients.push(await TestClient.join(`${server.socketUrl}?username=${name}`));
  }
  const [listener, ...talkers] = clients;
  for (let number = 0; number < messages; number++) {
    const message = SAID[number % SAID.length];
    talkers[number * 7 % talkers.length]?.send({ type: "chat", message });
  }
  const heard = () => listener?.messages.filter(({ type }) => type === "chat").length;
  await listener?.until(() => heard() === messages);
  return clients;
}

/** The median of some loads; again where that is too slow, for it may be the machine. */
async function bestRound(load: () => Promise<PaintFigures>): Promise<PaintFigures> {
  let best: PaintFigures | undefined;
  for (let round = 0; round < ROUNDS; round++) {
    const loads: PaintFigures[] = [];
    for (let count = 0; count < LOADS; count++) loads.push(await load());
    const figures = medianOf(loads);
    if (best === undefined || slowness(figures) < slowness(best)) best = figures;
    if (slowness(best) <= 1) break;
  }
  return best as PaintFigures;
}

/** Above 1 it is too slow. */
function slowness({ firstPaintMs, blockedMs }: PaintFigures): number {
  return Math.max(firstPaintMs / FIRST_PAINT_MS, blockedMs / BLOCKED_MS);
}

function medianOf(loads: readonly PaintFigures[]): PaintFigures {
  const median = (figure: (load: PaintFigures) => number) =>
    loads.map(figure).sort((a, b) => a - b)[loads.length >> 1] as number;
  return {
    firstPaintMs: median(({ firstPaintMs }) => firstPaintMs),
    blockedMs: median(({ blockedMs }) => blockedMs),
    shift: median(({ shift }) => shift),
    moved: loads.flatMap(({ moved }) => moved),
  };
}

function assertFast({ firstPaintMs, blockedMs, shift, moved }: PaintFigures, where: string): void {
  assert.ok(firstPaintMs <= FIRST_PAINT_MS, `painted after ${firstPaintMs} ms ${where}`);
  assert.ok(blockedMs <= BLOCKED_MS, `blocked for ${blockedMs} ms ${where}`);
  assert.ok(shift <= SHIFT, `moved by ${shift} ${where}:\n${moved.join("\n")}`);
}
