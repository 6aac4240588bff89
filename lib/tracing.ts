/**
 * Spans of what takes time, for Deno's own OpenTelemetry, which sends them where `OTEL_DENO=true`. What is counted without
 * it is metrics.ts's business.
 *
 * Invariant: where nobody listens, what is traced runs as if this module were not there.
 *
 * @see https://docs.deno.com/runtime/fundamentals/open_telemetry/
 * @module
 */

import { type Attributes, SpanStatusCode, trace } from "@opentelemetry/api";

export type { Attributes };

const tracer = trace.getTracer("pulso");

/** Whether spans go anywhere; one that is not ended is not sent. */
const isOn = tracer.startSpan("probe").isRecording();

/**
 * Runs `work` in a span; spans that begin within it are its children.
 *
 * @param span `after`: what is told of the outcome.
 */
export async function traced<T>(
  span: {
    readonly name: string;
    readonly attributes?: Attributes;
    readonly after?: (outcome: T) => Attributes;
  },
  work: () => Promise<T>,
): Promise<T> {
  if (!isOn) return await work();
  return await tracer.startActiveSpan(
    span.name,
    { attributes: span.attributes ?? {} },
    async (active) => {
      try {
        const outcome = await work();
        active.setAttributes(span.after?.(outcome) ?? {});
        return outcome;
      } catch (error) {
        active.setStatus({ code: SpanStatusCode.ERROR });
        throw error;
      } finally {
        active.end();
      }
    },
  );
}

/**
 * Tells of what has taken place by now.
 *
 * @param span `startedAt`: by `performance.now()`.
 */
export function traceSince(
  span: { readonly name: string; readonly startedAt: number; readonly attributes?: Attributes },
): void {
  if (!isOn) return;
  const startTime = performance.timeOrigin + span.startedAt;
  tracer.startSpan(span.name, { startTime, attributes: span.attributes ?? {} }).end();
}
