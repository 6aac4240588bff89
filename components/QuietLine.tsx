import type { ComponentChild } from "preact";
import type { MovesItem } from "../client/page/talk.ts";
import { formatDay, isoDate, type Zone } from "../client/page/text.ts";
import { words } from "../client/page/words.ts";
import { Icon } from "./Icon.tsx";
import { Phrase } from "./Phrase.tsx";

const DAY_MS = 86_400_000;

/** The line between two days. */
export function Day({ at, now, zone }: { at: number; now: number; zone: Zone }) {
  const date = isoDate(at, zone);
  const near = date === isoDate(now, zone)
    ? words.today
    : date === isoDate(now - DAY_MS, zone)
    ? words.yesterday
    : undefined;
  return (
    <li class="day">
      <span>{near === undefined ? "" : `${near} · `}{formatDay(at + zone(at))}</span>
    </li>
  );
}

/** Who came and who went, in one line. */
export function Moves({ moves }: { moves: MovesItem }) {
  const { joined, left } = moves;
  return (
    <li class="quiet">
      <Icon name="door" />
      <span>
        {joined.length > 0 && (
          <Names names={joined} texts={[words.joined, words.joined_two, words.joined_many]} />
        )}
        {joined.length > 0 && left.length > 0 && ", "}
        {left.length > 0 && (
          <Names names={left} texts={[words.went, words.went_two, words.went_many]} />
        )}
      </span>
    </li>
  );
}

interface NamesProps {
  readonly names: readonly string[];
  /** For one, for two, and for more. */
  readonly texts: readonly [string, string, string];
}

function Names({ names: [first, second, ...more], texts: [one, two, many] }: NamesProps) {
  const name = (value: string | undefined): ComponentChild => <bdi>{value}</bdi>;
  if (second === undefined) return <Phrase text={one} values={{ names: name(first) }} />;
  if (more.length === 0) {
    return <Phrase text={two} values={{ names: name(first), other: name(second) }} />;
  }
  if (more.length === 1) return <Phrase text={many} values={{ names: name(first), n: 2 }} />;
  const names = <>{name(first)}, {name(second)}</>;
  return <Phrase text={many} values={{ names, n: more.length }} />;
}
