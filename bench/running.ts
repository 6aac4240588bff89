/**
 * Servers as processes: started on a core each, with what they need beside themselves, and ended.
 *
 * Invariant: what was started for a server is gone when its `stop()` has resolved, folders among it.
 *
 * @module
 */

import { startNats } from "../tests/nats.ts";
import { startPostgres } from "../tests/postgres.ts";
import type { Server } from "./servers.ts";

const START_MS = 60_000;
const LOOK_MS = 50;
const STOP_MS = 10_000;

/** A server that listens: one process or several. */
export interface Running {
  readonly ports: readonly number[];
  readonly pids: readonly number[];
  stop(): Promise<void>;
}

/** A process that listens, or something that it needs. */
interface Part {
  readonly port?: number;
  readonly pid?: number;
  readonly settings?: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

/** What a program prints, or undefined where there is none or it fails. */
export async function output(program: string, ...args: string[]): Promise<string | undefined> {
  try {
    const { success, stdout } = await new Deno.Command(program, { args, stderr: "null" }).output();
    return success ? new TextDecoder().decode(stdout).trim() : undefined;
  } catch {
    return undefined;
  }
}

/** A command that runs on one core only, where that can be asked for, and may have as many files open as is allowed. */
export async function onCore(core: number, command: readonly string[]): Promise<string[]> {
  const pinned = await output("taskset", "--version") === undefined
    ? []
    : ["taskset", "-c", String(core)];
  return ["sh", "-c", 'ulimit -n "$(ulimit -Hn)"; exec "$@"', "sh", ...pinned, ...command];
}

/**
 * Starts a server, its first process on core 0, the next on core 1, and waits until it listens.
 *
 * @throws {Error} If it does not, with what it said.
 */
export async function start(server: Server): Promise<Running> {
  const parts: Part[] = [];
  const stop = async () => {
    for (const part of parts.reverse()) await part.stop();
  };
  try {
    if (server.needs !== undefined) parts.push(await startDatabase());
    if (server.needs === "postgres and nats") parts.push(await startBroker());
    const settings = Object.assign({}, server.settings, ...parts.map(({ settings }) => settings));
    for (let core = 0; core < (server.nodes ?? 1); core++) {
      parts.push(await startProcess({ ...server, settings }, core));
    }
  } catch (error) {
    await stop();
    throw error;
  }
  const listening = parts.filter((part) => part.pid !== undefined);
  return {
    ports: listening.map(({ port }) => port!),
    pids: listening.map(({ pid }) => pid!),
    stop,
  };
}

async function startDatabase(): Promise<Part> {
  const { url, remove } = await startPostgres();
  return { settings: { DATABASE_URL: url }, stop: remove };
}

async function startBroker(): Promise<Part> {
  const { url, remove } = await startNats();
  return { settings: { NATS_URL: url }, stop: remove };
}

async function startProcess(server: Server, core: number): Promise<Part> {
  const folder = await Deno.makeTempDir({ prefix: "pulso-bench-" });
  const said = `${folder}/stderr`;
  const command = await onCore(core, server.command);
  const child = new Deno.Command("sh", {
    // A file takes its log at no cost to anybody who would have to read a pipe.
    args: ["-c", `exec "$@" 2>"${said}"`, "sh", ...command],
    env: { DATA_DIR: `${folder}/data`, ...server.settings },
    stdin: "null",
    stdout: "null",
  }).spawn();
  const stop = async () => {
    const timer = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
    try {
      child.kill("SIGTERM");
    } catch {
      // It has ended already.
    }
    await child.status;
    clearTimeout(timer);
    await Deno.remove(folder, { recursive: true });
  };
  const port = await portSaid(said);
  if (port !== undefined) return { port, pid: child.pid, stop };
  const text = await Deno.readTextFile(said);
  await stop();
  throw new Error(`${server.name} did not start: ${text}`);
}

/** The port that a server has said that it listens on, or undefined if it does not in time. */
async function portSaid(file: string): Promise<number | undefined> {
  for (const end = performance.now() + START_MS; performance.now() < end;) {
    const text = await Deno.readTextFile(file).catch(() => "");
    const line = text.split("\n").find((line) => line.includes('"started"'));
    if (line !== undefined) {
      const { port, url } = JSON.parse(line);
      return port ?? Number(new URL(url).port);
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  return undefined;
}
