/**
 * The statements of nodes and their leases, each as a function of a database or a transaction. When which one is run is
 * presence.ts's business.
 *
 * Invariant: with a node go its rows, and its open visits end.
 *
 * @module
 */

import { CloseCode, LOST } from "./close_codes.ts";
import { type AnyNode, type End, type NodeOn, releaseNames } from "./presence_sql.ts";
import type { Queries } from "./queries.ts";

/** The most ends of one statement. */
const ENDS = 1000;
/** The most visits that one reap prunes for one reason: more than come between two. */
const PRUNED = 5000;
/** So many visits are kept, the newest, and those that are open. */
const KEPT = 1_000_000;
/** Who has been away for so much longer than might be, in ms, is nobody's: whoever knew of it would have removed it. */
const FADED_MS = 60_000;

/** Whether the database takes writes; a standby, or one that was set read-only, does not. */
export async function isWritable(on: Queries): Promise<boolean> {
  const [row] = await on.query("select current_setting('transaction_read_only') as read_only");
  return row?.read_only === "off";
}

/** Removes a node that leaves, and with it its rows. */
export async function deleteNode({ on, nodeId }: AnyNode): Promise<void> {
  await on.query(
    `with ended as
       (update visits set disconnected_at = clock_timestamp(), close_code = $2
        where node_id = $1 and disconnected_at is null)
     delete from nodes where node_id = $1`,
    [nodeId, CloseCode.leaving],
  );
}

/** Removes all nodes, which are dead, and with them all rows. */
export async function deleteAllNodes(on: Queries): Promise<void> {
  await on.query(
    `with ended as
       (update visits v set close_code = $1, disconnected_at = least(clock_timestamp(),
          (select lease_until from nodes n where n.node_id = v.node_id))
        where disconnected_at is null)
     delete from nodes`,
    [LOST],
  );
}

