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
import { describeOrder, isNamed, orderOf } from "./stream_order.ts";

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

type Settings = ReturnType<typeof wantedOf> & Pick<StreamConfig, "description">;

/** What is changed together, since one bounds the other. */
const CHANGES: readonly (readonly (keyof Settings)[])[] = [
  ["description"],
  ["max_age", "duplicate_window"],
  ["max_bytes"],
  ["num_replicas"],
  ["discard"],
  ["allow_direct"],
  ["storage"],
  ["retention"],
];

/**
 * Makes the stream where it is missing, and names its order of chats where it has no name; with `change`, changes its settings
 * where they differ. What cannot be changed is a warning.
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
  const found = await findOrMake(manager, { wanted, time, log });
  if (found.config.subjects?.join() !== wanted.subjects.join()) {
    throw new Error(
      `could not use the stream ${settings.stream}: it holds other things than chats`,
    );
  }
  await changeWhatDiffers(manager, {
    found: found.config,
    wanted: {
      ...(change ? wanted : { name: wanted.name }),
      ...(isNamed(found) ? {} : { description: describeOrder(orderOf(found)) }),
    },
    log,
  });
}

async function findOrMake(
  manager: JetStreamManager,
  { wanted, time, log }: { readonly wanted: Settings; readonly time: Time; readonly log: Log },
): Promise<StreamInfo> {
  const found = await find(manager, wanted.name);
  if (found !== undefined) return found;
  // Where several nodes make it in the same moment, a broker may take it for two streams, of which one is forgotten.
  await new Promise<void>((resolve) => time.after(Math.random() * APART_MS, resolve));
  try {
    const other = await find(manager, wanted.name);
    if (other !== undefined) return other;
    const made = await manager.streams.add(wanted);
    log.info("stream_created", { stream: wanted.name });
    return made;
  } catch (error) {
    // Another node may have made it, and named it, meanwhile.
    return await find(manager, wanted.name) ?? Promise.reject(error);
  }
}

async function changeWhatDiffers(
  manager: JetStreamManager,
  options: {
    readonly found: StreamConfig;
    readonly wanted: Pick<Settings, "name"> & Partial<Settings>;
    readonly log: Log;
  },
): Promise<void> {
  const { found, wanted, log } = options;
  for (const names of CHANGES) {
    const differ = names.filter((name) => name in wanted && found[name] !== wanted[name]);
    if (differ.length === 0) continue;
    try {
      const change = Object.fromEntries(names.map((name) => [name, wanted[name]]));
      await manager.streams.update(wanted.name, change);
      if (!names.includes("description")) {
        log.info("stream_setting_changed", {
          setting: names.join(),
          from: names.map((name) => found[name]).join(),
          to: names.map((name) => wanted[name]).join(),
        });
      }
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
