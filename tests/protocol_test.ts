/**
 * The wire: what is read of clients, what is refused and how, and what is written in each format.
 *
 * @module
 */

import assert from "node:assert/strict";
import fc from "fast-check";
import { type MessageLimits, parseClientMessage, parseTextMessage } from "../lib/client_message.ts";
import {
  type ClientMessage,
  clientMessageSchema,
  encode,
  encodeFor,
  type ErrorCode,
  errorCodeSchema,
  type Format,
  formatSchema,
  type ServerMessage,
  type ServerMessageOf,
  serverMessageSchema,
} from "../lib/protocol.ts";

const LIMITS: MessageLimits = { messageLength: 4096, fibonacciMax: 100_000 };

function accepted(text: string, limits = LIMITS): ClientMessage {
  const parsed = parseClientMessage(text, limits);
  assert.ok(parsed.ok, `refused: ${text.slice(0, 100)}`);
  return parsed.value;
}

/** Without what is undefined: it is not on the wire. */
function plain(message: ClientMessage): unknown {
  return JSON.parse(JSON.stringify(message));
}

function refused(text: string, limits = LIMITS) {
  const parsed = parseClientMessage(text, limits);
  assert.ok(!parsed.ok, `accepted: ${text.slice(0, 100)}`);
  return parsed.error;
}

// -------------------------------------------------------------------------------------------------------- reading

const ID = "i".repeat(64);

const ACCEPTED: readonly (readonly [text: string, message: ClientMessage])[] = [
  ['{"type":"chat","message":"Olá"}', { type: "chat", message: "Olá" }],
  ['{"type":"chat","message":"hi","id":"7"}', { type: "chat", message: "hi", id: "7" }],
  [`{"type":"chat","message":"hi","id":"${ID}"}`, { type: "chat", message: "hi", id: ID }],
  ['{"message":"x"}', { type: "chat", message: "x" }],
  ['{"message":"Olá"}', { type: "chat", message: "Olá" }],
  ['{"message":"half a \\ud83d"}', { type: "chat", message: "half a \ufffd" }],
  ['{"message":"Olá","id":"7"}', { type: "chat", message: "Olá", id: "7" }],
  ['{"type":"chat","message":" \\t hi \\n "}', { type: "chat", message: "hi" }],
  ['{"type":"chat","message":"a\\n b"}', { type: "chat", message: "a\n b" }],
  ['{"type":"chat","message":"<b>\\u0000</b>"}', { type: "chat", message: "<b>\0</b>" }],
  ['{"type":"fibonacci","input":10}', { type: "fibonacci", input: 10 }],
  ['{"type":"fibonacci","input":10,"id":"f"}', { type: "fibonacci", input: 10, id: "f" }],
  ['{"type":"fibonacci","input":0}', { type: "fibonacci", input: 0 }],
  ['{"type":"fibonacci","input":100000}', { type: "fibonacci", input: 100_000 }],
  ['{"type":"fibonacci","input":1e2}', { type: "fibonacci", input: 100 }],
  ['{"type":"fibonacci","input":7.0}', { type: "fibonacci", input: 7 }],
  ['{"cmd":"fib","n":10}', { type: "fibonacci", input: 10 }],
  ['{"cmd":"fib","n":10,"id":"f"}', { type: "fibonacci", input: 10, id: "f" }],
  ['{"cmd":"fib","n":10,"message":"x"}', { type: "fibonacci", input: 10 }],
  ['{"type":"chat","message":"hi","cmd":"fib","n":1}', { type: "chat", message: "hi" }],
  ['{"cmd":"other","message":"hi"}', { type: "chat", message: "hi" }],
  ['{"type":"ping"}', { type: "ping" }],
  ['{"type":"ping","id":"p"}', { type: "ping", id: "p" }],
  ['{"type":"ping","round_trip_ms":1.5}', { type: "ping", round_trip_ms: 1.5 }],
  ['{"type":"ping","round_trip_ms":-1}', { type: "ping" }],
  ['{"type":"ping","round_trip_ms":"<b>"}', { type: "ping" }],
  ['{"type":"users"}', { type: "users" }],
  ['{"type":"users","id":5}', { type: "users" }],
  [' \t\r\n{"type":"ping"} \n', { type: "ping" }],
  ['{"type":"chat","type":"ping"}', { type: "ping" }],
  ['{"type":"ping","extra":1,"more":{"a":[]}}', { type: "ping" }],
  ['{"type":"chat","message":"hi","username":"root","offset":9}', { type: "chat", message: "hi" }],
  ['{"__proto__":{"type":"ping"},"message":"hi"}', { type: "chat", message: "hi" }],
  ['{"type":"ping","__proto__":{"id":"x"}}', { type: "ping" }],
  ['{"type":"ping","constructor":1,"toString":2}', { type: "ping" }],
];

