/**
 * How values become text on the page.
 *
 * @module
 */

import assert from "node:assert/strict";
import { languageOf } from "../client/page/language.ts";
import {
  dateBefore,
  formatDuration,
  formatMinute,
  hueOf,
  isLong,
  monogram,
  splitLinks,
  withoutEmptyRuns,
} from "../client/page/text.ts";
import { describeError } from "../components/error_words.ts";
import type { ErrorCode } from "../lib/protocol.ts";

Deno.test("splitLinks() makes addresses of http and https links, without what ends the sentence", () => {
  const links = (text: string) => splitLinks(text).filter((part) => part.href !== undefined);
  assert.deepEqual(splitLinks("see (https://a.example/x_(y)?q=1), or not."), [
    { text: "see (" },
    { text: "https://a.example/x_(y)?q=1", href: "https://a.example/x_(y)?q=1" },
    { text: "), or not." },
  ]);
  assert.deepEqual(links("(https://a.example/b)").map(({ text }) => text), ["https://a.example/b"]);
  assert.deepEqual(links("https://a.example! HTTP://B.example").length, 2);
  assert.deepEqual(links("javascript:alert(1) data:text/html,x ftp://a.example www.a.example"), []);
  assert.deepEqual(links('https://a.example/"onclick=x <b>').map(({ text }) => text), [
    "https://a.example/",
  ]);
});

Deno.test("splitLinks() makes no link of what pretends to lead elsewhere, and says where others lead", () => {
  const links = (text: string) => splitLinks(text).filter((part) => part.href !== undefined);
  const pretending = [
    "https://google.com@evil.example/",
    "https://google.com:pass@evil.example",
    "https://@evil.example",
  ];
  for (const text of pretending) assert.deepEqual(links(text), [], text);
  const led = {
    "https://gооgle.com/": "xn--ggle-55da.com",
    "https://ação.example": "xn--ao-siap.example",
    "http://0x7f.1": "127.0.0.1",
    "https:///evil.example": "evil.example",
    "https://google.com\\@evil.example": undefined,
    "HTTPS://Plain.Example:8443/?a@b": undefined,
  };
  for (const [text, host] of Object.entries(led)) {
    assert.deepEqual(links(text).map((part) => part.host), [host], text);
  }
  const turned = links("https://evil.example/\u202emoc.elgoog");
  assert.deepEqual(turned.map(({ text }) => text), ["https://evil.example/"]);
});

Deno.test("splitLinks() makes the first twenty addresses links, the rest stays text", () => {
  const text = "http://0 ".repeat(455);
  const parts = splitLinks(text);
  assert.equal(parts.filter(({ href }) => href !== undefined).length, 20);
  assert.equal(parts.map((part) => part.text).join(""), text);
  assert.ok(parts.length <= 41);
});

Deno.test("splitLinks() takes no longer for a text that is made to be hard", () => {
  const texts = [
    "http://a.b/" + ".".repeat(2700) + ")".repeat(1380),
    "http://a.b/" + "(".repeat(2000) + ")".repeat(2080),
    "http://".repeat(585),
    "http://a.b/" + ".)".repeat(2040),
  ];
  for (const text of texts) {
    const begun = performance.now();
    assert.equal(splitLinks(text).map((part) => part.text).join(""), text);
    assert.ok(performance.now() - begun < 100, text.slice(0, 20));
  }
});

Deno.test("splitLinks() loses nothing of the text", () => {
  for (
    const text of ["", "plain", "https://", "https://a.example.", "a https://b.example c https://d"]
  ) {
    assert.equal(splitLinks(text).map((part) => part.text).join(""), text);
  }
});

Deno.test("formatDuration() tells the two largest units", () => {
  const second = 1000, minute = 60 * second, hour = 60 * minute, day = 24 * hour;
  const told = [-5, 3 * second, 42 * minute + second, hour, hour + 42 * minute, 2 * day + 3 * hour];
  assert.deepEqual(told.map((ms) => formatDuration(ms).replaceAll("\u00a0", " ")), [
    "0 s",
    "3 s",
    "42 min",
    "1 h",
    "1 h 42 min",
    "2 d 3 h",
  ]);
});

Deno.test("withoutEmptyRuns() leaves one empty line of many, whatever ends them, and loses nothing else", () => {
  assert.equal(withoutEmptyRuns("a\n\n \n\t\nb\n\nc\nd"), "a\n\nb\n\nc\nd");
  assert.equal(withoutEmptyRuns("a\r\n\r\n\r\nb\u2028\u2028\u2028c\v\v\vd"), "a\n\nb\n\nc\n\nd");
  assert.equal(withoutEmptyRuns("  a  b\n  c"), "  a  b\n  c");
});

Deno.test("isLong() finds texts of more than 12 lines or 1,500 characters", () => {
  const texts = ["x\n".repeat(11), "x\n".repeat(12), "x".repeat(1500), "x".repeat(1501)];
  assert.deepEqual(texts.map(isLong), [false, true, false, true]);
});

Deno.test("describeError() has words for a code of a later version too", () => {
  const language = languageOf("en");
  const values = { language, messageLength: 1, fibonacciInput: 1 };
  assert.equal(describeError("later" as ErrorCode, values), language.text("e_internal"));
});

Deno.test("dateBefore() counts days and not hours", () => {
  const dates = ["2026-11-20", "2026-03-01", "2024-03-01", "2026-01-01"];
  assert.deepEqual(dates.map(dateBefore), ["2026-11-19", "2026-02-28", "2024-02-29", "2025-12-31"]);
});

Deno.test("formatMinute() tells the time of a zone", () => {
  const at = Date.UTC(2026, 10, 20, 23, 30);
  assert.equal(formatMinute(at, () => -3 * 3_600_000), "20:30");
});

Deno.test("monogram() takes the first letters of the first two words, whole ones in any script", () => {
  const names = ["Ana Clara", "kenji", "Ingrid_N", "guest-k3f9", "أمل", "Zofia W. Nowak"];
  assert.deepEqual(names.map(monogram), ["AC", "K", "IN", "K3", "أ", "ZW"]);
});

Deno.test("hueOf() is the same for every spelling of a name, and one of ten", () => {
  assert.equal(hueOf("ANA  clara"), hueOf("Ana Clara"));
  const hues = new Set(Array.from({ length: 200 }, (_, n) => hueOf(`name ${n}`)));
  assert.deepEqual([...hues].sort(), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});
