import type { ComponentChild } from "preact";
import type { MovesItem } from "../client/page/talk_items.ts";
import { isoDate, type Zone } from "../client/page/text.ts";
import { Icon } from "./Icon.tsx";
import { Phrase } from "./Phrase.tsx";
import { useLanguage } from "./language.ts";

const DAY_MS = 86_400_000;

/** The line between two days. */
export function Day({ at, now, zone }: { at: number; now: number; zone: Zone }) {
  const language = useLanguage();
  const date = isoDate(at, zone);
  const near = date === isoDate(now, zone)
    ? language.text("today")
    : date === isoDate(now - DAY_MS, zone)
    ? language.text("yesterday")
    : undefined;
  return (
    <li class="day">
      <span>{near === undefined ? "" : `${near} · `}{language.day(at + zone(at))}</span>
    </li>
  );
}

/** Who came and who went, in one line. */
export function Moves({ moves }: { moves: MovesItem }) {
  const language = useLanguage();
  const { joined, left } = moves;
  return (
    <li class="quiet">
      <Icon name="door" />
      <span>
        {joined.length > 0 && (
          <Names
            names={joined}
            texts={[
              language.template("joined"),
              language.template("joined_two"),
              language.template("joined_many"),
            ]}
          />
        )}
        {joined.length > 0 && left.length > 0 && ", "}
        {left.length > 0 && (
          <Names
            names={left}
            texts={[
              language.template("went"),
              language.template("went_two"),
              language.template("went_many"),
            ]}
          />
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
