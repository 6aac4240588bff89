/**
 * Pulso's composition root: settings, database, journal, hub, app; signals and drain.
 *
 * @module
 */

import project from "./deno.json" with { type: "json" };
import { Admin, FreshLines, measuring } from "./lib/admin.ts";
import { Admission } from "./lib/admission.ts";
import { createApp, faultResponse, guardHost } from "./lib/app.ts";
import { everySecond } from "./lib/clock.ts";
import { loadConfig, logFormat, misspelt, writeFramesDirectly } from "./lib/config.ts";
import { openDatabase } from "./lib/database.ts";
import { timed } from "./lib/database_timed.ts";
import { openingRemedy } from "./lib/database_folder.ts";
import { databaseRemedy } from "./lib/database_remedy.ts";
import { Exposition } from "./lib/exposition.ts";
import { FibonacciPool } from "./lib/fibonacci.ts";
import { Hub } from "./lib/hub.ts";
import { MemoryJournal } from "./lib/journal.ts";
import { createLog, describeError, type Log } from "./lib/log.ts";
import { MessagePages } from "./lib/message_pages.ts";
import { Metrics } from "./lib/metrics.ts";
import { openNats } from "./lib/nats.ts";
import { Presence } from "./lib/presence.ts";
import { Tokens } from "./lib/tokens.ts";

/** A signal so soon after the first is the same one: a terminal and `deno task` both send it. */
const SAME_SIGNAL_MS = 500;

// First of all: as process 1 of a container, one that has no handler yet does not hear a signal at all.
let leave: (signal: string) => unknown = () => Deno.exit(0);
let leavingSince: number | undefined;
const onSignal = (signal: string) => {
  if (leavingSince === undefined) {
    leavingSince = performance.now();
    leave(signal);
  } else if (performance.now() - leavingSince > SAME_SIGNAL_MS) Deno.exit(1);
};
Deno.addSignalListener("SIGINT", () => onSignal("SIGINT"));
// Windows knows no SIGTERM.
if (Deno.build.os !== "windows") Deno.addSignalListener("SIGTERM", () => onSignal("SIGTERM"));

/** How long to wait before listening again where it failed. */
const ACCEPT_AGAIN_MS = 250;
/** So long before the end of DRAIN_MS, at its half at the earliest, the process ends, to be gone by then. */
const EXIT_MS = 1000;

writeFramesDirectly();
const loaded = loadConfig();
if (!loaded.ok) {
  const log = createLog({ level: "info", format: logFormat() });
  for (const reason of loaded.error) log.error("bad_setting", { reason });
  warnOfMisspelt(log);
  Deno.exit(1);
}
const config = loaded.value;
const lines = new FreshLines();
const log = createLog({
  level: config.LOG_LEVEL,
  format: config.LOG_FORMAT,
  ...(config.ADMIN_TOKEN !== undefined && { heard: lines.heard }),
});

warnOfMisspelt(log);

function warnOfMisspelt(log: Log): void {
  for (const { variable, setting } of misspelt()) {
    log.warning("no_setting", { name: variable, remedy: `is ${setting} meant?` });
  }
}

function cannotStart(error: unknown, remedy: string): never {
  log.error("cannot_start", { reason: describeError(error), remedy });
  Deno.exit(1);
}

const metrics = new Metrics();
const { DATABASE_URL: url, DATA_DIR: folder } = config;
const database = await openDatabase({ url, folder, log })
  .catch((error) =>
    cannotStart(
      error,
      url === undefined ? openingRemedy(error, folder) : databaseRemedy("postgresql", error),
    )
  );
const presence = new Presence({
  database: timed(database, metrics),
  leaseMs: config.LEASE_MS,
  graceMs: config.RESUME_GRACE_MS,
  visitsDays: config.VISITS_DAYS,
  log,
});
await presence.start();
const nats = config.NATS_URL === undefined ? undefined : await openNats({
  url: config.NATS_URL,
  stream: config.NATS_STREAM,
  replicas: config.NATS_REPLICAS,
  maxAgeMs: config.NATS_MAX_AGE_MS,
  maxBytes: config.NATS_MAX_BYTES,
  historySize: config.HISTORY_SIZE,
  log,
});
const journal = nats?.journal ?? new MemoryJournal({ size: config.HISTORY_SIZE });
const fibonacci = new FibonacciPool();
const bus = nats && { bus: nats.bus };
const hub = new Hub({ limits: config, journal, presence, fibonacci, log, metrics, ...bus });
const admission = new Admission({
  connections: config.MAX_CONNECTIONS,
  perAddress: config.MAX_CONNECTIONS_PER_ADDRESS,
  perSecondPerAddress: config.CONNECTS_PER_SECOND_PER_ADDRESS,
  limitsLoopback: config.TRUST_PROXY !== undefined,
});
metrics.watchEventLoop();
const { version } = project;
const { nodeId } = presence;
const startedAt = Date.now();

