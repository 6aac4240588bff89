/**
 * What dashboards and nodes say to each other, as zod schemas: on the socket of a dashboard, and on the bus between the
 * nodes. Pure. Who says what when is admin_session.ts's and admin_exchange.ts's business.
 *
 * Invariant: what is read is checked in full, and of bounded length; nothing here throws.
 *
 * @module
 */

import { z } from "zod";
import { LOG_LEVELS } from "./log.ts";
import type { Result } from "./result.ts";
import { LINES_KEPT, SAMPLE_FIELDS, SAMPLES_KEPT } from "./sample.ts";

/** The most connections that are listed at a time. */
export const ROWS = 200;
/** The most frames that are told at a time, and how much of each. */
export const FRAMES = { most: 100, length: 1000 } as const;

const nodeSchema = z.string().min(1).max(64);
const clientIdSchema = z.string().min(1).max(16);
const watchIdSchema = z.string().min(1).max(36);

/** A connection, as a dashboard lists it. */
export const rowSchema = z.object({
  username: z.string().max(64),
  client_id: clientIdSchema,
  node: nodeSchema,
  address: z.string().max(64),
  /** Since its socket opened. */
  age_ms: z.number(),
  /** What the client has not taken. */
  queue_bytes: z.number(),
  /** What the client measured last; null where it does not tell. */
  round_trip_ms: z.number().nullable(),
  chats_in: z.number(),
  chats_out: z.number(),
});
/** A connection, as a dashboard lists it. */
export type Row = z.infer<typeof rowSchema>;

/** The order of a list, and what it is narrowed to. */
export const listSchema = z.object({
  type: z.literal("list"),
  sort: rowSchema.keyof().exclude(["client_id"]),
  descending: z.boolean(),
  /** What the name, the address or the client_id has in it; all where it is empty. */
  text: z.string().max(64),
});
/** The order of a list, and what it is narrowed to. */
export type ListRequest = z.infer<typeof listSchema>;

const targetShape = { node: nodeSchema, client_id: clientIdSchema };

/** What a dashboard says. */
export const dashboardMessageSchema = z.discriminatedUnion("type", [
  listSchema,
  z.object({ type: z.literal("close"), ...targetShape }),
  z.object({ type: z.literal("watch"), ...targetShape }),
  z.object({ type: z.literal("unwatch") }),
]);
/** What a dashboard says. */
export type DashboardMessage = z.infer<typeof dashboardMessageSchema>;

const entrySchema = z.object({
  at: z.number(),
  level: z.enum(LOG_LEVELS),
  event: z.string().max(200),
  detail: z.string().max(601),
});
const sampleSchema = z.array(z.number().nullable()).length(SAMPLE_FIELDS.length);

/** What is new of a node, or with `whole` all that is kept of it. */
export const newsSchema = z.object({
  type: z.literal("news"),
  node: nodeSchema,
  whole: z.boolean(),
  samples: z.array(sampleSchema).max(SAMPLES_KEPT),
  lines: z.array(entrySchema).max(LINES_KEPT),
  /** How long nothing was heard of it, by whoever has kept it; left out by the node itself. */
  silent_ms: z.number().nonnegative().optional(),
});
/** What is new of a node, or with `whole` all that is kept of it. */
export type News = z.infer<typeof newsSchema>;

/** What a node is asked about its connections; `by` is the address of who asks, for the log. */
export const requestSchema = z.discriminatedUnion("type", [
  listSchema,
  z.object({ type: z.literal("close"), client_id: clientIdSchema, by: z.string().max(64) }),
  z.object({
    type: z.literal("watch"),
    client_id: clientIdSchema,
    watch: watchIdSchema,
    by: z.string().max(64),
  }),
  z.object({ type: z.literal("unwatch"), watch: watchIdSchema }),
]);
/** What a node is asked about its connections. */
export type AdminRequest = z.infer<typeof requestSchema>;

/** What it answers: the first connections in that order and how many there are, or whether there is that one. */
export const answerSchema = z.object({
  rows: z.array(rowSchema).max(ROWS),
  total: z.int().nonnegative(),
  /** There is that one, but as many are watched as may be. */
  too_many: z.boolean().optional(),
});
/** What it answers. */
export type AdminAnswer = z.infer<typeof answerSchema>;

const frameSchema = z.object({
  at: z.number(),
  /** `in` from the client, `out` to it. */
  direction: z.enum(["in", "out"]),
  text: z.string().max(FRAMES.length),
  /** How long the whole frame is, in UTF-16 units. */
  length: z.int().nonnegative(),
});
/** A frame of a connection that is watched. */
export type WatchedFrame = z.infer<typeof frameSchema>;

/** What has passed on a connection that is watched. */
export const watchedSchema = z.object({
  watch: watchIdSchema,
  frames: z.array(frameSchema).max(FRAMES.most),
  /** How many there were beyond them. */
  dropped: z.int().nonnegative(),
  /** Whether the connection is gone. */
  ended: z.boolean(),
});
/** What has passed on a connection that is watched. */
export type Watched = z.infer<typeof watchedSchema>;

const idSchema = z.string().min(1).max(36);

/** What a node tells the others. */
export const nodeMessageSchema = z.discriminatedUnion("type", [
  newsSchema,
  /** Each is to tell all that is kept of it; where the asker is new, also of those that are silent. */
  z.object({ type: z.literal("wanted"), node: nodeSchema, is_new: z.boolean() }),
  z.object({
    type: z.literal("ask"),
    node: nodeSchema,
    to: z.array(nodeSchema).max(1000),
    id: idSchema,
    request: requestSchema,
  }),
  z.object({
    type: z.literal("answer"),
    node: nodeSchema,
    to: nodeSchema,
    id: idSchema,
    answer: answerSchema,
  }),
  z.object({
    type: z.literal("watched"),
    node: nodeSchema,
    to: nodeSchema,
    watched: watchedSchema,
  }),
]);
/** What a node tells the others. */
export type NodeMessage = z.infer<typeof nodeMessageSchema>;

/** How it stands with a watch: its node watches as many as it may, it knows no such connection, or it does not answer. */
export type Standing = "watched" | "too_many" | "unknown" | "silent";

/** What a dashboard is told. */
export type ToDashboard =
  /** The first thing: the node that this is. */
  | { readonly type: "open"; readonly node: string; readonly version: string }
  | News
  | {
    readonly type: "list";
    readonly rows: readonly Row[];
    readonly total: number;
    /** The nodes that did not answer. */
    readonly silent: readonly string[];
  }
  /** What became of `close`: there was no such connection, or its node did not answer. */
  | {
    readonly type: "closed";
    readonly client_id: string;
    readonly outcome: "done" | "unknown" | "silent";
  }
  /** What became of `watch`, and again when that has changed. After `unknown` nothing more comes. */
  | { readonly type: "watching"; readonly client_id: string; readonly standing: Standing }
  | Omit<Watched, "watch"> & { readonly type: "watched"; readonly client_id: string };

/** Reads a message of a dashboard. */
export function parseDashboardMessage(text: string): Result<DashboardMessage, undefined> {
  return read(dashboardMessageSchema, text);
}

/** Reads a message of a node. */
export function parseNodeMessage(text: string): Result<NodeMessage, undefined> {
  return read(nodeMessageSchema, text);
}

function read<Value>(schema: z.ZodType<Value>, text: string): Result<Value, undefined> {
  try {
    const { data } = schema.safeParse(JSON.parse(text));
    if (data !== undefined) return { ok: true, value: data };
  } catch {
    // It is no JSON.
  }
  return { ok: false, error: undefined };
}