for (const [text, message] of ACCEPTED) {
  Deno.test(`parseClientMessage() reads ${text.slice(0, 70)}`, () => {
    assert.deepEqual(plain(accepted(text)), message);
  });
}

/** The id is that of the message where it has a proper one; the pattern is for the message of the error. */
const REFUSED:
  readonly (readonly [text: string, code: ErrorCode, id?: string | undefined, says?: RegExp])[] = [
    ["", "invalid_json"],
    ['{"message":"x","id":"\\ud83d"}', "invalid_message", undefined, /id/],
    ["hi", "invalid_json"],
    ["{", "invalid_json"],
    ["{'type':'ping'}", "invalid_json"],
    ['{"type":"ping"}{"type":"ping"}', "invalid_json"],
    ['{"type":"ping"}\n{"type":"ping"}', "invalid_json"],
    ['{"type":"fibonacci","input":NaN}', "invalid_json"],
    ['{"type":"fibonacci","input":0x10}', "invalid_json"],
    ['\ufeff{"type":"ping"}', "invalid_json"],
    ["null", "invalid_message"],
    ["7", "invalid_message"],
    ['"chat"', "invalid_message"],
    ["true", "invalid_message"],
    ["[]", "invalid_message"],
    ['[{"type":"ping"}]', "invalid_message"],
    ["{}", "invalid_message", undefined, /message/],
    ['{"id":"7"}', "invalid_message", "7", /message/],
    ['{"cmd":"other"}', "invalid_message"],
    ['{"type":"nope"}', "unknown_type", undefined, /"nope"/],
    ['{"type":"nope","id":"7"}', "unknown_type", "7"],
    ['{"type":"Chat","message":"hi"}', "unknown_type"],
    ['{"type":"chat ","message":"hi"}', "unknown_type"],
    ['{"type":"","message":"hi"}', "unknown_type"],
    ['{"type":null,"message":"hi"}', "unknown_type"],
    ['{"type":5,"message":"hi"}', "unknown_type"],
    ['{"type":["chat"],"message":"hi"}', "unknown_type"],
    ['{"type":{"type":"chat"},"message":"hi"}', "unknown_type"],
    ['{"type":"__proto__"}', "unknown_type"],
    ['{"type":"constructor"}', "unknown_type"],
    ['{"type":"toString"}', "unknown_type"],
    ['{"type":"welcome"}', "unknown_type"],
    ['{"type":"time"}', "unknown_type"],
    ['{"type":"chat"}', "invalid_message", undefined, /\bmessage\b.*\bmissing\b/],
    ['{"type":"chat","message":""}', "invalid_message", undefined, /\bmessage\b/],
    ['{"type":"chat","message":" \\t\\n\\u00a0\\ufeff "}', "invalid_message"],
    ['{"type":"chat","message":5,"id":"7"}', "invalid_message", "7", /: message: /],
    ['{"type":"chat","message":null}', "invalid_message"],
    ['{"type":"chat","message":["hi"]}', "invalid_message"],
    ['{"type":"chat","message":{"toString":"hi"}}', "invalid_message"],
    ['{"type":"chat","message":"hi","id":""}', "invalid_message", undefined, /: id: /],
    ['{"type":"chat","message":"hi","id":7}', "invalid_message", undefined, /: id: /],
    ['{"type":"chat","message":"hi","id":null}', "invalid_message"],
    [`{"type":"chat","message":"hi","id":"${ID}i"}`, "invalid_message"],
    ['{"type":"ping","id":""}', "invalid_message"],
    ['{"message":5}', "invalid_message"],
    ['{"type":"fibonacci"}', "invalid_message", undefined, /: input: /],
    ['{"type":"fibonacci","input":"10","id":"f"}', "invalid_message", "f", /: input: /],
    ['{"type":"fibonacci","input":1.5}', "invalid_message", undefined, /: input: .*integer/],
    ['{"type":"fibonacci","input":-0.5}', "invalid_message"],
    ['{"type":"fibonacci","input":null}', "invalid_message"],
    ['{"type":"fibonacci","input":true}', "invalid_message"],
    ['{"type":"fibonacci","input":[10]}', "invalid_message"],
    ['{"cmd":"fib"}', "invalid_message", undefined, /: input: /],
    ['{"cmd":"fib","n":"10","id":"f"}', "invalid_message", "f"],
    ['{"type":"fibonacci","input":-1,"id":"f"}', "fibonacci_out_of_range", "f", /-1/],
    ['{"type":"fibonacci","input":100001}', "fibonacci_out_of_range", undefined, /0 to 100000/],
    ['{"type":"fibonacci","input":9007199254740993}', "fibonacci_out_of_range"],
    ['{"type":"fibonacci","input":-1e300}', "fibonacci_out_of_range"],
    [`{"type":"fibonacci","input":1${"0".repeat(400)}}`, "fibonacci_out_of_range"],
    [`{"type":"fibonacci","input":-1${"0".repeat(400)}}`, "fibonacci_out_of_range"],
    ['{"cmd":"fib","n":-1,"id":"f"}', "fibonacci_out_of_range", "f"],
  ];

