/**
 * The languages of the page: that nothing is missing in either, and how values are put into their texts.
 *
 * @module
 */

import assert from "node:assert/strict";
import { languageOf } from "../client/page/language.ts";
import { Preferences } from "../client/preferences.ts";
import { english, type Text, type TextKey } from "../client/page/words_en.ts";
import { portuguese } from "../client/page/words_pt.ts";
import { readChoices } from "../lib/preferences.ts";

const KEYS = Object.keys(english) as TextKey[];
const forms = (text: Text) => typeof text === "string" ? [text] : [text.one, text.other];
const places = (text: Text) =>
  [...new Set(forms(text).flatMap((form) => form.match(/\{\w+\}/g) ?? []))].sort();
const plain = (text: string) => text.replaceAll("\u00a0", " ");

/** What is the same word in both languages, and what is nobody's language. */
const SHARED: readonly TextKey[] = [
  "title",
  "fibonacci",
  "fib_n",
  "broadcasts_short",
  "n_online",
  "broker_is",
];

Deno.test("Every text is there in both languages, none is empty, and both have the same places", () => {
  assert.deepEqual(Object.keys(portuguese).sort(), KEYS.toSorted());
  for (const key of KEYS) {
    assert.ok([english[key], portuguese[key]].flatMap(forms).every((form) => form.trim()), key);
    assert.deepEqual(places(portuguese[key]), places(english[key]), key);
    if (!SHARED.includes(key)) assert.notDeepEqual(portuguese[key], english[key], key);
  }
});

Deno.test("Every text is used: one that nobody shows is not translated for nothing", async () => {
  const sources: string[] = [];
  for (const folder of ["client/page", "components", "islands", "routes"]) {
    for await (const { name } of Deno.readDir(folder)) {
      if (!/\.tsx?$/.test(name) || name.startsWith("words_")) continue;
      sources.push(await Deno.readTextFile(`${folder}/${name}`));
    }
  }
  const all = sources.join("\n");
  // Some are named by a value: the close codes, the standing of the connection, how many came or went.
  const isUsed = (key: string) =>
    all.includes(`"${key}"`) || /^(c\d{4}|(joined|went)_\w+)$/.test(key);
  assert.deepEqual(KEYS.filter((key) => !isUsed(key)), []);
});

Deno.test("Language.text() puts values into their places, numbers with the language's groups", () => {
  const [en, pt] = [languageOf("en"), languageOf("pt-BR")];
  assert.equal(en.text("shown_of", { n: 1000, total: 12_301 }), "Newest 1,000 of 12,301");
  assert.equal(pt.text("shown_of", { n: 1000, total: 12_301 }), "1.000 mais novos de 12.301");
  assert.equal(en.text("change_name", { name: "{name} <b>" }), "Change name: {name} <b>");
  assert.equal(en.text("change_name"), "Change name: {name}");
});

Deno.test("Language.text() takes the plural that the language asks for", () => {
  const [en, pt] = [languageOf("en"), languageOf("pt-BR")];
  assert.deepEqual([0, 1, 2].map((n) => en.text("digits", { n })), [
    "0 digits",
    "1 digit",
    "2 digits",
  ]);
  assert.deepEqual([0, 1, 2, 1_000_000].map((n) => pt.text("unread", { n })), [
    "0 não lida",
    "1 não lida",
    "2 não lidas",
    "1.000.000 não lidas",
  ]);
});

Deno.test("Language writes dates, days, short times and digits as its readers do", () => {
  const [en, pt] = [languageOf("en"), languageOf("pt-BR")];
  assert.deepEqual([en.date("2026-11-20"), pt.date("2026-11-20")], [
    "Fri 20 Nov 2026",
    "sex. 20 nov. 2026",
  ]);
  const at = Date.UTC(2026, 10, 20, 9);
  assert.deepEqual([en.day(at), pt.day(at)], ["Friday 20 November", "sexta-feira, 20 de novembro"]);
  assert.deepEqual([0.0421, 12.6, 0.001].map((ms) => pt.elapsed(ms)), ["0,042", "13", "0,001"]);
  assert.deepEqual([0.0009, 0].map((ms) => pt.elapsed(ms)), ["<\u00a00,001", "<\u00a00,001"]);
  const grouped = ["1", "12", "123", "1234", "123456"].map((digits) => en.digitGroups(digits));
  assert.deepEqual(grouped, [["1"], ["12"], ["123"], ["1,", "234"], ["123,", "456"]]);
  assert.deepEqual(pt.digitGroups("1234567"), ["1.", "234.", "567"]);
});

Deno.test("Language.ago() tells roughly how long ago something was", () => {
  const minute = 60_000;
  const told = [0, 59_999, 2 * minute, 119 * minute, 50 * 60 * minute];
  assert.deepEqual(told.map((ms) => plain(languageOf("en").ago(ms))), [
    "just now",
    "just now",
    "2 min ago",
    "1 h ago",
    "2 d ago",
  ]);
  assert.equal(plain(languageOf("pt-BR").ago(3 * minute)), "há 3 min");
});

Deno.test("readChoices() takes the cookie first, then the language that is wanted most", () => {
  const read = (headers: Record<string, string>) => readChoices(new Headers(headers));
  const language = (accepted: string) => read({ "accept-language": accepted }).language;
  assert.deepEqual(read({}), { language: "en", theme: "system" });
  assert.equal(language("pt-BR,pt;q=0.9,en;q=0.8"), "pt-BR");
  assert.equal(language("pt"), "pt-BR");
  assert.equal(language("pt-PT"), "pt-BR");
  assert.equal(language("fr;q=1, en;q=0.4, pt;q=0.6"), "pt-BR");
  assert.equal(language("de, *;q=0.5, pt;q=0.1"), "en");
  assert.equal(language("pt;q=0, en"), "en");
  assert.equal(language("fr"), "en");
  for (const odd of [",,;;q=", "pt;q=x", "-", "q=1", "a".repeat(5000), `${"x,".repeat(500)}pt`]) {
    assert.equal(language(odd), "en", odd);
  }
  assert.deepEqual(
    read({
      cookie: "a=b; pulso.theme=dark; pulso.language=pt-BR; c",
      "accept-language": "en",
    }),
    { language: "pt-BR", theme: "dark" },
  );
  assert.deepEqual(read({ cookie: "pulso.theme=<script>; pulso.language=xx" }), {
    language: "en",
    theme: "system",
  });
});

Deno.test("Preferences change at once, and are remembered where the server reads them", () => {
  const chosen: string[] = [];
  const preferences = new Preferences({ language: "en", theme: "system" }, (name, value) => {
    chosen.push(`${name}=${value}`);
  });
  preferences.setLanguage("pt-BR");
  preferences.setTheme("dark");
  assert.equal(preferences.language.value, "pt-BR");
  assert.equal(preferences.theme.value, "dark");
  assert.deepEqual(chosen, ["language=pt-BR", "theme=dark"]);
});
