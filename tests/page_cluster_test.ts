/**
 * The page on several nodes, in a real browser: one of them is killed. And the dashboard of one node, which shows both.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { Browser, Page } from "playwright-core";
import { languageOf } from "../client/page/language.ts";
import { CHROMIUM, openBrowser, openPage, untilStanding } from "./browser.ts";
import { Chance } from "./chance.ts";
import { TestClient } from "./client.ts";
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

const TOKEN = "a-token-of-the-tests";

/** A dashboard of the first node watches a connection of the second one, and closes it. */
async function closeFromElsewhere({ nodes: [first, second] }: Cluster): Promise<void> {
  const carla = await TestClient.join(`ws://127.0.0.1:${second.port}/api/ws?username=Carla`);
  const admin = await TestClient.open(`ws://127.0.0.1:${first.port}/api/admin/ws`, {
    authorization: `Bearer ${TOKEN}`,
  });
  const told = (type: string) => admin.messages.filter((message) => message.type === type);
  await admin.until(() => new Set(told("news").map(({ node }) => node)).size === 2);
  admin.send({ type: "list", sort: "username", descending: false, text: "carla" });
  await admin.until(() => told("list").length > 0);
  const [{ node, client_id }] = told("list")[0]?.rows as [{ node: string; client_id: string }];
  assert.notEqual(node, told("open")[0]?.node);
  admin.send({ type: "watch", node, client_id });
  await admin.next(({ type, standing }) => type === "watching" && standing === "watched");
  carla.send({ type: "ping", id: "seen-from-elsewhere" });
  await admin.until(() => /seen-from-elsewhere/.test(JSON.stringify(told("watched"))));
  admin.send({ type: "close", node, client_id });
  await admin.next(({ type, outcome }) => type === "closed" && outcome === "done");
  assert.equal((await carla.closed()).code, 1008);
  await admin.close();
}

/** Opens a dashboard on one of the nodes, and waits until it shows both. */
async function openDashboard(browser: Browser, { proxy }: Cluster): Promise<Page> {
  const { page } = await openPage(browser, { url: `http://127.0.0.1:${proxy.port}/dashboard` });
  await page.getByLabel("Token").fill(TOKEN);
  await page.keyboard.press("Enter");
  await page.locator(".node:not(.is-all, .is-silent)").nth(1).waitFor();
  return page;
}

Deno.test({
  name:
    "Room: while a node is killed two pages talk on, one reconnects, and both have every line once, in one order",
  ignore: ignoreWithout("postgres", postgresPath) || ignoreWithout("nats", natsPath) ||
    ignoreWithout("chromium", CHROMIUM),
  fn: async (test) => {
    await using stack = new AsyncDisposableStack();
    const cluster = await startCluster({
      chance: new Chance(1),
      settings: { ADMIN_TOKEN: TOKEN },
    });
    stack.defer(() => cluster.close());
    await test.step(
      "Dashboard: of one node, it watches and closes a connection of the other",
      () => closeFromElsewhere(cluster),
    );
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
    const dashboard = await openDashboard(browser, cluster);
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
    await test.step(
      "Dashboard: it shows the node that was killed as silent, whichever it was on itself",
      async () => {
        await untilStanding(dashboard, "Live");
        await dashboard.locator(".node.is-silent").waitFor();
        assert.equal(await dashboard.locator(".node:not(.is-all)").count(), 2);
        await dashboard.locator(".connections .count", { hasText: "2 of 2" }).waitFor();
      },
    );
    const [ana, bia] = await Promise.all(pages.map(linesOn));
    assert.deepEqual(ana, bia);
    assert.deepEqual(ana?.toSorted(), expected.toSorted());
  },
});
