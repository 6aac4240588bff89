/**
 * One plot over the last 15 minutes, drawn by uPlot on a canvas: a line for each node.
 *
 * Invariant: its colours are the style sheet's, asked for at each drawing, so that a theme that changes is followed.
 *
 * @see https://github.com/leeoniya/uPlot/tree/master/docs
 * @module
 */

import UPlot from "uplot";
import { lonely } from "../../client/dashboard/chronicle.ts";

/** How high a plot is, in px. */
const HEIGHT = 132;
/** Lines of different nodes differ by their dashes too. */
const DASHES: readonly number[][] = [[], [6, 3], [2, 2], [8, 3, 2, 3], [12, 4], [4, 4]];

/** What is plotted. */
export interface PlotData {
  /** In s since the epoch. */
  readonly seconds: readonly number[];
  /** Of each node. */
  readonly columns: readonly (readonly (number | null)[])[];
}

/** What {@linkcode TimePlot} takes. */
export interface TimePlotOptions {
  readonly root: HTMLElement;
  /** Writes a second, given in s since the epoch, and a value. */
  readonly time: (second: number) => string;
  readonly value: (value: number) => string;
  /** A second is pointed at, or none. */
  readonly chosen: (index: number | undefined) => void;
}

/** A plot in an element of the page. */
export class TimePlot {
  readonly #options: TimePlotOptions;
  #plot: UPlot | undefined;
  #lines = 0;
  readonly #resized: ResizeObserver;

  constructor(options: TimePlotOptions) {
    this.#options = options;
    const { root } = options;
    this.#resized = new ResizeObserver(() => {
      this.#plot?.setSize({ width: root.clientWidth, height: HEIGHT });
    });
    this.#resized.observe(root);
    // Not by uPlot's own hook, which tells also of what was not pointed at.
    root.addEventListener("pointermove", ({ clientX }) => this.#point(clientX));
    root.addEventListener("pointerleave", () => options.chosen(undefined));
  }

  #point(clientX: number): void {
    const plot = this.#plot;
    if (plot === undefined) return;
    const left = clientX - plot.over.getBoundingClientRect().left;
    this.#options.chosen(left < 0 ? undefined : plot.posToIdx(left));
  }

  /** Draws. */
  show({ seconds, columns }: PlotData): void {
    const data = [seconds, ...columns] as unknown as UPlot.AlignedData;
    if (this.#plot !== undefined && this.#lines === columns.length) {
      this.#plot.setData(data);
      return;
    }
    this.#plot?.destroy();
    this.#lines = columns.length;
    this.#plot = new UPlot(this.#describe(columns.length), data, this.#options.root);
  }

  /** Draws again, in other colours. */
  redraw(): void {
    this.#plot?.redraw(false);
  }

  /** Marks a second, or none. */
  mark(index: number | undefined): void {
    const plot = this.#plot;
    if (plot === undefined) return;
    const second = plot.data[0][index ?? -1];
    const left = second === undefined ? -10 : plot.valToPos(second, "x");
    plot.setCursor({ left, top: 0 }, false);
  }

  /** Lets everything go. */
  end(): void {
    this.#resized.disconnect();
    this.#plot?.destroy();
    this.#plot = undefined;
  }

  #describe(lines: number): UPlot.Options {
    const { root, time, value } = this.#options;
    const ink = (token: string) => () => colourOf(root, token);
    const axis = {
      stroke: ink("--ink-faint"),
      font: `11px ${getComputedStyle(root).fontFamily}`,
      grid: { stroke: ink("--hairline"), width: 1 },
      ticks: { show: false },
    };
    return {
      width: root.clientWidth,
      height: HEIGHT,
      legend: { show: false },
      cursor: { y: false, drag: { x: false, y: false }, points: { show: false } },
      select: { show: false, left: 0, top: 0, width: 0, height: 0 },
      scales: { y: { range: (_plot, _least, most) => [0, Math.max(1, (most ?? 0) * 1.1)] } },
      axes: [
        { ...axis, space: 70, size: 24, values: (_plot, splits) => splits.map(time) },
        { ...axis, space: 28, size: 46, values: (_plot, splits) => splits.map(value) },
      ],
      series: [
        {},
        ...Array.from({ length: lines }, (_, index) => ({
          stroke: ink(`--node-${index % 6}`),
          width: 1.5,
          dash: DASHES[index % 6] ?? [],
          points: { show: false, size: 4, filter: lonelyIn },
        })),
      ],
    };
  }
}

/** The values that are shown as dots: in a quiet room there is a chat now and then, with no line to the next one. */
function lonelyIn(plot: UPlot, line: number): number[] {
  return lonely([...plot.data[line] ?? []]);
}

/** A colour of the style sheet as it is now, in a form that a canvas takes. */
function colourOf(root: HTMLElement, token: string): string {
  root.style.setProperty("--asked", `var(${token})`);
  return getComputedStyle(root).caretColor;
}
