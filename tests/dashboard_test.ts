/**
 * The dashboard of a real server: who gets in, and the page in a real browser.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { Locator, Page } from "playwright-core";
import { english } from "../client/dashboard/words_en.ts";
import { portuguese } from "../client/dashboard/words_pt.ts";
import { protocolsFor } from "../lib/dashboard_protocol.ts";
import { type Sample, valueOf } from "../lib/sample.ts";
import { audit } from "./axe.ts";
import { sidewaysFaults } from "./browser.ts";
import { Chance } from "./chance.ts";
import { TestClient } from "./client.ts";
import { Proxy } from "./proxy.ts";
import { RawSocket } from "./raw_socket.ts";
import { stagedWith } from "./stage.ts";

const TOKEN = "a-token-of-the-tests";
/** As wide as names are. */
const CARLA = "Carla Cavalcanti de Albuquerque";
const onStage = stagedWith({ ADMIN_TOKEN: TOKEN, TRUST_PROXY: "loopback" });

async function statusOf(port: number, headers: Record<string, string | undefined>) {
  const socket = await RawSocket.request(port, "/api/admin/ws", {
    "X-Forwarded-For": "10.0.0.7",
    ...headers,
  });
  const { status } = await socket.answer();
  socket.connection.close();
  return status;
}

/** The lines of the table by the columns of its head. */
function rowsOf(page: Page): Promise<string[][]> {
  return page.locator(".connections tbody tr").evaluateAll((rows) =>
    rows.map((row) => [...row.children].map((cell) => cell.textContent ?? ""))
  );
}

/** Waits until the table's first names are these. */
async function untilFirst(page: Page, names: readonly string[]): Promise<void> {
  await page.waitForFunction((wanted) => {
    const cells = [...document.querySelectorAll(".connections tbody th")];
    return wanted.every((name, at) => cells[at]?.textContent === name);
  }, names);
}

/** Has the list asked for at once, narrowed to a text, without a move of the focus. */
function listAgain(page: Page, text: string): Promise<void> {
  return page.getByPlaceholder("Name, address or id").evaluate((field, text) => {
    (field as HTMLInputElement).value = text;
    field.dispatchEvent(new InputEvent("input", { bubbles: true }));
  }, text);
}

/** The text of what has the focus; of the whole page where nothing has. */
function focusedOf(page: Page): Promise<string | null> {
  return page.evaluate(() => document.activeElement?.textContent ?? null);
}

/** How many pixels of a canvas are painted. */
function paintedOf(canvas: Locator): Promise<number> {
  return canvas.evaluate((element) => {
    const { width, height } = element as HTMLCanvasElement;
    const context = (element as HTMLCanvasElement).getContext("2d");
    const { data } = context!.getImageData(0, 0, width, height);
    return data.filter((value, at) => at % 4 === 3 && value > 0).length;
  });
}

onStage(
  "Dashboard: the socket is guarded by host, origin, handshake and token, and a right one is let in among many wrong ones",
  async ({ server }) => {
    const { port } = server;
    const page = await fetch(`${server.url}/dashboard`);
    assert.equal(page.status, 200);
    const html = await page.text();
    assert.ok(!html.includes(TOKEN) && !html.includes("canvas"), html);
    for (const [token, status] of [[TOKEN, 426], ["wrong", 401]] as const) {
      const plain = await fetch(`${server.url}/api/admin/ws`, {
        headers: { authorization: `Bearer ${token}` },
      });
      assert.equal(plain.status, status);
      await plain.body?.cancel();
    }
    const [spoken, shown] = protocolsFor(TOKEN);
    const right = { "Sec-WebSocket-Protocol": `${spoken}, ${shown}` };
    assert.equal(await statusOf(port, { ...right, Origin: "https://evil.example" }), 403);
    assert.equal(await statusOf(port, { ...right, Host: "evil.example" }), 421);
    assert.equal(await statusOf(port, { ...right, "Sec-WebSocket-Version": "12" }), 426);
    for (let n = 0; n < 20; n++) {
      const wrong = { "Sec-WebSocket-Protocol": `${spoken}, ${shown}x` };
      assert.equal(await statusOf(port, n % 2 === 0 ? wrong : {}), 401);
    }
    const answer = await RawSocket.request(port, "/api/admin/ws", right).then(async (socket) => {
      const { status, headers } = await socket.answer();
      socket.connection.close();
      return [status, headers.get("sec-websocket-protocol")];
    });
    assert.deepEqual(answer, [101, spoken]);
    const url = `ws://127.0.0.1:${port}/api/admin/ws`;
    const admin = await TestClient.open(url, { authorization: `Bearer ${TOKEN}` });
    await admin.next(({ type }) => type === "open");
    await admin.next(({ type, whole }) => type === "news" && whole === false);
    await admin.close();
    assert.ok(!JSON.stringify(server.log).includes(TOKEN));
  },
);

