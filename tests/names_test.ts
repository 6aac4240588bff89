/**
 * Names: a table of what is accepted and what is refused, and what must hold for whatever is typed.
 *
 * @module
 */

import assert from "node:assert/strict";
import fc from "fast-check";
import { guestName, NAME_LENGTH, type NameProblem, parseName } from "../lib/names.ts";

/** What is typed, how it is shown, and the key by which it is compared. */
const ACCEPTED: readonly (readonly [typed: string, name: string, key: string])[] = [
  ["ana", "ana", "ana"],
  ["Ana", "Ana", "ana"],
  ["ANA", "ANA", "ana"],
  ["Ana Maria", "Ana Maria", "ana maria"],
  ["  ana  ", "ana", "ana"],
  ["\tana\r\n", "ana", "ana"],
  ["\u00a0ana\u3000", "ana", "ana"],
  ["\ufeffana", "ana", "ana"],
  ["ana  maria", "ana  maria", "ana maria"],
  ["ana\u00a0maria", "ana maria", "ana maria"],
  ["ana\u2003\u2003maria", "ana  maria", "ana maria"],
  ["a", "a", "a"],
  ["7", "7", "7"],
  ["_", "_", "_"],
  ["a_b.c-d", "a_b.c-d", "a_b.c-d"],
  // Compatibility forms.
  ["ＡＮＡ", "ANA", "ana"],
  ["ａｎａ＿１", "ana_1", "ana_1"],
  ["ﬁona", "fiona", "fiona"],
  ["𝐀𝐧𝐚", "Ana", "ana"],
  ["Ⅷ", "VIII", "viii"],
  ["x²", "x2", "x2"],
  ["①", "1", "1"],
  ["ⓐⓝⓐ", "ana", "ana"],
  ["K", "K", "k"],
  ["ſara", "sara", "sara"],
  // Composed and decomposed.
  ["João", "João", "joão"],
  ["Joa\u0303o", "João", "joão"],
  ["JOÃO", "JOÃO", "joão"],
  ["q\u0303\u0323", "q\u0323\u0303", "q\u0323\u0303"],
  // Letters whose cases are no pairs.
  ["straße", "straße", "strasse"],
  ["STRASSE", "STRASSE", "strasse"],
  ["STRAẞE", "STRAẞE", "strasse"],
  ["Σίσυφος", "Σίσυφος", "σίσυφοσ"],
  ["ΣΊΣΥΦΟΣ", "ΣΊΣΥΦΟΣ", "σίσυφοσ"],
  ["σίσυφοσ", "σίσυφοσ", "σίσυφοσ"],
  ["ϲ", "ς", "σ"],
  ["ΐ", "ΐ", "ΐ"],
  ["ᾼ", "ᾼ", "αι"],
  ["ᾳ", "ᾳ", "αι"],
  ["İpek", "İpek", "i\u0307pek"],
  ["Ǆ", "DŽ", "dž"],
  ["ა", "ა", "ა"],
  ["Ა", "Ა", "ა"],
  // One writing system.
  ["Иван", "Иван", "иван"],
  ["ИВАН", "ИВАН", "иван"],
  ["Анна 2", "Анна 2", "анна 2"],
  ["דוד", "דוד", "דוד"],
  ["محمد", "محمد", "محمد"],
  ["محمد ٢", "محمد ٢", "محمد ٢"],
  ["अनिता", "अनिता", "अनिता"],
  ["สมชาย", "สมชาย", "สมชาย"],
  ["李雷", "李雷", "李雷"],
  ["田中さん", "田中さん", "田中さん"],
  ["タナカ", "タナカ", "タナカ"],
  ["ﾀﾅｶ", "タナカ", "タナカ"],
  ["Bob田中さんタ", "Bob田中さんタ", "bob田中さんタ"],
  ["김민준 Kim 金", "김민준 Kim 金", "김민준 kim 金"],
  ["ㄅㄆ Bo 李", "ㄅㄆ Bo 李", "ㄅㄆ bo 李"],
  ["Zoë\u0323", "Zoẹ\u0308", "zoẹ\u0308"],
  // Names like any other.
  ["__proto__", "__proto__", "__proto__"],
  ["constructor", "constructor", "constructor"],
  ["toString", "toString", "tostring"],
  ["hasOwnProperty", "hasOwnProperty", "hasownproperty"],
  ["null", "null", "null"],
  ["undefined", "undefined", "undefined"],
  ["guest-2345", "guest-2345", "guest-2345"],
  // Near what is reserved.
  ["serverless", "serverless", "serverless"],
  ["admins", "admins", "admins"],
  ["ro ot", "ro ot", "ro ot"],
  ["root.", "root.", "root."],
  // The longest.
  ["x".repeat(32), "x".repeat(32), "x".repeat(32)],
  [` ${"x".repeat(32)} `, "x".repeat(32), "x".repeat(32)],
  ["ﬁ".repeat(16), "fi".repeat(16), "fi".repeat(16)],
  ["e\u0301".repeat(32), "é".repeat(32), "é".repeat(32)],
  ["𠮷".repeat(16), "𠮷".repeat(16), "𠮷".repeat(16)],
];

