import { useSignal } from "@preact/signals";
import { useCallback, useRef } from "preact/hooks";
import type { Room } from "../client/page/room.ts";
import { BroadcastRow } from "./BroadcastRow.tsx";
import { isOneLine } from "./broadcast_summary.ts";
import { useLanguage } from "./language.ts";
import { useWindow } from "./windowed.ts";

/** How many rows are in the document before and after those in sight. */
const AROUND = 16;

/** The rows of the broadcasts, newest first. */
export function BroadcastList({ room }: { room: Room }) {
  const language = useLanguage();
  const { casts } = room;
  const { rows } = casts.view.value;
  const open = casts.open.value;
  const openHeights = useOpenHeights();
  const { list, above, below, onScroll, from, first, to } = useWindow<HTMLOListElement>({
    count: rows.length,
    around: AROUND,
    heightOf: (index, { row, tall }) => {
      const cast = rows[index];
      if (cast === undefined) return 0;
      const usual = isOneLine(cast.message) ? row : tall;
      return open.has(cast.key) ? openHeights.of(cast.key) ?? usual : usual;
    },
  });
  const look = () => {
    const element = list.current;
    if (element === null) return;
    casts.read(element.scrollTop > 0 || element.querySelector("summary:focus-visible") !== null);
  };
  const scrolled = () => {
    onScroll();
    look();
  };
  return (
    <ol
      ref={list}
      class="cast-list"
      tabindex={0}
      aria-label={language.text("broadcasts")}
      onScroll={scrolled}
      onFocusIn={look}
      onFocusOut={() => queueMicrotask(look)}
      onKeyDown={moveFocus}
    >
      <li key="above" ref={above} aria-hidden="true" />
      {rows.slice(from, to).map((cast, index) => (
        <BroadcastRow
          key={cast.key}
          cast={cast}
          room={room}
          isStop={from + index === first}
          measured={openHeights.take}
        />
      ))}
      <li key="below" ref={below} aria-hidden="true" />
    </ol>
  );
}

/** The measured heights of rows that have been open; a new one has the list rendered again. */
function useOpenHeights() {
  const heights = useRef(new Map<number, number>());
  const changes = useSignal(0);
  const take = useCallback((key: number, height: number) => {
    if (heights.current.get(key) === height) return;
    heights.current.set(key, height);
    changes.value++;
  }, []);
  return {
    take,
    of: (key: number) => changes.value >= 0 ? heights.current.get(key) : undefined,
  };
}

/** From row to row by the arrow keys, so that Tab has one stop for all of them. */
function moveFocus(event: KeyboardEvent): void {
  const { target, key } = event;
  if (!(target instanceof HTMLElement) || !target.matches("summary")) return;
  if (key !== "ArrowDown" && key !== "ArrowUp") return;
  const row = target.closest("li");
  const next = key === "ArrowDown" ? row?.nextElementSibling : row?.previousElementSibling;
  const summary = next?.querySelector("summary");
  if (!summary) return;
  event.preventDefault();
  summary.focus();
}
