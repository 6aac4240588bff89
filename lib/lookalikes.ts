/**
 * Variables of the environment that are no settings, but by which somebody has probably meant one. Pure.
 *
 * Invariant: what other programs usually have in the environment is never among them.
 *
 * @module
 */

import { isSecret, SETTING_NAMES } from "./settings.ts";

/** A variable that is no setting, and the one that is probably meant. */
export interface Lookalike {
  readonly variable: string;
  readonly setting: string;
}

/** The names that can be misspelt: PORT and HOST are too short to tell from those of others. */
const NAMES: readonly string[] = SETTING_NAMES.filter((name) => name.includes("_"))
  .flatMap((name) => isSecret(name) ? [name, `${name}_FILE`] : [name]);
const KNOWN: ReadonlySet<string> = new Set(NAMES);

/**
 * The variables that are probably misspelt: with another case or other separators, with `PULSO_` before it, with `_FILE`
 * behind what is in no file or without it, or with a letter or two that are wrong, missing, too many or in the wrong order.
 */
export function lookalikes(variables: readonly string[]): Lookalike[] {
  return variables.flatMap((variable) => {
    // No setting has a digit in it, but AUTH0_SECRET and NATS_PORT_4222_TCP are somebody's.
    if (KNOWN.has(variable) || !/^[A-Za-z_-]+$/.test(variable)) return [];
    const letters = lettersOf(variable.replace(/^PULSO_/i, ""));
    const setting = NAMES.find((name) => lettersOf(name) === letters) ??
      NAMES.find((name) => withoutFile(lettersOf(name)) === withoutFile(letters)) ??
      NAMES.find((name) => isLike(variable, name));
    return setting === undefined ? [] : [{ variable, setting }];
  });
}

function isLike(variable: string, name: string): boolean {
  // OAUTH_SECRET is another matter than AUTH_SECRET, and the first letter is seldom wrong.
  return variable[0] === name[0] && distance(variable, name) <= mostWrong(name);
}

function lettersOf(name: string): string {
  return name.replaceAll(/[_-]/g, "").toUpperCase();
}

function withoutFile(letters: string): string {
  return letters.replace(/FILE$/, "");
}

/** How many letters may be wrong: in the short ones none, as APP_KEY is not API_KEY, nor DATABASE_SSL DATABASE_URL. */
function mostWrong(name: string): number {
  const { length } = name.replace(/_FILE$/, "");
  return length < 8 ? 0 : length < 13 ? 1 : 2;
}

/** How many letters are to be put in, left out, changed or swapped with the next (optimal string alignment). */
function distance(a: string, b: string): number {
  let [before, last]: [number[], number[]] = [
    [],
    Array.from({ length: b.length + 1 }, (_, j) => j),
  ];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = last[j - 1]! + Number(a[i - 1] !== b[j - 1]);
      const isSwapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swap = isSwapped ? before[j - 2]! + 1 : Infinity;
      row.push(Math.min(last[j]! + 1, row[j - 1]! + 1, change, swap));
    }
    [before, last] = [last, row];
  }
  return last[b.length]!;
}
