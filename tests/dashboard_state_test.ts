/**
 * The state of the dashboard without a browser: its link, what it keeps, what it asks for.
 *
 * @module
 */

import assert from "node:assert/strict";
import { highestOf, lonely } from "../client/dashboard/chronicle.ts";
import { Dashboard, type DashboardSurroundings } from "../client/dashboard/dashboard.ts";
import { Language } from "../client/dashboard/language.ts";
import { english, type TextKey } from "../client/dashboard/words_en.ts";
import { portuguese } from "../client/dashboard/words_pt.ts";
import type { Row, ToDashboard } from "../lib/admin_message.ts";
import { SAMPLES_KEPT, toSample } from "../lib/sample.ts";
import { settle } from "./fake_hub.ts";
import { FakeTime } from "./fakes.ts";

/** The browser's end of a socket. */
class FakeLink {
  readonly sent: Record<string, unknown>[] = [];
  readonly url: string;
  readonly protocols: readonly string[] | undefined;
  isClosed = false;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: (() => void) | null = null;

  constructor(url: string, protocols?: readonly string[]) {
    this.url = url;
    this.protocols = protocols;
  }

  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }
  close(): void {
    this.isClosed = true;
  }
  tell(message: ToDashboard): void {
    this.onmessage?.({ data: JSON.stringify(message) });
  }
}

function begin(token?: string) {
  const time = new FakeTime();
  const sockets: FakeLink[] = [];
  const browser = { token, isHidden: false, random: 0 };
  const server = { status: 426, answers: Promise.resolve() };
  const asked: (readonly [address: string, token: string])[] = [];
  const surroundings: DashboardSurroundings = {
    now: time.now,
    elapsed: time.elapsed,
    after: time.after,
    random: () => browser.random,
    probe: (address, token) => {
      asked.push([address, token]);
      return server.answers.then(() => server.status);
    },
    createSocket: (url, protocols) => {
      sockets.push(new FakeLink(url, protocols));
      return sockets.at(-1) as unknown as WebSocket;
    },
    get token() {
      return browser.token;
    },
    set token(value) {
      browser.token = value;
    },
    isHidden: () => browser.isHidden,
    keepChoice: () => {},
  };
  const preferences = { language: "en", theme: "system" } as const;
  const dashboard = new Dashboard({ preferences, surroundings });
  dashboard.start("https://pulso.example");
  const socket = () => sockets.at(-1)!;
  const enter = (text: string) => {
    dashboard.enter(text);
    socket().tell({ type: "open", node: "n1", version: "1" });
  };
  return { time, sockets, socket, browser, server, asked, dashboard, enter };
}

type News = Extract<ToDashboard, { type: "news" }>;

function news(node: string, { at, more = {} }: { at: number; more?: Partial<News> }): News {
  const values = { connections: 4, chats: 5, deliveries: 6, deliveryMs: 7, tickMs: null, lagMs: 1 };
  const samples = [[...toSample({ at, ...values, memoryBytes: 1e6 })]];
  return { type: "news", node, whole: false, samples, lines: [], ...more };
}

Deno.test("Dashboard asks for a token, shows it in headers alone, and keeps it once it was taken", async () => {
  const { socket, sockets, asked, browser, dashboard } = begin();
  assert.deepEqual([dashboard.asks.value, sockets.length], [true, 0]);
  dashboard.enter("sec/ret=");
  assert.equal(socket().url, "wss://pulso.example/api/admin/ws");
  assert.deepEqual(socket().protocols, ["pulso.dashboard", "pulso.token.sec%2Fret%3D"]);
  assert.deepEqual([dashboard.asks.value, browser.token], [true, undefined]);
  socket().tell({ type: "open", node: "n1", version: "1" });
  assert.deepEqual([dashboard.asks.value, browser.token], [false, "sec/ret="]);
  socket().onclose?.();
  await settle();
  assert.deepEqual([asked, dashboard.state.value?.phase], [[], "waiting"]);
});

Deno.test("Dashboard asks again where the token is wrong or none at all, and tries no more", async () => {
  const { time, sockets, socket, asked, browser, server, dashboard } = begin("old");
  server.status = 401;
  assert.equal(dashboard.asks.value, false);
  socket().onclose?.();
  await settle();
  const isRefused = () => {
    assert.deepEqual(dashboard.state.value, { phase: "closed", isRefused: true });
    assert.deepEqual([dashboard.asks.value, browser.token], [true, undefined]);
  };
  isRefused();
  assert.deepEqual(asked, [["https://pulso.example/api/admin/ws", "old"]]);
  for (const text of ["two words", "tokén", "", "a,b"]) {
    dashboard.enter(text);
    isRefused();
  }
  time.advance(60_000);
  await settle();
  isRefused();
  assert.deepEqual([asked.length, sockets.length], [1, 1]);
});