/** Prolongs a node's lease; false where it is over already. */
export async function renewLease({ on, nodeId }: AnyNode, leaseMs: number): Promise<boolean> {
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
 * @param place `old`: the node that goes; `leaseMs`: how long the new one's lease lasts; `ends`: how those of its
 *   sessions ended that are not to be handed on; `claim`: claims for the new one whatever the old one is to hand on. The
 *   rest of its rows it has without having heard of it: they are away for `graceMs`, for any node to resume.
 */
export async function replaceNode(
  { on, nodeId }: NodeOn,
  place: {
    readonly old: string;
    readonly leaseMs: number;
    readonly graceMs: number;
    readonly ends: () => readonly End[];
    readonly claim: () => Promise<void>;
  },
): Promise<void> {
  const { old, leaseMs, graceMs, ends, claim } = place;
  // The old rows are free to be claimed, not deleted first: who resumes one just now on another node is to find it.
  await on.query(
    `insert into nodes (node_id, lease_until) values ($1, clock_timestamp())
     on conflict (node_id) do update set lease_until = excluded.lease_until`,
    [old],
  );
  const made = await on.query(
    `insert into nodes (node_id, lease_until)
     values ($1, clock_timestamp() + $2 * interval '1 millisecond')
     on conflict (node_id) do update set lease_until = excluded.lease_until
     returning xmax = 0 as is_new`,
    [nodeId, leaseMs],
  );
  // This was committed before, and the answer lost: what it wrote is as old by now.
  if (made[0]?.is_new === false) await moveRows(on, { from: nodeId, to: old });
  const ended = ends();
  for (let start = 0; start < ended.length; start += ENDS) {
    await releaseNames({ on, nodeId: old }, ended.slice(start, start + ENDS));
  }
  await claim();
  await on.query(
    `with ended as
       (update visits v set node_id = $2, disconnected_at = clock_timestamp(),
          close_code = case when exists
            (select 1 from connections c where c.client_id = v.client_id and c.node_id = $1)
            then $4::integer else $5 end
        where node_id = $1 and disconnected_at is null),
     unheard as
       (select client_id from connections where node_id = $1 order by username_key for update)
     update connections set node_id = $2,
       away_until = coalesce(away_until, clock_timestamp() + $3 * interval '1 millisecond')
     where client_id in (select client_id from unheard)`,
    [old, nodeId, graceMs, LOST, CloseCode.nameTaken],
  );
  await on.query("delete from nodes where node_id = $1", [old]);
}

/** Makes a node's rows and open visits another one's. */
async function moveRows(
  on: Queries,
  { from, to }: { readonly from: string; readonly to: string },
): Promise<void> {
  await on.query(
    `with visit as
       (update visits set node_id = $2 where node_id = $1 and disconnected_at is null),
     own as
       (select client_id from connections where node_id = $1 order by username_key for update)
     update connections set node_id = $2 where client_id in (select client_id from own)`,
    [from, to],
  );
}

/** Leaves a node's rows away for the grace, for any node to resume, and ends its lease with it. */
export async function leaveNode({ on, nodeId }: AnyNode, graceMs: number): Promise<void> {
  await on.query(
    `with lease as
       (update nodes set lease_until = clock_timestamp() + $2 * interval '1 millisecond'
        where node_id = $1),
     own as
       (select client_id from connections where node_id = $1 and away_until is null
        order by username_key for update),
     ended as
       (update visits set disconnected_at = clock_timestamp(), close_code = $3
        where node_id = $1 and disconnected_at is null)
     update connections set away_until = clock_timestamp() + $2 * interval '1 millisecond'
     where client_id in (select client_id from own)`,
    [nodeId, graceMs, CloseCode.leaving],
  );
}

/**
 * Removes the nodes whose lease is over, and their rows; ends their visits, and prunes some of those that are kept no
 * longer. Only a node with a lease may: one that has slept may be among the dead.
 *
 * @param visitsDays How many days an ended visit is kept.
 * @returns The nodes, with how many were connected to them, and the client_ids of their rows, each to one caller only.
 */
export async function reapNodes(
  { on, nodeId }: AnyNode,
  { visitsDays }: { readonly visitsDays: number },
): Promise<{
  readonly nodes: readonly { readonly node: string; readonly lost: number }[];
  readonly clientIds: readonly string[];
}> {
  // What is compared with a column is read once, or no index serves: the clock is another at each row.
  const reaped = await on.query(
    `with dead as
       (select node_id, lease_until from nodes
        where lease_until <= clock_timestamp() and exists
          (select 1 from nodes n where n.node_id = $5 and n.lease_until > clock_timestamp())
        for update skip locked),
     own as
       (select client_id from connections where node_id in (select node_id from dead)
        order by username_key for update),
     gone as
       (delete from connections where client_id in (select client_id from own)
        returning client_id, node_id, away_until is null as is_here),
     faded as
       (delete from connections
        where away_until <= (select clock_timestamp() - $6 * interval '1 millisecond')
          and node_id not in (select node_id from dead)),
     removed as
       (delete from nodes where node_id in (select node_id from dead) returning node_id),
     left_open as
       (select v.id, coalesce(n.lease_until, clock_timestamp()) as lease_until
        from visits v left join nodes n using (node_id)
        where v.disconnected_at is null
          and (n.node_id is null or n.node_id in (select node_id from dead))
        order by v.client_id for update of v),
     ended as
       (update visits v set disconnected_at = l.lease_until, close_code = $2
        from left_open l where v.id = l.id),
     old as
       (select id from visits
        where disconnected_at <= (select clock_timestamp() - $1 * interval '1 day')
        order by disconnected_at limit $3 for update skip locked),
     surplus as
       (select id from visits
        where id <= (select max(id) from visits) - $4 and disconnected_at is not null
        order by id limit $3 for update skip locked),
     pruned as
       (delete from visits where id in (select id from old union select id from surplus))
     select node_id, array_remove(array_agg(client_id), null) as client_ids,
       (count(*) filter (where is_here))::int as lost
     from removed left join gone using (node_id) group by node_id`,
    [visitsDays, LOST, PRUNED, KEPT, nodeId, FADED_MS],
  );
  return {
    nodes: reaped.map((row) => ({ node: String(row.node_id), lost: Number(row.lost) })),
    clientIds: reaped.flatMap((row) => row.client_ids as string[]),
  };
}
