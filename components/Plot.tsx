import { type History, SECONDS_KEPT } from "../client/page/history.ts";
import type { Room } from "../client/page/room.ts";
import { formatSecond } from "../client/page/text.ts";
import { useLanguage } from "./language.ts";
import { PlotDrawing, type PlotDrawingProps } from "./PlotDrawing.tsx";
import { highestOf } from "./plot_path.ts";

const LAST = SECONDS_KEPT - 1;
/** How far each key goes, in seconds. */
const STEPS: Readonly<Record<string, number>> = {
  ArrowLeft: -1,
  ArrowDown: -1,
  ArrowRight: 1,
  ArrowUp: 1,
  PageDown: -30,
  PageUp: 30,
  Home: -LAST,
  End: LAST,
};

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
  const time = chosen === undefined ? undefined : formatSecond(
    history.view.peek().endsAt - (SECONDS_KEPT - chosen) * 1000,
    room.zone.value,
  );
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
        aria-valuenow={(chosen ?? LAST) - LAST}
        aria-valuetext={`${time ?? language.text("now_axis")} · ${value}`}
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

/** What chooses a second: a pointer, or keys; it is let go with the mouse or the focus. A finger leaves what it chose. */
function choosing(history: History) {
  const leave = () => history.choose(undefined);
  const point = ({ clientX, currentTarget }: PointerEvent & { currentTarget: HTMLElement }) => {
    const { left, width } = currentTarget.getBoundingClientRect();
    history.choose((clientX - left) / width * LAST);
  };
  return {
    onPointerDown: point,
    onPointerMove: point,
    onPointerLeave: ({ pointerType }: PointerEvent) => pointerType === "mouse" && leave(),
    onBlur: leave,
    onKeyDown: (event: KeyboardEvent) => {
      const step = STEPS[event.key];
      if (step === undefined) return;
      event.preventDefault();
      history.choose((history.chosen.value ?? LAST) + step);
    },
  };
}