for (const [text, code, id, says = /./] of REFUSED) {
  const shown = JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').slice(0, 70);
  Deno.test(`parseClientMessage() refuses ${shown || "an empty text"} as ${code}`, () => {
    const error = refused(text);
    assert.equal(error.code, code);
    assert.equal(error.id, id);
    assert.match(error.message, says);
  });
}

Deno.test("parseClientMessage() measures a chat after trimming, in UTF-16 units", () => {
  const chat = (message: string) => JSON.stringify({ message, id: "7" });
  assert.equal(
    (accepted(chat(`  ${"x".repeat(4096)}  `)) as { message: string }).message.length,
    4096,
  );
  assert.equal(accepted(chat("😀".repeat(2048))).type, "chat");
  for (const long of ["x".repeat(4097), "😀".repeat(2049), "x".repeat(1_000_000)]) {
    const { code, id, message } = refused(chat(long));
    assert.deepEqual([code, id], ["message_too_long", "7"]);
    assert.match(message, new RegExp(`\\b${long.length}\\b.*\\b4096\\b`));
  }
});

Deno.test("parseClientMessage() keeps to the limits that it is given", () => {
  const limits = { messageLength: 3, fibonacciMax: 5 };
  assert.equal(accepted('{"message":"abc"}', limits).type, "chat");
  assert.equal(refused('{"message":"abcd"}', limits).code, "message_too_long");
  assert.equal(accepted('{"type":"fibonacci","input":5}', limits).type, "fibonacci");
  assert.equal(refused('{"type":"fibonacci","input":6}', limits).code, "fibonacci_out_of_range");
});

Deno.test("parseClientMessage() gives fresh objects that hold nothing but what the message may", () => {
  const message = accepted('{"__proto__":{"admin":true},"type":"ping","id":"p","admin":true}');
  assert.deepEqual(Object.keys(message), ["type", "id"]);
  assert.equal(Object.getPrototypeOf(message), Object.prototype);
  assert.equal(({} as { admin?: unknown }).admin, undefined);
});

Deno.test("parseClientMessage() shows no more than a little of an unknown type", () => {
  const { message } = refused(JSON.stringify({ type: "x".repeat(10_000) }));
  assert.ok(message.length < 120, message);
});

const DEPTH = 60_000;
const NESTS: readonly (readonly [open: string, middle: string, close: string])[] = [
  ["[", "", "]"],
  ['{"a":', "1", "}"],
  ['{"type":', "1", "}"],
  ['{"__proto__":', "1", "}"],
  ['{"0":', "1", "}"],
  ['{"toJSON":', "1", "}"],
  ['[{"0":', "1", "}]"],
];

