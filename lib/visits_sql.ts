/**
 * The log of visits, as it is read. It is written by the statements of presence_sql.ts and nodes_sql.ts.
 *
 * @module
 */

import { LOST } from "./close_codes.ts";
import type { Visit, VisitPage, VisitState } from "./http_schemas.ts";
import type { Database, Row } from "./queries.ts";

/** A page of the log. */
export interface VisitQuery {
  readonly state: VisitState;
  readonly limit: number;
  /** The `next` of the page before; `undefined` for the newest. */
  readonly after: number | undefined;
}

/** Where `n` is the node that has it, if its lease is not over. Each is a text of its own, so that each has a plan of its own. */
const WHERE: Readonly<Record<VisitState, string>> = {
  connected: "v.disconnected_at is null and n.node_id is not null",
  disconnected: "(v.disconnected_at is not null or n.node_id is null)",
  all: "true",
};

/**
 * Reads a page. The visits of a node that is dead have ended with its lease, also while it is not reaped.
 *
 * @throws {DatabaseError} If the database is away.
 */
export async function listVisits(
  on: Pick<Database, "read">,
  { state, limit, after }: VisitQuery,
): Promise<VisitPage> {
  const [rows, counted] = await Promise.all([
    on.read(
      `select v.id, v.username, v.client_id, v.node_id, v.connected_at,
         case when n.node_id is null then coalesce(v.disconnected_at,
           (select lease_until from nodes d where d.node_id = v.node_id)) end as disconnected_at,
         case when n.node_id is null then coalesce(v.close_code, $3) end as close_code
       from visits v left join nodes n on n.node_id = v.node_id
         and v.disconnected_at is null and n.lease_until > clock_timestamp()
       where v.id < $1 and ${WHERE[state]}
       order by v.id desc limit $2`,
      [after ?? Number.MAX_SAFE_INTEGER, limit + 1, LOST],
    ),
    on.read("select count(*)::int as online from connected_users"),
  ]);
  const next = rows.length > limit ? String(rows[limit - 1]?.id) : null;
  return { users: rows.slice(0, limit).map(toVisit), online: Number(counted[0]?.online), next };
}

function toVisit(row: Row): Visit {
  const left = row.disconnected_at as Date | null;
  return {
    username: String(row.username),
    client_id: String(row.client_id),
    node: String(row.node_id),
    connected_at: (row.connected_at as Date).toISOString(),
    disconnected_at: left?.toISOString() ?? null,
    close_code: row.close_code as number | null,
  };
}
