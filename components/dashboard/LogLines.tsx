import type { Line } from "../../client/dashboard/chronicle.ts";
import type { Dashboard } from "../../client/dashboard/dashboard.ts";
import { Icon } from "../Icon.tsx";
import { shortNode } from "./Nodes.tsx";

/** The warnings and errors of all nodes, the newest first. */
export function LogLines({ dashboard }: { dashboard: Dashboard }) {
  const language = dashboard.language.value;
  const { lines, nodes } = dashboard.chronicle.view.value;
  return (
    <section class="log-lines" aria-labelledby="log-title">
      <div class="panel-head">
        <h2 id="log-title">{language.text("log")}</h2>
        <span class="count">{language.number(lines.length)}</span>
      </div>
      {lines.length === 0 && <p class="dash-empty">{language.text("log_empty")}</p>}
      <div class="log-scroller" role="group" aria-labelledby="log-title" tabindex={0}>
        <ol>
          {lines.map((line, index) => (
            <LogLine
              key={`${line.at} ${line.node} ${index}`}
              dashboard={dashboard}
              line={line}
              tellsNode={nodes.length > 1}
            />
          ))}
        </ol>
      </div>
    </section>
  );
}

interface LogLineProps {
  readonly dashboard: Dashboard;
  readonly line: Line;
  readonly tellsNode: boolean;
}

function LogLine({ dashboard, line: { at, level, event, detail, node }, tellsNode }: LogLineProps) {
  return (
    <li class={`log-line is-${level}`}>
      <p>
        <Icon name={level === "error" ? "refused" : "alert"} />
        <span class="visually-hidden">{level}</span>
        <time>{dashboard.language.value.time(at)}</time>
        <strong>{event}</strong>
        {tellsNode && <code title={node}>{shortNode(node)}</code>}
      </p>
      {detail !== "" && <code class="log-detail">{detail}</code>}
    </li>
  );
}