for (const [open, middle, close] of NESTS) {
  Deno.test(`parseClientMessage() survives ${DEPTH} levels of ${open}`, () => {
    const nested = open.repeat(DEPTH) + middle + close.repeat(DEPTH);
    for (
      const [text, code] of [
        [nested, open.startsWith("[") ? "invalid_message" : undefined],
        [nested.slice(0, -1), "invalid_json"],
        [`{"message":${nested}}`, "invalid_message"],
        [`{"type":"fibonacci","input":${nested}}`, "invalid_message"],
        [`{"cmd":${nested},"message":5}`, "invalid_message"],
        [`{"type":"ping","id":${nested}}`, "invalid_message"],
        [`{"type":${nested}}`, "unknown_type"],
      ] as const
    ) {
      const error = refused(text);
      if (code !== undefined) assert.equal(error.code, code, text.slice(0, 40));
    }
    assert.deepEqual(accepted(`{"type":"ping","more":${nested}}`), { type: "ping" });
  });
}

/** Any JSON, and objects that are nearly messages. */
const nearMessages = fc.oneof(
  fc.json(),
  fc.record({
    type: fc.constantFrom("chat", "fibonacci", "ping", "users", "nope", 5, null, [], {}),
    cmd: fc.constantFrom("fib", "x", 1),
    message: fc.oneof(fc.string({ unit: "binary" }), fc.jsonValue()),
    input: fc.oneof(fc.integer(), fc.double(), fc.jsonValue()),
    n: fc.oneof(fc.integer(), fc.jsonValue()),
    id: fc.oneof(fc.string({ maxLength: 70 }), fc.jsonValue()),
    __proto__: fc.jsonValue(),
  }, { requiredKeys: [] }).map((message) => JSON.stringify(message)),
);

/** Texts of messages with some characters changed, put in, taken out or doubled. */
const mutated = fc.tuple(
  fc.oneof(nearMessages, fc.constantFrom(...[...ACCEPTED, ...REFUSED].map(([text]) => text))),
  fc.array(
    fc.record({
      at: fc.nat(500),
      cut: fc.nat(4),
      put: fc.oneof(
        fc.string({ unit: "binary", maxLength: 4 }),
        fc.constantFrom(...'{}[]:,"\\e-.0'),
      ),
    }),
    { maxLength: 5 },
  ),
).map(([text, changes]) =>
  changes.reduce((changed, { at, cut, put }) => {
    const place = at % (changed.length + 1);
    return changed.slice(0, place) + put + changed.slice(place + cut);
  }, text)
);

function checkParsed(parsed: ReturnType<typeof parseClientMessage>): void {
  if (parsed.ok) {
    assert.deepEqual(clientMessageSchema.parse(parsed.value), parsed.value);
    return;
  }
  const error = { type: "error", ...parsed.error };
  assert.deepEqual(serverMessageSchema.parse(error), error);
  assert.ok(parsed.error.message.length < 300, parsed.error.message);
}

Deno.test("parseClientMessage() never throws: it gives a proper message or a proper error", () => {
  fc.assert(
    fc.property(fc.oneof(mutated, fc.string({ unit: "binary" })), (text) => {
      checkParsed(parseClientMessage(text, LIMITS));
    }),
    { numRuns: 10_000 },
  );
});

Deno.test("parseClientMessage() gives the id of a faulty message back where it is a proper one", () => {
  fc.assert(
    fc.property(nearMessages, fc.string({ unit: "binary", maxLength: 70 }), (text, id) => {
      const json = JSON.parse(text);
      if (typeof json !== "object" || json === null || Array.isArray(json)) return;
      const parsed = parseClientMessage(JSON.stringify({ ...json, id }), LIMITS);
      const proper = id.length >= 1 && id.length <= 64;
      if (!parsed.ok) assert.equal(parsed.error.id, proper ? id : undefined);
      else if (parsed.value.type !== "users") assert.equal(parsed.value.id, id);
    }),
    { numRuns: 3000 },
  );
});

Deno.test("parseClientMessage() reads again what it has read", () => {
  fc.assert(
    fc.property(nearMessages, (text) => {
      const parsed = parseClientMessage(text, LIMITS);
      if (!parsed.ok) return;
      assert.deepEqual(plain(accepted(JSON.stringify(parsed.value))), plain(parsed.value));
    }),
    { numRuns: 3000 },
  );
});

