/**
 * What goes over HTTP beside the socket, as zod schemas with what it means. Pure. Not here: which path answers with which
 * (http_operations.ts), and what the socket carries (protocol.ts).
 *
 * Invariant: a body that a client can see or send has its one home here, and every field of it says what it is.
 *
 * @see docs/PROTOCOL.md, section 8
 * @module
 */

import { z } from "zod";
import {
  ackSchema,
  chatSchema,
  clientMessageSchema,
  EXAMPLE,
  statusSchema,
  timeSchema,
  userSchema,
} from "./protocol.ts";

const onlineSchema = z.int().nonnegative().describe("All who are online, on other pages too.");

/** What is wrong with a request. */
export const problemSchema = z.object({
  type: z.string().describe("Always `about:blank`: the status says the kind."),
  title: z.string().describe("The status in words."),
  status: z.int().min(400).max(599).describe("The HTTP status."),
  detail: z.string().describe("For people: what is wrong with this request, and what to do."),
}).meta({
  description: "An error (RFC 9457).",
  examples: [{
    type: "about:blank",
    title: "Bad Request",
    status: 400,
    detail: "limit is not a whole number from 1 to 1000",
  }],
});

export type ProblemBody = z.infer<typeof problemSchema>;

/** How the process is. */
export const healthSchema = z.object({
  status: z.enum(["ok", "degraded"]).describe("`degraded` without its database or its broker."),
  connections: z.int().nonnegative().describe("Connections to this node."),
  users: z.int().nonnegative().describe("Who is online, over all nodes."),
  uptime_seconds: z.int().nonnegative(),
  database: statusSchema.shape.database,
  broker: statusSchema.shape.broker,
  version: z.string().describe("Of Pulso."),
  node: z.string().describe("This server process."),
}).meta({
  description: "How the process is.",
  examples: [{
    status: "ok",
    connections: 2,
    users: 2,
    uptime_seconds: 90,
    database: "up",
    broker: "none",
    version: "0.1.0",
    node: EXAMPLE.node,
  }],
});
export type Health = z.infer<typeof healthSchema>;

/** That new clients may be sent here. */
export const readySchema = z.object({ status: z.literal("ready") }).meta({
  description: "New clients may be sent here.",
  examples: [{ status: "ready" }],
});

/** A page of those who are online. */
export const userPageSchema = z.object({
  users: z.array(userSchema).describe("By name."),
  online: onlineSchema,
  next: z.string().nullable().describe("The `after` of the next page; null on the last one."),
}).meta({
  description: "Who is online, read from the database.",
  examples: [{
    users: [EXAMPLE.user],
    online: 1,
    next: null,
  }],
});
export type UserPage = z.infer<typeof userPageSchema>;

/** Which visits: those that go on, those that have ended, or both. */
export const visitStateSchema = z.enum(["connected", "disconnected", "all"]);
export type VisitState = z.infer<typeof visitStateSchema>;

/** A visit: one session, whatever sockets and nodes it had. */
export const visitSchema = z.object({
  username: userSchema.shape.username,
  client_id: userSchema.shape.client_id,
  node: z.string().describe("The node that has it, or had it last."),
  connected_at: userSchema.shape.connected_at,
  disconnected_at: z.iso.datetime({ precision: 3 }).nullable()
    .describe("Until when; null while it goes on, also again."),
  close_code: z.int().nullable().describe(
    "The code of whichever side closed first; null while it goes on. 1006: lost without a word, alone or with its " +
      "node; 1005: closed without a code; 4000: our page or console that went and may be back.",
  ),
});
export type Visit = z.infer<typeof visitSchema>;

/** A page of the log of visits. */
export const visitPageSchema = z.object({
  users: z.array(visitSchema).describe("The newest first. A session is one visit."),
  online: onlineSchema,
  next: z.string().nullable().describe("The `after` of the next page; null on the last one."),
}).meta({
  description: "Who was here.",
  examples: [{
    users: [{
      ...EXAMPLE.user,
      disconnected_at: "2026-11-20T15:02:11.480Z",
      close_code: 1000,
    }],
    online: 0,
    next: null,
  }],
});
export type VisitPage = z.infer<typeof visitPageSchema>;

/** A page of the kept chats. */
export const messagePageSchema = z.object({
  epoch: timeSchema.shape.epoch,
  messages: z.array(chatSchema).describe("The oldest first."),
  next: z.int().nonnegative().nullable()
    .describe("The `after` of the next page; null where there is none yet."),
}).meta({
  description: "Kept chats, the oldest first.",
  examples: [{
    epoch: EXAMPLE.epoch,
    messages: [EXAMPLE.chat],
    next: null,
  }],
});
export type MessagePage = z.infer<typeof messagePageSchema>;

const [chatRequestSchema] = clientMessageSchema.options;

/** A chat from outside. */
export const messageRequestSchema = chatRequestSchema.pick({ message: true, id: true }).extend({
  id: chatRequestSchema.shape.id.describe("The caller's own: sent again, it keeps its place."),
}).meta({
  description: "A chat from outside, to every connection.",
  examples: [{ message: "build 42 is green", id: "build-42" }],
});

/** What became of a chat from outside. */
export const acceptedSchema = z.object({ offset: ackSchema.shape.offset }).meta({
  description: "The chat has its place.",
  examples: [{ offset: 43 }],
});
