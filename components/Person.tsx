import { formatDuration, MINUTE_MS } from "../client/page/text.ts";
import type { User } from "../lib/protocol.ts";
import { useLanguage } from "./language.ts";

interface PersonProps {
  readonly person: User;
  readonly place: number;
  readonly count: number;
  readonly isOwn: boolean;
  /** How long they have been here; unknown while disconnected. */
  readonly forMs: number | undefined;
}

/** Somebody who is online, and for how long. */
export function Person({ person, place, count, isOwn, forMs }: PersonProps) {
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

/** The place of oneself, until one is here. */
export function OwnPlace() {
  const language = useLanguage();
  return (
    <li class="person needs-script">
      <span class="presence presence-unknown" />
      <span class="tag">{language.text("you")}</span>
    </li>
  );
}