// ----------------------------------------------------------------------------------------------------- format=text

const TEXTS: readonly (readonly [text: string, message: ClientMessage])[] = [
  ["hi", { type: "chat", message: "hi" }],
  ["  hi  ", { type: "chat", message: "  hi  " }],
  ["half a \ud83d", { type: "chat", message: "half a \ufffd" }],
  ['{"type":"ping"}', { type: "chat", message: '{"type":"ping"}' }],
  ["/fib", { type: "chat", message: "/fib" }],
  ["/fib ", { type: "chat", message: "/fib " }],
  ["/fib 1 2", { type: "chat", message: "/fib 1 2" }],
  ["/fibonacci 10", { type: "chat", message: "/fibonacci 10" }],
  [" /fib 10", { type: "chat", message: " /fib 10" }],
  ["/FIB 10", { type: "chat", message: "/FIB 10" }],
  ["say /fib 10", { type: "chat", message: "say /fib 10" }],
  ["/fib 10", { type: "fibonacci", input: 10 }],
  ["/fib 0", { type: "fibonacci", input: 0 }],
  ["/fib   10  \r\n", { type: "fibonacci", input: 10 }],
  ["/fib 100000", { type: "fibonacci", input: 100_000 }],
];

for (const [text, message] of TEXTS) {
  Deno.test(`parseTextMessage() reads ${JSON.stringify(text)} as a ${message.type}`, () => {
    assert.deepEqual(parseTextMessage(text, LIMITS), { ok: true, value: message });
  });
}

const REFUSED_TEXTS: readonly (readonly [text: string, code: ErrorCode])[] = [
  ["", "invalid_message"],
  [" \t\r\n", "invalid_message"],
  ["/fib ten", "invalid_message"],
  ["/fib 1.5", "invalid_message"],
  ["/fib NaN", "invalid_message"],
  ["/fib -1", "fibonacci_out_of_range"],
  ["/fib 100001", "fibonacci_out_of_range"],
  [`/fib ${"9".repeat(400)}`, "fibonacci_out_of_range"],
  ["x".repeat(4097), "message_too_long"],
  [`${" ".repeat(4096)}x`, "message_too_long"],
];

for (const [text, code] of REFUSED_TEXTS) {
  Deno.test(`parseTextMessage() refuses ${JSON.stringify(text.slice(0, 30))} as ${code}`, () => {
    const parsed = parseTextMessage(text, LIMITS);
    assert.ok(!parsed.ok);
    assert.equal(parsed.error.code, code);
  });
}

Deno.test("parseTextMessage() never throws: it gives a proper message or a proper error", () => {
  const texts = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.string({ unit: fc.constantFrom(..."/fib 0123456789-.e\t\n") }),
    fc.string({ maxLength: 12 }).map((rest) => `/fib ${rest}`),
  );
  fc.assert(
    fc.property(texts, (text) => {
      const parsed = parseTextMessage(text, LIMITS);
      if (parsed.ok && parsed.value.type === "chat") assert.equal(parsed.value.message, text);
      else checkParsed(parsed);
    }),
    { numRuns: 5000 },
  );
});

// -------------------------------------------------------------------------------------------------------- writing

const TIMESTAMP = "2026-11-20T14:30:25.123Z";
const ANA = { username: "ana", client_id: "a", connected_at: TIMESTAMP, node: "n" };
const BOB = { username: "bob", client_id: "b", connected_at: TIMESTAMP, node: "n" };

