/**
 * A node with an Admin for tests: hub, sockets and what is measured are fakes; the time and the bus are the test's.
 *
 * @module
 */

import { Admin, FreshLines, type Measured } from "../lib/admin.ts";
import type { Bus } from "../lib/bus.ts";
import { everySecond, type Time } from "../lib/clock.ts";
import { createLog } from "../lib/log.ts";
import { settle, setUp } from "./fake_hub.ts";
import { FakeSocket } from "./fakes.ts";

/** Of every Admin here. */
export const TOKEN = "a-token/of+some~length=";

/** Anything that was told. */
// deno-lint-ignore no-explicit-any -- a test looks into messages as it likes
export type Told = any;

/** Starts a node; all of a test share one time. */
export function adminNode(nodeId: string, { time, bus }: { time: Time; bus?: Bus }) {
  const { hub, online, log: lines } = setUp({ MESSAGES_PER_SECOND: 0 }, { nodeId });
  const measured = { chats: 0, deliveries: 0, deliveryMs: undefined, tickMs: 1.5, lagMs: 0.2 };
  const fresh = new FreshLines();
  const told: string[] = [];
  const log = createLog({
    level: "info",
    format: "json",
    write: (line) => told.push(line),
    heard: fresh.heard,
  });
  const admin = new Admin({
    token: TOKEN,
    version: "1.2.3",
    hub,
    nodeId,
    bus,
    lines: fresh,
    measure: (): Measured => ({ ...measured }),
    log,
    time,
    memory: () => 50e6,
  });
  admin.start();
  const onError = (error: unknown) => {
    throw error;
  };
  const stopBeat = everySecond((at) => admin.tick(at), { time, onError });
  const stop = () => {
    stopBeat();
    admin.stop();
  };
  /** A dashboard whose token was right. */
  const dashboard = async ({ reads } = { reads: true }) => {
    const socket = new FakeSocket();
    socket.reads = reads;
    admin.connect(socket.asWebSocket, "10.0.0.9");
    socket.open();
    await settle();
    const say = (message: unknown) => {
      socket.receive(typeof message === "string" ? message : JSON.stringify(message));
    };
    const take = (type?: string): Told[] =>
      socket.take().filter((message) => type === undefined || message.type === type);
    return { socket, say, take };
  };
  return { admin, stop, hub, online, log, lines, measured, dashboard, told: () => told.map(read) };
}

function read(line: string): Told {
  return JSON.parse(line);
}
