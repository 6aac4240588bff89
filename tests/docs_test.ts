import assert from "node:assert/strict";
import project from "../deno.json" with { type: "json" };
import { CloseCode, mayReconnect } from "../lib/close_codes.ts";
import { loadConfig, settingsSchema } from "../lib/config.ts";

const read = (path: string) => Deno.readTextFile(new URL(`../${path}`, import.meta.url));

/** The cells of a table's rows, by their first cell without its backquotes. */
function rows(text: string): Map<string, string[]> {
  const cells = text.split("\n").filter((line) => line.startsWith("| "))
    .map((line) => line.split(" |").map((cell) => cell.replace(/^\|? ?/, "").trim()));
  return new Map(cells.map(([first = "", ...rest]) => [first.replaceAll("`", ""), rest]));
}

Deno.test("README.md lists every setting with its default", async () => {
  const table = rows(await read("README.md"));
  const defaults = loadConfig({});
  assert.ok(defaults.ok);
  for (const name of Object.keys(settingsSchema.shape)) {
    const value: unknown = defaults.value[name as keyof typeof defaults.value];
    const shown: string = value === undefined || Array.isArray(value) ? "" : `\`${value}\``;
    assert.equal(table.get(name)?.[0], shown, name);
  }
  for (const name of table.keys()) {
    if (/^[A-Z_]{4,}$/.test(name)) assert.ok(name in settingsSchema.shape, `${name} is no setting`);
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
