/**
 * The order of the list of connections: the first ones of many, and of many lists. Pure.
 *
 * @module
 */

import type { ListRequest, Row } from "./admin_message.ts";
import { ROWS } from "./admin_message.ts";
import { compareNames } from "./names.ts";

/**
 * The first {@linkcode ROWS} in an order; what is not known comes last. Of 10,000 rows most are compared once, with the
 * last one that would still be listed.
 */
export function firstRows(rows: Iterable<Row>, order: ListRequest): Row[] {
  const compare = comparerOf(order);
  const kept: Row[] = [];
  let last: Row | undefined;
  for (const row of rows) {
    if (last !== undefined && compare(row, last) >= 0) continue;
    kept.push(row);
    if (kept.length < 2 * ROWS) continue;
    kept.sort(compare).length = ROWS;
    last = kept.at(-1);
  }
  return kept.sort(compare).slice(0, ROWS);
}

function comparerOf({ sort, descending }: ListRequest): (a: Row, b: Row) => number {
  const sign = descending ? -1 : 1;
  return (a, b) => {
    const [x, y] = [a[sort], b[sort]];
    if (x === null || y === null) {
      if (x !== y) return x === null ? 1 : -1;
    } else {
      const order = typeof x === "number" ? x - Number(y) : compareNames(x, String(y));
      if (order !== 0) return sign * order;
    }
    // So that those that are alike keep their places.
    return a.client_id < b.client_id ? -1 : 1;
  };
}
