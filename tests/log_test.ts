/**
 * The log: one line for each event, whatever it holds, and no password.
 *
 * @module
 */

import assert from "node:assert/strict";
import fc from "fast-check";
import {
  createLog,
  describeError,
  LOG_LEVELS,
  type LogEntry,
  type LogFields,
  type LogOptions,
} from "../lib/log.ts";
import { FakeTime } from "./fakes.ts";

const FORMATS: readonly LogOptions["format"][] = ["json", "pretty"];

function open(options: Partial<LogOptions> = {}) {
  const lines: string[] = [];
  const log = createLog({
    level: "debug",
    format: "json",
    write: (line) => lines.push(line),
    now: new FakeTime().now,
    ...options,
  });
  return { log, lines };
}

/** The line of one event. */
function lineOf(format: LogOptions["format"], event: string, fields?: LogFields): string {
  const { log, lines } = open({ format });
  log.info(event, fields);
  assert.equal(lines.length, 1);
  return lines[0]!;
}

/** What ends a line, moves the cursor or turns the direction of what follows. */
// deno-lint-ignore no-control-regex -- these are the characters meant
const UNSEEN = /[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/;

Deno.test("createLog() writes an event as JSON: time, level, event, then its fields", () => {
  const line = lineOf("json", "connected", { username: "ana", count: 2, up: true, none: null });
  assert.equal(
    line,
    '{"time":"2026-11-20T14:30:25.000Z","level":"info","event":"connected",' +
      '"username":"ana","count":2,"up":true,"none":null}',
  );
});

Deno.test("createLog() leaves out fields that are undefined", () => {
  const fields = { a: 1, b: undefined };
  assert.deepEqual(Object.keys(JSON.parse(lineOf("json", "e", fields))).slice(3), ["a"]);
  assert.match(lineOf("pretty", "e", fields), / e a=1$/);
});

Deno.test("createLog() writes an event for people: local time, level, event, pairs", () => {
  const clock = new Date(new FakeTime().now()).toTimeString().slice(0, 8);
  assert.equal(
    lineOf("pretty", "connected", { username: "ana", text: "two words", count: 2, up: true }),
    `${clock} INFO    connected username=ana text="two words" count=2 up=true`,
  );
  assert.equal(lineOf("pretty", "ready"), `${clock} INFO    ready`);
});

Deno.test("createLog() quotes for people what could be taken for something else", () => {
  for (const text of ["", "a b", 'a"b', "a=b", "a\\b", "a\u00a0b"]) {
    assert.ok(lineOf("pretty", "e", { text }).endsWith(` text=${JSON.stringify(text)}`), text);
  }
});

for (const [index, level] of LOG_LEVELS.entries()) {
  Deno.test(`createLog() of level ${level} leaves out what is below it`, () => {
    for (const format of FORMATS) {
      const { log, lines } = open({ level, format });
      for (const of of LOG_LEVELS) log[of](`event-${of}`);
      const expected = LOG_LEVELS.slice(index);
      assert.equal(lines.length, expected.length);
      expected.forEach((of, at) => {
        const shown = format === "json" ? `"level":"${of}"` : ` ${of.toUpperCase()} `;
        assert.ok(lines[at]!.includes(shown), lines[at]);
        assert.ok(lines[at]!.includes(`event-${of}`), lines[at]);
      });
    }
  });
}

for (const format of FORMATS) {
  Deno.test(`createLog() writes one line in ${format}, whatever its fields hold`, () => {
    const fields = fc.dictionary(
      fc.constantFrom("username", "reason", "address", "detail"),
      fc.oneof(
        fc.string({ unit: "binary" }),
        fc.string({
          unit: fc.constantFrom(...'a\n\r\t\u001b\u007f\u0085\u009b\u2028\u202e\u2066"\\ ='),
        }),
        fc.double(),
        fc.boolean(),
        fc.constantFrom(null, undefined, NaN, -0),
      ),
    ) as fc.Arbitrary<LogFields>;
    fc.assert(
      fc.property(fields, (fields) => {
        const line = lineOf(format, "event", fields);
        assert.doesNotMatch(line, UNSEEN);
        assert.ok(line.isWellFormed());
      }),
      { numRuns: 2000 },
    );
  });

  Deno.test(`createLog() writes one line in ${format}, whatever its event holds`, () => {
    for (const event of ["a\nb", "a\r\nb", "a\u001b[31mb", "a\u009bb", "a\u2028b", "a\u202eb"]) {
      assert.doesNotMatch(lineOf(format, event), UNSEEN, JSON.stringify(event));
    }
  });
}

Deno.test("createLog() writes JSON that reads back the same, also where it hides characters", () => {
  const text = fc.string({ unit: "binary" }).filter((text) => !text.includes("@"));
  fc.assert(
    fc.property(
      text,
      fc.string({ unit: fc.constantFrom(..."\u007f\u009b\u2028\u202e\\u") }),
      (a, b) => {
        const { time: _time, level: _level, ...rest } = JSON.parse(lineOf("json", "e", { a, b }));
        assert.deepEqual(rest, { event: "e", a, b });
      },
    ),
    { numRuns: 1000 },
  );
});

/** A text, what must not be left of it, and what must. */
const SECRETS: readonly (readonly [text: string, secret: string, kept: string])[] = [
  ["postgres://ana:s3cret@db:5432/pulso", "s3cret", "@db:5432/pulso"],
  ["postgresql://ana:s3cret@db/pulso?x=1", "s3cret", "postgresql://ana:"],
  ["could not reach postgres://ana:s3cret@db/pulso: refused", "s3cret", ": refused"],
  ["redis://:s3cret@cache", "s3cret", "redis://:"],
  ["https://ana:s3cret@a.example and https://bob:s3cret@b.example", "s3cret", "@b.example"],
  ["postgres://ana:p%40s3cret@db/pulso", "s3cret", "@db/pulso"],
  ["postgres://ana:s3:cret@db/pulso", "cret", "@db/pulso"],
  ["postgres://ana:p@s3cret@db/pulso", "s3cret", "@db/pulso"],
  ["postgres://ana:p/s3cret@db/pulso", "s3cret", "@db/pulso"],
  ['postgres://ana:p"s3cret@db/pulso', "s3cret", "@db/pulso"],
];

for (const [text, secret, kept] of SECRETS) {
  for (const format of FORMATS) {
    Deno.test(`createLog() in ${format} hides the password in a field of ${text}`, () => {
      const line = lineOf(format, "e", { reason: text });
      assert.ok(!line.includes(secret), line);
      assert.ok(line.includes(kept), line);
    });
  }
}

for (const format of FORMATS) {
  Deno.test(`createLog() in ${format} hides a password in the event`, () => {
    const line = lineOf(format, "bad setting: postgres://ana:s3cret@db/pulso");
    assert.ok(!line.includes("s3cret"), line);
    assert.ok(line.includes("bad setting"), line);
  });
}

Deno.test("createLog() leaves a URL without a password, an address and a time as they are", () => {
  for (
    const text of [
      "http://localhost:8000/a?b=c",
      "postgres://ana@db/pulso",
      "ana@home.example",
      "14:30:25",
      "[::1]:8000",
    ]
  ) {
    assert.equal(JSON.parse(lineOf("json", "e", { text })).text, text);
  }
});

Deno.test("createLog() cuts a long field and still hides the password at its cut", () => {
  const { text } = JSON.parse(
    lineOf("json", "e", { text: `postgres://ana:${"s3cret".repeat(500)}@db/x` }),
  );
  assert.equal(text, "postgres://ana:***@");
  const plain = JSON.parse(lineOf("json", "e", { text: "x".repeat(100_000) })).text;
  assert.ok(plain.length <= 1001 && plain.endsWith("…"));
});

Deno.test("describeError() gives the class and the message of an error, and no stack", () => {
  assert.equal(describeError(new TypeError("no such thing")), "TypeError: no such thing");
  class OwnError extends Error {
    override readonly name = "OwnError";
  }
  assert.equal(describeError(new OwnError("mine")), "OwnError: mine");
  assert.equal(describeError("a text"), "a text");
  assert.equal(describeError(undefined), "undefined");
  assert.equal(describeError(Symbol("s")), "Symbol(s)");
});

Deno.test("createLog() tells of warnings and errors beside the log, whatever the level, without passwords", () => {
  const heard: LogEntry[] = [];
  const { log, lines } = open({ level: "error", heard: (entry) => heard.push(entry) });
  log.info("connected");
  log.warning("broker_away", { url: "nats://me:secret@host", username: "\u202eana", n: 2 });
  log.error("fault", { stack: "x".repeat(5000) });
  assert.deepEqual(heard[0], {
    at: new FakeTime().now(),
    level: "warning",
    event: "broker_away",
    detail: "url=nats://me:***@host username=\\u202eana n=2",
  });
  assert.deepEqual([heard.length, lines.length], [2, 1]);
  assert.equal(heard[1]?.detail.length, 601);
});
