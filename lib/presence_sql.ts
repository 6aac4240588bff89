/**
 * The statements of presence, each as a function of a database or a transaction. When which one is run is presence.ts's
 * business.
 *
 * Invariant: only the database's clock decides whose lease or grace is over; one statement serves any number of rows,
 * and locks them in the order of their keys, so that two nodes wait for each other and do not deadlock.
 *
 * @module
 */

import type { Queries, Row } from "./queries.ts";
import type { User } from "./protocol.ts";

/** A node, and where its rows are: a database or a transaction. */
export interface NodeOn {
  readonly on: Queries;
  readonly nodeId: string;
}

/** A session that is to have a row. */
export interface PresenceRow {
  readonly clientId: string;
  readonly username: string;
  /** The key of the name; of the rows of one statement with the same key one is written, of the highest version. */
  readonly usernameKey: string;
  /** SHA-256 of the session's secret, in hexadecimal digits. */
  readonly sessionHash: string;
  /** Where it is known already: the row is written anew. */
  readonly connectedAt: Date | undefined;
  /** How often a node has taken the session over; the highest one is right. */
  readonly version: number;
  /** How long it is still to be away, in ms; `undefined` where it is connected. */
  readonly awayMs: number | undefined;
}

/** A session that was taken over. */
export type ResumedRow = Omit<PresenceRow, "connectedAt" | "awayMs"> & {
  readonly connectedAt: Date;
};

/** A session as the database knows it. */
export interface PresenceEntry {
  readonly user: User;
  /** The key of the name. */
  readonly key: string;
  readonly version: number;
  readonly isAway: boolean;
}

/** A page of those who are online. */
export interface UserPage {
  readonly users: User[];
  /** All of them, also those on other pages. */
  readonly online: number;
  /** Where the next page begins; null on the last one. */
  readonly next: string | null;
}

/** Removes a node and with it its rows. */
export async function deleteNode({ on, nodeId }: NodeOn): Promise<void> {
  await on.query("delete from nodes where node_id = $1", [nodeId]);
}

/** Removes all nodes and with them all rows. */
export async function deleteAllNodes(on: Queries): Promise<void> {
  await on.query("delete from nodes");
}

/** Prolongs a node's lease; false where it is over already. */
export async function renewLease({ on, nodeId }: NodeOn, leaseMs: number): Promise<boolean> {
  const renewed = await on.query(
    `update nodes set lease_until = clock_timestamp() + $2 * interval '1 millisecond'
     where node_id = $1 and lease_until > clock_timestamp() returning node_id`,
    [nodeId, leaseMs],
  );
  return renewed.length > 0;
}

/**
 * Makes a node in place of another one, in a transaction.
 *
 * @param place `old`: the node that goes; `leaseMs`: how long the new one's lease lasts; `claim`: claims for the new one
 *   whatever the old one is to hand on; the rest of its rows goes with it.
 */
export async function replaceNode(
  { on, nodeId }: NodeOn,
  place: {
    readonly old: string;
    readonly leaseMs: number;
    readonly claim: () => Promise<void>;
  },
): Promise<void> {
  const { old, leaseMs, claim } = place;
  await deleteNode({ on, nodeId });
  await on.query(
    `insert into nodes (node_id, lease_until)
     values ($1, clock_timestamp() + $2 * interval '1 millisecond')`,
    [nodeId, leaseMs],
  );
  // The old rows are free to be claimed, not deleted first: who resumes one just now on another node is to find it.
  await on.query("update nodes set lease_until = clock_timestamp() where node_id = $1", [old]);
  await claim();
  await deleteNode({ on, nodeId: old });
}

/** Leaves a node's rows away for the grace, for any node to resume, and ends its lease with it. */
export async function leaveNode({ on, nodeId }: NodeOn, graceMs: number): Promise<void> {
  await on.query(
    `with lease as
       (update nodes set lease_until = clock_timestamp() + $2 * interval '1 millisecond'
        where node_id = $1),
     own as
       (select client_id from connections where node_id = $1 and away_until is null
        order by username_key for update)
     update connections set away_until = clock_timestamp() + $2 * interval '1 millisecond'
     where client_id in (select client_id from own)`,
    [nodeId, graceMs],
  );
}

/**
 * Removes the nodes whose lease is over, and their rows.
 *
 * @returns The nodes, with how many were connected to them, and the client_ids of their rows, each to one caller only.
 */
export async function reapNodes(on: Queries): Promise<{
  readonly nodes: readonly { readonly node: string; readonly lost: number }[];
  readonly clientIds: readonly string[];
}> {
  const reaped = await on.query(
    `with dead as
       (select node_id from nodes where lease_until <= clock_timestamp()
        for update skip locked),
     own as
       (select client_id from connections where node_id in (select node_id from dead)
        order by username_key for update),
     gone as
       (delete from connections where client_id in (select client_id from own)
        returning client_id, node_id, away_until is null as is_here),
     removed as
       (delete from nodes where node_id in (select node_id from dead) returning node_id)
     select node_id, array_remove(array_agg(client_id), null) as client_ids,
       (count(*) filter (where is_here))::int as lost
     from removed left join gone using (node_id) group by node_id`,
  );
  return {
    nodes: reaped.map((row) => ({ node: String(row.node_id), lost: Number(row.lost) })),
    clientIds: reaped.flatMap((row) => row.client_ids as string[]),
  };
}

