/**
 * The page on several nodes, in a real browser: one of them is killed.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { languageOf } from "../client/page/language.ts";
import { CHROMIUM, openBrowser, openPage, untilStanding } from "./browser.ts";
import { Chance } from "./chance.ts";
import { type Cluster, startCluster } from "./cluster.ts";
import { natsPath } from "./nats.ts";
import { postgresPath } from "./postgres.ts";
import { ignoreWithout } from "./requirements.ts";
import { say } from "./scenes.ts";

const language = languageOf("en");
const LINES = 30;

/** Kills the node that has the more connections. */
async function killOne({ nodes }: Cluster): Promise<void> {
  const states = await Promise.all(nodes.map((node) => node.get("/health"))) as {
    readonly connections: number;
  }[];
  const [first, second] = states.map(({ connections }) => connections);
  await nodes[(first ?? 0) >= (second ?? 0) ? 0 : 1].end("SIGKILL");
}

/** Waits until the pill says so in any frame: it does for some of a second only. */
async function untilReconnecting(page: Page): Promise<void> {
  await page.waitForFunction(() =>
    document.querySelector(".pill")?.textContent?.includes("Reconnecting")
  );
}

/** The messages and what may be missing of them, from the first of the test on. */
function linesOn(page: Page): Promise<string[]> {
  return page.locator(".messages :is(.text, .is-gap)").allTextContents();
}

Deno.test({
  name:
    "Room: while a node is killed two pages talk on, one reconnects, and both have every line once, in one order",
  ignore: ignoreWithout("postgres", postgresPath) || ignoreWithout("nats", natsPath) ||
    ignoreWithout("chromium", CHROMIUM),
  fn: async () => {
    await using stack = new AsyncDisposableStack();
    const cluster = await startCluster({ chance: new Chance(1) });
    stack.defer(() => cluster.close());
    const browser = await openBrowser();
    stack.defer(() => browser.close());
    const open = async (name: string) => {
      const { page } = await openPage(browser, {
        url: `http://127.0.0.1:${cluster.proxy.port}`,
        name,
      });
      await untilStanding(page, "Connected");
      return page;
    };
    const pages = [await open("Ana"), await open("Bia")] as const;
    const reconnecting = Promise.any(pages.map(untilReconnecting));
    const expected = Array.from({ length: LINES }, (_, n) => `line ${n}.`);
    let killed = Promise.resolve();
    for (const [n, text] of expected.entries()) {
      if (n === LINES / 3) killed = killOne(cluster);
      await say({ page: pages[n % 2 === 0 ? 0 : 1], language }, text);
    }
    await Promise.all([killed, reconnecting]);
    for (const page of pages) {
      for (const text of expected) await page.locator(".text", { hasText: text }).waitFor();
      await untilStanding(page, "Connected");
      await page.locator(".delivery.is-waiting, .delivery.is-failed").waitFor({
        state: "detached",
      });
    }
    const [ana, bia] = await Promise.all(pages.map(linesOn));
    assert.deepEqual(ana, bia);
    assert.deepEqual(ana?.toSorted(), expected.toSorted());
  },
});
