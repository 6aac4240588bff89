/**
 * The statements of presence, each as a function of a database or a transaction. When which one is run is presence.ts's
 * business.
 *
 * Invariant: only the database's clock decides whose lease is over; one statement serves any number of rows.
 *
 * @module
 */

import type { Queries } from "./queries.ts";
import type { User } from "./protocol.ts";

/** A connection that is to have a row. */
export interface PresenceRow {
  readonly clientId: string;
  readonly username: string;
  /** The key of the name; no two rows of one statement have the same. */
  readonly usernameKey: string;
  /** SHA-256 of the session's secret, in hexadecimal digits. */
  readonly sessionHash: string;
  /** Where it is known already: the row is written anew. */
  readonly connectedAt: Date | undefined;
}

/** A page of those who are online. */
export interface UserPage {
  readonly users: User[];
  /** All of them, also those on other pages. */
  readonly online: number;
  /** Where the next page begins; null on the last one. */
  readonly next: string | null;
}

/** Makes a node's lease. */
export async function insertNode(on: Queries, nodeId: string, leaseMs: number): Promise<void> {
  await on.query(
    `insert into nodes (node_id, lease_until)
     values ($1, clock_timestamp() + $2 * interval '1 millisecond')`,
    [nodeId, leaseMs],
  );
}

/** Removes a node and with it its rows. */
export async function deleteNode(on: Queries, nodeId: string): Promise<void> {
  await on.query("delete from nodes where node_id = $1", [nodeId]);
}

/** Removes all nodes and with them all rows. */
export async function deleteAllNodes(on: Queries): Promise<void> {
  await on.query("delete from nodes");
}

/** Prolongs a node's lease; false where it is over already. */
export async function renewLease(on: Queries, nodeId: string, leaseMs: number): Promise<boolean> {
  const renewed = await on.query(
    `update nodes set lease_until = clock_timestamp() + $2 * interval '1 millisecond'
     where node_id = $1 and lease_until > clock_timestamp() returning node_id`,
    [nodeId, leaseMs],
  );
  return renewed.length > 0;
}

/** Removes the nodes whose lease is over, and their rows; each node is returned to one caller only. */
export async function reapNodes(on: Queries): Promise<string[]> {
  const reaped = await on.query(
    `delete from nodes where node_id in
       (select node_id from nodes where lease_until <= clock_timestamp() for update skip locked)
     returning node_id`,
  );
  return reaped.map((row) => String(row.node_id));
}

/**
 * Claims names.
 *
 * @returns Since when each of those that got theirs is connected, by client_id. One that is missing is taken, or the
 *   node has lost its lease: then all of them are missing.
 */
export async function claimNames(
  on: Queries,
  nodeId: string,
  rows: readonly PresenceRow[],
): Promise<Map<string, Date>> {
  const values = rows.map((row) => ({
    client_id: row.clientId,
    username: row.username,
    username_key: row.usernameKey,
    session_hash: row.sessionHash,
    connected_at: row.connectedAt?.toISOString(),
  }));
  // In the order of the keys, so that two nodes that claim the same names wait for each other and do not deadlock. The
  // same session may claim again: the answer to its first statement may have been lost.
  const claimed = await on.query(
    `insert into connections as c
       (client_id, username, username_key, node_id, session_hash, connected_at)
     select r.client_id, r.username, r.username_key, n.node_id, decode(r.session_hash, 'hex'),
       coalesce(r.connected_at, clock_timestamp())
     from jsonb_to_recordset($2::text::jsonb) as r (client_id text, username text,
         username_key text, session_hash text, connected_at timestamptz)
       join nodes n on n.node_id = $1 and n.lease_until > clock_timestamp()
     order by r.username_key collate "C"
     on conflict (username_key) do update set client_id = excluded.client_id,
       username = excluded.username, node_id = excluded.node_id,
       session_hash = excluded.session_hash, connected_at = excluded.connected_at
     where c.session_hash = excluded.session_hash or not exists
       (select 1 from nodes n where n.node_id = c.node_id and n.lease_until > clock_timestamp())
     returning client_id, connected_at`,
    [nodeId, JSON.stringify(values)],
  );
  return new Map(claimed.map((row) => [String(row.client_id), row.connected_at as Date]));
}

/** Removes rows by client_id, so that a name's next holder keeps its own. */
export async function releaseNames(on: Queries, clientIds: readonly string[]): Promise<void> {
  await on.query(
    `delete from connections
     where client_id in (select jsonb_array_elements_text($1::text::jsonb))`,
    [JSON.stringify(clientIds)],
  );
}

/**
 * Who is online on all nodes, by name.
 *
 * @param page `after`: the `next` of the page before.
 */
export async function listUsers(
  on: Queries,
  page: { readonly limit: number; readonly after: string },
): Promise<UserPage> {
  const { limit, after } = page;
  const [rows, counted] = await Promise.all([
    on.query(
      `select username, client_id, connected_at, node_id, username_key from connected_users
       where username_key > $1 order by username_key limit $2`,
      [after, limit + 1],
    ),
    on.query("select count(*)::int as online from connected_users"),
  ]);
  const users = rows.slice(0, limit).map((row): User => ({
    username: String(row.username),
    client_id: String(row.client_id),
    connected_at: (row.connected_at as Date).toISOString(),
    node: String(row.node_id),
  }));
  const next = rows.length > limit ? String(rows[limit - 1]?.username_key) : null;
  return { users, online: Number(counted[0]?.online), next };
}
