import type { RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import type { Room } from "../client/page/room.ts";
import { formatDuration } from "../client/page/text.ts";
import type { User } from "../lib/protocol.ts";
import { useLanguage } from "./language.ts";
import { useWindow } from "./windowed.ts";

/** How many rows are in the document before and after those in sight. */
const AROUND = 16;
const MINUTE_MS = 60_000;

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
  return room.people.view.value.own === undefined && room.link.standing.value === "connecting";
}

function OwnPlace() {
  const language = useLanguage();
  return (
    <li class="person needs-script">
      <span class="presence presence-unknown" />
      <span class="tag">{language.text("you")}</span>
    </li>
  );
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

interface PersonProps {
  readonly person: User;
  readonly place: number;
  readonly count: number;
  readonly isOwn: boolean;
  /** How long they have been here; unknown while disconnected. */
  readonly forMs: number | undefined;
}

function Person({ person, place, count, isOwn, forMs }: PersonProps) {
  const language = useLanguage();
  return (
    <li
      class="person"
      aria-current={isOwn ? "true" : undefined}
      aria-posinset={place}
      aria-setsize={count}
    >
      <span class={`presence presence-${forMs === undefined ? "unknown" : "here"}`} />
      <bdi class="name" title={person.username}>{person.username}</bdi>
      {isOwn && <span class="tag">{language.text("you")}</span>}
      <span class="meta">
        {forMs !== undefined && forMs >= MINUTE_MS && formatDuration(forMs)}
      </span>
    </li>
  );
}
