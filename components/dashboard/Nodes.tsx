import { combineLiving, type NodeView } from "../../client/dashboard/chronicle.ts";
import type { Dashboard } from "../../client/dashboard/dashboard.ts";
import type { Language } from "../../client/dashboard/language.ts";
import { SAMPLE_FIELDS, type SampleField, valueOf } from "../../lib/sample.ts";

/** What is plotted and told of each node, in this order: all but when. */
export const [, ...SHOWN] = SAMPLE_FIELDS;

/** One of them. */
export type ShownField = typeof SHOWN[number];

/** A value as it is shown: memory in MB. */
export function shownValue(field: ShownField, value: number | null): number | null {
  return value === null || field !== "memoryBytes" ? value : value / 1e6;
}

/** The beginning of a node's id, which is enough to tell a few of them apart. */
export function shortNode(node: string): string {
  return node.slice(0, 8);
}

/** The figures of all nodes together and of each. */
export function Nodes({ dashboard }: { dashboard: Dashboard }) {
  const language = dashboard.language.value;
  const { nodes } = dashboard.chronicle.view.value;
  return (
    <section class="nodes" aria-labelledby="nodes-title">
      <h2 id="nodes-title" class="visually-hidden">{language.text("nodes")}</h2>
      {nodes.length > 1 && (
        <div class="node is-all">
          <h3>{language.text("all_nodes")}</h3>
          <Figures language={language} valueOf={(field) => combineLiving(field, nodes)} />
        </div>
      )}
      {nodes.map((node, index) => (
        <Node key={node.node} dashboard={dashboard} node={node} index={index} />
      ))}
    </section>
  );
}

interface NodeProps {
  readonly dashboard: Dashboard;
  readonly node: NodeView;
  /** Its place among the colours. */
  readonly index: number;
}

function Node({ dashboard, node: { node, sample, silentMs }, index }: NodeProps) {
  const language = dashboard.language.value;
  return (
    <div class={silentMs === undefined ? "node" : "node is-silent"}>
      <h3 title={node}>
        <i class="swatch" data-node={index % 6} aria-hidden="true" />
        <code>{shortNode(node)}</code>
        {silentMs !== undefined
          ? <span class="tag">{language.text("silent", { t: language.lasting(silentMs) })}</span>
          : node === dashboard.node.value && <span class="tag">{language.text("this_node")}</span>}
      </h3>
      <Figures language={language} valueOf={(field) => valueOf(sample, field)} />
    </div>
  );
}

interface FiguresProps {
  readonly language: Language;
  readonly valueOf: (field: SampleField) => number | null;
}

function Figures({ language, valueOf }: FiguresProps) {
  return (
    <dl class="node-figures">
      {SHOWN.map((field) => (
        <div key={field}>
          <dt>{language.text(field)}</dt>
          <dd>{language.number(shownValue(field, valueOf(field)))}</dd>
        </div>
      ))}
    </dl>
  );
}
