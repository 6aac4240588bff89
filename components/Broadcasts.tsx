import { useRef } from "preact/hooks";
import type { CastsView } from "../client/page/casts.ts";
import type { Room } from "../client/page/room.ts";
import { BroadcastFilter } from "./BroadcastFilter.tsx";
import { BroadcastList } from "./BroadcastList.tsx";
import { Icon } from "./Icon.tsx";
import { useLanguage } from "./language.ts";

/** More than so many are told as that many and a plus, so that the button fits beside the heading. */
const HELD_TOLD = 999;

/** Everything that the server has sent, newest first, as it came. */
export function Broadcasts({ room }: { room: Room }) {
  const language = useLanguage();
  const { casts } = room;
  const { rows, kept, held, round } = casts.view.value;
  const section = useRef<HTMLElement>(null);
  const showAll = () => {
    casts.showAll();
    // The button goes away, and the focus with it.
    section.current?.querySelector<HTMLElement>("[type=search]")?.focus();
  };
  return (
    <section ref={section} class="casts" aria-labelledby="h-casts">
      <header class="panel-head">
        <h2 id="h-casts">{language.text("broadcasts")}</h2>
        <span class="panel-actions needs-script">
          <PauseButton
            held={held}
            toggle={() => held === undefined ? casts.pause() : casts.resume()}
          />
          <button
            class="button is-quiet"
            type="button"
            title={language.text("clear_note")}
            onClick={() => casts.clear()}
          >
            {language.text("clear")}
          </button>
        </span>
      </header>
      <BroadcastFilter casts={casts} />
      {rows.length === 0
        ? <NoRows isFiltered={kept > 0} showAll={showAll} />
        : <BroadcastList key={round} room={room} />}
      {rows.length > 0 && <Foot view={casts.view.value} />}
    </section>
  );
}

function PauseButton({ held, toggle }: { held: number | undefined; toggle: () => void }) {
  const language = useLanguage();
  const isPaused = held !== undefined;
  const n = Math.min(held ?? 0, HELD_TOLD);
  return (
    <button class={`button ${isPaused ? "is-on" : "is-quiet"}`} type="button" onClick={toggle}>
      <Icon name={isPaused ? "play" : "pause"} />
      {isPaused
        ? language.text(held > HELD_TOLD ? "resume_more" : "resume", { n })
        : language.text("pause")}
    </button>
  );
}

/** Of how many these are the newest, or how many fit the filter. */
function Foot({ view: { rows, kept, total } }: { view: CastsView }) {
  const language = useLanguage();
  return (
    <p class="panel-foot">
      {rows.length === kept
        ? language.text("shown_of", { n: kept, total })
        : language.text("fitting_of", { n: rows.length, total: kept })} ·{" "}
      {language.text("clear_note")}
    </p>
  );
}

function NoRows({ isFiltered, showAll }: { isFiltered: boolean; showAll: () => void }) {
  const language = useLanguage();
  if (isFiltered) {
    return (
      <div class="empty is-small">
        <h3>{language.text("filter_none")}</h3>
        <button class="link" type="button" onClick={showAll}>
          {language.text("filter_reset")}
        </button>
      </div>
    );
  }
  return (
    <div class="empty is-small">
      <h3>{language.text("broadcasts_empty")}</h3>
      <p>{language.text("broadcasts_empty_text")}</p>
    </div>
  );
}