onStage(
  "Dashboard: without scripts the page says that it needs them, in the reader's language",
  async ({ visit, server }) => {
    for (const [locale, text] of [["en", english.no_script], ["pt-BR", portuguese.no_script]]) {
      const url = `${server.url}/dashboard`;
      const { page } = await visit({ url, javaScript: false, locale: locale! });
      assert.equal(await page.locator("main").innerText(), text);
      assert.equal(await page.getByRole("button").count(), 0);
      await page.context().close();
    }
  },
);

onStage(
  "Dashboard: the page asks for the token, plots, sorts by keyboard, watches and closes a connection, and comes back",
  async ({ visit, server }) => {
    let isThere = true;
    const proxy = new Proxy({
      targets: () => isThere ? [server.port] : [],
      chance: new Chance(7),
    });
    await using stack = new AsyncDisposableStack();
    stack.defer(() => proxy.close());
    const url = `http://127.0.0.1:${proxy.port}`;
    const socketUrl = (name: string) => `${server.socketUrl}?username=${encodeURIComponent(name)}`;
    const [ana, bia, carla] = await Promise.all(
      ["Ana", "Bia", CARLA].map((name) => TestClient.join(socketUrl(name))),
    ) as [TestClient, TestClient, TestClient];
    stack.defer(() => Promise.all([ana, carla].map((client) => client.close())).then(() => {}));
    ana.send({ message: "hello" });
    ana.send({ message: "again" });
    bia.send({ message: "hi" });
    ana.send({ type: "ping", round_trip_ms: 42 });
    const { page, faults, origins } = await visit({ url: `${url}/dashboard` });

    await page.getByLabel("Token").fill("not-the-token");
    await page.keyboard.press("Enter");
    await page.getByText("did not take this token").waitFor();
    assert.equal(await page.locator(".dash-main").count(), 0);
    assert.deepEqual(await audit(page), []);
    await page.getByLabel("Token").fill(TOKEN);
    await page.keyboard.press("Enter");
    await page.locator(".pill", { hasText: "Live" }).waitFor();
    // The field that had the focus is gone.
    await page.waitForFunction(() => document.activeElement?.className === "dash-main");
    assert.equal(page.url(), `${url}/dashboard`);

    const plots = page.locator(".dash-plot canvas");
    await plots.nth(6).waitFor();
    assert.equal(await plots.count(), 7);
    // Beside the axes, which are painted from the beginning, the line grows with each second.
    const connections = page.locator(".dash-plot", { hasText: "Connections" }).first();
    const before = await paintedOf(connections.locator("canvas"));
    await page.waitForFunction(() => {
      const area = document.querySelector(".dash-plot-area");
      return area?.getAttribute("aria-valuetext")?.endsWith("· 3");
    });
    const slider = connections.getByRole("slider");
    await slider.focus();
    await page.keyboard.press("ArrowLeft");
    assert.equal(await slider.getAttribute("aria-valuenow"), "-1");
    await page.keyboard.press("Home");
    assert.match(await slider.getAttribute("aria-valuetext") ?? "", /\d\d:\d\d:\d\d · –$/);
    assert.ok(before > 0);

    const heading = page.getByRole("columnheader", { name: "Name" });
    await heading.getByRole("button").focus();
    await page.keyboard.press("Enter");
    await untilFirst(page, ["Ana", "Bia", CARLA]);
    assert.equal(await heading.getAttribute("aria-sort"), "ascending");
    await page.keyboard.press("Space");
    await untilFirst(page, [CARLA, "Bia", "Ana"]);
    assert.equal(await heading.getAttribute("aria-sort"), "descending");
    const [, , anas] = await rowsOf(page);
    assert.deepEqual(anas?.slice(-3), ["42", "2", "1"]);
    await page.getByPlaceholder("Name, address or id").fill("car");
    await page.locator(".connections .count", { hasText: "1 of 1" }).waitFor();
    await page.keyboard.press("Escape");

    assert.deepEqual(await audit(page), []);
    await page.emulateMedia({ colorScheme: "dark" });
    await page.setViewportSize({ width: 768, height: 900 });
    assert.deepEqual(await sidewaysFaults(page), []);
    await page.setViewportSize({ width: 360, height: 740 });
    assert.deepEqual(await audit(page), []);
    const sideways = await sidewaysFaults(page);
    // Eight columns find no room on a phone: the table alone goes sideways there, beside the names.
    assert.deepEqual(
      sideways.filter((fault) => !/table-scroller|button.null is cut/.test(fault)),
      [],
    );

    await page.getByRole("button", { name: "Bia" }).focus();
    await page.keyboard.press("Enter");
    const dialog = page.getByRole("dialog", { name: "Connection of Bia" });
    await dialog.waitFor();
    ana.send({ message: "<b>seen</b> by the dashboard" });
    bia.send({ message: "from Bia" });
    await dialog.locator(".frame.is-out", { hasText: "<b>seen</b>" }).waitFor();
    await dialog.locator(".frame.is-in", { hasText: "from Bia" }).waitFor();
    assert.deepEqual(await audit(page), []);
    await dialog.getByRole("button", { name: "Close connection" }).click();
    await dialog.getByRole("button", { name: "Close it now" }).click();
    await dialog.getByText("Bia was closed.").waitFor();
    assert.equal((await bia.closed()).code, 1008);
    await untilFirst(page, [CARLA, "Ana"]);
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "hidden" });
    await page.waitForFunction(() => document.activeElement?.textContent === "Ana");

    // Whatever the list does meanwhile, the focus stays in it.
    await page.getByRole("button", { name: "Chats in", exact: true }).click();
    await untilFirst(page, ["Ana", CARLA]);
    await page.getByRole("button", { name: "Ana" }).focus();
    for (const [first, client] of [[CARLA, carla], ["Ana", ana]] as const) {
      for (let chat = 0; chat < 8; chat++) client.send({ message: "and on" });
      client.send({ type: "ping" });
      await client.next(({ type }) => type === "pong");
      await listAgain(page, "a");
      await untilFirst(page, [first]);
      assert.equal(await focusedOf(page), "Ana");
    }
    await listAgain(page, "nobody");
    await page.locator(".dash-empty").waitFor();
    assert.equal(await focusedOf(page), "Connections");
    await page.locator(".log-line", { hasText: "closed_by_admin" }).waitFor();
    await server.logged(({ event, by }) => event === "closed_by_admin" && by === "127.0.0.1");

    const allowed = [url, url.replace("http", "ws")];
    assert.deepEqual([...origins].filter((origin) => !allowed.includes(origin)), []);
    // The browser tells of the wrong token that no socket opened, and of the question why.
    assert.equal(faults.length, 2, faults.join("\n"));
    for (const fault of faults) assert.match(fault, /HTTP Authentication failed|status of 401/);
    isThere = false;
    proxy.breakAll();
    await page.getByText("Cut off from the server").waitFor();
    isThere = true;
    await page.locator(".pill", { hasText: "Live" }).waitFor();
    assert.equal(await page.locator(".token").count(), 0);
  },
);

onStage(
  "Dashboard: every second of an idle server has a tick, and how late it was",
  async ({ server }) => {
    const url = `ws://127.0.0.1:${server.port}/api/admin/ws`;
    const admin = await TestClient.open(url, { authorization: `Bearer ${TOKEN}` });
    const { samples } = await admin.next(({ type }) => type === "news");
    await admin.close();
    const late = (samples as Sample[]).map((sample) => valueOf(sample, "tickMs"));
    assert.ok(late.length > 3, `${late.length} seconds`);
    assert.deepEqual(late.filter((ms) => ms === null), []);
  },
);
