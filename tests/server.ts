/**
 * Real servers for tests: processes of their own on a free port, with a folder of their own.
 *
 * @module
 */

import { createDatabase } from "./postgres.ts";

/** Where the servers have their databases; `undefined`: each has its own, the embedded one. */
const databaseUrl = Deno.env.get("PULSO_TEST_DATABASE_URL");

/** The settings of a server with the embedded database, whatever there is. */
export const EMBEDDED = { DATABASE_URL: "" } as const;

/** A running server. */
export interface TestServer {
  /** Such as `http://127.0.0.1:40123`. */
  readonly url: string;
  /** Such as `ws://127.0.0.1:40123/api/ws`. */
  readonly socketUrl: string;
  readonly port: number;
  readonly pid: number;
  readonly folder: string;
  /** The lines of its log so far. */
  readonly log: readonly Record<string, unknown>[];
  /** Resolves with the first line of the log, past or coming, that fits. */
  logged(fits: (line: Record<string, unknown>) => boolean): Promise<Record<string, unknown>>;
  /** Sends a signal and waits for the end; removes the folder unless it is to be kept. */
  stop(signal?: Deno.Signal, keep?: "keep the folder"): Promise<Deno.CommandStatus>;
}

/** The flags that `deno task start` gives to main.ts. */
export const PERMISSIONS = ["--allow-net", "--allow-env", "--allow-read", "--allow-write"];

/** Waits for a promise, but not longer than a test should. */
export async function within<T>(ms: number, what: string, promise: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not within ${ms} ms: ${what}`)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Starts main.ts with some settings, without waiting for anything.
 *
 * @param descriptors How many files it may have open.
 */
export function spawnServer(
  settings: Record<string, string>,
  descriptors?: number,
): Deno.ChildProcess {
  const main = new URL("../main.ts", import.meta.url).pathname;
  const command = [Deno.execPath(), "run", ...PERMISSIONS, main];
  const [program = "", ...args] = descriptors === undefined
    ? command
    : ["sh", "-c", `ulimit -n ${descriptors}; exec "$@"`, "sh", ...command];
  return new Deno.Command(program, {
    args,
    env: { ...inherited(), ...settings },
    clearEnv: true,
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
}

// Not the settings of whoever runs the tests.
function inherited(): Record<string, string> {
  const kept = ["PATH", "HOME", "DENO_DIR", "LANG", "TMPDIR", "XDG_CACHE_HOME"];
  return Object.fromEntries(
    kept.map((name) => [name, Deno.env.get(name)]).filter(([, value]) => value !== undefined),
  );
}

/**
 * Starts a server and waits until it listens.
 *
 * @param settings Its settings; by default a free port, a new folder and a new database.
 * @param descriptors How many files it may have open.
 */
export async function startServer(
  settings: Record<string, string> = {},
  descriptors?: number,
): Promise<TestServer> {
  const folder = settings.DATA_DIR ?? await Deno.makeTempDir({ prefix: "pulso-test-" });
  const isEmbedded = databaseUrl === undefined || settings.DATA_DIR !== undefined;
  const database = !isEmbedded && settings.DATABASE_URL === undefined
    ? { DATABASE_URL: await createDatabase(databaseUrl) }
    : {};
  const child = spawnServer({ PORT: "0", DATA_DIR: folder, ...database, ...settings }, descriptors);
  const log: Record<string, unknown>[] = [];
  const watchers = new Set<() => void>();
  const reading = (async () => {
    let rest = "";
    for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) log.push(parseLine(line));
      for (const watcher of watchers) watcher();
    }
  })();
  const logged = (fits: (line: Record<string, unknown>) => boolean) => {
    const { promise, resolve } = Promise.withResolvers<Record<string, unknown>>();
    const look = () => {
      const found = log.find(fits);
      if (found === undefined) return;
      watchers.delete(look);
      resolve(found);
    };
    watchers.add(look);
    look();
    return promise;
  };
  const started = await within(
    60_000,
    "the server starts",
    Promise.race([logged(({ event }) => event === "started"), child.status]),
  );
  if (!("url" in started)) throw new Error(`the server did not start: ${JSON.stringify(log)}`);
  const url = String(started.url).replace(/\/$/, "");
  return {
    url,
    socketUrl: `${url.replace("http", "ws")}/api/ws`,
    port: Number(new URL(url).port),
    pid: child.pid,
    folder,
    log,
    logged,
    stop: async (signal = "SIGTERM", keep) => {
      child.kill(signal);
      const status = await within(15_000, "the server stops", child.status);
      await reading;
      if (keep === undefined) await Deno.remove(folder, { recursive: true });
      return status;
    },
  };
}

function parseLine(line: string): Record<string, unknown> {
  try {
    return JSON.parse(line);
  } catch {
    return { event: "unreadable", line };
  }
}
