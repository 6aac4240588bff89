/**
 * How the stream of chats is to be, and making it so.
 *
 * Invariant: a stream that holds other things than chats is left as it is.
 *
 * @module
 */

import {
  DiscardPolicy,
  JetStreamApiCodes,
  JetStreamApiError,
  type JetStreamManager,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
  type StreamInfo,
} from "@nats-io/jetstream";
import type { Time } from "./clock.ts";
import { describeError, type Log } from "./log.ts";

/** What can be chosen of a stream. */
export interface StreamSettings {
  readonly stream: string;
  readonly replicas: number;
  readonly maxAgeMs: number;
  readonly maxBytes: number;
}

/**
 * How long an id is remembered, in ms. Ten minutes are the longest RESUME_GRACE_MS: whoever may still send an
 * unacknowledged chat again finds it remembered. The broker holds some 100 bytes for each in memory.
 */
const DUPLICATES_MS = 600_000;

/** Within how long several nodes that find no stream begin to make it, in ms; making it takes one. */
const APART_MS = 50;

/** Ms as the broker counts them. */
export const toNanos = (ms: number): number => ms * 1_000_000;

/** The only subject of a stream. */
export const subjectOf = (stream: string): string => `${stream}.chat`;

function wantedOf({ stream, replicas, maxAgeMs, maxBytes }: StreamSettings) {
  return {
    name: stream,
    subjects: [subjectOf(stream)],
    storage: StorageType.File,
    retention: RetentionPolicy.Limits,
    discard: DiscardPolicy.Old,
    num_replicas: replicas,
    max_age: toNanos(maxAgeMs),
    duplicate_window: toNanos(Math.min(DUPLICATES_MS, maxAgeMs)),
    max_bytes: maxBytes,
    allow_direct: true,
  };
}

/** What is changed together, since one bounds the other. */
const CHANGES: readonly (readonly (keyof ReturnType<typeof wantedOf>)[])[] = [
  ["max_age", "duplicate_window"],
  ["max_bytes"],
  ["num_replicas"],
  ["discard"],
  ["allow_direct"],
  ["storage"],
  ["retention"],
];

/**
 * Makes the stream where it is missing; with `change`, changes its settings where they differ, and one that cannot be
 * changed is a warning.
 *
 * @throws {Error} If it cannot be had, or holds other things than chats.
 */
export async function ensureStream(
  manager: JetStreamManager,
  options: {
    readonly settings: StreamSettings;
    readonly change: boolean;
    readonly log: Log;
    readonly time: Time;
  },
): Promise<void> {
  const { settings, change, log, time } = options;
  const wanted = wantedOf(settings);
  let found = await find(manager, settings.stream);
  if (found === undefined) {
    // Where several nodes make it in the same moment, a broker may take it for two streams, of which one is forgotten.
    await new Promise<void>((resolve) => time.after(Math.random() * APART_MS, resolve));
    found = await find(manager, settings.stream);
  }
  if (found === undefined) {
    await manager.streams.add(wanted);
    return;
  }
  if (found.config.subjects?.join() !== wanted.subjects.join()) {
    throw new Error(
      `could not use the stream ${settings.stream}: it holds other things than chats`,
    );
  }
  if (change) await changeWhatDiffers(manager, { found: found.config, wanted, log });
}

async function changeWhatDiffers(
  manager: JetStreamManager,
  options: { found: StreamConfig; wanted: ReturnType<typeof wantedOf>; log: Log },
): Promise<void> {
  const { found, wanted, log } = options;
  for (const names of CHANGES) {
    if (names.every((name) => found[name] === wanted[name])) continue;
    try {
      const change = Object.fromEntries(names.map((name) => [name, wanted[name]]));
      await manager.streams.update(wanted.name, change);
    } catch (error) {
      log.warning("stream_setting_kept", {
        setting: names.join(),
        kept: names.map((name) => found[name]).join(),
        reason: describeError(error),
      });
    }
  }
}

async function find(manager: JetStreamManager, stream: string): Promise<StreamInfo | undefined> {
  try {
    return await manager.streams.info(stream);
  } catch (error) {
    if (error instanceof JetStreamApiError && error.code === JetStreamApiCodes.StreamNotFound) {
      return undefined;
    }
    throw error;
  }
}
