/**
 * What a node measures of itself in one second, as the dashboards plot it. Pure; server and page share it.
 *
 * @module
 */

/** The values of a sample, in their order. Those of a rate are of the second that ends `at`. */
export const SAMPLE_FIELDS = [
  /** When it was taken, by the node's own clock, in ms since the epoch. */
  "at",
  /** Open connections. */
  "connections",
  /** Chats that came from clients of this node, a second. */
  "chats",
  /** Chats given to clients of this node, a second. */
  "deliveries",
  /** From a chat's arrival to its being given to the sockets, in ms; the 99th percentile. */
  "deliveryMs",
  /** How late the ticks were, in ms; the 99th percentile. */
  "tickMs",
  /** How long the event loop was held up, in ms; the 99th percentile. */
  "lagMs",
  /** Resident memory of the process. */
  "memoryBytes",
] as const;

/** The name of a value. */
export type SampleField = typeof SAMPLE_FIELDS[number];

/** The values of one second in the order of {@linkcode SAMPLE_FIELDS}; null where nothing was measured. */
export type Sample = readonly (number | null)[];

/** How many seconds are kept of each node: 15 minutes. */
export const SAMPLES_KEPT = 900;
/** How many lines of the log are kept of each node. */
export const LINES_KEPT = 200;

/** One value of a sample. */
export function valueOf(sample: Sample | undefined, field: SampleField): number | null {
  return sample?.[SAMPLE_FIELDS.indexOf(field)] ?? null;
}

/** Makes a sample of its values. */
export function toSample(values: Readonly<Record<SampleField, number | null>>): Sample {
  return SAMPLE_FIELDS.map((field) => values[field]);
}
