/**
 * The ways in which a database goes away and comes back. What is to hold meanwhile is presence_outage.ts's business.
 *
 * @module
 */

import assert from "node:assert/strict";
import postgres from "postgres";
import { Chance } from "./chance.ts";
import { eventually } from "./eventually.ts";
import type { TestPostgres } from "./postgres.ts";
import { Proxy } from "./proxy.ts";

/** All of them. */
export const OUTAGES = [
  "killed",
  "restarted",
  "stopped",
  "cut",
  "out of connections",
  "read-only",
  "absent",
] as const;

/** How a database is away: `absent` has not been there since before the nodes started. */
export type Outage = typeof OUTAGES[number];

/** One fault. */
export interface Fault {
  /** Resolves when the database can no longer be used by anybody. */
  strike(): Promise<void>;
  /** Resolves when it can be used again. */
  heal(): Promise<void>;
}

/** What a fault is done to. */
export interface Victim {
  readonly postgres: TestPostgres;
  /** Where the nodes get at it. */
  readonly way: Way;
}

/** The way to a server, which can be cut. */
export class Way {
  readonly #proxy: Proxy;
  #isOpen = true;

  constructor(port: number) {
    const targets = () => this.#isOpen ? [port] : [];
    this.#proxy = new Proxy({ targets, chance: new Chance(1) });
  }

  get port(): number {
    return this.#proxy.port;
  }

  /** Breaks all connections; who connects from now on is sent away. */
  cut(): void {
    this.#isOpen = false;
    this.#proxy.breakAll();
  }

  mend(): void {
    this.#isOpen = true;
  }

  close(): void {
    this.#proxy.close();
  }
}

/** So few connections that a test can have them all. */
export const FEW_CONNECTIONS = { max_connections: "12", superuser_reserved_connections: "0" };

/** With how many connections at a time a test is quicker than who wants one back. */
const AT_ONCE = 4;

/** The code with which PostgreSQL refuses one connection too many. */
const TOO_MANY_CONNECTIONS = "53300";

type Client = ReturnType<typeof postgres>;

/** Makes a fault; what has not struck need not be healed. */
export function createFault(how: Outage, victim: Victim): Fault {
  const { strike, heal } = FAULTS[how](victim);
  let isStruck = false;
  return {
    strike: async () => {
      isStruck = true;
      await strike();
    },
    heal: async () => {
      if (!isStruck) return;
      isStruck = false;
      await heal();
    },
  };
}

/** Runs one statement on a connection of its own. */
export async function ask(
  url: string,
  text: string,
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const client = connect(url);
  try {
    return [...await client.unsafe(text)];
  } finally {
    await client.end();
  }
}

function connect(url: string): Client {
  return postgres(url, { max: 1, connect_timeout: 5, onnotice: () => {} });
}

const end = (signal: Deno.Signal) => ({ postgres }: Victim): Fault => ({
  strike: () => postgres.end(signal),
  heal: () => postgres.start(),
});

const FAULTS: Readonly<Record<Outage, (victim: Victim) => Fault>> = {
  killed: end("SIGKILL"),
  restarted: end("SIGINT"),
  absent: end("SIGINT"),
  stopped: ({ postgres }) => {
    let stopped: readonly number[] = [];
    return {
      strike: () => {
        // The parent first, so that there are no more of them than are found.
        Deno.kill(postgres.pid, "SIGSTOP");
        stopped = [postgres.pid, ...childrenOf(postgres.pid)];
        for (const pid of stopped) Deno.kill(pid, "SIGSTOP");
        return Promise.resolve();
      },
      heal: () => {
        for (const pid of stopped) Deno.kill(pid, "SIGCONT");
        return Promise.resolve();
      },
    };
  },
  cut: ({ way }) => ({
    strike: () => Promise.resolve(way.cut()),
    heal: () => Promise.resolve(way.mend()),
  }),
  "out of connections": ({ postgres }) => {
    const crush = new Crush(postgres.url);
    return { strike: () => crush.strike(), heal: () => crush.heal() };
  },
  "read-only": ({ postgres }) => {
    const set = async (value: "on" | "off") => {
      await ask(postgres.url, `alter system set default_transaction_read_only = ${value}`);
      await ask(postgres.url, "select pg_reload_conf()");
      // It is heard of a little later.
      await eventually(async () => {
        const [row] = await ask(postgres.url, "show transaction_read_only");
        assert.equal(row?.transaction_read_only, value);
      });
    };
    return { strike: () => set("on"), heal: () => set("off") };
  },
};

function childrenOf(pid: number): number[] {
  const pids = Deno.readTextFileSync(`/proc/${pid}/task/${pid}/children`);
  return pids.split(" ").filter((text) => text !== "").map(Number);
}

/** Others have all connections. */
class Crush {
  readonly #url: string;
  readonly #clients: Client[] = [];

  constructor(url: string) {
    this.#url = url;
  }

  async strike(): Promise<void> {
    await this.#take(Number(FEW_CONNECTIONS.max_connections));
    const [admin] = this.#clients;
    let isFull = false;
    const sendAway = async () => {
      while ((await admin?.unsafe(SEND_PULSO_AWAY))?.length !== 0);
      isFull = true;
    };
    // All the while, for whoever is sent away may be back before us.
    const takeAll = async () => {
      do await this.#take(AT_ONCE); while (!isFull);
    };
    await Promise.all([sendAway(), takeAll()]);
  }

  async heal(): Promise<void> {
    await Promise.all(this.#clients.splice(0).map((client) => client.end()));
  }

  /** Takes as many connections as there are, but not more than that. */
  async #take(most: number): Promise<void> {
    await Promise.all(Array.from({ length: most }, async () => {
      const client = connect(this.#url);
      try {
        await client.unsafe("select 1");
        this.#clients.push(client);
      } catch (error) {
        await client.end();
        if ((error as { code?: unknown }).code !== TOO_MANY_CONNECTIONS) throw error;
      }
    }));
  }
}

const SEND_PULSO_AWAY = `select pg_terminate_backend(pid, 1000) from pg_stat_activity
  where application_name = 'pulso'`;
