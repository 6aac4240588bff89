/**
 * The rows of the talk that are in the document, and what brings others there.
 *
 * @module
 */

import { type RefObject } from "preact";
import { useRef } from "preact/hooks";
import { arrange, type Row } from "../client/page/arrangement.ts";
import type { OlderState } from "../client/page/older.ts";
import type { Room } from "../client/page/room.ts";
import { sightOf, slide } from "../client/page/sight.ts";
import { useScrolling } from "./scrolling.ts";

/** What {@linkcode useRows} gives. */
export interface Rows {
  readonly rows: readonly Row[];
  /** For the element that scrolls. */
  readonly ref: RefObject<HTMLDivElement>;
  /** Whether there is more before the first row. */
  readonly older: OlderState;
  readonly showOlder: () => void;
}

/** The rows that are in the document now; scrolling to their ends brings others there. */
export function useRows({ conversation: { talk, reading, older }, zone }: Room): Rows {
  const items = talk.items.value;
  const extent = { begin: talk.begin, length: items.length };
  const sight = sightOf(extent, reading.from.value);
  const rows = useRef<readonly Row[]>([]);
  rows.current = arrange(items.slice(sight.start, sight.end), {
    zone: zone.value,
    unreadFrom: reading.unreadFrom.value,
    before: rows.current,
  });
  const move = (direction: -1 | 1) => {
    const from = slide({ extent, sight }, direction);
    if (from !== undefined) reading.stand(from);
    return from !== undefined;
  };
  const ref = useScrolling(reading, {
    first: extent.begin + sight.start,
    isToTheEnd: sight.end === extent.length,
    // What failed is asked for again only by the button.
    goBack: () => {
      if (!move(-1) && older.state.value === "some") void older.ask();
    },
    goOn: () => move(1),
  });
  const showOlder = () => {
    ref.current?.focus({ preventScroll: true });
    if (!move(-1)) void older.ask();
  };
  const state = sight.start > 0 ? "some" : older.state.value;
  return { rows: rows.current, ref, older: state, showOlder };
}
