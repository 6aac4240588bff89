/**
 * What the measures are named, and what each means: the table that exposition.ts tells. What is counted is metrics.ts's
 * business.
 *
 * Invariant: nothing is kept here; each number is read when it is asked for.
 *
 * @see https://prometheus.io/docs/practices/naming/
 * @module
 */

import { cpuUsage } from "node:process";
import type { Admission } from "./admission.ts";
import type { Hub } from "./hub.ts";
import type { Journal } from "./journal.ts";
import type { Latency } from "./latency.ts";
import type { Metrics, Tally } from "./metrics.ts";
import type { Presence } from "./presence.ts";

/** Where the measures are. */
export interface MeasureSources {
  readonly metrics: Metrics;
  readonly hub: Pick<Hub, "connections" | "online" | "closing" | "queues" | "faults">;
  readonly journal: Pick<Journal, "broker">;
  readonly presence: Pick<Presence, "up">;
  readonly admission: Pick<Admission, "open" | "most">;
  readonly admin: { readonly closing: number } | undefined;
  readonly version: string;
  /** Ms since the epoch. */
  readonly startedAt: number;
}

type Sample = readonly [labels: Readonly<Record<string, string>>, value: number];

/** A measure that is read when it is asked for. */
export interface Measure {
  readonly type: "counter" | "gauge";
  readonly name: string;
  readonly help: string;
  /** The names of the labels; by default there are none. */
  readonly labels?: readonly string[];
  readonly read: () => number | readonly Sample[];
}

/** A measure of durations. */
export interface Histogram {
  readonly name: string;
  readonly help: string;
  readonly boundsMs: readonly number[];
  /** By the value of the label `outcome`, or one without. */
  readonly read: Latency | Readonly<Record<string, Latency>>;
}

/** The bounds of the histograms, in ms: of what may be short, and of what takes its time. */
const FAST_MS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000] as const;
const SLOW_MS = FAST_MS.slice(3);

/** All that are no durations. */
export function measuresOf(sources: MeasureSources): Measure[] {
  return [
    ...ofConnections(sources),
    ...ofSockets(sources),
    ...ofTraffic(sources),
    ...ofRefusals(sources),
    ...ofCondition(sources),
    ...ofProcess(sources),
  ];
}

const of = (type: Measure["type"]) => (name: string, help: string) => ({ type, name, help });
const [counter, gauge] = [of("counter"), of("gauge")];

function byLabel(label: string, tally: Tally<string | number>): Sample[] {
  return [...tally.entries()].map(([value, count]) => [{ [label]: String(value) }, count]);
}

function ofConnections({ hub, metrics }: MeasureSources): Measure[] {
  const byCode = (by: "client" | "server") =>
    [...metrics.closes[by].entries()].map(([code, count]): Sample => [
      { code: code === 0 ? "other" : String(code), by },
      count,
    ]);
  return [
    { ...gauge("pulso_connections", "Connections of this node."), read: () => hub.connections },
    { ...gauge("pulso_users", "Users online, over all nodes."), read: () => hub.online },
    {
      ...gauge("pulso_queue_bytes", "Bytes that wait for slow readers."),
      read: () => hub.queues.bytes,
    },
    {
      ...gauge("pulso_queue_largest_bytes", "Bytes that wait for the one that is furthest behind."),
      read: () => hub.queues.largest,
    },
    {
      ...counter("pulso_slow_readers_closed_total", "Connections closed as they read too slowly."),
      read: () => metrics.slowReaders,
    },
    {
      ...counter("pulso_closes_total", "Ends of connections, by code and by the side that ended."),
      labels: ["code", "by"],
      read: () => [...byCode("client"), ...byCode("server")],
    },
    {
      ...counter("pulso_resumes_total", "Wishes to resume, by what came of them."),
      labels: ["outcome"],
      read: () => byLabel("outcome", metrics.resumes),
    },
  ];
}

function ofSockets({ hub, admission, admin }: MeasureSources): Measure[] {
  return [
    {
      ...gauge("pulso_sockets_admitted", "What MAX_CONNECTIONS bounds: sockets, open or not."),
      read: () => admission.open,
    },
    {
      ...gauge("pulso_sockets_limit", "MAX_CONNECTIONS; +Inf where there is no limit."),
      read: () => admission.most,
    },
    {
      ...gauge("pulso_sockets_closing", "Sockets of those who have left, not ended yet."),
      read: () => hub.closing + (admin?.closing ?? 0),
    },
  ];
}

