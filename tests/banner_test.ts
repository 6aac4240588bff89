/**
 * What the one banner is about in each situation, and that everything the server can say has words in both languages.
 *
 * @module
 */

import assert from "node:assert/strict";
import { type Banner, chooseBanner, isDismissible, type Situation } from "../client/page/banner.ts";
import { languageOf } from "../client/page/language.ts";
import type { ConnectionState } from "../client/connection.ts";
import { describeBanner } from "../components/banner_words.ts";
import { describeError } from "../components/error_words.ts";
import { CloseCode, mayReconnect } from "../lib/close_codes.ts";
import { LANGUAGES } from "../lib/preferences.ts";
import { errorCodeSchema, type ServerMessageOf } from "../lib/protocol.ts";
import { welcomeMessage } from "./fake_surroundings.ts";

const NOW = Date.UTC(2026, 10, 20, 14, 30);
const PER_SECOND = 20;
const ONLINE: ConnectionState = {
  phase: "online",
  welcome: welcomeMessage({
    limits: { message_length: 4096, fibonacci_input: 100, messages_per_second: PER_SECOND },
  }),
};
const WAITING: ConnectionState = { phase: "waiting", retryAt: NOW + 4000, code: 1006 };
const CONNECTING: ConnectionState = { phase: "connecting", again: true };

function refusedWith(code: number, suggestions?: string[]): ConnectionState {
  const error: ServerMessageOf<"error"> = {
    type: "error",
    code: "username_taken",
    message: "no",
    ...suggestions && { suggestions },
  };
  return { phase: "refused", code, error };
}

function status(
  fields: Partial<ServerMessageOf<"status">> = {},
): { status: ServerMessageOf<"status"> } {
  return {
    status: { type: "status", database: "up", broker: "up", draining: false, ...fields },
  };
}

function situation(state: ConnectionState, changes: Partial<Situation> = {}): Situation {
  return {
    state,
    lostBy: state.phase === "waiting" || state.phase === "connecting" ? 1006 : undefined,
    wasOnline: true,
    name: "marina",
    formerName: undefined,
    barrier: undefined,
    status: undefined,
    isOffline: false,
    needsToken: false,
    tokenWanted: undefined,
    isRenaming: false,
    missedMs: undefined,
    caughtUp: undefined,
    wanted: undefined,
    limitedUntil: undefined,
    isDatabaseDismissed: false,
    ...changes,
  };
}

const DOWN = {
  database: "down",
  broker: "down",
  draining: true,
  reconnect_after_ms: 4000,
} as const;
const CAUGHT_UP = { kind: "caught_up", messages: 12, awayMs: 7000 } as const;
const TRIFLES = {
  missedMs: 62_000,
  limitedUntil: NOW + 3000,
  caughtUp: CAUGHT_UP,
  wanted: "zoe",
};

