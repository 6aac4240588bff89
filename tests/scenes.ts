/**
 * The states of the page, by name: how each is brought about and which words tell that it has been reached. The pictures
 * and the tests of what holds in every state go by this table.
 *
 * @module
 */

import type { Page } from "playwright-core";
import type { Language } from "../client/page/language.ts";
import type { TextKey } from "../client/page/words_en.ts";
import { chatter, CROWD, MEANWHILE, OTHERS, TALK } from "./conversation.ts";
import { patternOf } from "./words.ts";
import type { Wire, WireOptions } from "./wire.ts";

/** Who and what a scene is played with. */
export interface Actors {
  readonly page: Page;
  readonly wire: Wire;
  readonly language: Language;
}

/** A state of the page. */
export interface Scene {
  readonly wire?: WireOptions;
  /** What the page finds, before it is loaded. */
  readonly prepare?: (page: Page) => Promise<void>;
  /** What happens once the page has been welcomed, or has got what else it gets. */
  readonly play?: (actors: Actors) => Promise<void> | void;
  /** The words that are in sight once the state has been reached. */
  readonly shows: TextKey;
}

/** The states in which there is a conversation. */
const chatting = { wire: { others: OTHERS } } as const;

/** Writes a text and sends it. */
export async function say({ page, language }: Omit<Actors, "wire">, text: string): Promise<void> {
  await page.getByRole("textbox", { name: language.text("message"), exact: true }).fill(text);
  await page.keyboard.press("Enter");
}

/** Waits until words are in sight. */
export async function untilShown(actors: Omit<Actors, "wire">, key: TextKey): Promise<void> {
  const { page, language } = actors;
  await page.getByText(patternOf(key, language)).filter({ visible: true }).first().waitFor();
}

async function press({ page, language }: Actors, key: TextKey): Promise<void> {
  await page.getByRole("button", { name: language.text(key) }).first().click();
}

async function talk(actors: Actors): Promise<void> {
  const { wire } = actors;
  const rest = TALK.filter(([, text]) => !wire.said.has(text));
  wire.send(...rest.map(([name, text]) => wire.chat(name, text)));
  await say(actors, "Raising it by 3 dB. Tell me when it sits right.");
  await untilShown(actors, "sent_to");
}

/** What a crowd says in ten seconds, at once. */
async function crowd({ page, wire }: Actors): Promise<void> {
  for (let second = wire.said.size === 0 ? 10 : 0; second > 0; second--) chatter(wire, second);
  await page.getByText(TALK[2]?.[1] ?? "").first().waitFor();
}

/** A text that begins with words: not one, for readers alone, that has them among others. */
function startOf(key: TextKey, language: Language): RegExp {
  return new RegExp(`^(?:${patternOf(key, language).source})`);
}

/** What the page asks when it is refused is not answered: the server is down. */
async function serverDown(page: Page): Promise<void> {
  await page.addInitScript(() => Math.random = () => 0.999);
  await page.route(/\/(ready|health|api\/ws)$/, (route) => route.abort());
}

/** What the page asks when it is refused is answered with a status. */
function answered(path: string, status: number): (page: Page) => Promise<void> {
  return async (page) => {
    const answer = { status, headers: { "retry-after": "5" } };
    await page.route((url) => url.pathname === path, (route) => route.fulfill(answer));
  };
}

/** A conversation, and then the connection is closed. */
function closedWith(code: number, shows: TextKey): Scene {
  return { ...chatting, shows, play: ({ wire }) => wire.close(code) };
}

function refused(code: number, shows: TextKey, error: "username_invalid" | "unauthorized"): Scene {
  return { wire: { others: OTHERS, reception: { code, error: { code: error } } }, shows };
}

/** Writes a name into the field for one's own. */
async function typeName({ page, language }: Actors, name: string): Promise<void> {
  const button = patternOf("change_name", language);
  await page.getByRole("button", { name: button }).first().click();
  await page.getByRole("textbox", { name: language.text("your_name") }).fill(name);
}

