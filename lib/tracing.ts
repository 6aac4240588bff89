/**
 * Spans of what takes time, for Deno's own OpenTelemetry, which sends them where `OTEL_DENO=true`. What is counted without
 * it is metrics.ts's business.
 *
 * Invariant: where nobody listens, what is traced runs as if this module were not there; and a trace ends: what comes over
 * a socket later is no part of the handshake's, but a trace of its own with a link to it.
 *
 * @see https://docs.deno.com/runtime/fundamentals/open_telemetry/
 * @see https://opentelemetry.io/docs/concepts/signals/traces/#span-links
 * @module
 */

import {
  type Attributes,
  type Span,
  type SpanOptions,
  SpanStatusCode,
  trace,
} from "@opentelemetry/api";

export type { Attributes };

const tracer = trace.getTracer("pulso");

/** Whether spans go anywhere; one that is not ended is not sent. */
const isOn = tracer.startSpan("probe").isRecording();

/** A span that begins a trace, with a link to the one within which it begins: of a socket that of its handshake. */
function aside(): SpanOptions {
  const from = trace.getActiveSpan()?.spanContext();
  return { root: true, links: from === undefined ? [] : [{ context: from }] };
}

/**
 * Runs `work` in a span; spans that begin within it are its children.
 *
 * @param span `isAside`: it begins a trace of its own. `after`: what is told of the outcome; with `error.type` in it the
 * span is marked as failed.
 */
export async function traced<T>(
  span: {
    readonly name: string;
    readonly attributes?: Attributes;
    readonly isAside?: boolean;
    readonly after?: (outcome: T) => Attributes;
  },
  work: () => Promise<T>,
): Promise<T> {
  if (!isOn) return await work();
  return await tracer.startActiveSpan(
    span.name,
    { attributes: span.attributes ?? {}, ...span.isAside && aside() },
    async (active) => {
      try {
        const outcome = await work();
        tell(active, span.after?.(outcome) ?? {});
        return outcome;
      } catch (error) {
        // Not its message, in which there may be what somebody has typed.
        tell(active, { "error.type": error instanceof Error ? error.name : "unknown" });
        throw error;
      } finally {
        active.end();
      }
    },
  );
}

// See https://opentelemetry.io/docs/specs/semconv/general/recording-errors/
function tell(span: Span, attributes: Attributes): void {
  span.setAttributes(attributes);
  if ("error.type" in attributes) span.setStatus({ code: SpanStatusCode.ERROR });
}

/**
 * Tells of what has taken place by now, in a trace of its own.
 *
 * @param span `startedAt`: by `performance.now()`.
 */
export function traceSince(
  span: { readonly name: string; readonly startedAt: number; readonly attributes?: Attributes },
): void {
  if (!isOn) return;
  const startTime = performance.timeOrigin + span.startedAt;
  tracer.startSpan(span.name, { ...aside(), startTime, attributes: span.attributes ?? {} }).end();
}
