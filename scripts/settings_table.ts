/**
 * README.md's table of settings, made from the schema: `deno task docs`.
 *
 * @module
 */

import { defaultOf, isSecret, meaningOf, SETTING_NAMES } from "../lib/settings.ts";

const BEGIN = "<!-- settings: made by deno task docs -->";
const END = "<!-- end of settings -->";
const LINE_WIDTH = 100;

/** The README with the settings as the schema has them. */
export function withSettings(readme: string): string {
  const [before, , after] = split(readme);
  return `${before}${BEGIN}\n\n${table()}\n\n${secrets()}\n\n${END}${after}`;
}

function split(readme: string): readonly [before: string, between: string, after: string] {
  const begin = readme.indexOf(BEGIN);
  const end = readme.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`Could not find the place: ${BEGIN} … ${END}`);
  return [readme.slice(0, begin), readme.slice(begin, end), readme.slice(end + END.length)];
}

/** As `deno fmt` leaves it. */
function table(): string {
  const rows = [
    ["setting", "default", "meaning"],
    ...SETTING_NAMES.map((name) => {
      const value = defaultOf(name);
      return [`\`${name}\``, value && `\`${value}\``, meaningOf(name).replaceAll("|", "\\|")];
    }),
  ];
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]!.length)));
  const lines = rows.map((row) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column]!)).join(" | ")} |`
  );
  const rule = `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`;
  return [lines[0], rule, ...lines.slice(1)].join("\n");
}

function secrets(): string {
  const names = SETTING_NAMES.filter(isSecret).map((name) => `\`${name}\``);
  const all = `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
  const text = `${all} are secrets: each may be in a file instead, which the same name with ` +
    "`_FILE` names, such as `API_KEY_FILE=/run/secrets/api_key`.";
  return wrap(text.split(" "));
}

function wrap(words: readonly string[]): string {
  let text = "";
  let length = 0;
  for (const word of words) {
    const isNew = length + word.length + 1 > LINE_WIDTH;
    text += `${text === "" ? "" : isNew ? "\n" : " "}${word}`;
    length = (isNew || length === 0 ? 0 : length + 1) + word.length;
  }
  return text;
}
