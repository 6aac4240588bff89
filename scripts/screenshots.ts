/**
 * Takes the pictures of the page in docs/screenshots/: `deno task screenshots`, where Chromium is installed. Names choose
 * some of them: `deno task screenshots 1440-chat-light`.
 *
 * The page comes from a true server. What is said, by whom and at what time is the same each time: its clock is the
 * browser's, set to the minute of the picture after five minutes that pass in seconds.
 *
 * @module
 */

import type { Page } from "playwright-core";
import { chatter, TALK } from "../tests/conversation.ts";
import { type Scene, type SceneName, SCENES } from "../tests/scenes.ts";
import type { Wire } from "../tests/wire.ts";
import { showView, Stage, type WiredPage } from "../tests/stage.ts";
import {
  FOLDER,
  HEIGHTS,
  isOther,
  NOW,
  OTHER_SCENES,
  type Picture,
  type Pictures,
  take,
} from "./other_pictures.ts";

/** For so long the page has been open by then. */
const OPEN_MS = 300_000;
/** Round trips as they are on a local network. */
const ROUND_TRIPS_MS = [4, 3, 5, 4, 4, 6, 3, 4, 11, 4, 3];
/** How old a chat is when it arrives. */
const ONE_WAY_MS = 2;
/** The seconds in which somebody comes and goes. */
const COMINGS = [0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0];

/** The pictures that are taken of one page in one state. */
interface Sitting {
  readonly scene: SceneName | keyof typeof OTHER_SCENES;
  readonly locale?: "pt-BR";
  /** What is said in the five minutes before. */
  readonly beside?: "talk" | "chatter";
  /** How long after the state was reached the pictures are taken. */
  readonly afterMs?: number;
  readonly pictures: Readonly<Record<string, Picture>>;
}

const SITTINGS: readonly Sitting[] = [
  {
    scene: "chat",
    beside: "talk",
    pictures: {
      "1440-chat-light": { width: 1440 },
      "1440-chat-dark": { width: 1440, theme: "dark" },
      "768-chat-dark": { width: 768, theme: "dark" },
      "360-chat-light": { width: 360 },
      "360-broadcasts-dark": { width: 360, theme: "dark", view: "broadcasts_short" },
    },
  },
  {
    scene: "busy",
    beside: "chatter",
    pictures: {
      "1440-busy-dark": { width: 1440, theme: "dark" },
      "768-people-busy-dark": { width: 768, theme: "dark", view: "people_short" },
      "360-metrics-light": { width: 360, view: "metrics" },
    },
  },
  { scene: "empty", pictures: { "1440-empty-light": { width: 1440 } } },
  {
    scene: "reconnecting",
    beside: "talk",
    afterMs: 4000,
    pictures: { "1440-reconnecting-dark": { width: 1440, theme: "dark" } },
  },
  {
    scene: "name taken",
    locale: "pt-BR",
    beside: "talk",
    pictures: { "1440-name-taken-light-pt": { width: 1440 } },
  },
  {
    scene: "name taken",
    beside: "talk",
    pictures: { "360-name-taken-dark": { width: 360, theme: "dark" } },
  },
  { scene: "database down", beside: "talk", pictures: { "768-degraded-light": { width: 768 } } },
  {
    scene: "offline",
    beside: "talk",
    afterMs: 4000,
    pictures: { "360-offline-light": { width: 360 } },
  },
  { scene: "draining", beside: "talk", pictures: { "360-draining-light": { width: 360 } } },
  { scene: "no script", pictures: { "1440-no-script-light": { width: 1440 } } },
  { scene: "server away", pictures: { "360-server-away-light": { width: 360 } } },
  {
    scene: "dashboard",
    pictures: {
      "1440-dashboard-dark": { width: 1440, theme: "dark" },
      "360-dashboard-light": { width: 360 },
    },
  },
  {
    scene: "docs",
    pictures: {
      "1440-docs-light": { width: 1440 },
      "360-docs-dark": { width: 360, theme: "dark" },
    },
  },
];

/** A clock that the page and its server share. It runs, or stands still and is put forward. */
class SharedClock {
  #at: number;
  #runningSince: number | undefined = Date.now();

  constructor(at: number) {
    this.#at = at;
  }