function ofTraffic({ metrics }: MeasureSources): Measure[] {
  const { traffic } = metrics;
  return [
    {
      ...counter("pulso_chats_received_total", "Chats of clients and from outside, by this node."),
      read: () => metrics.chats,
    },
    {
      ...counter("pulso_deliveries_total", "Chats, once for each connection that they went to."),
      read: () => traffic.deliveries,
    },
    {
      ...counter("pulso_frames_received_total", "Frames of clients."),
      read: () => traffic.framesReceived,
    },
    { ...counter("pulso_frames_sent_total", "Frames to clients."), read: () => traffic.framesSent },
    {
      ...counter("pulso_received_bytes_total", "Bytes of payload in the frames of clients."),
      read: () => traffic.bytesReceived,
    },
    {
      ...counter("pulso_sent_bytes_total", "Bytes of payload in the frames to clients."),
      read: () => traffic.bytesSent,
    },
    {
      ...counter("pulso_gaps_total", "Chats missing: to who resumed, or in the order itself."),
      labels: ["kind"],
      read: () => [
        [
          { kind: "resume" },
          metrics.resumes.count("incomplete") + metrics.resumes.count("unknown"),
        ],
        [{ kind: "skip" }, metrics.skips],
      ],
    },
  ];
}

function ofRefusals({ metrics }: MeasureSources): Measure[] {
  return [
    {
      ...counter(
        "pulso_connections_refused_total",
        "Connections refused, by HTTP status or code of the error.",
      ),
      labels: ["code"],
      read: () => byLabel("code", metrics.refusedConnections),
    },
    {
      ...counter("pulso_messages_refused_total", "Messages answered by an error, by its code."),
      labels: ["code"],
      read: () => byLabel("code", metrics.refusedMessages),
    },
    {
      ...counter(
        "pulso_rate_limited_total",
        "Messages, long answers and new connections over the rate limit.",
      ),
      labels: ["limit"],
      read: () => byLabel("limit", metrics.rateLimited),
    },
    {
      ...counter("pulso_fibonacci_requests_total", "Fibonacci numbers asked for."),
      read: () => metrics.fibonacciAsked,
    },
    {
      ...counter("pulso_fibonacci_refused_total", "Fibonacci numbers not answered, by the reason."),
      labels: ["reason"],
      read: () => byLabel("reason", metrics.fibonacciRefused),
    },
  ];
}

function ofCondition({ hub, journal, presence }: MeasureSources): Measure[] {
  return [
    {
      ...gauge("pulso_database_up", "Whether the database answers, 1 or 0."),
      read: () => Number(presence.up),
    },
    {
      ...gauge(
        "pulso_broker_up",
        "Whether NATS orders and delivers, 1 or 0; not told without NATS.",
      ),
      labels: ["broker"],
      read: () =>
        journal.broker === "none" ? [] : [[{ broker: "nats" }, Number(journal.broker === "up")]],
    },
    {
      ...counter("pulso_faults_total", "Bugs of the server: each has cost one connection."),
      read: () => hub.faults,
    },
  ];
}

function ofProcess({ version, startedAt }: MeasureSources): Measure[] {
  const memory = () => Deno.memoryUsage();
  return [
    {
      ...gauge("pulso_build_info", "Versions of the server and of Deno; always 1."),
      labels: ["version", "deno"],
      read: () => [[{ version, deno: Deno.version.deno }, 1]],
    },
    {
      ...gauge("process_start_time_seconds", "When it started, in seconds since the epoch."),
      read: () => startedAt / 1000,
    },
    {
      ...counter("process_cpu_seconds_total", "Seconds of processor time, of all threads."),
      read: () => {
        const { user, system } = cpuUsage();
        return (user + system) / 1e6;
      },
    },
    {
      ...gauge("process_resident_memory_bytes", "Resident memory of the process in bytes."),
      read: () => memory().rss,
    },
    {
      ...gauge("pulso_heap_used_bytes", "Bytes of JavaScript's heap in use."),
      read: () => memory().heapUsed,
    },
    {
      ...gauge("pulso_heap_size_bytes", "Bytes that JavaScript has reserved for its heap."),
      read: () => memory().heapTotal,
    },
    {
      ...gauge("pulso_external_memory_bytes", "Bytes outside of the heap bound to objects of it."),
      read: () => memory().external,
    },
  ];
}

/** The durations. */
export function histogramsOf({ metrics }: MeasureSources): Histogram[] {
  return [
    {
      name: "pulso_tick_lateness_seconds",
      help: "From a second to the end of its tick; the count is that of the ticks.",
      boundsMs: SLOW_MS,
      read: metrics.tickLateness,
    },
    {
      name: "pulso_journal_append_duration_seconds",
      help: "From a frame or request to the place of its chat; of one chat a millisecond.",
      boundsMs: FAST_MS,
      read: metrics.appendTime,
    },
    {
      name: "pulso_delivery_duration_seconds",
      help: "From a frame or request to the end of the turn that writes its chat; likewise.",
      boundsMs: FAST_MS,
      read: metrics.deliveryTime,
    },
    {
      name: "pulso_database_statement_duration_seconds",
      help: "Statements of presence, by how they ended: ok or failed.",
      boundsMs: FAST_MS,
      read: metrics.statementTime,
    },
    {
      name: "pulso_fibonacci_duration_seconds",
      help: "From a question for a Fibonacci number to its answer.",
      boundsMs: FAST_MS,
      read: metrics.fibonacciTime,
    },
    {
      name: "pulso_event_loop_lag_seconds",
      help: "How late timers are, looked at 20 times a second.",
      boundsMs: SLOW_MS,
      read: metrics.eventLoopLag,
    },
  ];
}
