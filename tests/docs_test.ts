import assert from "node:assert/strict";
import project from "../deno.json" with { type: "json" };
import { CloseCode, mayReconnect } from "../lib/close_codes.ts";
import { defaultOf, SETTING_NAMES } from "../lib/settings.ts";
import { makeFormattedPage, PAGE } from "../scripts/docs.ts";
import { withSettings } from "../scripts/settings_table.ts";

const read = (path: string) => Deno.readTextFile(new URL(`../${path}`, import.meta.url));

/** The cells of a table's rows, by their first cell without its backquotes. */
function rows(text: string): Map<string, string[]> {
  const cells = text.split("\n").filter((line) => line.startsWith("| "))
    .map((line) => line.split(" |").map((cell) => cell.replace(/^\|? ?/, "").trim()));
  return new Map(cells.map(([first = "", ...rest]) => [first.replaceAll("`", ""), rest]));
}

Deno.test("README.md's settings are what the schema says; else: deno task docs", async () => {
  const readme = await read("README.md");
  assert.equal(readme, withSettings(readme));
  const table = rows(readme);
  for (const name of SETTING_NAMES) {
    const [value, meaning = ""] = table.get(name) ?? [];
    const shown = defaultOf(name);
    assert.equal(value, shown && `\`${shown}\``, name);
    assert.ok(meaning.length > 4, name);
  }
});

Deno.test("withSettings() finds a table that is stale", async () => {
  const readme = await read("README.md");
  for (const [now, before] of [["`8000`", "`8001`"], ["`PORT`", "`GATE`"]] as const) {
    const stale = readme.replace(now, before);
    assert.notEqual(stale, readme);
    assert.equal(withSettings(stale), readme);
  }
});

Deno.test("README.md and docs/PROTOCOL.md say of each close code whether to come back", async () => {
  for (const path of ["README.md", "docs/PROTOCOL.md"]) {
    const table = rows(await read(path));
    const told = [...table].filter(([first]) => /^\d{4}$/.test(first));
    assert.ok(told.length >= 9, path);
    for (const [code, [, comesBack = ""]] of told) {
      assert.ok(Object.values(CloseCode).includes(Number(code) as CloseCode), code);
      assert.equal(comesBack.startsWith("yes"), mayReconnect(Number(code)), `${path}: ${code}`);
    }
  }
});

Deno.test("docs/PROTOCOL.md is what its template and the schemas make: deno task docs", async () => {
  assert.equal(await Deno.readTextFile(PAGE), await makeFormattedPage());
});

Deno.test("README.md names every dependency", async () => {
  const text = await read("README.md");
  for (const name of Object.keys(project.imports)) assert.ok(text.includes(`\`${name}\``), name);
});

Deno.test("deno.json says of every task what it does", () => {
  for (const [name, task] of Object.entries(project.tasks)) {
    assert.ok(task.description.length > 4, name);
  }
  const wanted = ["start", "dev", "build", "test", "check", "ok", "bench", "client"];
  assert.deepEqual(wanted.filter((name) => !(name in project.tasks)), []);
});
