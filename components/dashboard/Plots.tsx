import { useEffect, useMemo, useRef } from "preact/hooks";
import { combine, combineLiving, highestOf } from "../../client/dashboard/chronicle.ts";
import type { Dashboard } from "../../client/dashboard/dashboard.ts";
import { SAMPLES_KEPT } from "../../lib/sample.ts";
import { SHOWN, type ShownField, shownValue } from "./Nodes.tsx";
import { TimePlot } from "./time_plot.ts";

const LAST = SAMPLES_KEPT - 1;
/** How far each key goes, in seconds. */
const STEPS: Readonly<Record<string, number>> = {
  ArrowLeft: -1,
  ArrowDown: -1,
  ArrowRight: 1,
  ArrowUp: 1,
  PageDown: -60,
  PageUp: 60,
  Home: -LAST,
  End: LAST,
};

/** A plot of each value over the last 15 minutes. */
export function Plots({ dashboard }: { dashboard: Dashboard }) {
  const language = dashboard.language.value;
  return (
    <section class="plots" aria-labelledby="plots-title">
      <h2 id="plots-title">{language.text("plots")}</h2>
      <div class="plot-grid">
        {SHOWN.map((field) => <Plot key={field} dashboard={dashboard} field={field} />)}
      </div>
    </section>
  );
}

interface PlotProps {
  readonly dashboard: Dashboard;
  readonly field: ShownField;
}

/** Pointed at, or walked along with the arrow keys, it shows each second's value; all plots show the same second. */
function Plot({ dashboard, field }: PlotProps) {
  const language = dashboard.language.value;
  const view = dashboard.chronicle.view.value;
  const chosen = dashboard.chosen.value;
  // Not at each move of the pointer.
  const { columns, all, now, most } = useMemo(() => seriesOf(dashboard, field), [view]);
  const area = useDrawing(dashboard, columns);
  const value = language.number(chosen === undefined ? now : all[chosen] ?? null);
  const highest = language.number(most);
  const second = chosen === undefined
    ? undefined
    : language.time((view.endsAt - LAST + chosen) * 1000);
  const walk = (event: KeyboardEvent) => {
    const step = STEPS[event.key];
    if (step === undefined) return;
    event.preventDefault();
    dashboard.choose(Math.min(LAST, Math.max(0, (chosen ?? LAST) + step)));
  };
  return (
    <figure class="dash-plot">
      <figcaption aria-hidden="true">
        <span>{language.text(field)}</span>
        <span>{second ?? language.text("highest", { n: highest })}</span>
        <strong>{value}</strong>
      </figcaption>
      <div
        ref={area}
        class="dash-plot-area"
        role="slider"
        tabindex={0}
        aria-label={language.text(field)}
        aria-valuemin={-LAST}
        aria-valuemax={0}
        aria-valuenow={(chosen ?? LAST) - LAST}
        aria-valuetext={`${second ?? language.text("now")} · ${value}`}
        onKeyDown={walk}
        onBlur={() => dashboard.choose(undefined)}
      />
      <p class="visually-hidden">
        {language.text("plot_text", {
          name: language.text(field),
          now: language.number(now),
          max: highest,
        })}
      </p>
    </figure>
  );
}

/** A value of each node and of all of them, second by second, and of all the newest and the highest. */
function seriesOf({ chronicle }: Dashboard, field: ShownField) {
  const columns = chronicle.columns(field).map((column) =>
    column.map((value) => shownValue(field, value))
  );
  const all = Array.from(
    { length: SAMPLES_KEPT },
    (_, index) => combine(field, columns.map((column) => column[index] ?? null)),
  );
  // As the figures of the nodes have it: not every node has told the newest second yet.
  const newest = combineLiving(field, chronicle.view.value.nodes);
  return { columns, all, now: shownValue(field, newest), most: highestOf(all) };
}

/** Draws the columns into the element with the returned reference. */
function useDrawing(dashboard: Dashboard, columns: (number | null)[][]) {
  const area = useRef<HTMLDivElement>(null);
  const plot = useRef<TimePlot>();
  useEffect(() => {
    if (area.current === null) return;
    const drawn = plot.current = new TimePlot({
      root: area.current,
      time: (second) => dashboard.language.value.time(second * 1000).slice(0, 5),
      value: (value) => dashboard.language.value.number(value),
      chosen: (index) => dashboard.choose(index),
    });
    return () => drawn.end();
  }, []);
  const { chronicle, chosen, preferences: { theme } } = dashboard;
  const { view } = chronicle;
  useEffect(() => {
    if (view.value.endsAt > 0) plot.current?.show({ seconds: chronicle.seconds, columns });
  }, [view.value]);
  useEffect(() => plot.current?.mark(chosen.value), [chosen.value, view.value]);
  useEffect(() => plot.current?.redraw(), [theme.value]);
  return area;
}
