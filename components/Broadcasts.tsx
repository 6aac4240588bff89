import type { Room } from "../client/page/room.ts";
import { BroadcastFilter } from "./BroadcastFilter.tsx";
import { BroadcastList } from "./BroadcastList.tsx";
import { Icon } from "./Icon.tsx";
import { useLanguage } from "./language.ts";

/** Everything that the server has sent, newest first, as it came. */
export function Broadcasts({ room }: { room: Room }) {
  const language = useLanguage();
  const { casts } = room;
  const { rows, kept, total, held, round } = casts.view.value;
  return (
    <section class="casts" aria-labelledby="h-casts">
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
            <Icon name="clear" />
            {language.text("clear")}
          </button>
        </span>
      </header>
      <BroadcastFilter casts={casts} />
      {rows.length === 0
        ? <NoRows isFiltered={kept > 0} showAll={() => casts.showAll()} />
        : <BroadcastList key={round} room={room} />}
      {rows.length > 0 && (
        <p class="panel-foot">
          {rows.length === kept
            ? language.text("shown_of", { n: kept, total })
            : language.text("fitting_of", { n: rows.length, total: kept })} ·{" "}
          {language.text("clear_note")}
        </p>
      )}
    </section>
  );
}

function PauseButton({ held, toggle }: { held: number | undefined; toggle: () => void }) {
  const language = useLanguage();
  const isPaused = held !== undefined;
  return (
    <button class={`button ${isPaused ? "is-on" : "is-quiet"}`} type="button" onClick={toggle}>
      <Icon name={isPaused ? "play" : "pause"} />
      {isPaused ? language.text("resume", { n: held }) : language.text("pause")}
    </button>
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
