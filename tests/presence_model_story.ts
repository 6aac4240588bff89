/**
 * What is told of a run, in short.
 *
 * @module
 */

import type { Event } from "./presence_model_judge.ts";
import type { RuledRow } from "./presence_model_rules.ts";

/** Those of some sessions that are connected, in short. */
export function describeConnected<T extends { readonly version: number }>(
  sessions: ReadonlyMap<string, T>,
  isConnected: (session: T) => boolean,
): string {
  const connected = [...sessions].filter(([, session]) => isConnected(session));
  return connected.map(([id, { version }]) => `${id} v${version}`).sort().join(", ") || "nobody";
}

/** Rows, in short. */
export function describeRows(rows: readonly RuledRow[]): string {
  const short = rows.map(({ id, node, version, awayUntil }) =>
    `${id} v${version} on ${node}${
      awayUntil === undefined
        ? ""
        : ` away until ${new Date(awayUntil).toISOString().slice(11, 23)}`
    }`
  );
  return short.sort().join(", ") || "no rows";
}

/** A step, in a line. */
export function describe(
  step: {
    readonly passed: string;
    readonly events: readonly Event[];
    readonly order: readonly number[];
  },
): string {
  const { passed, order } = step;
  const told = step.events.map(({ text, outcome }) => `${text}${describeOutcome(outcome)}`);
  const together = told.filter((text) => text !== "").join(" | ");
  const turns = order.some((turn) => turn > 0) ? ` (order ${order})` : "";
  const all = [passed, together && together + turns].filter((text) => text !== "");
  return all.join("; ") || "nothing";
}

function describeOutcome(outcome: unknown): string {
  if (outcome === undefined) return "";
  if (typeof outcome !== "object" || outcome === null) return `: ${outcome ?? "nothing"}`;
  const { is, version } = outcome as { readonly is?: string; readonly version?: number };
  return `: ${is ?? `v${version}`}`;
}
