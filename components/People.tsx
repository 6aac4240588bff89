import { useMemo } from "preact/hooks";
import { findPeople } from "../client/page/people.ts";
import type { Room } from "../client/page/room.ts";
import { formatMinute } from "../client/page/text.ts";
import { OnlyYou } from "./EmptyRoom.tsx";
import { Icon } from "./Icon.tsx";
import { isOwnExpected, PersonList } from "./PersonList.tsx";
import { Search } from "./Search.tsx";
import { useLanguage } from "./language.ts";

/** From so many people on, there is a search. */
const SEARCH_FROM = 20;

/** Who is online, oneself first. */
export function People({ room }: { room: Room }) {
  const language = useLanguage();
  const { people, online, unknown, own } = room.people.view.value;
  const wanted = room.people.wanted.value;
  const isKnown = room.people.lostAt.value === undefined;
  const isTold = room.isTold.value;
  const found = useMemo(() => findPeople(people, wanted), [people, wanted]);
  return (
    <section class="people" aria-labelledby="h-people">
      <header class="panel-head">
        <h2 id="h-people">{language.text("people")}</h2>
        <span class="count">{isKnown && isTold ? language.number(online) : "–"}</span>
      </header>
      {(people.length >= SEARCH_FROM || wanted !== "") && (
        <Search
          label={language.text("find_person")}
          text={wanted}
          write={(text) => room.people.search(text)}
        />
      )}
      {isTold && <Note room={room} isKnown={isKnown} />}
      {(found.length > 0 || isOwnExpected(room)) && (
        <PersonList key={wanted} room={room} people={found} isKnown={isKnown} />
      )}
      {found.length === 0 && people.length > 0 && unknown === 0 && (
        <p class="note">{language.text("nobody_found")}</p>
      )}
      {isOwnExpected(room) && online > people.length && (
        <p class="note without-script">{language.text("n_more", { n: online - people.length })}</p>
      )}
      {isKnown && unknown > 0 && <p class="note">{language.text("and_more", { n: unknown })}</p>}
      {isKnown && own !== undefined && online === 1 && <OnlyYou address={room.address.value} />}
    </section>
  );
}

function Note({ room, isKnown }: { room: Room; isKnown: boolean }) {
  const language = useLanguage();
  const { lostAt, doubtedAt } = room.people;
  const at = isKnown ? doubtedAt.value : lostAt.value;
  if (at === undefined) return null;
  const time = formatMinute(at, room.zone.value);
  if (!isKnown) {
    return (
      <p class="note">
        <Icon name="ring" />
        {language.text("people_unknown", { time })}
      </p>
    );
  }
  return (
    <p class="note is-degraded">
      <Icon name="half" />
      {language.text("people_stale", { time })}
    </p>
  );
}