Deno.test("Dashboard comes back by itself, and says until when it waits", async () => {
  const { time, sockets, socket, server, dashboard, enter } = begin();
  enter("secret");
  dashboard.inspection.look({ node: "n1", client_id: "c1" } as Row);
  // First it was open; then nobody answers, or somebody else does, or the server is full.
  for (const status of [undefined, 0, 404, 426, 503]) {
    if (status !== undefined) server.status = status;
    socket().onclose?.();
    await settle();
    const state = dashboard.state.value;
    assert.ok(state?.phase === "waiting");
    assert.equal(state.retryAt, time.now() + 500);
    time.advance(500);
  }
  assert.equal(sockets.length, 6);
  // One that never answers is given up.
  time.advance(5000);
  assert.equal(dashboard.state.value?.phase, "waiting");
  dashboard.retryNow();
  assert.equal(sockets.length, 7);
  socket().tell({ type: "open", node: "n2", version: "1" });
  assert.deepEqual(socket().sent.map(({ type }) => type), ["list", "watch"]);
  // Silence is a cut.
  time.advance(5000);
  assert.equal(dashboard.state.value?.phase, "waiting");
  assert.equal(socket().isClosed, true);
});

Deno.test("Dashboard comes back more and more seldom, and begins anew once it was open or has another token", async () => {
  const { time, socket, server, browser, dashboard, enter } = begin();
  browser.random = 1;
  server.status = 503;
  const waits = async (times: number) => {
    const waited: number[] = [];
    for (let n = 0; n < times; n++) {
      socket().onclose?.();
      await settle();
      const state = dashboard.state.value;
      assert.ok(state?.phase === "waiting");
      waited.push(state.retryAt - time.now());
      time.advance(waited.at(-1)!);
    }
    return waited;
  };
  dashboard.enter("secret");
  assert.deepEqual(await waits(3), [1000, 2000, 4000]);
  enter("another");
  assert.deepEqual(await waits(2), [1000, 2000]);
  socket().tell({ type: "open", node: "n1", version: "1" });
  assert.deepEqual(await waits(1), [1000]);
});

Deno.test("Dashboard waits for the answer whether its token is right, however long the socket took", async () => {
  const { time, socket, server, dashboard } = begin("old");
  const { promise, resolve } = Promise.withResolvers<void>();
  server.status = 401;
  server.answers = promise;
  time.advance(4900);
  socket().onclose?.();
  time.advance(4000);
  resolve();
  await settle();
  assert.deepEqual(dashboard.state.value, { phase: "closed", isRefused: true });
});

Deno.test("Dashboard heeds no answer to a question of before", async () => {
  const { socket, server, dashboard } = begin("old");
  server.status = 401;
  socket().onclose?.();
  dashboard.enter("new");
  await settle();
  assert.equal(dashboard.state.value?.phase, "connecting");
});

Deno.test("Dashboard leaves by hand: the token is forgotten and nothing is shown", () => {
  const { time, socket, browser, dashboard, enter } = begin();
  enter("secret");
  socket().tell(news("n1", { at: time.now() }));
  time.advance(100);
  assert.equal(dashboard.chronicle.view.value.nodes.length, 1);
  dashboard.forget();
  assert.deepEqual([browser.token, dashboard.asks.value, socket().isClosed], [
    undefined,
    true,
    true,
  ]);
  assert.equal(dashboard.chronicle.view.value.nodes.length, 0);
  assert.deepEqual(dashboard.state.value, { phase: "closed", isRefused: false });
});

Deno.test("Chronicle puts each node's samples at their seconds, the last 900, and leaves out what is missing", () => {
  const { time, socket, dashboard, enter } = begin();
  enter("secret");
  const at = time.now();
  const older = news("n1", { at: at - 1e6 }).samples;
  const whole = news("n1", { at: at - 2000, more: { whole: true } });
  socket().tell({ ...whole, samples: [...older, ...whole.samples] });
  socket().tell(news("n2", { at: at + 7 }));
  time.advance(100);
  const { chronicle } = dashboard;
  assert.equal(chronicle.seconds.length, SAMPLES_KEPT);
  assert.equal(chronicle.seconds.at(-1), at / 1000);
  assert.deepEqual(chronicle.columns("chats").map((column) => column.slice(-3)), [
    [5, null, null],
    [null, null, 5],
  ]);
  assert.deepEqual(chronicle.columns("chats")[0]?.filter((value) => value !== null).length, 1);
});