/** What is typed, why it is refused, and the detail. */
const REFUSED: readonly (readonly [
  typed: string,
  reason: NameProblem["reason"],
  detail?: string,
])[] = [
  ["", "empty", ""],
  ["   ", "empty", ""],
  ["\u00a0\u3000", "empty", ""],
  ["\ufeff", "empty", ""],
  ["x".repeat(33), "too_long", "1"],
  [`x${"ﬁ".repeat(16)}`, "too_long", "1"],
  ["x".repeat(100_000), "too_long", String(100_000 - 32)],
  ["𠮷".repeat(17), "too_long", "2"],
  ["\ufdfa\ufdfa", "too_long", "4"],
  // Controls, white space that is no space, what nobody sees.
  ["a\u0000b", "character", "\u0000"],
  ["a\u001b[31mb", "character", "\u001b"],
  ["a\nb", "character", "\n"],
  ["a\tb", "character", "\t"],
  ["a\u007fb", "character", "\u007f"],
  ["a\u0085b", "character", "\u0085"],
  ["a\u009bb", "character", "\u009b"],
  ["a\u2028b", "character", "\u2028"],
  ["a\u1680b", "character", "\u1680"],
  ["a\u00adb", "character", "\u00ad"],
  ["a\u200bb", "character", "\u200b"],
  ["a\u200cb", "character", "\u200c"],
  ["a\u200db", "character", "\u200d"],
  ["a\u2060b", "character", "\u2060"],
  ["a\ufeffb", "character", "\ufeff"],
  ["ana\ufe0f", "character", "\ufe0f"],
  ["ana\u034f", "character", "\u034f"],
  ["ana\u115f", "character", "\u115f"],
  ["\u3164", "character", "\u1160"],
  ["ana\u{e0061}", "character", "\u{e0061}"],
  ["ana\u{e0100}", "character", "\u{e0100}"],
  // Direction.
  ["\u202eana", "character", "\u202e"],
  ["a\u202ab", "character", "\u202a"],
  ["a\u2066b", "character", "\u2066"],
  ["a\u2069b", "character", "\u2069"],
  ["a\u200eb", "character", "\u200e"],
  ["ana\u061c", "character", "\u061c"],
  // Private, unassigned, halves.
  ["a\ue000", "character", "\ue000"],
  ["a\u{10fffd}", "character", "\u{10fffd}"],
  ["a\u0378", "character", "\u0378"],
  ["a\uffff", "character", "\uffff"],
  ["a\u{1fffe}", "character", "\u{1fffe}"],
  ["a\ud800", "character", "\ud800"],
  ["\udc00a", "character", "\udc00"],
  // Signs.
  ["ana@home", "character", "@"],
  ["<b>", "character", "<"],
  ["a/b", "character", "/"],
  ["a\\b", "character", "\\"],
  ['a"b', "character", '"'],
  ["a'b", "character", "'"],
  ["a&b", "character", "&"],
  ["a:b", "character", ":"],
  ["😀", "character", "😀"],
  ["a⠀b", "character", "⠀"],
  ["a½", "character", "⁄"],
  // Marks.
  ["\u0301ana", "character", "\u0301"],
  ["ana \u0301", "character", " \u0301"],
  ["ana´", "character", " \u0301"],
  ["_\u0301", "character", "_\u0301"],
  ["q\u0301\u0302\u0303", "character", "\u0301\u0302\u0303"],
  ["Z\u0351\u036b\u0343\u036a\u0302\u036b\u033d\u034f", "character"],
  // Mixtures.
  ["Аna", "scripts", "Аna"],
  ["pаypal", "scripts", "pаypal"],
  ["Αna", "scripts", "Αna"],
  ["anaδ", "scripts", "anaδ"],
  ["ИванΩ", "scripts", "ИванΩ"],
  ["Иван田", "scripts", "Иван田"],
  ["ana د", "scripts", "ana د"],
  ["さ김", "scripts", "さ김"],
  ["ㄅさ", "scripts", "ㄅさ"],
  ["ana ٢", "scripts", "ana ٢"],
  ["अอ", "scripts", "अอ"],
  // Reserved, in all its disguises.
  ["server", "reserved", "server"],
  ["Server", "reserved", "Server"],
  ["SYSTEM", "reserved", "SYSTEM"],
  ["admin", "reserved", "admin"],
  ["aDmIn", "reserved", "aDmIn"],
  ["admın", "reserved", "admın"],
  ["  root ", "reserved", "root"],
  ["root\u3000", "reserved", "root"],
  ["ｒｏｏｔ", "reserved", "root"],
  ["ＳＥＲＶＥＲ", "reserved", "SERVER"],
  ["𝕤𝕖𝕣𝕧𝕖𝕣", "reserved", "server"],
  ["ⓐⓓⓜⓘⓝ", "reserved", "admin"],
  ["ſyſtem", "reserved", "system"],
];