const admin = config.ADMIN_TOKEN === undefined ? undefined : new Admin({
  token: config.ADMIN_TOKEN,
  version,
  hub,
  nodeId,
  bus: nats?.adminBus,
  lines,
  measure: measuring(metrics),
  log,
});
admin?.start();
const stopClock = everySecond((at) => hub.tick(at), {
  done: (at, lateMs) => {
    metrics.tickLateness.record(lateMs);
    admin?.tick(at);
  },
  onError: (error) => log.error("fault", { reason: describeError(error) }),
});
const exposed = { metrics, hub, journal, presence, admission, admin, version, startedAt };

/** The app; `_fresh/server.js` gives it the built page. */
export const app = createApp({
  config,
  hub,
  metrics,
  exposition: new Exposition(exposed),
  journal,
  messages: new MessagePages(journal),
  presence,
  admission,
  tokens: Tokens.for(config),
  admin,
  log,
  version,
  startedAt,
});

/** Leaves: nobody new, everybody told, rows released; within DRAIN_MS, whatever the peers do. */
leave = async (signal) => {
  const begun = performance.now();
  log.info("draining", { signal, connections: admission.open });
  const end = () => {
    const seconds = Math.round(performance.now() - begun) / 1000;
    log.info("stopped", { seconds, connections: admission.open });
    Deno.exit(0);
  };
  setTimeout(end, Math.max(config.DRAIN_MS / 2, config.DRAIN_MS - EXIT_MS));
  stopClock();
  hub.drain();
  admin?.stop();
  await presence.close();
  await nats?.close();
  await admission.emptied();
  await database.close();
  end();
};

async function serve(): Promise<void> {
  // Not a literal: the build does not exist when this file is checked.
  const built = new URL("./_fresh/server.js", import.meta.url).href;
  const { default: server } = await import(built)
    .catch((error) => cannotStart(error, "build the page: deno task build"));
  const handler = guardHost(server.fetch);
  const { HOST: hostname } = config;
  let port: number | undefined;
  const onListen = (address: Deno.NetAddr) => {
    // Listening again after a failure is no news.
    if (port !== undefined) return;
    port = address.port;
    const host = ["0.0.0.0", "::"].includes(hostname) ? "localhost" : hostname;
    const url = `http://${host.includes(":") ? `[${host}]` : host}:${port}/`;
    const start_ms = Math.round(performance.now());
    const { pid } = Deno;
    const parts = { database: database.kind, broker: journal.broker, node: nodeId };
    const { AUTH_SECRET, AUTH_JWKS_FILE } = config;
    const auth = AUTH_SECRET ? "secret" : AUTH_JWKS_FILE ? "keys" : "none";
    log.info("started", { url, version, ...parts, auth, start_ms, pid });
  };
  const onError = (error: unknown) => faultResponse(error, log);
  for (;;) {
    try {
      const options = { port: port ?? config.PORT, hostname, onListen, onError };
      await Deno.serve({ ...options, automaticCompression: true }, handler).finished;
    } catch (error) {
      if (port === undefined) {
        cannotStart(
          error,
          `set PORT (${config.PORT}) to a free one and HOST (${hostname}) to an own address`,
        );
      }
      // Where descriptors run out, listening ends; those who are connected must not pay for it.
      log.error("cannot_accept", { reason: describeError(error), remedy: "raise ulimit -n" });
    }
    await new Promise((resolve) => setTimeout(resolve, ACCEPT_AGAIN_MS));
  }
}

// Not awaited: the built server imports this module and waits for its end. Under `deno serve` and in development it is
// not this module that listens.
if (import.meta.main) void serve();