/** From the most severe on: each stands before everything that is wrong below it too. */
const TABLE: readonly (readonly [what: string, Situation, Banner | undefined])[] = [
  [
    "the name being changed, whatever else",
    situation(WAITING, { isRenaming: true, isOffline: true }),
    { kind: "rename", isOnline: false },
  ],
  [
    "the name being changed while connected",
    situation(ONLINE, { ...status(DOWN), isRenaming: true }),
    { kind: "rename", isOnline: true },
  ],
  [
    "a name that is taken, with the one that was given up for it and the free ones",
    situation(refusedWith(4009, ["ana 2"]), { isOffline: true, formerName: "bia" }),
    { kind: "taken", suggestions: ["bia", "ana 2"] },
  ],
  [
    "a name that is taken and the token's: there is no other",
    situation(refusedWith(4009, []), { needsToken: true }),
    { kind: "token_taken" },
  ],
  [
    "a name that is taken, without free ones",
    situation(refusedWith(4009)),
    { kind: "taken", suggestions: [] },
  ],
  [
    "a name that is not allowed",
    situation(refusedWith(4011), { formerName: "bia" }),
    { kind: "invalid", suggestions: ["bia"] },
  ],
  ["another tab", situation(refusedWith(4010)), { kind: "elsewhere" }],
  ["a final close code", situation(refusedWith(1008)), { kind: "closed", code: 1008 }],
  ["a disconnection by hand", situation({ phase: "idle" }), { kind: "disconnected" }],
  [
    "a device without network, before the wait",
    situation(WAITING, { isOffline: true, barrier: 429 }),
    { kind: "offline" },
  ],
  [
    "a page that is barred",
    situation(WAITING, { barrier: "origin" }),
    { kind: "barred", by: "origin", retryAt: NOW + 4000 },
  ],
  [
    "a page that is barred and tries",
    situation(CONNECTING, { barrier: 429 }),
    { kind: "barred", by: 429, retryAt: undefined },
  ],
  [
    "a wait, with when it ends",
    situation(WAITING, { lostBy: 1011 }),
    { kind: "waiting", code: 1011, retryAt: NOW + 4000, wasOnline: true },
  ],
  [
    "a wait for a server that is full or not ready",
    situation(WAITING, { barrier: 503, wasOnline: false }),
    { kind: "waiting", code: 503, retryAt: NOW + 4000, wasOnline: false },
  ],
  [
    "an attempt after a loss",
    situation(CONNECTING),
    { kind: "waiting", code: 1006, retryAt: undefined, wasOnline: true },
  ],
  ["nothing at the first attempt", situation(CONNECTING, { lostBy: undefined }), undefined],
  [
    "a server that leaves, before all that is down",
    situation(ONLINE, { ...status(DOWN), ...TRIFLES }),
    { kind: "draining", afterMs: 4000 },
  ],
  [
    "a broker that is down, before the database",
    situation(ONLINE, { ...status({ ...DOWN, draining: false }), ...TRIFLES }),
    { kind: "broker" },
  ],
  [
    "a database that is down, before what is missing",
    situation(ONLINE, { ...status({ database: "down" }), ...TRIFLES }),
    { kind: "database" },
  ],
  [
    "what is missing, where the database was dismissed, before the rate",
    situation(ONLINE, { ...status({ database: "down" }), ...TRIFLES, isDatabaseDismissed: true }),
    { kind: "missed", awayMs: 62_000 },
  ],
  [
    "the rate",
    situation(ONLINE, { ...status(), limitedUntil: NOW + 3000, wanted: "zoe" }),
    { kind: "rate", until: NOW + 3000, perSecond: PER_SECOND },
  ],
  [
    "that one has caught up",
    situation(ONLINE, { ...status(), caughtUp: CAUGHT_UP, wanted: "zoe" }),
    CAUGHT_UP,
  ],
  [
    "the name that took the place of the wanted one, last",
    situation(ONLINE, { ...status(), wanted: "zoe" }),
    { kind: "substitute", wanted: "zoe" },
  ],
  ["nothing where all is well", situation(ONLINE, status()), undefined],
  ["nothing before the server has told how it is", situation(ONLINE), undefined],
];

for (const [what, given, expected] of TABLE) {
  Deno.test(`chooseBanner() chooses ${what}`, () => {
    assert.deepEqual(chooseBanner(given), expected);
  });
}

Deno.test("chooseBanner() does not offer the name that is taken, though it was one's own", () => {
  const taken = situation(refusedWith(4009, ["marina 2"]), { formerName: "Marina" });
  assert.deepEqual(chooseBanner(taken), { kind: "taken", suggestions: ["marina 2"] });
});

Deno.test("isDismissible() is true of what stays true and is said elsewhere, and of nothing that asks to act", () => {
  const kinds = TABLE.flatMap(([, , banner]) => banner && isDismissible(banner) ? banner.kind : []);
  assert.deepEqual(
    new Set(kinds),
    new Set(["rename", "database", "missed", "caught_up", "substitute"]),
  );
});

/** The words of a banner, in one language. */
function wordsOf(banner: Banner | undefined, tag: typeof LANGUAGES[number]): string {
  assert.ok(banner);
  const values = { name: "Ana", origin: "https://a.example", now: NOW, language: languageOf(tag) };
  const { title, text } = describeBanner(banner, values);
  assert.doesNotMatch(`${title} ${text}`, /[{}]|undefined|NaN/);
  assert.ok(title !== "" && text !== "");
  return `${title} ${text}`;
}

Deno.test("describeBanner() has words of their own for every kind, in both languages", () => {
  for (const tag of LANGUAGES) {
    const banners = TABLE.flatMap(([, , banner]) => banner ?? []);
    const words = banners.map((banner) => wordsOf(banner, tag));
    assert.equal(new Set(words).size, banners.length, tag);
  }
});

