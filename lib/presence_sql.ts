/**
 * The statements of presence, each as a function of a database or a transaction. When which one is run is presence.ts's
 * business.
 *
 * Invariant: only the database's clock decides whose lease or grace is over; one statement serves any number of rows,
 * and locks them in the order of their keys, so that two nodes wait for each other and do not deadlock.
 *
 * @module
 */

import type { UserPage } from "./http_schemas.ts";
import type { Database, Queries, Row } from "./queries.ts";
import type { User } from "./protocol.ts";

/** A node, and where its rows are: a database or a transaction. */
export interface NodeOn {
  readonly on: Queries;
  readonly nodeId: string;
  /** Whether new sessions come into the log of visits. */
  readonly keepsVisits: boolean;
}

/** A node, for what makes no new sessions. */
export type AnyNode = Pick<NodeOn, "on" | "nodeId">;

/** How a session ended: with which close code, and how long ago, in ms. */
export interface End {
  readonly clientId: string;
  readonly code: number;
  readonly agoMs: number;
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
  /**
   * Set where it is away: how long it still may be, how long it has been, in ms, and with which close code it left.
   */
  readonly away:
    | { readonly leftMs: number; readonly agoMs: number; readonly code: number }
    | undefined;
}

/** A session that was taken over. */
export type ResumedRow = Omit<PresenceRow, "connectedAt" | "away"> & {
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

/**
 * Claims names, or writes anew whether their holders are connected or away.
 *
 * @returns Since when each of those that got theirs is connected, by client_id. One that is missing is taken, by another
 *   session or by another node that has taken over this one; or the node has lost its lease: then all are missing.
 */
export async function claimNames(
  { on, nodeId, keepsVisits }: NodeOn,
  claims: {
    readonly rows: readonly PresenceRow[];
    /** The only other node whose names are free when its lease is over; `undefined`: any. */
    readonly takesFrom: string | undefined;
  },
): Promise<Map<string, Date>> {
  const values = claims.rows.map((row) => ({
    client_id: row.clientId,
    username: row.username,
    username_key: row.usernameKey,
    session_hash: row.sessionHash,
    connected_at: row.connectedAt?.toISOString(),
    left_ms: row.away?.leftMs,
    ago_ms: row.away?.agoMs,
    close_code: row.away?.code,
    version: row.version,
  }));
  // The same session may claim again, also where the answer to its first statement was lost; but not where another node
  // has taken it over meanwhile. A visit is there already or not: the update and the insert never meet, but the insert may
  // meet that of another node which claims the same session.
  const claimed = await on.query(
    `with asked as materialized
       (select * from jsonb_to_recordset($2::text::jsonb) as r (client_id text, username text,
          username_key text, session_hash text, connected_at timestamptz,
          left_ms double precision, ago_ms double precision, close_code integer, version integer)),
     claimed as
       (insert into connections as c (client_id, username, username_key, node_id, session_hash,
          connected_at, away_until, version)
        select distinct on (r.username_key collate "C")
          r.client_id, r.username, r.username_key, n.node_id, decode(r.session_hash, 'hex'),
          coalesce(r.connected_at, clock_timestamp()),
          clock_timestamp() + r.left_ms * interval '1 millisecond', r.version
        from asked r join nodes n on n.node_id = $1 and n.lease_until > clock_timestamp()
        order by r.username_key collate "C", r.version desc
        on conflict (username_key) do update set client_id = excluded.client_id,
          username = excluded.username, node_id = excluded.node_id,
          session_hash = excluded.session_hash, connected_at = excluded.connected_at,
          away_until = excluded.away_until, version = excluded.version
        where case when c.session_hash = excluded.session_hash then c.version <= excluded.version
          else c.away_until <= clock_timestamp()
            or c.node_id = coalesce($3::uuid, c.node_id) and not exists
              (select 1 from nodes n
               where n.node_id = c.node_id and n.lease_until > clock_timestamp())
          end
        returning client_id, username, node_id, connected_at),
     visit as
       (select c.client_id, c.username, c.node_id, c.connected_at, r.close_code,
          clock_timestamp() - r.ago_ms * interval '1 millisecond' as disconnected_at
        from claimed c join asked r using (client_id)),
     kept as
       (update visits v set node_id = n.node_id, disconnected_at = n.disconnected_at,
          close_code = n.close_code
        from visit n where v.client_id = n.client_id),
     added as
       (insert into visits
          (client_id, username, node_id, connected_at, disconnected_at, close_code)
        select client_id, username, node_id, connected_at, disconnected_at, close_code
        from visit n
        where $4 and not exists (select 1 from visits v where v.client_id = n.client_id)
        order by connected_at, client_id
        on conflict (client_id) do update set node_id = excluded.node_id,
          disconnected_at = excluded.disconnected_at, close_code = excluded.close_code)
     select client_id, connected_at from claimed`,
    [nodeId, JSON.stringify(values), claims.takesFrom ?? null, keepsVisits],
  );
  return new Map(claimed.map((row) => [String(row.client_id), row.connected_at as Date]));
}

/**
 * Removes a node's rows by client_id, so that a name's next holder and a session's next node keep theirs, and ends the
 * visits that are this node's.
 */
export async function releaseNames(
  { on, nodeId }: AnyNode,
  ends: readonly End[],
): Promise<void> {
  const values = ends.map(({ clientId, code, agoMs }) => ({
    client_id: clientId,
    close_code: code,
    ago_ms: agoMs,
  }));
  await on.query(
    `with ended as materialized
       (select * from jsonb_to_recordset($2::text::jsonb)
          as r (client_id text, close_code integer, ago_ms double precision)),
     own as
       (select client_id from connections
        where client_id in (select client_id from ended) and node_id = $1
        order by username_key for update),
     visit as
       (update visits v set close_code = r.close_code,
          disconnected_at = clock_timestamp() - r.ago_ms * interval '1 millisecond'
        from ended r
        where v.client_id = r.client_id and v.node_id = $1 and v.disconnected_at is null)
     delete from connections where client_id in (select client_id from own)`,
    [nodeId, JSON.stringify(values)],
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
  { on, nodeId, keepsVisits }: NodeOn,
  sessionHashes: readonly string[],
): Promise<ResumedRow[]> {
  const resumed = await on.query(
    `with wanted as
       (select client_id from connections
        where session_hash in (select decode(jsonb_array_elements_text($2::text::jsonb), 'hex'))
        order by username_key for update),
     resumed as
       (update connections c set node_id = n.node_id, away_until = null, version = c.version + 1
        from nodes n
        where n.node_id = $1 and n.lease_until > clock_timestamp()
          and c.client_id in (select client_id from wanted)
          and (c.away_until is null or c.away_until > clock_timestamp())
        returning c.client_id, c.username, c.username_key, c.node_id,
          encode(c.session_hash, 'hex') as hash, c.connected_at, c.version),
     kept as
       (update visits v set node_id = r.node_id, disconnected_at = null, close_code = null
        from resumed r where v.client_id = r.client_id),
     added as
       (insert into visits (client_id, username, node_id, connected_at)
        select client_id, username, node_id, connected_at from resumed r
        where $3 and not exists (select 1 from visits v where v.client_id = r.client_id)
        order by connected_at, client_id
        on conflict (client_id) do update set node_id = excluded.node_id,
          disconnected_at = null, close_code = null)
     select * from resumed`,
    [nodeId, JSON.stringify(sessionHashes), keepsVisits],
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

/** Which of some sessions are some node's, by client_id. */
export async function findSessions(
  on: Queries,
  clientIds: readonly string[],
): Promise<ReadonlySet<unknown>> {
  const found = await on.query(
    `select client_id from connections
     where client_id in (select jsonb_array_elements_text($1::text::jsonb))`,
    [JSON.stringify(clientIds)],
  );
  return new Set(found.map((row) => row.client_id));
}

/** All sessions of all nodes with a lease, also those that are away and may still come back. */
export async function listSessions(on: Pick<Database, "read">): Promise<PresenceEntry[]> {
  const rows = await on.read(
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
  on: Pick<Database, "read">,
  page: { readonly limit: number; readonly after: string },
): Promise<UserPage> {
  const { limit, after } = page;
  const [rows, counted] = await Promise.all([
    on.read(
      `select username, client_id, connected_at, node_id, username_key from connected_users
       where username_key > $1 order by username_key limit $2`,
      [after, limit + 1],
    ),
    on.read("select count(*)::int as online from connected_users"),
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
