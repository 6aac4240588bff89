/**
 * The connection to NATS: found, kept, found again for ever; the journal and the bus live on it.
 *
 * Invariant: no address, name or password of a broker's user is told to anybody, and nothing here is thrown to nobody.
 *
 * Each connection is a new one and not a mended one: what the last one still held to be sent is not sent behind the back of
 * the journal, which knows what is to be sent again, and in which order.
 *
 * @module
 */

import type { ConnectionOptions, NatsConnection } from "@nats-io/transport-node";
import type { Bus } from "./bus.ts";
import { systemTime, type Time } from "./clock.ts";
import type { Journal } from "./journal.ts";
import { NatsJournal } from "./journal_nats.ts";
import { describeError, type Log } from "./log.ts";
import { NatsBus } from "./nats_bus.ts";
import type { StreamSettings } from "./nats_settings.ts";
import { connectOnce } from "./nats_transport.ts";

/** What {@linkcode openNats} takes. */
export interface NatsOptions extends StreamSettings {
  /** `nats://` or `tls://`, a user and a password or a token before an `@`; several separated by commas. */
  readonly url: string;
  /** How many chats are held in memory. */
  readonly historySize: number;
  readonly log: Log;
  readonly time?: Time;
}

/** What lives on the connection. */
export interface Nats {
  readonly journal: Journal;
  readonly bus: Bus;
  /** A bus of its own for the dashboards. */
  readonly adminBus: Bus;
  /** Lets it go; what waits for its place is not told. Never rejects; idempotent. */
  close(): Promise<void>;
}

/** How long the opening waits for the broker, in ms. */
const OPENING_MS = 2000;
/** How long a broker may take to let in, in ms. */
const CONNECT_MS = 2000;
/** How long before all are tried again, in ms. */
const RETRY_MS = 250;
/** Of a broker that is stopped two pings are not answered: it is known after 2.1 s at the latest. */
const PINGS = { pingInterval: 700, maxPingOut: 2 } as const;
const DEFAULT_PORT = 4222;
/** How many reasons of one absence are logged: the first may be the least telling, and all would be too many. */
const REASONS = 3;

/**
 * Opens the journal and the bus. Resolves when all that the stream held is loaded, or when the broker is not to be had, or
 * after 2 s: then `broker` is `down` until it comes. Never rejects.
 */
export async function openNats(options: NatsOptions): Promise<Nats> {
  const { time = systemTime, log } = options;
  const settled = Promise.withResolvers<void>();
  const absence = new Absence({ time, log, told: settled.resolve });
  const journal = new NatsJournal({ ...options, away: absence.away, back: absence.back });
  const bus = new NatsBus(`${options.stream}.presence`, log);
  const adminBus = new NatsBus(`${options.stream}.admin`, log);
  const link = new Link({
    url: options.url,
    time,
    away: absence.away,
    use: async (connection) => {
      bus.come(connection);
      adminBus.come(connection);
      await journal.serve(connection);
      bus.go();
      adminBus.go();
    },
  });
  const cancel = time.after(OPENING_MS, settled.resolve);
  await settled.promise;
  cancel();
  const close = async () => {
    absence.end();
    journal.close();
    await link.close();
  };
  return { journal, bus, adminBus, close };
}

/** Tells the log of each absence of the broker, and why, but not at each try. */
class Absence {
  readonly #options: {
    readonly time: Time;
    readonly log: Log;
    /** It is known how it is. */
    readonly told: () => void;
  };
  #since: number;
  /** Those that were logged of this absence. */
  readonly #reasons = new Set<string>();
  #isBack = false;
  #isOver = false;

  constructor(options: { readonly time: Time; readonly log: Log; readonly told: () => void }) {
    this.#options = options;
    this.#since = options.time.elapsed();
  }

  readonly away = (reason: unknown): void => {
    if (this.#isOver) return;
    const { time, log, told } = this.#options;
    if (this.#isBack) this.#since = time.elapsed();
    this.#isBack = false;
    const why = describeError(reason);
    if (!this.#reasons.has(why) && this.#reasons.size < REASONS) {
      this.#reasons.add(why);
      log.error("broker_away", {
        reason: why,
        remedy: "check NATS_URL and the server behind it, and that its JetStream is switched on",
        retry_ms: RETRY_MS,
      });
    }
    told();
  };

  /** From now on it is gone because it is wanted so. */
  end(): void {
    this.#isOver = true;
  }

  readonly back = (): void => {
    const { time, log, told } = this.#options;
    if (this.#reasons.size > 0) {
      log.info("broker_back", { away_seconds: Math.round(time.elapsed() - this.#since) / 1000 });
    }
    this.#reasons.clear();
    this.#isBack = true;
    told();
  };
}

/** The brokers of a NATS_URL, as they are connected to: the address does not hold what is secret. */
function parseServers(url: string): ConnectionOptions[] {
  return url.split(",").map((text) => {
    const { protocol, hostname, port, username, password } = new URL(text.trim());
    const user = decode(username);
    const credentials = password === "" ? { token: user } : { user, pass: decode(password) };
    return {
      servers: `${hostname}:${port || DEFAULT_PORT}`,
      ...(username === "" ? {} : credentials),
      ...(protocol === "tls:" ? { tls: {} } : {}),
    };
  });
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

interface LinkOptions {
  readonly url: string;
  readonly time: Time;
  /** None of the brokers is to be had. */
  readonly away: (reason: unknown) => void;
  /** Makes use of a connection until it is closed, and says by itself that it is. */
  readonly use: (connection: NatsConnection) => Promise<void>;
}

/** One connection after the other, for as long as it is wanted. */
class Link {
  readonly #options: LinkOptions;
  readonly #closing = new AbortController();
  #endWait: () => void = () => {};
  readonly #ended: Promise<void>;

  constructor(options: LinkOptions) {
    this.#options = options;
    this.#ended = this.#run();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#endWait();
    await this.#ended;
  }

  get #isClosing(): boolean {
    return this.#closing.signal.aborted;
  }

  async #run(): Promise<void> {
    const servers = parseServers(this.#options.url);
    // Nodes that come up together are not all to turn to the same one.
    let turn = Math.floor(Math.random() * servers.length);
    let failures = 0;
    while (!this.#isClosing) {
      try {
        await this.#visit(servers[turn++ % servers.length]!);
        failures = 0;
      } catch (error) {
        if (++failures >= servers.length) this.#options.away(error);
      }
      if (!this.#isClosing) await this.#wait(RETRY_MS / servers.length);
    }
  }

  async #visit(server: ConnectionOptions): Promise<void> {
    const { signal } = this.#closing;
    const options = { ...server, ...PINGS, name: "pulso", timeout: CONNECT_MS, signal };
    const connection = await connectOnce(options);
    await this.#options.use(connection);
  }

  async #wait(ms: number): Promise<void> {
    const waited = Promise.withResolvers<void>();
    const cancel = this.#options.time.after(ms, waited.resolve);
    this.#endWait = waited.resolve;
    await waited.promise;
    cancel();
  }
}
