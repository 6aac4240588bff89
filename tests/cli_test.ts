/**
 * The pure parts of the console client.
 *
 * @module
 */

import assert from "node:assert/strict";
import { DEFAULT_ADDRESS, parseArguments } from "../client/console/arguments.ts";
import { completeCommand, HELP, parseInput } from "../client/console/commands.ts";
import { layoutInput, type Line, plainLine, wrapLine } from "../client/console/layout.ts";
import { readLines } from "../client/console/lines.ts";
import { messageLines } from "../client/console/messages.ts";
import {
  describeCaughtUp,
  describeFailure,
  describeLoss,
  describeRefusal,
} from "../client/console/reasons.ts";
import { displayWidth, visible, visibleJson } from "../client/console/width.ts";
import { chatMessage, welcomeMessage } from "./fake_surroundings.ts";

/** Every character that a terminal may obey, and those that turn a line around. */
const CONTROLS = [
  ...Array.from({ length: 0x20 }, (_, code) => code),
  ...Array.from({ length: 0x21 }, (_, index) => 0x7f + index),
  ...[0x061c, 0x200e, 0x200f, 0x2028, 0x2029, 0x202a, 0x202b, 0x202c, 0x202d, 0x202e],
  ...[0x2066, 0x2067, 0x2068, 0x2069],
].map((code) => String.fromCharCode(code));

function text(line: Line): string {
  return line.spans.map((span) => span.text).join("");
}

Deno.test("visible() shows every control character and changes nothing else", () => {
  assert.equal(visible("\x1b]0;x\x07 \x7f\x9b\u202e\n"), "␛]0;x␇ ␡<U+009B><U+202E>␊");
  const plain = "Olá 日本 é̂ 👩‍👩‍👧 ␛ שלום \u00a0~";
  assert.equal(visible(plain), plain);
  for (const control of CONTROLS) {
    const shown = visible(`a${control}b`);
    assert.ok(!shown.includes(control) && shown.length > 2, JSON.stringify(control));
  }
});

Deno.test("visibleJson() leaves no control character and the same value", () => {
  const value = { message: CONTROLS.join("") + 'é"\\' };
  const safe = visibleJson(JSON.stringify(value));
  for (const control of CONTROLS) assert.ok(!safe.includes(control), JSON.stringify(control));
  assert.deepEqual(JSON.parse(safe), value);
});

Deno.test("displayWidth() counts columns", () => {
  for (
    const [shown, width] of [
      ["", 0],
      ["abc", 3],
      ["é̂", 1],
      ["日本", 4],
      ["ｱ", 1],
      ["Ａ", 2],
      ["한글", 4],
      ["👩‍👩‍👧", 2],
      ["🇧🇷", 2],
      ["❤️", 2],
      ["\u200b", 0],
      ["שלום", 4],
    ] as const
  ) assert.equal(displayWidth(shown), width, shown);
});

Deno.test("wrapLine() breaks between words, indents under the prefix and cuts what is too long", () => {
  const line: Line = { spans: [{ text: "ana: " }, { text: "one two three" }], prefix: 1 };
  const wrap = (columns: number, l = line) => wrapLine(l, { columns, colours: false });
  assert.deepEqual(wrap(80), ["ana: one two three"]);
  assert.deepEqual(wrap(12), ["ana: one two", "     three"]);
  assert.deepEqual(wrap(13), ["ana: one two ", "     three"]);
  assert.deepEqual(wrap(6, plainLine("日本日本")), ["日本日", "本"]);
  assert.deepEqual(wrap(6, plainLine("abcdefghij")), ["abcdef", "ghij"]);
  assert.deepEqual(wrap(8, plainLine("")), [""]);
});

Deno.test("wrapLine() never makes a row wider than the screen, whatever the text", () => {
  const words = "a 日本 é̂ 👩‍👩‍👧 averyverylongwordwithoutend \x1b[2J \u202e x";
  for (let columns = 8; columns < 60; columns++) {
    const rows = wrapLine({ spans: [{ text: "ana: " }, { text: words }], prefix: 1 }, {
      columns,
      colours: false,
    });
    for (const row of rows) assert.ok(displayWidth(row) <= columns, `${columns}: ${row}`);
    assert.equal(rows.join("").replaceAll(" ", ""), `ana: ${visible(words)}`.replaceAll(" ", ""));
  }
});

