import { useSignal } from "@preact/signals";
import { useCallback } from "preact/hooks";
import type { Cast, Casts } from "../client/page/casts.ts";
import type { Room } from "../client/page/room.ts";
import { BroadcastRow } from "./BroadcastRow.tsx";
import { isOneLine } from "./broadcast_summary.ts";
import { useLanguage } from "./language.ts";
import { type RowHeights, useWindow } from "./windowed.ts";

/** How many rows are in the document before and after those in sight. */
const AROUND = 16;

/** The rows of the broadcasts, newest first. */
export function BroadcastList({ room }: { room: Room }) {
  const language = useLanguage();
  const { casts } = room;
  const { rows } = casts.view.value;
  const { heightOf, measured } = useHeights(casts);
  const { list, above, below, onScroll, from, first, to } = useWindow<HTMLOListElement>({
    count: rows.length,
    around: AROUND,
    heightOf: (index, heights) => heightOf(rows[index], heights),
  });
  const look = () => casts.read(isRead(list.current));
  return (
    <ol
      ref={list}
      class="cast-list"
      tabindex={0}
      aria-label={language.text("broadcasts")}
      onScroll={() => {
        onScroll();
        look();
      }}
      onFocusIn={look}
      onFocusOut={() => queueMicrotask(look)}
      onKeyDown={takeKey}
    >
      <li key="above" ref={above} aria-hidden="true" />
      {rows.slice(from, to).map((cast, index) => (
        <BroadcastRow
          key={cast.key}
          cast={cast}
          room={room}
          isStop={from + index === first}
          measured={measured}
        />
      ))}
      <li key="below" ref={below} aria-hidden="true" />
    </ol>
  );
}

/** Whether somebody reads in the list away from its newest row, or by keyboard. */
function isRead(list: HTMLElement | null): boolean {
  return list !== null &&
    (list.scrollTop > 0 || list.querySelector("summary:focus-visible") !== null);
}

/** How high each row is: one that is open as it was measured, all others by the style sheet. */
function useHeights(casts: Casts) {
  const open = casts.open.value;
  const openHeights = useSignal<ReadonlyMap<number, number>>(new Map());
  const measured = useCallback((key: number, height: number) => {
    if (openHeights.value.get(key) === height) return;
    const known = [...openHeights.value].filter(([other]) => casts.open.value.has(other));
    openHeights.value = new Map(known).set(key, height);
  }, [casts]);
  const heightOf = (cast: Cast | undefined, { row, tall }: RowHeights) => {
    if (cast === undefined) return 0;
    const usual = isOneLine(cast.message) ? row : tall;
    return open.has(cast.key) ? openHeights.value.get(cast.key) ?? usual : usual;
  };
  return { heightOf, measured };
}

/** From row to row by the arrow keys, so that Tab has one stop for all of them; Escape closes the row. */
function takeKey(event: KeyboardEvent): void {
  const { target, key } = event;
  if (!(target instanceof HTMLElement)) return;
  const row = target.closest("li");
  if (key === "Escape") return closeRow(event, row);
  if (!target.matches("summary") || (key !== "ArrowDown" && key !== "ArrowUp")) return;
  const next = key === "ArrowDown" ? row?.nextElementSibling : row?.previousElementSibling;
  const summary = next?.querySelector("summary");
  if (!summary) return;
  event.preventDefault();
  summary.focus();
}

/** Closes the row in which the focus is, and nothing else. */
function closeRow(event: Event, row: Element | null): void {
  const details = row?.querySelector("details");
  if (!details?.open) return;
  event.preventDefault();
  details.open = false;
  details.querySelector("summary")?.focus();
}