const SAMPLES: { readonly [Type in ServerMessage["type"]]: readonly ServerMessageOf<Type>[] } = {
  welcome: [{
    type: "welcome",
    message: "Welcome, ana",
    client_id: "abcdefghijklmnop",
    username: "ana",
    session: "secret",
    epoch: "e",
    offset: 0,
    resumed: false,
    online: 1,
    node: "n",
    limits: { message_length: 4096, fibonacci_input: 100_000, messages_per_second: 20 },
    timestamp: TIMESTAMP,
  }, {
    type: "welcome",
    message: "Welcome, ana",
    client_id: "a",
    username: "ana",
    session: "secret",
    epoch: "e",
    offset: Number.MAX_SAFE_INTEGER,
    resumed: true,
    online: 10_000,
    node: "n",
    limits: { message_length: null, fibonacci_input: null, messages_per_second: null },
    timestamp: TIMESTAMP,
  }],
  time: [{
    type: "time",
    time: "14:30:25",
    date: "2026-11-20",
    timestamp: "2026-11-20T14:30:25.000Z",
    epoch: "e",
    offset: 7,
    online: 0,
  }],
  chat: [
    {
      type: "chat",
      message: "Olá\nvocê \u2028",
      username: "ana",
      client_id: "a",
      timestamp: TIMESTAMP,
      offset: 1,
    },
    {
      type: "chat",
      message: "hi",
      username: "ana",
      client_id: "a",
      timestamp: TIMESTAMP,
      offset: 2,
      id: "7",
    },
  ],
  ack: [{ type: "ack", id: "7", offset: 2, timestamp: TIMESTAMP, recipients: 0 }],
  fibonacci: [
    { type: "fibonacci", input: 10, result: 55, digits: 2, elapsed_ms: 0.123 },
    {
      type: "fibonacci",
      input: 79,
      result: "14472334024676221",
      digits: 17,
      elapsed_ms: 0,
      id: "f",
    },
  ],
  pong: [{ type: "pong", timestamp: TIMESTAMP }, { type: "pong", timestamp: TIMESTAMP, id: "p" }],
  users: [
    { type: "users", users: [ANA, BOB], online: 2 },
    { type: "users", users: [], online: 5000 },
  ],
  presence: [{ type: "presence", joined: [ANA], left: [BOB], online: 1 }],
  status: [
    { type: "status", database: "up", broker: "none", draining: false },
    { type: "status", database: "down", broker: "up", draining: true, reconnect_after_ms: 1000 },
  ],
  error: [
    ...errorCodeSchema.options.map((code) => ({ type: "error", code, message: "why" }) as const),
    { type: "error", code: "rate_limited", message: "slower", retry_after_ms: 50, id: "7" },
    { type: "error", code: "username_taken", message: "taken", suggestions: ["ana 2"] },
  ],
};

const ALL_SAMPLES: readonly ServerMessage[] = Object.values(SAMPLES).flat();

Deno.test("errorCodeSchema is the list of the protocol, no code more and none less", () => {
  assert.deepEqual([...errorCodeSchema.options].sort(), [
    "busy",
    "fibonacci_out_of_range",
    "internal",
    "invalid_json",
    "invalid_message",
    "message_too_long",
    "rate_limited",
    "unauthorized",
    "unavailable",
    "unknown_type",
    "username_invalid",
    "username_taken",
  ]);
});

Deno.test("formatSchema is the four formats", () => {
  assert.deepEqual([...formatSchema.options].sort(), ["events", "json", "ndjson", "text"]);
});

Deno.test("serverMessageSchema has the message types of the protocol, no type more and none less", () => {
  const types = serverMessageSchema.options.flatMap(({ shape }) => shape.type.value);
  assert.deepEqual(types.sort(), Object.keys(SAMPLES).sort());
});

Deno.test("serverMessageSchema takes every sample as it is, also after its way over the wire", () => {
  for (const sample of ALL_SAMPLES) {
    assert.deepEqual(serverMessageSchema.parse(sample), sample);
    assert.deepEqual(serverMessageSchema.parse(JSON.parse(encode(sample))), sample);
  }
});

Deno.test("serverMessageSchema refuses every sample without one of its required fields", () => {
  const optional = new Set(["id", "reconnect_after_ms", "retry_after_ms", "suggestions"]);
  for (const sample of ALL_SAMPLES) {
    for (const key of Object.keys(sample)) {
      const { [key]: _, ...rest } = sample as Record<string, unknown>;
      const mayLack = optional.has(key) && sample.type !== "ack";
      assert.equal(serverMessageSchema.safeParse(rest).success, mayLack, `${sample.type}.${key}`);
    }
  }
});