Deno.test("Chronicle keeps of a node the last 900 samples and 200 lines, and shows the last 200 lines of all", () => {
  const { time, socket, dashboard, enter } = begin();
  enter("secret");
  const line = (n: number, event: string) =>
    ({ at: n, event, level: "warning", detail: String(n) }) as const;
  const { chronicle } = dashboard;
  const kept = () =>
    chronicle.columns("chats").map((column) => column.filter((one) => one !== null));
  for (let n = 0; n < 1000; n++) {
    // The first is not kept, whatever its date is.
    const more = { lines: n < 250 ? [line(n || 1e6, "a")] : [] };
    socket().tell(news("n1", { at: time.now() + n * 10, more }));
  }
  socket().tell(news("n2", { at: time.now(), more: { lines: [line(249.5, "b")] } }));
  time.advance(100);
  const { lines } = chronicle.view.value;
  assert.equal(lines.length, 200);
  assert.deepEqual([lines[0]?.event, lines[1]?.detail, lines.at(-1)?.detail], ["b", "249", "51"]);
  // They are 10 ms apart and fall on 11 seconds, by rounding, of which the first hundred have one.
  assert.deepEqual(kept().map(({ length }) => length), [10, 1]);
});

Deno.test("Chronicle shows nothing of what a node has dated later than its newest, its clock having been put back", () => {
  const { time, socket, dashboard, enter } = begin();
  enter("secret");
  socket().tell(news("n1", { at: time.now() + 3_600_000 }));
  socket().tell(news("n1", { at: time.now() }));
  time.advance(100);
  const [column] = dashboard.chronicle.columns("chats");
  assert.deepEqual([column?.length, column?.filter((value) => value !== null)], [
    SAMPLES_KEPT,
    [5],
  ]);
});

Deno.test("highestOf() is of what is known, and nothing where that is nothing", () => {
  assert.equal(highestOf([null, 2, 0.5, null]), 2);
  assert.equal(highestOf([0]), 0);
  assert.equal(highestOf([null, null]), null);
});

Deno.test("lonely() finds the values through which no line goes, also at the ends", () => {
  assert.deepEqual(lonely([3, null, 4, 5, null, null, 6, null, 7]), [0, 6, 8]);
  assert.deepEqual(lonely([0]), [0]);
  assert.deepEqual(lonely([null, 1, 2, 3]), []);
  assert.deepEqual(lonely([]), []);
});

Deno.test("Chronicle calls a node silent after three seconds, and sorts the lines of all", () => {
  const { time, socket, dashboard, enter } = begin();
  enter("secret");
  const line = (at: number, event: string) =>
    ({ at, event, level: "warning", detail: "" }) as const;
  socket().tell(news("n1", { at: time.now(), more: { lines: [line(1, "a"), line(3, "c")] } }));
  socket().tell(news("n2", { at: time.now(), more: { lines: [line(2, "b")] } }));
  for (let second = 0; second < 4; second++) {
    time.advance(1000);
    socket().tell(news("n2", { at: time.now() }));
  }
  time.advance(100);
  const { nodes, lines } = dashboard.chronicle.view.value;
  assert.deepEqual(nodes.map(({ silentMs }) => silentMs), [4100, undefined]);
  assert.deepEqual(lines.map(({ event, node }) => `${event} ${node}`), ["c n1", "b n2", "a n1"]);
});

Deno.test("Listing asks every two seconds, at once in another order, and not while nobody sees it", () => {
  const { time, socket, browser, dashboard, enter } = begin();
  enter("secret");
  const asked = () => socket().sent.splice(0).filter(({ type }) => type === "list");
  assert.deepEqual(asked(), [{ type: "list", sort: "queue_bytes", descending: true, text: "" }]);
  const beat = () => {
    time.advance(2000);
    socket().tell(news("n1", { at: time.now() }));
  };
  beat();
  assert.equal(asked().length, 1);
  dashboard.listing.sortBy("username");
  dashboard.listing.sortBy("username");
  dashboard.listing.find("an");
  assert.deepEqual(asked().map(({ sort, descending, text }) => [sort, descending, text]), [
    ["username", false, ""],
    ["username", true, ""],
    ["username", true, "an"],
  ]);
  // No longer than the server takes it.
  dashboard.listing.find("x".repeat(65));
  assert.deepEqual(asked().map(({ text }) => text), ["x".repeat(64)]);
  browser.isHidden = true;
  beat();
  beat();
  assert.equal(asked().length, 0);
  browser.isHidden = false;
  beat();
  assert.equal(asked().length, 1);
});

