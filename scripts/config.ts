// deno-lint-ignore-file no-console -- this is a command that prints
/**
 * Every setting with its value, where that came from and what it means, all that is wrong with them, and what is probably
 * misspelt: `deno task config`. Ends with 1 where something is wrong.
 *
 * @module
 */

import { misspelt, showConfig } from "../lib/config.ts";

const { settings, problems } = showConfig();
for (const { name, value, from, meaning } of settings) {
  // A terminal would obey what is in a value.
  const shown = /^[\x21-\x7e]*$/.test(value) || value === "(hidden)"
    ? value
    : JSON.stringify(value);
  console.log(`${name}=${shown}\n  ${from}; ${meaning.replaceAll("`", "")}`);
}
const doubtful = misspelt().map(({ variable, setting }) => `  ${variable}: is ${setting} meant?`);
if (doubtful.length > 0) console.error(`\nNo settings:\n${doubtful.join("\n")}`);
if (problems.length > 0) {
  console.error(`\nWrong:\n${problems.map((problem) => `  ${problem}`).join("\n")}`);
  Deno.exit(1);
}
