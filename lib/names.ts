/**
 * What a name may be, and when two names are the same one. Shared by server and page, so that a name that the page
 * lets through is one that the server takes.
 *
 * Invariant: {@linkcode parseName} is the only place where the key of a name is made.
 *
 * @module
 */

import type { Result } from "./result.ts";

/** The longest name, in UTF-16 units after NFKC and trimming. */
export const NAME_LENGTH = 32;

/**
 * Compares two names as a reader expects them in a list, in every language of the page: `ana`, `Ângela`, `guest-2`,
 * `guest-10`.
 */
export const compareNames: (a: string, b: string) => number =
  new Intl.Collator("en", { sensitivity: "base", numeric: true }).compare;

/** A name as it is shown, and the key by which it is compared. */
export interface Name {
  readonly name: string;
  readonly key: string;
}

/** Why a name is not allowed; `detail` is the character, the surplus length or the name itself. */
export interface NameProblem {
  readonly reason: "empty" | "too_long" | "character" | "scripts" | "reserved";
  readonly detail: string;
  readonly message: string;
}

/** By what name, and by what client_id, the server itself speaks: nobody else can have either. */
export const SERVER_NAME = "server";

const RESERVED: ReadonlySet<string> = new Set([SERVER_NAME, "system", "admin", "root"]);

const PLAIN = /^[A-Za-z0-9 _.-]+$/;
const FORBIDDEN = /\p{Default_Ignorable_Code_Point}|[^\p{L}\p{M}\p{Nd} _.-]/u;
const UNANCHORED_MARK = /^\p{M}|[ _.-]\p{M}/u;
const STACKED_MARKS = /\p{M}{3}/u;

// The scripts that UAX 31 recommends for identifiers, and the three mixtures that are one writing system each. Together
// they are the "highly restrictive" level of UTS 39.
const WRITING_SYSTEMS: readonly RegExp[] = [
  ["Latin", "Han", "Hiragana", "Katakana"],
  ["Latin", "Han", "Bopomofo"],
  ["Latin", "Han", "Hangul"],
  ...[
    ..."Arabic Armenian Bengali Cyrillic Devanagari Ethiopic Georgian Greek Gujarati Gurmukhi Hebrew"
      .split(" "),
    ..."Kannada Khmer Lao Malayalam Myanmar Oriya Sinhala Tamil Telugu Thaana Thai Tibetan".split(
      " ",
    ),
  ].map((script) => [script]),
].map((scripts) =>
  new RegExp(
    `^[${["Common", "Inherited", ...scripts].map((s) => `\\p{scx=${s}}`).join("")}]+$`,
    "u",
  )
);

function problem(reason: NameProblem["reason"], detail: string, message: string) {
  return { ok: false, error: { reason, detail, message } } as const;
}

/**
 * Reads a name as somebody typed it. The name is in NFKC and trimmed; the key is what the database holds unique: upper
 * and lower case, compatibility forms and runs of spaces make no difference to it. Never throws.
 *
 * @see https://www.unicode.org/reports/tr39/#Restriction_Level_Detection
 */
export function parseName(typed: string): Result<Name, NameProblem> {
  const name = typed.normalize("NFKC").trim();
  if (name === "") return problem("empty", "", "a name has at least one character");
  if (name.length > NAME_LENGTH) {
    const surplus = name.length - NAME_LENGTH;
    return problem("too_long", String(surplus), `a name has at most ${NAME_LENGTH} characters`);
  }
  if (!PLAIN.test(name)) {
    const refused = refuseUnusual(name);
    if (refused !== undefined) return { ok: false, error: refused };
  }
  const key = foldCase(name).replace(/ +/g, " ");
  if (RESERVED.has(key)) return problem("reserved", name, "this name is reserved");
  return { ok: true, value: { name, key } };
}

// JavaScript has no case folding. There and back and taken apart, so that ß and ẞ equal SS and the two small sigmas are
// one letter.
function foldCase(name: string): string {
  return name.normalize("NFD").toLowerCase().toUpperCase().toLowerCase().replaceAll("ς", "σ")
    .normalize("NFKC");
}

function refuseUnusual(name: string): NameProblem | undefined {
  const found = FORBIDDEN.exec(name) ?? UNANCHORED_MARK.exec(name) ?? STACKED_MARKS.exec(name);
  if (found !== null) {
    return problem("character", found[0], "a name has letters, digits, spaces and _ . - only")
      .error;
  }
  if (!WRITING_SYSTEMS.some((system) => system.test(name))) {
    return problem("scripts", name, "a name is written in one alphabet of those in common use")
      .error;
  }
  return undefined;
}

/**
 * Makes a name for whoever gave none: `guest-` and 4 letters or digits.
 *
 * @param random Bytes of randomness, at least 4.
 */
export function guestName(random: Uint8Array): string {
  // Without 0, 1, i, l, o, so that a name read aloud is a name understood.
  const letters = "23456789abcdefghjkmnpqrstuvwxyz";
  let name = "guest-";
  for (const byte of random.subarray(0, 4)) name += letters[byte % letters.length];
  return name;
}
