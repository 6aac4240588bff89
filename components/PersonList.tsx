import type { RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import type { Room } from "../client/page/room.ts";
import { MINUTE_MS } from "../client/page/text.ts";
import type { User } from "../lib/protocol.ts";
import { useLanguage } from "./language.ts";
import { OwnPlace, Person } from "./Person.tsx";
import { useWindow } from "./windowed.ts";

/** How many rows are in the document before and after those in sight. */
const AROUND = 16;

interface PersonListProps {
  readonly room: Room;
  readonly people: readonly User[];
  readonly isKnown: boolean;
}

/** Some people, in rows; scrolled to the end, the list asks for more of them. */
export function PersonList({ room, people, isKnown }: PersonListProps) {
  const language = useLanguage();
  const now = room.minute.value * MINUTE_MS;
  const count = people.length;
  const { list, above, below, onScroll, first, from, to } = useWindow<HTMLUListElement>({
    count,
    around: AROUND,
    heightOf: (_, { row }) => row,
  });
  useAnchor(list, { people, first });
  const { own } = room.people.view.value;
  useEffect(() => {
    if (from > 0 && to === count) room.people.fetchMore();
  }, [from, to, count]);
  return (
    <ul
      ref={list}
      class="person-list"
      tabindex={0}
      aria-label={language.text("people")}
      onScroll={onScroll}
    >
      {isOwnExpected(room) && <OwnPlace key="own" />}
      <li key="above" ref={above} aria-hidden="true" />
      {people.slice(from, to).map((person, index) => (
        <Person
          key={person.client_id}
          person={person}
          place={from + index + 1}
          count={count}
          isOwn={person.client_id === own}
          forMs={isKnown ? now - Date.parse(person.connected_at) : undefined}
        />
      ))}
      <li key="below" ref={below} aria-hidden="true" />
    </ul>
  );
}

/** Whether oneself is about to be here: the place is kept, so that nobody moves then. */
export function isOwnExpected(room: Room): boolean {
  return room.people.view.value.own === undefined && room.people.lostAt.value === undefined;
}

/** Whoever comes and goes further up, the rows in sight stay where they are. */
function useAnchor(
  list: RefObject<HTMLElement>,
  { people, first }: { readonly people: readonly User[]; readonly first: number },
): void {
  const anchor = useRef<{ readonly person: User | undefined; readonly index: number }>();
  useLayoutEffect(() => {
    const element = list.current;
    const { person, index } = anchor.current ?? {};
    if (element === null || element.scrollTop === 0 || person === undefined) return;
    const found = people.indexOf(person);
    const height = element.querySelector<HTMLElement>(".person")?.offsetHeight ?? 0;
    if (found >= 0) element.scrollTop += (found - (index ?? found)) * height;
  }, [people]);
  useLayoutEffect(() => {
    anchor.current = { person: people[first], index: first };
  });
}