/** Every state by its name. */
export const SCENES = {
  empty: { shows: "empty_title" },
  chat: { ...chatting, play: talk, shows: "sent_to" },
  busy: { wire: { others: CROWD }, play: crowd, shows: "broadcasts" },
  "scrolled up": {
    wire: { others: CROWD },
    play: async (actors) => {
      const { page, wire, language } = actors;
      await crowd(actors);
      await page.getByRole("region", { name: language.text("messages") }).hover();
      await page.mouse.wheel(0, -2000);
      await untilShown(actors, "jump");
      wire.send(wire.chat("kenji", "One more."));
    },
    shows: "unread",
  },
  "too long": {
    ...chatting,
    play: async ({ page, language }) => {
      await page.getByRole("textbox", { name: language.text("message"), exact: true })
        .fill("x".repeat(4100));
    },
    shows: "too_long",
  },
  waiting: {
    wire: { others: OTHERS, chats: "unanswered" },
    play: (actors) => say(actors, "On its way."),
    shows: "waiting",
  },
  "not sent": {
    wire: { others: OTHERS, chats: { code: "unavailable" } },
    play: async (actors) => {
      for (const text of ["Link to the recording follows tonight.", "Slides too."]) {
        await say(actors, text);
      }
      await untilShown(actors, "send_again");
      actors.wire.send(actors.wire.chat("kenji", "Still here."));
    },
    shows: "send_all_again",
  },
  "raw message": {
    ...chatting,
    play: async (actors) => {
      const { page } = actors;
      await talk(actors);
      await page.locator("details", { hasText: "On stage" }).locator("summary").click();
      await page.locator("pre", { hasText: "Ingrid_N" }).waitFor();
    },
    shows: "sent_to",
  },
  "nothing matches": {
    ...chatting,
    play: ({ page }) => page.getByRole("button", { name: "status", exact: true }).click(),
    shows: "filter_none",
  },
  paused: { ...chatting, play: (actors) => press(actors, "pause"), shows: "resume" },
  renaming: { ...chatting, play: (actors) => typeName(actors, "a/b"), shows: "name_char" },
  fibonacci: {
    ...chatting,
    play: async ({ page }) => {
      await page.locator("#fib-n").fill("1000");
      await page.keyboard.press("Enter");
    },
    shows: "at_server",
  },
  "fibonacci out of range": {
    ...chatting,
    play: ({ page }) => page.locator("#fib-n").fill("1000001"),
    shows: "fib_out",
  },
  offline: {
    ...chatting,
    play: async (actors) => {
      await talk(actors);
      await actors.page.context().setOffline(true);
      actors.wire.close(1006);
    },
    shows: "b_offline",
  },
  reconnecting: {
    ...chatting,
    prepare: serverDown,
    play: async (actors) => {
      await talk(actors);
      actors.wire.close(1006, { code: 1006 });
    },
    shows: "b_reconnecting",
  },
  disconnected: {
    ...chatting,
    play: (actors) => press(actors, "disconnect"),
    shows: "b_disconnected",
  },
  "name taken": {
    ...chatting,
    play: async (actors) => {
      await talk(actors);
      const suggestions = ["Lucía 2", "Lucía 3", "Lucía 4"];
      actors.wire.reception = { code: 4009, error: { code: "username_taken", suggestions } };
      await typeName(actors, "Lucía");
      await actors.page.keyboard.press("Enter");
    },
    shows: "b_taken",
  },
  "name invalid": refused(4011, "b_invalid", "username_invalid"),
  "no access": refused(4001, "b_token_over", "unauthorized"),
  "origin refused": { wire: { reception: { code: 1006 } }, shows: "b_origin" },
  "host refused": {
    wire: { reception: { code: 1006 } },
    prepare: answered("/api/ws", 421),
    shows: "h421",
  },
  "too many connections": {
    wire: { reception: { code: 1006 } },
    prepare: answered("/api/ws", 429),
    shows: "h429",
  },
  "not ready": {
    wire: { reception: { code: 1006 } },
    prepare: answered("/ready", 503),
    shows: "h503",
  },
  elsewhere: closedWith(4010, "b_elsewhere"),
  "binary frame": closedWith(1003, "c1003"),
  "sent too fast": closedWith(1008, "c1008"),
  "frame too large": closedWith(1009, "c1009"),
  fault: closedWith(1011, "c1011"),
  full: closedWith(1013, "c1013"),
  "reads too slowly": closedWith(4008, "c4008"),
  restarted: closedWith(1001, "c1001"),
  draining: {
    ...chatting,
    play: async (actors) => {
      await talk(actors);
      actors.wire.status({ draining: true, reconnect_after_ms: 4000 });
    },
    shows: "b_draining",
  },
  "database down": {
    ...chatting,
    play: async (actors) => {
      await talk(actors);
      actors.wire.status({ database: "down" });
    },
    shows: "b_database",
  },
  "broker down": {
    ...chatting,
    play: ({ wire }) => wire.status({ broker: "down" }),
    shows: "b_broker",
  },
  "late ticks": {
    ...chatting,
    play: async ({ page, wire, language }) => {
      await page.locator(".minute .on").first().waitFor();
      wire.tickDelayMs = 400;
      await page.getByText(startOf("ticks_late", language)).first().waitFor();
    },
    shows: "ticks_late",
  },
  "missing ticks": {
    ...chatting,
    play: async ({ page, wire, language }) => {
      await page.locator(".minute .on").first().waitFor();
      wire.ticks = false;
      await page.getByText(startOf("ticks_missing", language)).first().waitFor();
      wire.ticks = true;
    },
    shows: "ticks_missing",
  },
  "rate limited": {
    wire: { others: OTHERS, chats: { code: "rate_limited", retry_after_ms: 9000 } },
    play: (actors) => say(actors, "Too many at once."),
    shows: "b_rate",
  },
  "missed messages": {
    ...chatting,
    play: async (actors) => {
      const { wire } = actors;
      await talk(actors);
      wire.close(1006, "welcome");
      for (let count = 0; count < 7; count++) wire.chat("kenji", "Not heard.");
    },
    shows: "b_missed",
  },
  "caught up": {
    ...chatting,
    play: async (actors) => {
      const { wire } = actors;
      await talk(actors);
      wire.close(1006, "welcome back");
      for (const [name, text] of MEANWHILE) wire.chat(name, text);
    },
    shows: "b_caught_up",
  },
} as const satisfies Readonly<Record<string, Scene>>;

/** The name of a state. */
export type SceneName = keyof typeof SCENES;