/**
 * Claims names, or writes anew whether their holders are connected or away.
 *
 * @returns Since when each of those that got theirs is connected, by client_id. One that is missing is taken, by another
 *   session or by another node that has taken over this one; or the node has lost its lease: then all are missing.
 */
export async function claimNames(
  { on, nodeId }: NodeOn,
  rows: readonly PresenceRow[],
): Promise<Map<string, Date>> {
  const values = rows.map((row) => ({
    client_id: row.clientId,
    username: row.username,
    username_key: row.usernameKey,
    session_hash: row.sessionHash,
    connected_at: row.connectedAt?.toISOString(),
    away_ms: row.awayMs,
    version: row.version,
  }));
  // The same session may claim again, also where the answer to its first statement was lost; but not where another node
  // has taken it over meanwhile.
  const claimed = await on.query(
    `insert into connections as c (client_id, username, username_key, node_id, session_hash,
       connected_at, away_until, version)
     select distinct on (r.username_key collate "C")
       r.client_id, r.username, r.username_key, n.node_id, decode(r.session_hash, 'hex'),
       coalesce(r.connected_at, clock_timestamp()),
       clock_timestamp() + r.away_ms * interval '1 millisecond', r.version
     from jsonb_to_recordset($2::text::jsonb) as r (client_id text, username text,
         username_key text, session_hash text, connected_at timestamptz,
         away_ms double precision, version integer)
       join nodes n on n.node_id = $1 and n.lease_until > clock_timestamp()
     order by r.username_key collate "C", r.version desc
     on conflict (username_key) do update set client_id = excluded.client_id,
       username = excluded.username, node_id = excluded.node_id,
       session_hash = excluded.session_hash, connected_at = excluded.connected_at,
       away_until = excluded.away_until, version = excluded.version
     where case when c.session_hash = excluded.session_hash then c.version <= excluded.version
       else c.away_until <= clock_timestamp() or not exists
         (select 1 from nodes n where n.node_id = c.node_id and n.lease_until > clock_timestamp())
       end
     returning client_id, connected_at`,
    [nodeId, JSON.stringify(values)],
  );
  return new Map(claimed.map((row) => [String(row.client_id), row.connected_at as Date]));
}

/** Removes a node's rows by client_id, so that a name's next holder and a session's next node keep theirs. */
export async function releaseNames(
  { on, nodeId }: NodeOn,
  clientIds: readonly string[],
): Promise<void> {
  await on.query(
    `with own as
       (select client_id from connections
        where client_id in (select jsonb_array_elements_text($2::text::jsonb)) and node_id = $1
        order by username_key for update)
     delete from connections where client_id in (select client_id from own)`,
    [nodeId, JSON.stringify(clientIds)],
  );
}

/**
 * Takes over sessions whose grace is not over, from whichever node has them.
 *
 * @param sessionHashes In hexadecimal digits.
 * @returns Those that are this node's now. One that is missing is over or unknown; or this node has lost its lease: then
 *   all of them are missing.
 */
export async function resumeSessions(
  { on, nodeId }: NodeOn,
  sessionHashes: readonly string[],
): Promise<ResumedRow[]> {
  const resumed = await on.query(
    `with wanted as
       (select client_id from connections
        where session_hash in (select decode(jsonb_array_elements_text($2::text::jsonb), 'hex'))
        order by username_key for update)
     update connections c set node_id = n.node_id, away_until = null, version = c.version + 1
     from nodes n
     where n.node_id = $1 and n.lease_until > clock_timestamp()
       and c.client_id in (select client_id from wanted)
       and (c.away_until is null or c.away_until > clock_timestamp())
     returning c.client_id, c.username, c.username_key, encode(c.session_hash, 'hex') as hash,
       c.connected_at, c.version`,
    [nodeId, JSON.stringify(sessionHashes)],
  );
  return resumed.map((row) => ({
    clientId: String(row.client_id),
    username: String(row.username),
    usernameKey: String(row.username_key),
    sessionHash: String(row.hash),
    connectedAt: row.connected_at as Date,
    version: Number(row.version),
  }));
}

/** All sessions of all nodes with a lease, also those that are away and may still come back. */
export async function listSessions(on: Queries): Promise<PresenceEntry[]> {
  const rows = await on.query(
    `select c.username, c.client_id, c.connected_at, c.node_id, c.username_key, c.version,
       c.away_until is not null as is_away
     from connections c join nodes n using (node_id)
     where n.lease_until > clock_timestamp()
       and (c.away_until is null or c.away_until > clock_timestamp())`,
  );
  return rows.map((row) => ({
    user: toUser(row),
    key: String(row.username_key),
    version: Number(row.version),
    isAway: Boolean(row.is_away),
  }));
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
  const next = rows.length > limit ? String(rows[limit - 1]?.username_key) : null;
  return { users: rows.slice(0, limit).map(toUser), online: Number(counted[0]?.online), next };
}

function toUser(row: Row): User {
  return {
    username: String(row.username),
    client_id: String(row.client_id),
    connected_at: (row.connected_at as Date).toISOString(),
    node: String(row.node_id),
  };
}
