import type { Dashboard } from "../../client/dashboard/dashboard.ts";
import type { Language } from "../../client/dashboard/language.ts";
import { keyOf } from "../../client/dashboard/listing.ts";
import type { TextKey } from "../../client/dashboard/words_en.ts";
import type { ListRequest, Row } from "../../lib/admin_message.ts";
import { Icon } from "../Icon.tsx";
import { Search } from "../Search.tsx";
import { shortNode } from "./Nodes.tsx";
import { ROWS_ID, TITLE_ID, useRowFocus } from "./row_focus.ts";

interface Column {
  readonly sort: ListRequest["sort"];
  readonly title: TextKey;
  readonly isFigure: boolean;
  readonly show: (row: Row, language: Language) => string;
}

const COLUMNS: readonly Column[] = [
  { sort: "address", title: "address", isFigure: false, show: ({ address }) => address },
  { sort: "node", title: "node", isFigure: false, show: ({ node }) => shortNode(node) },
  {
    sort: "age_ms",
    title: "age",
    isFigure: true,
    show: ({ age_ms }, language) => language.lasting(age_ms),
  },
  {
    sort: "queue_bytes",
    title: "queue",
    isFigure: true,
    show: ({ queue_bytes }, language) => language.number(queue_bytes),
  },
  {
    sort: "round_trip_ms",
    title: "round_trip",
    isFigure: true,
    show: ({ round_trip_ms }, language) => language.number(round_trip_ms),
  },
  {
    sort: "chats_in",
    title: "chats_in",
    isFigure: true,
    show: ({ chats_in }, language) => language.number(chats_in),
  },
  {
    sort: "chats_out",
    title: "chats_out",
    isFigure: true,
    show: ({ chats_out }, language) => language.number(chats_out),
  },
];

/** The connections of all nodes: the first 200 in the order that was chosen. */
export function Connections({ dashboard }: { dashboard: Dashboard }) {
  const language = dashboard.language.value;
  const { listing } = dashboard;
  const { rows = [], total = 0, silent = [] } = listing.listed.value ?? {};
  const { text } = listing.order.value;
  useRowFocus();
  const count = language.text("list_of", { n: rows.length, total });
  return (
    <section class="connections" aria-labelledby={TITLE_ID}>
      <div class="panel-head">
        <h2 id={TITLE_ID} tabindex={-1}>{language.text("list")}</h2>
        <span class="count">{count}</span>
        <Search
          label={language.text("find")}
          text={text}
          write={(written) => listing.find(written)}
        />
      </div>
      {silent.length > 0 && (
        <p class="note is-degraded">
          <Icon name="alert" />
          {language.text("list_silent", { nodes: silent.map(shortNode).join(", ") })}
        </p>
      )}
      <div class="table-scroller" role="group" aria-labelledby={TITLE_ID} tabindex={0}>
        <table>
          <caption class="visually-hidden">
            {language.text("table_text", { n: rows.length, total })}
          </caption>
          <thead>
            <tr>
              <Heading dashboard={dashboard} sort="username" title="name" />
              {COLUMNS.map((column) => (
                <Heading key={column.sort} dashboard={dashboard} {...column} />
              ))}
            </tr>
          </thead>
          <tbody id={ROWS_ID}>
            {rows.map((row) => <Connection key={keyOf(row)} dashboard={dashboard} row={row} />)}
          </tbody>
        </table>
      </div>
      {listing.listed.value !== undefined && rows.length === 0 && (
        <p class="dash-empty">{language.text(text === "" ? "list_empty" : "list_none")}</p>
      )}
    </section>
  );
}

interface HeadingProps {
  readonly dashboard: Dashboard;
  readonly sort: ListRequest["sort"];
  readonly title: TextKey;
  readonly isFigure?: boolean;
}

function Heading({ dashboard, sort, title, isFigure = false }: HeadingProps) {
  const order = dashboard.listing.order.value;
  const isChosen = order.sort === sort;
  const direction = order.descending ? "descending" : "ascending";
  return (
    <th
      scope="col"
      class={isFigure ? "is-figure" : undefined}
      aria-sort={isChosen ? direction : undefined}
    >
      <button type="button" onClick={() => dashboard.listing.sortBy(sort)}>
        {dashboard.language.value.text(title)}
        <Icon name="down" />
      </button>
    </th>
  );
}

function Connection({ dashboard, row }: { dashboard: Dashboard; row: Row }) {
  const language = dashboard.language.value;
  return (
    <tr>
      <th scope="row">
        <button
          class="link"
          type="button"
          aria-haspopup="dialog"
          title={language.text("look_at", { name: row.username })}
          onClick={() => dashboard.inspection.look(row)}
        >
          <bdi>{row.username}</bdi>
        </button>
      </th>
      {COLUMNS.map(({ sort, isFigure, show }) => (
        <td
          key={sort}
          class={isFigure ? "is-figure" : undefined}
          title={sort === "node" ? row.node : undefined}
        >
          {show(row, language)}
        </td>
      ))}
    </tr>
  );
}
