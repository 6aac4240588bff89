import type { Series } from "../client/page/history.ts";
import { heightOf, highestOf, PLOT_HEIGHT, plotPaths } from "./plot_path.ts";

/** What {@linkcode PlotDrawing} takes. */
export interface PlotDrawingProps {
  readonly series: Series;
  /** The least value that reaches the top, so that a quiet plot looks quiet. */
  readonly scale: number;
  /** A value to mark. */
  readonly limit?: number | undefined;
  readonly isFilled?: boolean;
  /** The place of the chosen second. */
  readonly chosen: number | undefined;
}

/** The line of a plot. Its words are around it. */
export function PlotDrawing({ series, scale, limit, isFilled, chosen }: PlotDrawingProps) {
  const last = series.length - 1;
  const highest = Math.max(scale, highestOf(series) ?? 0);
  const { line, area } = plotPaths(series, highest);
  const value = chosen === undefined ? undefined : series[chosen];
  return (
    <svg viewBox={`0 0 ${last} ${PLOT_HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
      <path class="grid" d={`M0 ${PLOT_HEIGHT - 0.5}H${last}`} />
      {limit !== undefined && <path class="limit" d={`M0 ${heightOf(limit, highest)}H${last}`} />}
      {isFilled && <path class="area" d={area} />}
      <path class="line" d={line} />
      {chosen !== undefined && <path class="cursor" d={`M${chosen} 0V${PLOT_HEIGHT}`} />}
      {value !== undefined && <path class="point" d={`M${chosen} ${heightOf(value, highest)}h0`} />}
    </svg>
  );
}