Deno.test("Inspection keeps the last 200 frames of the one that is looked at, and none while it is paused", () => {
  const { socket, dashboard, enter } = begin();
  enter("secret");
  const { inspection } = dashboard;
  const row = { node: "n1", client_id: "c1", username: "Ana" } as Row;
  inspection.look(row);
  const frame = { at: 1, direction: "in", text: "x", length: 1 } as const;
  const watched = (client_id: string, count: number, ended = false) =>
    socket().tell({
      type: "watched",
      client_id,
      frames: Array.from({ length: count }, () => frame),
      dropped: 2,
      ended,
    });
  watched("c1", 150);
  watched("c1", 150);
  watched("another", 10);
  const view = () => inspection.view.value!;
  for (const standing of ["too_many", "silent", "watched"] as const) {
    socket().tell({ type: "watching", client_id: "c1", standing });
    assert.equal(view().standing, standing);
  }
  assert.deepEqual([view().frames.length, view().dropped], [200, 4]);
  const [first] = view().frames;
  assert.equal(first?.number, 100);
  inspection.pause(true);
  watched("c1", 10);
  assert.equal(view().frames[0], first);
  inspection.close();
  assert.deepEqual(socket().sent.at(-1), { type: "close", node: "n1", client_id: "c1" });
  socket().tell({ type: "closed", client_id: "c1", outcome: "silent" });
  assert.deepEqual([view().standing, inspection.closed.value], ["watched", "silent"]);
  inspection.close();
  assert.equal(inspection.closed.value, undefined);
  socket().tell({ type: "closed", client_id: "c1", outcome: "done" });
  assert.deepEqual([view().standing, inspection.closed.value], ["ended", "done"]);
  socket().tell({ type: "watching", client_id: "c1", standing: "unknown" });
  assert.equal(view().standing, "ended");
  inspection.leave();
  assert.deepEqual(socket().sent.at(-1), { type: "unwatch" });
});

Deno.test("Inspection does not ask again, over a new link, for a connection that is gone", () => {
  const { socket, dashboard, enter } = begin();
  enter("secret");
  dashboard.inspection.look({ node: "n1", client_id: "c1", username: "Ana" } as Row);
  socket().tell({ type: "watching", client_id: "c1", standing: "unknown" });
  enter("secret");
  assert.deepEqual(socket().sent.map(({ type }) => type), ["list"]);
});

Deno.test("Chronicle says since when a node is silent that the server had heard last, and forgets it after 15 minutes", () => {
  const { time, socket, dashboard, enter } = begin();
  enter("secret");
  const beginsAt = time.now();
  socket().tell(news("dead", { at: beginsAt, more: { whole: true, silent_ms: 60_000 } }));
  time.advance(100);
  const view = () => dashboard.chronicle.view.value.nodes[0]?.silentMs;
  assert.equal(view(), 60_100, "it is told at once: no figure of it counts");
  const nodes = () => dashboard.chronicle.view.value.nodes.map(({ node }) => node);
  for (let second = 0; second < 5; second++) {
    socket().tell(news("n1", { at: time.now() }));
    time.advance(1000);
  }
  const [dead] = dashboard.chronicle.view.value.nodes;
  assert.deepEqual([dead?.node, dead?.silentMs], ["dead", 64_200]);
  for (let second = 0; second < 840; second++) {
    socket().tell(news("n1", { at: time.now() }));
    time.advance(1000);
  }
  assert.deepEqual(nodes(), ["n1"]);
});

const KEYS = Object.keys(english) as TextKey[];
const places = (text: string) => [...new Set(text.match(/\{\w+\}/g) ?? [])].sort();

Deno.test("Every word of the dashboard is there in both languages, with the same places, and is used", async () => {
  assert.deepEqual(Object.keys(portuguese).sort(), KEYS.toSorted());
  const sources: string[] = [];
  for (const folder of ["client/dashboard", "components/dashboard"]) {
    for await (const { name } of Deno.readDir(folder)) {
      if (!name.startsWith("words_")) sources.push(await Deno.readTextFile(`${folder}/${name}`));
    }
  }
  for (const file of ["islands/Dashboard.tsx", "lib/sample.ts"]) {
    sources.push(await Deno.readTextFile(file));
  }
  const all = sources.join("\n");
  for (const key of KEYS) {
    assert.deepEqual(places(portuguese[key]), places(english[key]), key);
    assert.notEqual(portuguese[key].trim(), "", key);
    assert.notEqual(portuguese[key], english[key], key);
    assert.ok(all.includes(`"${key}"`), `nobody shows ${key}`);
  }
});

Deno.test("Language writes figures, times and what is not known as its readers do", () => {
  const [en, pt] = [new Language("en"), new Language("pt-BR")];
  assert.deepEqual([0.4249, 12.61, 12_418.4].map((value) => en.number(value)), [
    "0.42",
    "12.6",
    "12,418",
  ]);
  assert.deepEqual([pt.number(1234.5), pt.number(0.5), pt.number(null)], ["1.235", "0,5", "–"]);
  const spans = [900, 59_999, 60_000, 3_600_000, 7_500_000, 90_000_000];
  assert.deepEqual(spans.map((ms) => en.lasting(ms).replaceAll("\u00a0", " ")), [
    "0 s",
    "59 s",
    "1 min",
    "1 h 0 min",
    "2 h 5 min",
    "1 d 1 h",
  ]);
});
