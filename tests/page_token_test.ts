/**
 * The page of a server that asks for tokens: the place to paste one, in a real browser.
 *
 * @module
 */

import assert from "node:assert/strict";
import { SignJWT } from "jose";
import type { Page } from "playwright-core";
import { audit } from "./axe.ts";
import { sidewaysFaults, untilStanding } from "./browser.ts";
import { RawSocket } from "./raw_socket.ts";
import type { TestServer } from "./server.ts";
import { stagedWith } from "./stage.ts";

const AUTH_SECRET = "0123456789abcdef0123456789abcdef";
const API_KEY = "a-key-of-the-server";
const onStage = stagedWith({ AUTH_SECRET, API_KEY });

function tokenOf(sub: string, seconds = 3600): Promise<string> {
  const exp = Math.floor(Date.now() / 1000) + seconds;
  return new SignJWT({ sub, exp }).setProtectedHeader({ alg: "HS256" })
    .sign(new TextEncoder().encode(AUTH_SECRET));
}

async function paste(page: Page, token: string): Promise<void> {
  await page.locator("#token").fill(token);
  await page.keyboard.press("Enter");
}

/** Comes in as the page tells those to whom one gives its address; a terminal is played by the test. */
async function joinAsTold(page: Page, { server, told }: {
  readonly server: TestServer;
  readonly told: readonly string[];
}): Promise<void> {
  const [terminal = "", program = ""] = told;
  const [, url = "", token] = /^websocat "(.*)" -H "Authorization: (.*)"$/.exec(terminal) ?? [];
  const { host, pathname, search } = new URL(url);
  const socket = await RawSocket.request(server.port, `${pathname}${search}`, {
    Host: host,
    Authorization: token?.replace("$TOKEN", await tokenOf("Cid")),
  });
  await page.evaluate(program.replace("TOKEN", await tokenOf("Dora")));
  for (const name of ["Cid", "Dora"]) {
    await server.logged(({ action, username }) => action === "LOGIN" && username === name);
  }
  socket.connection.close();
}

const shown = (page: Page, kind: string) => page.locator(`[data-banner=${kind}]`).waitFor();

onStage(
  "Room: asks for a token, says when it does not do or is over, and never has it in its address",
  async ({ open, server }) => {
    const { url } = server;
    const html = await (await fetch(url)).text();
    assert.ok(html.includes("TOKEN stands for") && !/username=ana|room is quiet/.test(html), html);
    const { page, faults } = await open({ width: 360, height: 740 });
    await shown(page, "token");
    await page.getByRole("heading", { name: "Nothing is shown without a token" }).waitFor();
    assert.equal(await page.locator(".copyable").count(), 0);
    assert.equal(await page.evaluate(() => document.activeElement?.id), "token");
    assert.deepEqual([await audit(page), await sidewaysFaults(page)], [[], []]);
    await page.setViewportSize({ width: 1440, height: 900 });
    await paste(page, "nonsense");
    await shown(page, "token_refused");
    await page.getByText("The token was not accepted").waitFor();

    await paste(page, ` Bearer ${await tokenOf("Ana")}\n`);
    await untilStanding(page, "Connected");
    await page.locator(".name-button", { hasText: "Ana" }).waitFor();
    await page.getByRole("heading", { name: "The room is quiet" }).waitFor();
    const told = await page.locator(".talk .copyable code").allTextContents();
    await joinAsTold(page, { server, told });
    await page.locator("#composer").fill("hello from inside");
    await page.keyboard.press("Enter");
    await page.locator(".delivery").waitFor();
    assert.equal(page.url(), `${url}/`);

    // A second tab is told why it does not come in, and does not knock for ever.
    const second = await open();
    await paste(second.page, await tokenOf("Ana"));
    await shown(second.page, "token_taken");
    await second.page.locator(".banner-actions button").waitFor();
    await second.page.close();

    await page.reload();
    await untilStanding(page, "Connected");
    await page.getByText("hello from inside").first().waitFor();
    await page.locator(".name-button", { hasText: "Ana" }).waitFor();

    // The name is the token's: to be somebody else is to have another one.
    await page.locator(".name-button").click();
    await shown(page, "token");
    await paste(page, await tokenOf("Bia", 4));
    await page.locator(".name-button", { hasText: "Bia" }).waitFor();
    await untilStanding(page, "Connected");
    await shown(page, "token_refused");
    await page.getByText("Your token has expired").waitFor();
    // A browser tells each answer of 401 itself.
    assert.deepEqual(faults.filter((fault) => !/401|WebSocket connection/.test(fault)), []);
  },
);

onStage(
  "Room: a token that is being tried is there, and what is said does not ask for one",
  async (stage) => {
    const { page } = await stage.wire({ wire: { reception: "silence" } });
    await page.getByRole("heading", { name: "Nothing is shown without a token" }).waitFor();
    await paste(page, await tokenOf("Ana"));
    await page.getByRole("heading", { name: "You are not in yet" }).waitFor();
    assert.equal(await page.getByText("Nothing is shown without a token").count(), 0);
  },
);

onStage(
  "Docs: the console asks for the token, which the snippets have a place for, and the part about HTTP for the key",
  async (stage) => {
    const { page, faults } = await stage.visit({ url: `${stage.server.url}/docs` });
    const code = page.locator(".snippet code");
    assert.deepEqual((await code.allTextContents()).filter((one) => !/\bTOKEN\b/.test(one)), []);
    assert.equal(await page.locator(".docs-connect input").count(), 1);
    await page.getByLabel("Token", { exact: true }).fill(await tokenOf("Eva"));
    await page.keyboard.press("Enter");
    await page.locator('.docs-entry[data-type="welcome"]', { hasText: '"username":"Eva"' })
      .waitFor();

    // What goes over HTTP takes the other secrets, and what is said so is heard.
    await page.locator("nav a[href='#http']").click();
    const post = page.locator(".opblock-post");
    await post.locator(".authorization__btn").press("Enter");
    const dialog = page.locator(".modal-ux");
    await dialog.locator("input").fill(API_KEY);
    await dialog.locator("[type=submit]").press("Enter");
    await dialog.locator(".btn-done").press("Enter");
    await post.locator(".authorization__btn .locked").waitFor();
    assert.equal(await page.locator(".authorization__btn .locked").count(), 1);
    await post.locator(".opblock-summary-control").press("Enter");
    await post.getByRole("button", { name: "Try it out" }).press("Enter");
    await post.getByRole("button", { name: "Execute" }).press("Enter");
    await page.locator('.docs-entry[data-type="chat"]', { hasText: "build 42 is green" }).waitFor();
    assert.deepEqual(faults, []);
  },
);
