import { isLate, type Place } from "../client/page/pulse.ts";
import type { Room } from "../client/page/room.ts";

/** The current minute as a rule of sixty places, one filled with each tick that arrived. Its words are in the clock. */
export function Minute({ room }: { room: Room }) {
  const pulse = room.meter.pulse.view.value;
  return (
    <div class="minute" aria-hidden="true">
      {pulse.minute.map((place, second) => (
        <i class={classOf(place, second === pulse.running)} data-late={latenessOf(place)} />
      ))}
    </div>
  );
}

function classOf(place: Place, isRunning: boolean): string {
  if (place === undefined) return "";
  const state = place === "missing" ? "missing" : isLate(place) ? "late" : "on";
  return isRunning ? `${state} now` : state;
}

/** In tenths of a second, because a style may not be written into the markup. */
function latenessOf(place: Place): number | undefined {
  return isLate(place) ? Math.min(9, Math.round(Number(place) / 100)) : undefined;
}