Deno.test("describeBanner() says why for every close code of the protocol, in words and not by its number", () => {
  for (const tag of LANGUAGES) {
    const unknown = wordsOf({ kind: "closed", code: 4999 }, tag).replace("4999", "");
    const nothing = wordsOf(chooseBanner(situation(WAITING)), tag);
    for (const code of Object.values(CloseCode)) {
      const state = mayReconnect(code) ? { ...WAITING, code } as const : refusedWith(code);
      const words = wordsOf(chooseBanner(situation(state, { lostBy: code })), tag);
      assert.notEqual(words.replace(String(code), ""), unknown, String(code));
      assert.notEqual(words, nothing, String(code));
    }
  }
});

Deno.test("describeBanner() says what keeps the page out, and names its origin", () => {
  const said = (["origin", 421, 429, 503] as const).map((barrier) =>
    wordsOf(chooseBanner(situation(WAITING, { barrier })), "en")
  );
  assert.equal(new Set(said).size, 4);
  assert.match(said[0] ?? "", /ALLOWED_ORIGINS has https:\/\/a\.example/);
});

Deno.test("describeBanner() counts down to the next try in whole seconds, and never below 1 s", () => {
  const titleAt = (now: number) => {
    const banner = chooseBanner(situation(WAITING));
    assert.ok(banner);
    const values = { name: "Ana", origin: "", now, language: languageOf("en") };
    return describeBanner(banner, values).title.replace("\u00a0", " ");
  };
  assert.equal(titleAt(NOW), "Connection lost. Next try in 4 s");
  assert.equal(titleAt(NOW + 1500), "Connection lost. Next try in 2 s");
  assert.equal(titleAt(NOW + 9000), "Connection lost. Next try in 1 s");
});

/** The words of a banner at `NOW` in English, with plain spaces. */
function english(given: Situation): string {
  return wordsOf(chooseBanner(given), "en").replaceAll("\u00a0", " ");
}

Deno.test("describeBanner() says that the server restarts, where it does, and not that the connection was lost", () => {
  const said = english(situation(WAITING, { lostBy: CloseCode.leaving }));
  assert.match(said, /^The server restarts\. Next try in 4 s /);
  const first = english(situation(CONNECTING, { lostBy: CloseCode.leaving, wasOnline: false }));
  assert.match(first, /^The server restarts\. Trying now /);
});

Deno.test("describeBanner() says that a page that is not let in keeps trying", () => {
  for (const barrier of ["origin", 421, 429] as const) {
    assert.match(english(situation(WAITING, { barrier })), /\. Next try in 4 s /);
    assert.match(english(situation(CONNECTING, { barrier })), /\. Trying now /);
  }
});

Deno.test("describeBanner() of a changed name says when others see it", () => {
  assert.match(english(situation(ONLINE, { isRenaming: true })), /at once/);
  assert.match(english(situation(WAITING, { isRenaming: true })), /as soon as you connect/);
});

Deno.test("describeBanner() says of one message a second that it is one, and of a connection begun anew not that one was away", () => {
  const until = NOW + 3000;
  assert.match(wordsOf({ kind: "rate", until, perSecond: 1 }, "en"), / 1 message a second /);
  assert.match(wordsOf({ kind: "rate", until, perSecond: 1 }, "pt-BR"), / 1 mensagem por segundo /);
  assert.match(wordsOf({ kind: "rate", until, perSecond: 2 }, "en"), / 2 messages a second /);
  assert.doesNotMatch(english(situation(ONLINE, { missedMs: 400 })), /away/);
  assert.match(english(situation(ONLINE, { missedMs: 2000 })), /You were away for 2 s\.$/);
  const one = situation(ONLINE, { caughtUp: { ...CAUGHT_UP, messages: 1, awayMs: 400 } });
  assert.equal(english(one), "Caught up, 1 message Nothing was missed.");
  assert.match(english(situation(ONLINE, { caughtUp: CAUGHT_UP })), /^Caught up, 12 messages /);
});

Deno.test("describeError() has words for every error code of the protocol, in both languages", () => {
  for (const tag of LANGUAGES) {
    for (const code of errorCodeSchema.options) {
      const language = languageOf(tag);
      const text = describeError(code, { language, messageLength: 4096, fibonacciInput: 100 });
      assert.ok(text, code);
      assert.doesNotMatch(text, /[{}]|undefined/, code);
    }
  }
});
