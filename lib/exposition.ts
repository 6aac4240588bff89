/**
 * The measures in the text that Prometheus reads. What they are is measures.ts's business.
 *
 * Invariant: nothing is kept here; each number is read when it is asked for.
 *
 * @module
 */

import { Counter, Gauge, type Metric, Registry } from "prom-client";
import type { Latency } from "./latency.ts";
import {
  type Histogram,
  histogramsOf,
  type Measure,
  measuresOf,
  type MeasureSources,
} from "./measures.ts";

/** What `/metrics` answers. */
export class Exposition {
  readonly #registry = new Registry();

  constructor(sources: MeasureSources) {
    for (const measure of measuresOf(sources)) this.#expose(measure);
    for (const histogram of histogramsOf(sources)) this.#exposeHistogram(histogram);
  }

  /** The media type of the text. */
  get contentType(): string {
    return this.#registry.contentType;
  }

  /** All measures as they are now. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }

  #expose({ type, name, help, labels = [], read }: Measure): void {
    const registers = [this.#registry];
    const options = { name, help, labelNames: [...labels], registers };
    const samples = () => {
      const values = read();
      return typeof values === "number" ? [[{}, values] as const] : values;
    };
    if (type === "gauge") {
      new Gauge({
        ...options,
        collect() {
          this.reset();
          for (const [of, value] of samples()) this.set(of, value);
        },
      });
      return;
    }
    new Counter({
      ...options,
      collect() {
        this.reset();
        for (const [of, value] of samples()) this.inc(of, value);
      },
    });
  }

  // prom-client's own would have to be told of each observation.
  #exposeHistogram({ name, help, boundsMs, read }: Histogram): void {
    const latencies = "record" in read
      ? [[{}, read as Latency] as const]
      : Object.entries(read).map(([outcome, latency]) => [{ outcome }, latency] as const);
    const get = () =>
      Promise.resolve({
        name,
        help,
        type: "histogram",
        aggregator: "sum",
        values: latencies.flatMap(([labels, latency]) => {
          const counts = latency.countsUpTo(boundsMs);
          return [
            ...counts.map((value, at) => ({
              metricName: `${name}_bucket`,
              labels: { ...labels, le: boundsMs[at]! / 1000 },
              value,
            })),
            {
              metricName: `${name}_bucket`,
              labels: { ...labels, le: "+Inf" },
              value: latency.count,
            },
            { metricName: `${name}_sum`, labels, value: latency.sumMs / 1000 },
            { metricName: `${name}_count`, labels, value: latency.count },
          ];
        }),
      });
    this.#registry.registerMetric({ name, help, get } as unknown as Metric);
  }
}