Deno.test("wrapLine() uses no sequence but colours, and those only where they are wanted", () => {
  const line: Line = { spans: [{ text: "a", style: "red" }, { text: "b\x1b[2J" }], prefix: 0 };
  assert.deepEqual(wrapLine(line, { columns: 80, colours: true }), ["\x1b[0;31ma\x1b[0mb␛[2J"]);
  assert.deepEqual(wrapLine(line, { columns: 80, colours: false }), ["ab␛[2J"]);
});

Deno.test("layoutInput() wraps before the last column and finds the cursor", () => {
  const layout = (value: string, cursor = value.length, mostRows = 9) =>
    layoutInput({ text: value, cursor }, { columns: 10, mostRows });
  assert.deepEqual(layout(""), { rows: ["> "], cursorRow: 0, cursorColumn: 2 });
  assert.deepEqual(layout("abcdefg"), { rows: ["> abcdefg"], cursorRow: 0, cursorColumn: 9 });
  assert.deepEqual(layout("abcdefgh"), {
    rows: ["> abcdefg", "  h"],
    cursorRow: 1,
    cursorColumn: 3,
  });
  assert.deepEqual(layout("abcdefgh", 7), {
    rows: ["> abcdefg", "  h"],
    cursorRow: 1,
    cursorColumn: 2,
  });
  assert.deepEqual(layout("日本日本", 3), {
    rows: ["> 日本日", "  本"],
    cursorRow: 1,
    cursorColumn: 2,
  });
  assert.deepEqual(layout("a\n\tb", 2), { rows: ["> a", "  ␉b"], cursorRow: 1, cursorColumn: 2 });
});

Deno.test("layoutInput() shows the rows around the cursor where there is no room for all", () => {
  const value = "a\nb\nc\nd\ne\nf";
  for (let cursor = 0; cursor <= value.length; cursor++) {
    const { rows, cursorRow } = layoutInput({ text: value, cursor }, { columns: 9, mostRows: 3 });
    assert.equal(rows.length, 3);
    assert.equal(rows[cursorRow]?.slice(2), value.split("\n")[Math.floor(cursor / 2)]);
  }
});

Deno.test("parseInput() tells texts from commands", () => {
  assert.deepEqual(parseInput("hello / there"), { kind: "chat", text: "hello / there" });
  assert.deepEqual(parseInput("//fib 5"), { kind: "chat", text: "/fib 5" });
  assert.deepEqual(parseInput(" \n"), { kind: "nothing" });
  assert.deepEqual(parseInput("/fib 42 "), { kind: "fib", input: 42 });
  assert.deepEqual(parseInput("/FIB -1"), { kind: "fib", input: -1 });
  assert.deepEqual(parseInput("/name ana maria"), { kind: "name", name: "ana maria" });
  assert.deepEqual(parseInput("/clock off"), { kind: "clock", on: false });
  assert.deepEqual(parseInput("/clock"), { kind: "clock", on: undefined });
  for (const kind of ["users", "time", "connect", "help", "quit"]) {
    assert.deepEqual(parseInput(`/${kind}`), { kind });
  }
});

Deno.test("parseInput() answers a mistake with a hint and never takes it for a text", () => {
  const mistakes = ["/fib", "/fib x", "/fib 1.5", "/fib 1\nfib", "/quit now", "/nope", "/", "/ x"];
  for (const mistake of [...mistakes, "/name", "/clock never", "/toString"]) {
    assert.equal(parseInput(mistake).kind, "mistake", mistake);
  }
});

Deno.test("HELP names every command, and completeCommand() completes those that are not in doubt", () => {
  const usages = HELP.map(({ usage }) => usage).join(" ");
  for (const name of ["fib", "users", "time", "help", "quit"]) assert.ok(usages.includes(name));
  assert.equal(completeCommand("/f"), "/fib ");
  assert.equal(completeCommand("/u"), "/users");
  assert.equal(completeCommand("/c"), "/c");
  assert.equal(completeCommand("f"), "f");
  assert.equal(completeCommand("/x"), "/x");
});

