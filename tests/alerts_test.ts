/**
 * The alerts of deploy/, as Prometheus's own `promtool` reads them: each tells of the node that is ill, and of no other.
 *
 * @module
 */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { ignoreWithout, PROMTOOL } from "./requirements.ts";

const DEPLOY = new URL("../deploy/", import.meta.url);

async function promtool(...args: string[]): Promise<void> {
  const command = new Deno.Command(PROMTOOL!, { args, cwd: DEPLOY });
  const { success, stdout, stderr } = await command.output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  assert.ok(success, decode(stdout) + decode(stderr));
}

/** Of each alert a series, minute by minute, of a node that is well and of one that is not. */
const SERIES: Readonly<Record<string, Series>> = {
  PulsoDown: { name: "up", well: "1x15", ill: "1x5 0x10" },
  PulsoDatabaseAway: { name: "pulso_database_up", well: "1x15", ill: "1x5 0x10" },
  PulsoBrokerAway: {
    name: "pulso_broker_up",
    labels: { broker: "nats" },
    well: "1x15",
    ill: "0x15",
  },
  PulsoFault: { name: "pulso_faults_total", well: "1x15", ill: "0x10 1x5" },
  PulsoTicksLate: {
    ...{ name: "pulso_tick_lateness_seconds_bucket", isSummed: true, le: ["0.25", "0.5"] },
    ...{ well: "0+60x15", ill: "0x15", value: "497.5ms" },
  },
  PulsoDeliverySlow: {
    ...{ name: "pulso_delivery_duration_seconds_bucket", isSummed: true, le: ["0.5", "1"] },
    ...{ well: "0+60x15", ill: "0x15", value: "995ms" },
  },
  PulsoSlowReaders: {
    ...{ name: "pulso_slow_readers_closed_total", isSummed: true },
    ...{ well: "0+30x15", ill: "0+90x15", value: "1.5" },
  },
  PulsoSocketsLinger: {
    ...{ name: "pulso_sockets_closing", well: "400x15", ill: "600x15", value: "600" },
  },
  PulsoNearlyFull: {
    ...{ name: "pulso_sockets_admitted", well: "850x15", ill: "950x15", value: "95%" },
    beside: { name: "pulso_sockets_limit", values: "1000x15" },
  },
};

interface Series {
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly well: string;
  readonly ill: string;
  /** What the ill one's alert tells as the value, where it does. */
  readonly value?: string;
  /** Another series that both nodes have. */
  readonly beside?: { readonly name: string; readonly values: string };
  /** Whether the alert has no other label than the instance. */
  readonly isSummed?: boolean;
  /** Of a histogram: the bound over which durations are too long, and the next one, in which all of both nodes are. */
  readonly le?: readonly [bound: string, next: string];
}

function seriesOf({ name, labels, well, ill, le, beside }: Series) {
  const series = (instance: string, values: string, le?: string) => {
    const all = { job: "pulso", instance, ...labels, ...le && { le } };
    const text = Object.entries(all).map(([label, value]) => `${label}="${value}"`);
    return { series: `${name}{${text}}`, values };
  };
  const besides = ["well", "ill"].flatMap((instance) =>
    beside === undefined
      ? []
      : [{ series: `${beside.name}{job="pulso",instance="${instance}"}`, values: beside.values }]
  );
  return [
    ...besides,
    ...([["well", well], ["ill", ill]] as const).flatMap(([instance, values]) =>
      le === undefined ? [series(instance, values)] : [
        series(instance, values, le[0]),
        ...[le[1], "+Inf"].map((bound) => series(instance, "0+60x15", bound)),
      ]
    ),
  ];
}

/** What a rule says of the ill node: its `severity`, and what is told to people. */
function saidBy(rule: string, { value }: Series) {
  const [severity, summary, description] = ["severity", "summary", "description"].map((key) =>
    new RegExp(`^ {10}${key}: "?(.+?)"?$`, "m").exec(rule)?.[1]
      ?.replaceAll("{{ $labels.instance }}", "ill")
      .replaceAll(/\{\{ \$value[^}]*\}\}/g, () => value ?? "nobody has said")
  );
  assert.match(severity ?? "", /^(?:critical|warning)$/, rule);
  assert.ok(summary?.includes("ill") && description, rule);
  return { severity, exp_annotations: { summary, description } };
}

Deno.test({
  name: "deploy/: Prometheus takes its files, and each alert tells of the node that is ill alone",
  ignore: ignoreWithout("promtool", PROMTOOL),
  fn: async () => {
    const rules = await Deno.readTextFile(new URL("alerts.yml", DEPLOY));
    const byName = new Map(
      rules.split(/^ {6}- alert: /m).slice(1).map((rule) => [rule.split("\n")[0]!, rule]),
    );
    assert.deepEqual([...byName.keys()], Object.keys(SERIES));
    const tests = Object.entries(SERIES).map(([alertname, series]) => {
      const { labels, isSummed = false } = series;
      const { severity, exp_annotations } = saidBy(byName.get(alertname)!, series);
      const exp_labels = { severity, instance: "ill", ...!isSummed && { job: "pulso", ...labels } };
      return {
        interval: "1m",
        input_series: seriesOf(series),
        alert_rule_test: [{
          eval_time: "15m",
          alertname,
          exp_alerts: [{ exp_labels, exp_annotations }],
        }],
      };
    });
    const file = await Deno.makeTempFile({ prefix: "pulso-alerts-", suffix: ".yml" });
    const rule_files = [fileURLToPath(new URL("alerts.yml", DEPLOY))];
    await Deno.writeTextFile(file, JSON.stringify({ rule_files, tests }));
    await promtool("check", "config", "prometheus.yml");
    await promtool("test", "rules", file);
    await Deno.remove(file);
  },
});
