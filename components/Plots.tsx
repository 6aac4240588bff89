import { type ReadonlySignal, useSignal } from "@preact/signals";
import type { RefObject } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Series } from "../client/page/history.ts";
import type { Room } from "../client/page/room.ts";
import { roundedMs } from "../client/page/round_trips.ts";
import { useLanguage } from "./language.ts";
import { Plot } from "./Plot.tsx";
import { highestOf } from "./plot_path.ts";

/** The least values that fill a plot: four messages a second, a round trip of ten ms. */
const MESSAGES_SCALE = 4;
const ROUND_TRIPS_SCALE = 10;
/** So many seconds make a line. */
const READABLE_FROM = 10;

/** The last five minutes. Drawn once a second, and only while somebody can see them. */
export function Plots({ room }: { room: Room }) {
  const language = useLanguage();
  const box = useRef<HTMLDivElement>(null);
  const isSeen = useIsSeen(box);
  const { history, roundTrips } = room.meter;
  const view = isSeen.value ? history.view.value : history.view.peek();
  const highest = highestOf(view.messages);
  const p95 = rounded(roundTrips.p95.value);
  return (
    <div ref={box}>
      <Plot
        room={room}
        id="plot-messages"
        name={language.text("messages_per_s")}
        series={view.messages}
        scale={MESSAGES_SCALE}
        note={highest === undefined ? undefined : language.text("highest", { n: highest })}
        isFilled
      />
      <Plot
        room={room}
        id="plot-round-trips"
        name={language.text("rtt_plot")}
        series={view.roundTrips.map(rounded)}
        scale={ROUND_TRIPS_SCALE}
        limit={p95}
        note={p95 === undefined ? undefined : `p95 ${language.number(p95)}`}
      />
      <p class="plot-axis" aria-hidden="true">
        <span>{language.text(isFilling(view.messages) ? "plot_empty" : "minutes_ago")}</span>
        <span>{language.text("now_axis")}</span>
      </p>
    </div>
  );
}

/** Whether an element is in sight. */
function useIsSeen(element: RefObject<HTMLElement>): ReadonlySignal<boolean> {
  const isSeen = useSignal(false);
  useEffect(() => {
    if (element.current === null) return;
    const watching = new IntersectionObserver((entries) => {
      isSeen.value = entries.at(-1)?.isIntersecting ?? false;
    });
    watching.observe(element.current);
    return () => watching.disconnect();
  }, []);
  return isSeen;
}

function rounded(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : roundedMs(ms);
}

/** Whether there is too little of a line to be read. */
function isFilling(series: Series): boolean {
  return series.filter((value) => value !== undefined).length < READABLE_FROM;
}