/** A name as it can stand in the name of a test. */
function visible(text: string): string {
  const short = text.length > 40 ? `${text.slice(0, 12)}… (${text.length})` : text;
  return JSON.stringify(short).replace(
    /[^\p{L}\p{N}\p{M}\p{P}\p{S} ]|\p{Default_Ignorable_Code_Point}|\p{Cn}/gu,
    (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`,
  );
}

for (const [typed, name, key] of ACCEPTED) {
  Deno.test(`parseName() accepts ${visible(typed)} by the key ${visible(key)}`, () => {
    assert.deepEqual(parseName(typed), { ok: true, value: { name, key } });
  });
}

for (const [typed, reason, detail] of REFUSED) {
  Deno.test(`parseName() refuses ${visible(typed)}: ${reason}`, () => {
    const parsed = parseName(typed);
    assert.equal(parsed.ok, false);
    assert.equal(parsed.error.reason, reason);
    if (detail !== undefined) assert.equal(parsed.error.detail, detail);
    assert.match(parsed.error.message, /^(a|this) name /);
  });
}

/** Texts in which every rule has something to do. */
const typedTexts = fc.oneof(
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.string({ unit: "grapheme", maxLength: 40 }),
  fc.string({ unit: fc.constantFrom(..."aZß ẞſσςΣ\u0301\u0323_.-ıİ\u200bé９ﬁ"), maxLength: 20 }),
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 20 })
    .map((units) => String.fromCharCode(...units)),
  fc.constantFrom(...ACCEPTED.map(([typed]) => typed), ...REFUSED.map(([typed]) => typed)),
);

/** Names of one writing system, most of which are accepted. */
const likelyNames = fc.oneof(
  ...[
    "abzKÀçßẞſıİŉǅǰẖẚøþ",
    "αΑβΒσςΣΐΰϐϑᾳᾼῃῼώ",
    "абвгдЁёжЖҐґѴѵӀӏᲀᲈ",
    "աԱևբԲ",
    "აᲐႠⴀ",
  ].map((letters) =>
    fc.string({ unit: fc.constantFrom(...letters, "\u0301", "\u0307", " ", "1"), maxLength: 12 })
  ),
);

Deno.test("parseName() never throws, and gives a name and key or a reason and message", () => {
  fc.assert(
    fc.property(typedTexts, (typed) => {
      const parsed = parseName(typed);
      if (!parsed.ok) {
        assert.ok(parsed.error.message !== "");
        return;
      }
      const { name, key } = parsed.value;
      assert.ok(name.length >= 1 && name.length <= NAME_LENGTH);
      assert.equal(name, name.trim());
      assert.equal(name, name.normalize("NFKC"));
      assert.ok(key.isWellFormed() && key !== "");
      assert.doesNotMatch(name, /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u);
    }),
    { numRuns: 5000 },
  );
});

Deno.test("parseName() takes its own name again, by the same key", () => {
  fc.assert(
    fc.property(fc.oneof(typedTexts, likelyNames), (typed) => {
      const parsed = parseName(typed);
      if (parsed.ok) assert.deepEqual(parseName(parsed.value.name), parsed);
    }),
    { numRuns: 5000 },
  );
});

Deno.test("parseName() gives names that differ only by case or compatibility forms one key", () => {
  const forms = [
    // Decomposed: what toUpperCase() makes of ᾴ with another accent has that accent on the iota.
    (name: string) => name.normalize("NFD").toUpperCase(),
    (name: string) => name.normalize("NFD").toLowerCase(),
    (name: string) => name.normalize("NFD"),
    (name: string) => name.normalize("NFKD"),
    (name: string) => ` ${name} `,
    (name: string) => name.replaceAll(" ", "  "),
  ];
  fc.assert(
    fc.property(fc.oneof(likelyNames, typedTexts), fc.constantFrom(...forms), (typed, form) => {
      const parsed = parseName(typed);
      const other = parsed.ok ? parseName(form(parsed.value.name)) : parsed;
      // Upper case may be longer than a name may be, and hold marks where there were none.
      if (parsed.ok && other.ok) assert.equal(other.value.key, parsed.value.key);
    }),
    { numRuns: 10_000 },
  );
});

Deno.test("parseName() gives marks before an iota subscript one key in either case", () => {
  const keys = ["\u038f\u0301\u0345", "\u03ce\u0301\u0345", "\u038f\u0301\u0399"].map((name) => {
    const parsed = parseName(name);
    return parsed.ok ? parsed.value.key : parsed.error.reason;
  });
  assert.deepEqual(new Set(keys), new Set(["\u03ce\u0301\u03b9"]));
});

Deno.test("parseName() gives every letter the key of its upper and lower case", () => {
  const wrong: string[] = [];
  for (let code = 0; code <= 0x10ffff; code++) {
    const letter = String.fromCodePoint(code);
    const parsed = parseName(letter);
    if (!parsed.ok) continue;
    for (const form of [letter.toUpperCase(), letter.toLowerCase(), parsed.value.key]) {
      const other = parseName(form);
      if (other.ok && other.value.key === parsed.value.key) continue;
      wrong.push(`U+${code.toString(16)} ${letter} and ${form}`);
    }
  }
  assert.deepEqual(wrong, []);
});

Deno.test("guestName() makes guest- and 4 letters or digits that parseName() takes as they are", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 4, maxLength: 8 }), (random) => {
      const name = guestName(random);
      assert.match(name, /^guest-[2-9a-hjkmnp-z]{4}$/);
      assert.deepEqual(parseName(name), { ok: true, value: { name, key: name } });
    }),
  );
});

Deno.test("guestName() makes other names of other bytes, from all of its letters", () => {
  const names = Array.from({ length: 256 }, (_, byte) => guestName(new Uint8Array(4).fill(byte)));
  assert.equal(new Set(names).size, 31);
  assert.notEqual(
    guestName(new Uint8Array([1, 2, 3, 4])),
    guestName(new Uint8Array([4, 3, 2, 1])),
  );
});
