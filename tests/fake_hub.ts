/**
 * A hub for tests: presence, Fibonacci, time and sockets are fakes; the journal in memory is real.
 *
 * @module
 */

import type { Bus } from "../lib/bus.ts";
import type { FibonacciAnswer, FibonacciFailure } from "../lib/fibonacci.ts";
import type { ConnectRequest } from "../lib/handshake.ts";
import { Hub, type HubLimits } from "../lib/hub.ts";
import { type Journal, MemoryJournal } from "../lib/journal.ts";
import { createLog } from "../lib/log.ts";
import { Metrics } from "../lib/metrics.ts";
import type {
  Claimant,
  ClaimOutcome,
  PresenceEntry,
  PresencePort,
  PresenceSubscriber,
  Resumed,
} from "../lib/presence.ts";
import type { Format } from "../lib/protocol.ts";
import type { Result } from "../lib/result.ts";
import { FakeSocket, FakeTime } from "./fakes.ts";

/** The limits of a hub that nobody has changed. */
export const LIMITS: HubLimits = {
  MESSAGE_LENGTH: 4096,
  FRAME_BYTES: 16_384,
  QUEUE_BYTES: 1_048_576,
  MESSAGES_PER_SECOND: 20,
  MESSAGES_BURST: 40,
  FIBONACCI_MAX: 100_000,
  RESUME_GRACE_MS: 10_000,
  DRAIN_SPREAD_MS: 5000,
  MAX_CONNECTIONS: 10_000,
};

/** Presence without a database: claims wait until they are answered, by default at once. */
export class FakePresence implements PresencePort {
  nodeId: string;
  up = true;
  isSure = true;
  othersMayReturn = false;
  /** What makes sure, when it is called. */
  sure = Promise.withResolvers<void>();
  /** How sessions have ended or gone away: client_id and close code. */
  readonly ends: [string, number][] = [];
  readonly rows = new Map<string, string>();
  readonly away = new Set<string>();
  /** The sessions of other nodes, by the hashes of their secrets. */
  readonly elsewhere = new Map<string, Resumed>();
  subscriber: PresenceSubscriber | undefined;
  answer: (claimant: Claimant) => Promise<ClaimOutcome> = (claimant) => {
    this.rows.set(claimant.clientId, claimant.usernameKey);
    this.away.delete(claimant.clientId);
    return Promise.resolve({ is: "held", connectedAt: new Date("2026-11-20T14:30:24.000Z") });
  };

  constructor(nodeId = "node") {
    this.nodeId = nodeId;
  }

  subscribe(subscriber: PresenceSubscriber) {
    this.subscriber = subscriber;
  }
  claim(claimant: Claimant) {
    return this.answer(claimant);
  }
  async makeSure() {
    await this.sure.promise;
    this.isSure = true;
  }
  release(clientId: string, code: number) {
    this.ends.push([clientId, code]);
    this.rows.delete(clientId);
    this.away.delete(clientId);
  }
  leave(clientId: string, code: number) {
    this.ends.push([clientId, code]);
    this.away.add(clientId);
  }
  resume(sessionHash: string): Promise<Resumed | "away" | undefined> {
    if (!this.up) return Promise.resolve("away");
    const resumed = this.elsewhere.get(sessionHash);
    this.elsewhere.delete(sessionHash);
    return Promise.resolve(resumed);
  }
  claimAgain(clientId: string) {
    this.claimedAgain.push(clientId);
  }
  /** Whose rows it missed. */
  readonly claimedAgain: string[] = [];
  snapshot: () => Promise<readonly PresenceEntry[]> = () => Promise.resolve([]);
}

/** What a computation comes to. */
export type Outcome = Result<FibonacciAnswer, FibonacciFailure>;

/** What is under way comes to its end; two turns, since a socket is closed in the turn after the decision. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setTimeout(resolve, 0));
}

/** A hub with everything at hand that it uses. */
export function setUp(
  limits: Partial<HubLimits> = {},
  options: {
    readonly journal?: Journal;
    readonly bus?: Bus;
    readonly nodeId?: string;
    readonly afterTurn?: (callback: () => void) => void;
  } = {},
) {
  const time = new FakeTime();
  const metrics = new Metrics(time);
  const presence = new FakePresence(options.nodeId);
  const journal = options.journal ?? new MemoryJournal({ size: 10, now: time.now });
  const computing: { n: number; answer: (outcome: Outcome) => void }[] = [];
  const lines: string[] = [];
  const hub = new Hub({
    limits: { ...LIMITS, ...limits },
    journal,
    presence,
    fibonacci: {
      compute: (n) =>
        new Promise<Outcome>((answer) => {
          computing.push({ n, answer });
        }),
    },
    log: createLog({
      level: "info",
      format: "json",
      write: (line) => lines.push(line),
      now: time.now,
    }),
    time,
    metrics,
    ...(options.bus && { bus: options.bus }),
    afterTurn: options.afterTurn ?? queueMicrotask,
  });
  const connect = async (
    username?: string,
    format: Format = "ndjson",
    resume?: ConnectRequest["resume"],
    { reads = true, identity }: { reads?: boolean; identity?: ConnectRequest["identity"] } = {},
  ) => {
    const socket = new FakeSocket();
    socket.reads = reads;
    let ended = 0;
    const request = { username, format, ...resume && { resume }, ...identity && { identity } };
    hub.connect(socket.asWebSocket, request, {
      address: "127.0.0.1",
      ended: () => ended++,
    });
    socket.open();
    await settle();
    return {
      socket,
      say: async (message: unknown) => {
        socket.receive(typeof message === "string" ? message : JSON.stringify(message));
        await settle();
      },
      take: () => socket.take(),
      types: () => socket.take().map(({ type }) => type),
      ended: () => ended,
    };
  };
  const online = async (username?: string, format: Format = "ndjson") => {
    const client = await connect(username, format);
    client.socket.frames.length = 0;
    return client;
  };
  const log = () => lines.map((line) => JSON.parse(line));
  return { time, metrics, presence, journal, computing, hub, connect, online, log };
}
