import type { Dashboard } from "../../client/dashboard/dashboard.ts";
import type { InspectionView, SeenFrame } from "../../client/dashboard/inspection.ts";
import { Icon } from "../Icon.tsx";

interface FramesProps {
  readonly dashboard: Dashboard;
  readonly view: InspectionView;
}

/** The frames of a connection as they pass, the newest first. */
export function Frames({ dashboard, view }: FramesProps) {
  const language = dashboard.language.value;
  const { inspection } = dashboard;
  const isPaused = inspection.isPaused.value;
  return (
    <>
      <div class="panel-head">
        <h3 id="frames-title">{language.text("frames")}</h3>
        <button
          class="button is-quiet"
          type="button"
          onClick={() => inspection.pause(!isPaused)}
        >
          <Icon name={isPaused ? "play" : "pause"} />
          {language.text(isPaused ? "resume" : "pause")}
        </button>
        {view.dropped > 0 && (
          <span class="count">{language.text("frames_dropped", { n: view.dropped })}</span>
        )}
      </div>
      <div class="frames" role="region" aria-labelledby="frames-title" tabindex={0}>
        {view.frames.length === 0 && <p class="dash-empty">{language.text("frames_none")}</p>}
        <ol>
          {view.frames.toReversed().map((frame) => (
            <Frame key={frame.number} dashboard={dashboard} frame={frame} />
          ))}
        </ol>
      </div>
    </>
  );
}

function Frame({ dashboard, frame }: { dashboard: Dashboard; frame: SeenFrame }) {
  const language = dashboard.language.value;
  const { at, direction, text, length } = frame;
  return (
    <li class={`frame is-${direction}`}>
      <time>{language.time(at)}</time>
      <span class="frame-direction">
        <Icon name={direction === "in" ? "send" : "down"} />
        <span class="visually-hidden">
          {language.text(direction === "in" ? "frame_in" : "frame_out")}
        </span>
      </span>
      <code>
        {text}
        {length > text.length && "…"}
      </code>
      {length > text.length && (
        <span class="count">{language.text("frame_length", { n: length })}</span>
      )}
    </li>
  );
}
