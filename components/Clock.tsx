import { clockAt } from "../client/page/pulse.ts";
import type { PulseView } from "../client/page/pulse.ts";
import type { Room } from "../client/page/room.ts";
import { formatDate, formatSecond, isoDate } from "../client/page/text.ts";
import { fill, words } from "../client/page/words.ts";
import { Icon } from "./Icon.tsx";

/** The server's clock and how good it is; without one, this device's, and it says so. */
export function Clock({ room }: { room: Room }) {
  const now = room.now.value;
  const zone = room.zone.value;
  const pulse = room.pulse.view.value;
  const tick = room.link.expectsTicks.value ? pulse.tick : undefined;
  const shown = tick === undefined
    ? { time: formatSecond(now, zone), date: isoDate(now, zone), silentMs: 0 }
    : clockAt(tick, now);
  const isSilent = shown.silentMs > 0;
  return (
    <section class="clock" aria-label={words.server_clock}>
      <p class={`clock-time ${tick === undefined || isSilent ? "is-unsure" : ""}`}>
        <time datetime={`${shown.date}T${shown.time}`}>{shown.time}</time>
      </p>
      <div class="clock-detail">
        {tick === undefined
          ? <OwnTime />
          : isSilent
          ? <Silence ms={shown.silentMs} />
          : <Quality pulse={pulse} />}
        <p class="clock-date">{formatDate(shown.date)}</p>
        <p class="visually-hidden">
          {fill(words.minute_summary, {
            ok: pulse.onTime,
            late: pulse.late,
            missing: pulse.missing,
          })}
        </p>
      </div>
    </section>
  );
}

function OwnTime() {
  return (
    <p class="clock-quality is-own needs-script">
      <span class="long">{words.clock_own}</span>
      <span class="short" aria-hidden="true">{words.clock_own_short}</span>
    </p>
  );
}

function Silence({ ms }: { ms: number }) {
  const s = Math.floor(ms / 1000);
  return (
    <p class="clock-quality is-lost">
      <Icon name="alert" />
      <span class="long">{fill(words.tick_none, { s })}</span>
      <span class="short" aria-hidden="true">{fill(words.tick_none_short, { s })}</span>
    </p>
  );
}

function Quality({ pulse }: { pulse: PulseView }) {
  const { late, missing } = pulse;
  if (late + missing === 0) return <p class="clock-quality">{words.server_time}</p>;
  return (
    <p class="clock-quality is-late">
      <Icon name="alert" />
      <span class="long">{fill(words.tick_late, { late, missing })}</span>
      <span class="short" aria-hidden="true">
        {fill(words.tick_late_short, { n: late + missing })}
      </span>
    </p>
  );
}
