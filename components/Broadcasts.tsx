import { CAST_KINDS, type CastKind, type Casts } from "../client/page/casts.ts";
import type { Room } from "../client/page/room.ts";
import { fill, words } from "../client/page/words.ts";
import { BroadcastRow } from "./BroadcastRow.tsx";
import { flag } from "./flag.ts";
import { Icon } from "./Icon.tsx";

/** Everything that the server has sent, newest first, as it came. */
export function Broadcasts({ room }: { room: Room }) {
  const { casts } = room;
  const { rows, matching, kept, held } = casts.view.value;
  return (
    <section class="casts" aria-labelledby="h-casts">
      <header class="panel-head">
        <h2 id="h-casts">{words.broadcasts}</h2>
        <span class="panel-actions needs-script">
          <PauseButton held={held} toggle={() => casts.togglePause()} />
          <button
            class="button is-quiet"
            type="button"
            title={words.clear_note}
            onClick={() => casts.clear()}
          >
            <Icon name="clear" />
            {words.clear}
          </button>
        </span>
      </header>
      <TypeFilter casts={casts} />
      {rows.length === 0
        ? <NoRows isFiltered={kept > 0} showAll={() => casts.showAll()} />
        : (
          <ol class="cast-list" tabindex={0} aria-label={words.broadcasts}>
            {rows.map((cast) => <BroadcastRow key={cast.key} cast={cast} zone={room.zone.value} />)}
          </ol>
        )}
      {rows.length > 0 && (
        <p class="panel-foot">
          {fill(words.shown_of, { n: rows.length, total: matching })} · {words.clear_note}
        </p>
      )}
    </section>
  );
}

function PauseButton({ held, toggle }: { held: number | undefined; toggle: () => void }) {
  const isPaused = held !== undefined;
  return (
    <button class={`button ${isPaused ? "is-on" : "is-quiet"}`} type="button" onClick={toggle}>
      <Icon name={isPaused ? "play" : "pause"} />
      {isPaused ? fill(words.resume, { n: held }) : words.pause}
    </button>
  );
}

function TypeFilter({ casts }: { casts: Casts }) {
  const chosen = casts.kinds.value;
  return (
    <div class="chips needs-script" role="group" aria-label={words.type}>
      <Chip text={words.all} isOn={chosen.size === 0} press={() => casts.showAll()} />
      {CAST_KINDS.map((kind) => (
        <Chip
          key={kind}
          text={nameOf(kind)}
          isOn={chosen.has(kind)}
          press={() => casts.toggle(kind)}
        />
      ))}
    </div>
  );
}

function nameOf(kind: CastKind): string {
  return kind === "answer" ? words.answers : kind;
}

function Chip({ text, isOn, press }: { text: string; isOn: boolean; press: () => void }) {
  return (
    <button class="chip" type="button" aria-pressed={flag(isOn)} onClick={press}>{text}</button>
  );
}

function NoRows({ isFiltered, showAll }: { isFiltered: boolean; showAll: () => void }) {
  if (isFiltered) {
    return (
      <div class="empty is-small">
        <h3>{words.filter_none}</h3>
        <button class="link" type="button" onClick={showAll}>{words.filter_reset}</button>
      </div>
    );
  }
  return (
    <div class="empty is-small">
      <h3>{words.broadcasts_empty}</h3>
      <p>{words.broadcasts_empty_text}</p>
    </div>
  );
}
