import type { MovesItem, Told } from "../client/page/talk_items.ts";
import { dateBefore, isoDate, type Zone } from "../client/page/text.ts";
import { Icon } from "./Icon.tsx";
import { Phrase } from "./Phrase.tsx";
import { useLanguage } from "./language.ts";

/** The line between two days. */
export function Day({ at, now, zone }: { at: number; now: number; zone: Zone }) {
  const language = useLanguage();
  const date = isoDate(at, zone);
  const today = isoDate(now, zone);
  const near = date === today
    ? language.text("today")
    : date === dateBefore(today)
    ? language.text("yesterday")
    : undefined;
  return (
    <li class="day">
      <span>{near === undefined ? "" : `${near} · `}{language.day(at + zone(at))}</span>
    </li>
  );
}

/** Who came and who went, in one line. */
export function Moves({ moves: { joined, left } }: { moves: MovesItem }) {
  return (
    <li class="quiet">
      <Icon name={joined.count > 0 ? "door" : "door_out"} />
      <span>
        {joined.count > 0 && <Names told={joined} text="joined" />}
        {joined.count > 0 && left.count > 0 && ", "}
        {left.count > 0 && <Names told={left} text="went" />}
      </span>
    </li>
  );
}

interface NamesProps {
  readonly told: Told;
  readonly text: "joined" | "went";
}

function Names({ told: { first, second, count }, text }: NamesProps) {
  const language = useLanguage();
  const one = <bdi>{first}</bdi>;
  const other = <bdi>{second}</bdi>;
  const [template, values] = count === 1
    ? [language.template(text), { names: one }]
    : count === 2
    ? [language.template(`${text}_two`), { names: one, other }]
    : count === 3
    ? [language.template(`${text}_many`), { names: one, n: 2 }]
    : [language.template(`${text}_many`), { names: <>{one}, {other}</>, n: count - 2 }];
  return <Phrase text={template} values={values} />;
}