  readonly now = (): number =>
    this.#at + (this.#runningSince === undefined ? 0 : Date.now() - this.#runningSince);

  /** Lets the page go by this clock, and its pings take their time by it; before it is loaded. */
  readonly install = async (page: Page): Promise<void> => {
    await page.clock.install({ time: this.now() });
    await page.addInitScript((tripsMs) => {
      let count = 0;
      const { send } = WebSocket.prototype;
      WebSocket.prototype.send = function (text) {
        const { type, id } = JSON.parse(String(text));
        if (type !== "ping") return send.call(this, text);
        const tripMs = tripsMs[count++ % tripsMs.length] ?? 0;
        const timestamp = new Date(Date.now() + tripMs / 2).toISOString();
        const data = JSON.stringify({ type: "pong", timestamp, id });
        setTimeout(() => this.onmessage?.(new MessageEvent("message", { data })), tripMs);
      };
    }, ROUND_TRIPS_MS);
  };

  /** Stops at the next full second but one. */
  async stop(page: Page): Promise<void> {
    this.#at = Math.ceil(this.now() / 1000 + 1) * 1000;
    this.#runningSince = undefined;
    await page.clock.pauseAt(this.#at);
  }

  /** Runs on from where it stands. */
  async resume(page: Page): Promise<void> {
    await page.clock.resume();
    this.#runningSince = Date.now();
  }

  /** Puts it forward. */
  async forward(page: Page, ms: number): Promise<void> {
    this.#at += ms;
    await page.clock.runFor(ms);
  }
}

/** Five minutes in which the clock ticks, and somebody comes and goes. */
async function passTime(
  { page, wire }: WiredPage,
  { clock, beside }: { clock: SharedClock; beside: Sitting["beside"] },
): Promise<void> {
  wire.stop();
  await clock.stop(page);
  for (let second = 0; clock.now() < NOW; second++) {
    wire.tick();
    await clock.forward(page, 3);
    const left = Math.round((NOW - clock.now()) / 1000);
    if (beside === "chatter" && left <= 10) chatter(wire, left);
    for (const [name, text, before] of TALK) {
      if (beside === "talk" && before === left) wire.send(wire.chat(name, text));
    }
    if (COMINGS[second % COMINGS.length] === 1) comeAndGo(wire, second);
    await clock.forward(page, 997);
  }
  await clock.resume(page);
  wire.start();
}

/** Somebody comes and is gone again, which the chat does not tell. */
function comeAndGo(wire: Wire, second: number): void {
  const connected_at = new Date(NOW).toISOString();
  const ghost = { username: `guest-${second}`, client_id: `g${second}`, connected_at, node: "n1" };
  wire.send({ type: "presence", joined: [ghost], left: [], online: wire.online + 1 });
  wire.send({ type: "presence", joined: [], left: [ghost], online: wire.online });
}

/** Takes the pictures of one sitting that are wanted. */
async function sit(stage: Stage, sitting: Sitting, wanted: (name: string) => boolean) {
  const { scene, locale = "en" } = sitting;
  const pictures: Pictures = Object.entries(sitting.pictures).filter(([name]) => wanted(name));
  if (pictures.length === 0) return;
  if (isOther(scene)) return await OTHER_SCENES[scene](stage, pictures);
  const { wire }: Scene = SCENES[scene];
  const clock = new SharedClock(wire?.reception === undefined ? NOW - OPEN_MS : NOW);
  const actors = await stage.play(scene, {
    locale,
    prepare: clock.install,
    wire: { now: () => clock.now() - ONE_WAY_MS },
    meanwhile: (actors) => passTime(actors, { clock, beside: sitting.beside }),
  });
  const { page } = actors;
  await page.clock.runFor(sitting.afterMs ?? 0);
  await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
  for (const [name, { width, theme = "light", view = "chat" }] of pictures) {
    await page.emulateMedia({ colorScheme: theme });
    await page.setViewportSize({ width, height: HEIGHTS[width] });
    await showView(actors, view);
    await take(page, name);
  }
  actors.wire.stop();
  await page.context().close();
}

const names = Deno.args;
await Deno.mkdir(FOLDER, { recursive: true });
await using stage = await Stage.open();
for (const sitting of SITTINGS) {
  await sit(stage, sitting, (name) => names.length === 0 || names.includes(name));
}
