// deno-lint-ignore-file no-console -- this is a command that prints
/**
 * Every setting with its value, where that came from and what it means, and all that is wrong with them: `deno task config`.
 * Ends with 1 where something is.
 *
 * @module
 */

import { showConfig } from "../lib/config.ts";

const { settings, problems } = showConfig();
for (const { name, value, from, meaning } of settings) {
  // A terminal would obey what is in a value.
  const shown = /^[\x21-\x7e]*$/.test(value) || value === "(hidden)"
    ? value
    : JSON.stringify(value);
  console.log(`${name}=${shown}\n  ${from}; ${meaning.replaceAll("`", "")}`);
}
if (problems.length > 0) {
  console.error(`\nWrong:\n${problems.map((problem) => `  ${problem}`).join("\n")}`);
  Deno.exit(1);
}
