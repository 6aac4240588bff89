import type { Room } from "../client/page/room.ts";
import { roundedMs } from "../client/page/round_trips.ts";
import { formatDuration } from "../client/page/text.ts";
import { useLanguage } from "./language.ts";
import { Plots } from "./Plots.tsx";

/** What has been counted since the page was opened, and how the last minutes went. */
export function Metrics({ room }: { room: Room }) {
  const language = useLanguage();
  return (
    <section class="metrics" aria-labelledby="h-metrics">
      <header class="panel-head">
        <h2 id="h-metrics">{language.text("metrics")}</h2>
      </header>
      <Figures room={room} />
      <Plots room={room} />
    </section>
  );
}

function Figures({ room: { meter, link } }: { room: Room }) {
  const language = useLanguage();
  const { received, sent, reconnects, gaps, onlineMs } = meter.counters.view.value;
  const { p50, p95 } = meter.roundTrips;
  // Without a connection nothing is measured: what is left of the last minutes is grey.
  return (
    <dl class={link.isOnline.value ? "figures" : "figures is-past"}>
      <Figure name={language.text("events")} value={language.number(received + sent)} />
      <Figure name={language.text("received")} value={language.number(received)} />
      <Figure name={language.text("sent")} value={language.number(sent)} />
      <Time name={language.text("rtt_p50")} ms={p50.value} />
      <Time name={language.text("rtt_p95")} ms={p95.value} />
      <Time name={language.text("one_way")} ms={meter.oneWay.value} />
      <Figure name={language.text("time_online")} value={formatDuration(onlineMs)} />
      <Figure name={language.text("reconnects")} value={language.number(reconnects)} />
      <Figure name={language.text("gaps")} value={language.number(gaps)} />
    </dl>
  );
}

interface FigureProps {
  readonly name: string;
  readonly value: string;
  readonly unit?: string;
}

function Figure({ name, value, unit }: FigureProps) {
  return (
    <div class={unit === undefined ? undefined : "is-measured"}>
      <dt>{name}</dt>
      <dd>{value}{unit !== undefined && <span class="unit">&nbsp;{unit}</span>}</dd>
    </div>
  );
}

/** A time, as far as it is known. */
function Time({ name, ms }: { name: string; ms: number | undefined }) {
  const language = useLanguage();
  if (ms === undefined) return <Figure name={name} value="–" />;
  return <Figure name={name} value={language.number(roundedMs(ms))} unit="ms" />;
}
