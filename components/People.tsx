import { useComputed, useSignal } from "@preact/signals";
import { findPeople } from "../client/page/people.ts";
import type { Room } from "../client/page/room.ts";
import { formatDuration, formatMinute, formatNumber } from "../client/page/text.ts";
import { fill, words } from "../client/page/words.ts";
import type { User } from "../lib/protocol.ts";
import { OnlyYou } from "./EmptyRoom.tsx";
import { Icon } from "./Icon.tsx";
import { Search } from "./Search.tsx";

/** From so many people on, there is a search. */
const SEARCH_FROM = 20;
/** How many rows are in the document. */
const SHOWN = 300;
const MINUTE_MS = 60_000;

/** Who is online, oneself first. */
export function People({ room }: { room: Room }) {
  const wanted = useSignal("");
  const { people, online, own } = room.people.view.value;
  // The durations are told in minutes; a new second is no reason to go over the list.
  const minute = useComputed(() => Math.floor(room.now.value / MINUTE_MS) * MINUTE_MS);
  const isKnown = room.link.isOnline.value || room.link.standing.value === "connecting";
  const found = findPeople(people, wanted.value);
  return (
    <section class="people" aria-labelledby="h-people">
      <header class="panel-head">
        <h2 id="h-people">{words.people}</h2>
        <span class="count">{isKnown ? formatNumber(online) : "–"}</span>
      </header>
      {people.length >= SEARCH_FROM && (
        <Search
          label={words.find_person}
          text={wanted.value}
          write={(text) => wanted.value = text}
        />
      )}
      <Note room={room} isKnown={isKnown} />
      <ul class="person-list" tabindex={0} aria-label={words.people}>
        {found.slice(0, SHOWN).map((person) => (
          <Person
            key={person.client_id}
            person={person}
            isOwn={person.client_id === own}
            forMs={isKnown ? minute.value - Date.parse(person.connected_at) : undefined}
          />
        ))}
        <More count={Math.max(found.length, wanted.value === "" ? online : 0) - SHOWN} />
        {found.length === 0 && people.length > 0 && <li class="note">{words.nobody_found}</li>}
      </ul>
      {isKnown && own !== undefined && online === 1 && <OnlyYou address={room.address.value} />}
    </section>
  );
}

function Note({ room, isKnown }: { room: Room; isKnown: boolean }) {
  const { lostAt } = room.people;
  if (!isKnown && lostAt.value !== undefined) {
    const time = formatMinute(lostAt.value, room.zone.value);
    return (
      <p class="note">
        <Icon name="ring" />
        {fill(words.people_unknown, { time })}
      </p>
    );
  }
  if (!room.link.isDatabaseDown.value) return null;
  return (
    <p class="note is-degraded">
      <Icon name="half" />
      {words.people_stale}
    </p>
  );
}

interface PersonProps {
  readonly person: User;
  readonly isOwn: boolean;
  /** How long they have been here; unknown while disconnected. */
  readonly forMs: number | undefined;
}

function Person({ person, isOwn, forMs }: PersonProps) {
  return (
    <li class="person" aria-current={isOwn ? "true" : undefined}>
      <span class={`presence presence-${forMs === undefined ? "unknown" : "here"}`} />
      <bdi class="name">{person.username}</bdi>
      {isOwn && <span class="tag">{words.you}</span>}
      <span class="meta">
        {forMs !== undefined && forMs >= MINUTE_MS && formatDuration(forMs)}
      </span>
    </li>
  );
}

function More({ count }: { count: number }) {
  return count > 0 ? <li class="note">{fill(words.and_more, { n: count })}</li> : null;
}
