/**
 * The dashboard of deploy/, as far as it can be judged without a Grafana: its outline, and its queries by Prometheus's own
 * `promtool`. That the names in it exist is metrics_server_test.ts's business.
 *
 * @module
 */

import assert from "node:assert/strict";
import { ignoreWithout, PROMTOOL } from "./requirements.ts";

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly datasource: unknown;
  readonly gridPos: {
    readonly x: number;
    readonly y: number;
    readonly w: number;
    readonly h: number;
  };
  readonly fieldConfig: { readonly defaults: { readonly unit: string } };
  readonly targets: readonly {
    readonly refId: string;
    readonly expr: string;
    readonly legendFormat: string;
  }[];
}

const dashboard = JSON.parse(
  await Deno.readTextFile(new URL("../deploy/grafana.json", import.meta.url)),
);
const panels: readonly Panel[] = dashboard.panels;

/** How many columns Grafana has. */
const COLUMNS = 24;

/** Grafana's word for the unit of what a query gives. */
function unitOf(expr: string): string {
  if (/ \/ /.test(expr)) return "percentunit";
  // The processor's seconds in a second are cores.
  if (/rate\(process_cpu/.test(expr)) return "short";
  if (/histogram_quantile/.test(expr)) return "s";
  if (/rate\(/.test(expr)) return /_bytes_total/.test(expr) ? "Bps" : "cps";
  return /_bytes\b/.test(expr) ? "bytes" : "short";
}

Deno.test("deploy/grafana.json has panels of their own, side by side, that ask the chosen Prometheus", () => {
  assert.ok(Number.isInteger(dashboard.schemaVersion) && panels.length > 0);
  const [variable] = dashboard.templating.list;
  assert.equal(`${variable.type} ${variable.query}`, "datasource prometheus");
  assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
  assert.equal(new Set(panels.map(({ title }) => title)).size, panels.length);
  const taken = new Map<string, string>();
  for (const { title, datasource, gridPos: { x, y, w, h }, targets } of panels) {
    assert.deepEqual(datasource, { type: "prometheus", uid: `\${${variable.name}}` }, title);
    assert.equal(new Set(targets.map(({ refId }) => refId)).size, targets.length, title);
    assert.ok(targets.length > 0 && x >= 0 && w > 0 && h > 0 && x + w <= COLUMNS, title);
    for (let at = 0; at < w * h; at++) {
      const cell = `${x + at % w},${y + Math.floor(at / w)}`;
      assert.equal(taken.get(cell), undefined, `${title} lies upon another at ${cell}`);
      taken.set(cell, title);
    }
  }
});

Deno.test("deploy/grafana.json shows each measure in its unit, and counters by how fast they rise", () => {
  for (const { title, fieldConfig: { defaults: { unit } }, targets } of panels) {
    for (const { expr } of targets) {
      assert.equal(unit, unitOf(expr), `${title}: ${expr}`);
      assert.match(
        expr,
        /_total|_bucket/.test(expr) ? /(?:rate|increase)\([^)]+\[\$__rate_interval\]/ : /^[^[]+$/,
        title,
      );
    }
  }
});

Deno.test({
  name:
    "deploy/grafana.json has queries that Prometheus understands, with the labels that their legends tell",
  ignore: ignoreWithout("promtool", PROMTOOL),
  fn: async () => {
    const rules = panels.flatMap(({ id, targets }) =>
      targets.map(({ refId, expr, legendFormat }) => {
        const told = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label);
        const kept = /\bby \(([^)]*)\)/.exec(expr)?.[1]?.split(", ");
        if (kept) {
          assert.deepEqual(kept.filter((label) => label !== "le").sort(), told.sort(), expr);
        }
        return { record: `panel_${id}:${refId}`, expr: expr.replaceAll("$__rate_interval", "1m") };
      })
    );
    const file = await Deno.makeTempFile({ prefix: "pulso-grafana-", suffix: ".yml" });
    await Deno.writeTextFile(file, JSON.stringify({ groups: [{ name: "panels", rules }] }));
    const command = new Deno.Command(PROMTOOL!, { args: ["check", "rules", file] });
    const { success, stdout, stderr } = await command.output();
    const [told, wrong] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
    assert.ok(success && told?.includes(`${rules.length} rules found`), `${told}${wrong}`);
    await Deno.remove(file);
  },
});