const FAULTY: readonly (readonly [why: string, message: unknown])[] = [
  ["a chat with a client_id of 17", { ...SAMPLES.chat[0], client_id: "x".repeat(17) }],
  ["a welcome with a client_id of 17", { ...SAMPLES.welcome[0], client_id: "x".repeat(17) }],
  ["a user with a client_id of 17", {
    ...SAMPLES.users[0],
    users: [{ ...ANA, client_id: "x".repeat(17) }],
  }],
  ["an offset below 0", { ...SAMPLES.chat[0], offset: -1 }],
  ["half an offset", { ...SAMPLES.chat[0], offset: 0.5 }],
  ["a timestamp without ms", { ...SAMPLES.chat[0], timestamp: "2026-11-20T14:30:25Z" }],
  ["a timestamp of another zone", {
    ...SAMPLES.chat[0],
    timestamp: "2026-11-20T14:30:25.123+01:00",
  }],
  ["a time with ms", { ...SAMPLES.time[0], time: "14:30:25.123" }],
  ["a time without seconds", { ...SAMPLES.time[0], time: "14:30" }],
  ["a date of another order", { ...SAMPLES.time[0], date: "20/11/2026" }],
  ["a result that is no number", { ...SAMPLES.fibonacci[0], result: "5e7" }],
  ["an unsafe result", { ...SAMPLES.fibonacci[0], result: 2 ** 53 }],
  ["1001 users", { ...SAMPLES.users[0], users: Array.from({ length: 1001 }, () => ANA) }],
  ["an unknown error", { ...SAMPLES.error[0], code: "other" }],
  ["a database that is maybe", { ...SAMPLES.status[0], database: "maybe" }],
  ["an empty id", { ...SAMPLES.ack[0], id: "" }],
];

for (const [why, message] of FAULTY) {
  Deno.test(`serverMessageSchema refuses ${why}`, () => {
    assert.equal(serverMessageSchema.safeParse(message).success, false);
  });
}

Deno.test("serverMessageSchema takes the welcome of a server that computes no more than F(0)", () => {
  // FIBONACCI_MAX may be 0, and null would mean that there is no limit.
  const [welcome] = SAMPLES.welcome;
  const limits = { ...welcome!.limits, fibonacci_input: 0 };
  assert.equal(serverMessageSchema.safeParse({ ...welcome, limits }).success, true);
});

Deno.test("encode() writes type first, on one line, in JSON that reads back the same", () => {
  for (const sample of ALL_SAMPLES) {
    const line = encode(sample);
    assert.ok(line.startsWith(`{"type":"${sample.type}"`), line);
    assert.doesNotMatch(line, /[\r\n]/);
    assert.deepEqual(JSON.parse(line), sample);
  }
});

Deno.test("encode() leaves out what is undefined", () => {
  assert.equal(
    encode({ type: "error", code: "busy", message: "m", id: undefined }),
    '{"type":"error","code":"busy","message":"m"}',
  );
});

Deno.test("encode() keeps any chat on one line, halves of surrogate pairs among them", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (message) => {
      const chat = { ...SAMPLES.chat[0]!, message };
      const line = encode(chat);
      assert.ok(line.isWellFormed() && !/[\r\n]/.test(line));
      assert.deepEqual(JSON.parse(line), chat);
    }),
  );
  assert.ok(encode({ ...SAMPLES.chat[0]!, message: "\ud800" }).isWellFormed());
});

/** What each format makes of a message; undefined where it leaves the message out. */
const EXPECTED: { readonly [F in Format]: (message: ServerMessage) => string | undefined } = {
  json: (message) => JSON.stringify(message),
  ndjson: (message) => JSON.stringify(message),
  events: (message) => {
    if (message.type === "chat") return JSON.stringify(message);
    if (message.type !== "error") return undefined;
    return `{"error":${JSON.stringify(message.message)},"code":"${message.code}"}`;
  },
  text: (message) => {
    if (message.type === "chat") return message.message;
    if (message.type === "fibonacci") return `${message.result}`;
    return message.type === "error" ? `! ${message.message}` : undefined;
  },
};

for (const format of formatSchema.options) {
  for (const type of Object.keys(SAMPLES) as ServerMessage["type"][]) {
    const what = EXPECTED[format](SAMPLES[type][0]!) === undefined ? "leaves out" : "writes";
    Deno.test(`encodeFor() in ${format} ${what} ${type}`, () => {
      for (const sample of SAMPLES[type]) {
        assert.equal(encodeFor(format, sample), EXPECTED[format](sample));
      }
    });
  }
}
