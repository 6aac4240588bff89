import { SECONDS_KEPT } from "../client/page/history.ts";
import type { Room } from "../client/page/room.ts";
import { formatSecond } from "../client/page/text.ts";
import { useLanguage } from "./language.ts";
import { PlotDrawing, type PlotDrawingProps } from "./PlotDrawing.tsx";
import { highestOf } from "./plot_path.ts";
import { choosing, LAST, useSpoken } from "./plot_slider.ts";

/** What {@linkcode Plot} takes. */
export interface PlotProps extends Omit<PlotDrawingProps, "chosen"> {
  readonly room: Room;
  readonly id: string;
  readonly name: string;
  /** What to say beside the name. */
  readonly note: string | undefined;
}

/** The last five minutes of one value. Pointed at, or walked along with the arrow keys, it shows each second's. */
export function Plot({ room, id, name, note, ...drawing }: PlotProps) {
  const language = useLanguage();
  const { history } = room.meter;
  const { series } = drawing;
  const chosen = history.chosen.value;
  const told = (value: number | undefined) => value === undefined ? "–" : language.number(value);
  const now = told(series[LAST]);
  const value = chosen === undefined ? now : told(series[chosen]);
  const { endsAt, last } = history.view.peek();
  const time = chosen === undefined
    ? undefined
    : formatSecond(endsAt - (SECONDS_KEPT - chosen) * 1000, room.zone.value);
  const spoken = useSpoken(chosen === undefined ? undefined : last + chosen, {
    "aria-valuenow": (chosen ?? LAST) - LAST,
    "aria-valuetext": `${time ?? language.text("now_axis")} · ${value}`,
  });
  return (
    <figure class="plot">
      <figcaption aria-hidden="true">
        <span id={id}>{name}</span>
        <span>{time ?? note}</span>
        <strong>{value}</strong>
      </figcaption>
      <div
        class="plot-area"
        role="slider"
        tabindex={0}
        aria-labelledby={id}
        aria-valuemin={-LAST}
        aria-valuemax={0}
        {...spoken}
        {...choosing(history)}
      >
        <PlotDrawing {...drawing} chosen={chosen} />
      </div>
      <p class="visually-hidden">
        {language.text("plot_text", { name, now, max: told(highestOf(series)) })}
      </p>
    </figure>
  );
}
