// deno-lint-ignore-file no-console -- this is a command that prints
/**
 * Every setting with its value, where that came from and what it means, all that is wrong with them, and what is probably
 * misspelt: `deno task config`. Ends with 1 where something is wrong.
 *
 * @module
 */

import { misspelt, showConfig } from "../lib/config.ts";

const { settings, problems } = showConfig();
// A terminal would obey what is in a value.
const plain = (text: string) => /^[\x21-\x7e]*$/.test(text) ? text : JSON.stringify(text);
for (const { name, value, from, path, meaning } of settings) {
  const origin = path ? `${from} ${plain(path)}` : from;
  console.log(`${name}=${plain(value)}\n  ${origin}; ${meaning.replaceAll("`", "")}`);
}
const doubtful = misspelt().map(({ variable, setting }) => `  ${variable}: is ${setting} meant?`);
if (doubtful.length > 0) console.error(`\nNo settings:\n${doubtful.join("\n")}`);
if (problems.length > 0) {
  console.error(`\nWrong:\n${problems.map((problem) => `  ${problem}`).join("\n")}`);
  Deno.exit(1);
}