Deno.test("parseArguments() reads name and options in any order", () => {
  const usual = { token: undefined, help: false, json: false, plain: false, clock: true };
  assert.deepEqual(parseArguments([]), {
    ok: true,
    value: { ...usual, url: DEFAULT_ADDRESS, name: undefined },
  });
  assert.deepEqual(
    parseArguments([
      ...["--json", "--url", "https://example.org", "ana", "--no-clock", "--plain"],
      ...["--token", "t"],
    ]),
    {
      ok: true,
      value: {
        ...{ help: false, json: true, plain: true, clock: false },
        ...{ url: "wss://example.org/api/ws", name: "ana", token: "t" },
      },
    },
  );
});

Deno.test("parseArguments() answers what makes no sense with one line", () => {
  const bad = [["a", "b"], ["--bogus"], ["--url"], ["--url", "ftp://x"], ["--url="], ["--json=1"]];
  for (const args of [...bad, ["admin"], ["a\x1b[2J"], ["x".repeat(33)]]) {
    const parsed = parseArguments(args);
    assert.equal(parsed.ok, false, args.join(" "));
    assert.match(parsed.ok ? "" : parsed.error, /^[^\n]{5,120}$/);
  }
});

Deno.test("messageLines() gives every line of a chat its time and name, also one that mimics them", () => {
  const lines = messageLines(chatMessage("one\n12:00 admin: two\n"), welcomeMessage()).map(text);
  assert.equal(lines.length, 3);
  for (const line of lines) assert.match(line, /^\d\d:\d\d bot: /);
});

Deno.test("messageLines() tells who comes and who goes, and not of oneself or who was there before", () => {
  const at = (username: string, time: string) => ({
    ...{ username, client_id: `id-${username}`, node: "n", connected_at: `2026-11-20T14:${time}Z` },
  });
  const welcome = welcomeMessage({ client_id: "id-me", timestamp: "2026-11-20T14:30:00.000Z" });
  const joined = [at("old", "29:59.000"), at("me", "30:00.000"), at("new", "30:01.000")];
  const lines = messageLines(
    { type: "presence", joined, left: [at("x", "1")], online: 3 },
    welcome,
  );
  assert.deepEqual(lines.map(text), ["· → new joined", "· ← x left"]);
  const many = Array.from({ length: 500 }, (_, index) => at(`u${index}`, "30:02.000"));
  const [line] = messageLines({ type: "presence", joined: many, left: [], online: 501 }, welcome);
  assert.match(text(line ?? plainLine("")), /u7 and 492 more joined$/);
});

Deno.test("describeRefusal() says why in plain words, with the free names; so do the other reasons", () => {
  const error = {
    type: "error" as const,
    code: "username_taken" as const,
    message: "m",
    suggestions: ["a2"],
  };
  const refusal = { phase: "refused" as const, code: 4009, error };
  assert.equal(describeRefusal(refusal), "the name is taken; free ones: a2");
  assert.match(describeRefusal({ phase: "refused", code: 4999, error: undefined }), /4999/);
  assert.match(describeFailure("unknown"), /may have arrived or not/);
  assert.equal(describeLoss(4000), "something did not arrive");
  assert.deepEqual([0, 1, 12].map((messages) => describeCaughtUp({ is: "caught_up", messages })), [
    "caught up, no messages",
    "caught up, 1 message",
    "caught up, 12 messages",
  ]);
  assert.equal(describeCaughtUp({ is: "may_have_missed", upTo: 3 }), "may have missed messages");
  assert.equal(describeLoss(1013), "the server cannot take the connection now");
  assert.equal(describeLoss(1006), "the server cannot be reached");
});

Deno.test("readLines() cuts at LF and CR LF over all chunks and keeps a last line without an end", async () => {
  const bytes = new TextEncoder().encode("one\r\n\ntwo é日\r\nlast");
  for (const size of [1, 2, 3, 7, 100]) {
    const chunks = Array.from(
      { length: Math.ceil(bytes.length / size) },
      (_, index) => bytes.slice(index * size, (index + 1) * size),
    );
    const lines = await Array.fromAsync(readLines(ReadableStream.from(chunks)));
    assert.deepEqual(lines, ["one", "", "two é日", "last"], `in chunks of ${size}`);
  }
});

Deno.test("readLines() holds no more of a line than a server would refuse", async () => {
  const chunks = [...Array(100).fill(new Uint8Array(10_000).fill(120)), new Uint8Array([10, 121])];
  const lines = await Array.fromAsync(readLines(ReadableStream.from(chunks)));
  assert.deepEqual(lines.map((line) => line.length), [65_536, 1]);
});
