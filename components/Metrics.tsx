import { onlineFor } from "../client/page/counters.ts";
import type { Room } from "../client/page/room.ts";
import { formatDuration, formatNumber } from "../client/page/text.ts";
import { words } from "../client/page/words.ts";

/** What has been counted since the page was opened. */
export function Metrics({ room }: { room: Room }) {
  const figures = room.counters.view.value;
  const { received, sent } = figures;
  return (
    <section class="metrics" aria-labelledby="h-metrics">
      <header class="panel-head">
        <h2 id="h-metrics">{words.metrics}</h2>
      </header>
      <dl class="figures">
        <Figure name={words.events} value={formatNumber(received + sent)} />
        <Figure name={words.received} value={formatNumber(received)} />
        <Figure name={words.sent} value={formatNumber(sent)} />
        <Figure
          name={words.time_online}
          value={formatDuration(onlineFor(figures, room.now.value))}
        />
      </dl>
    </section>
  );
}

function Figure({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}
