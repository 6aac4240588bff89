/**
 * One or two nodes of Pulso on a database that is about to go away, and a name there that somebody else has.
 *
 * @module
 */

import assert from "node:assert/strict";
import { openDatabase } from "../lib/database.ts";
import { migrate } from "../lib/migrate.ts";
import { eventually } from "./eventually.ts";
import { startNats } from "./nats.ts";
import { ask, createFault, FEW_CONNECTIONS, type Outage, Way } from "./outage_faults.ts";
import { startPostgres } from "./postgres.ts";
import { startServer, type TestServer } from "./server.ts";

/** The name that another node has, of which nobody here has heard. */
export const FOREIGN_NAME = "Foreign";

/** What {@linkcode openWorld} takes. */
export interface WorldOptions {
  readonly how: Outage;
  readonly nodes: 1 | 2;
  readonly leaseMs: number;
}

/** The nodes, and what befalls them. */
export interface OutageWorld {
  readonly nodes: readonly TestServer[];
  /** Resolves when the database is away. */
  strike(): Promise<void>;
  /**
   * Resolves when it is back. Of two nodes the second one has it half a lease later than the first, which is to take
   * nobody for dead by then.
   */
  heal(): Promise<void>;
  /** All rows but the foreign one, as {@linkcode describeRow} puts them, sorted. */
  rows(): Promise<string[]>;
  /** How many rows the foreign node has. */
  foreignRows(): Promise<number>;
}

/** A row in words. */
export function describeRow(
  row: { readonly clientId: string; readonly username: string; readonly isOnline: boolean },
): string {
  return `${row.username} (${row.clientId}) is ${row.isOnline ? "online" : "not online"}`;
}

/**
 * Starts all.
 *
 * @param stack Ends it.
 */
export async function openWorld(
  { how, nodes: count, leaseMs }: WorldOptions,
  stack: AsyncDisposableStack,
): Promise<OutageWorld> {
  const postgres = await startPostgres(how === "out of connections" ? FEW_CONNECTIONS : {});
  stack.defer(() => postgres.remove());
  const { url } = postgres;
  await addForeignNode(url);
  const way = stack.adopt(new Way(postgres.port), (way) => way.close());
  const fault = createFault(how, { postgres, way });
  // Who is stopped cannot be ended.
  stack.defer(() => fault.heal());
  if (how === "absent") await fault.strike();
  const port = how === "cut" ? way.port : postgres.port;
  const lateWay = stack.adopt(new Way(port), (way) => way.close());
  const ports = count === 1 ? [port] : [port, lateWay.port];
  const urls = ports.map((port) => url.replace(String(postgres.port), String(port)));
  const nodes = await startNodes({ urls, leaseMs }, stack);
  return {
    nodes,
    strike: () => fault.strike(),
    heal: async () => {
      lateWay.cut();
      await fault.heal();
      if (count > 1) await halfALease(leaseMs, nodes[0]);
      lateWay.mend();
    },
    rows: () => readRows(url),
    foreignRows: async () => {
      const rows = await ask(url, `select username from connections where ${IS_FOREIGN}`);
      return rows.filter(({ username }) => username === FOREIGN_NAME).length;
    },
  };
}

async function startNodes(
  { urls, leaseMs }: { readonly urls: readonly string[]; readonly leaseMs: number },
  stack: AsyncDisposableStack,
): Promise<TestServer[]> {
  const settings: Record<string, string> = { LEASE_MS: String(leaseMs), MESSAGES_PER_SECOND: "0" };
  if (urls.length > 1) {
    const nats = await startNats();
    stack.defer(() => nats.remove());
    settings.NATS_URL = nats.url;
  }
  return await Promise.all(urls.map(async (DATABASE_URL) => {
    const node = await startServer({ ...settings, DATABASE_URL });
    stack.defer(async () => void await node.stop());
    return node;
  }));
}

/** Half a lease from when a node has its database; the verdict says it where it does not get it. */
async function halfALease(leaseMs: number, node: TestServer | undefined): Promise<void> {
  await eventually(async () => {
    const response = await fetch(`${node?.url}/ready`);
    await response.body?.cancel();
    assert.equal(response.status, 200);
  }).catch(() => {});
  await new Promise((resolve) => setTimeout(resolve, leaseMs / 2));
}

const IS_FOREIGN = "client_id = 'foreign'";

async function readRows(url: string): Promise<string[]> {
  const rows = await ask(
    url,
    `select client_id, username,
       away_until is null and coalesce(lease_until > clock_timestamp(), false) as is_online
     from connections left join nodes using (node_id) where not ${IS_FOREIGN}`,
  );
  return rows.map(({ client_id, username, is_online }) =>
    describeRow({
      clientId: String(client_id),
      username: String(username),
      isOnline: Boolean(is_online),
    })
  ).sort();
}

async function addForeignNode(url: string): Promise<void> {
  const database = await openDatabase({ url, folder: "unused" });
  try {
    await migrate(database);
    await database.query(
      `with node as
         (insert into nodes (node_id, lease_until)
          values (gen_random_uuid(), clock_timestamp() + interval '1 hour') returning node_id)
       insert into connections (client_id, username, username_key, session_hash, node_id)
       select 'foreign', $1, lower($1), '', node_id from node`,
      [FOREIGN_NAME],
    );
  } finally {
    await database.close();
  }
}
