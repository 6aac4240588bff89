import type { Room } from "../client/page/room.ts";
import { formatSecond, isoDate } from "../client/page/text.ts";
import { OwnTime, Quality, RoundTrip, Silence } from "./ClockQuality.tsx";
import { useLanguage } from "./language.ts";

/** The server's clock and how good it is; without one, this device's, and it says so. */
export function Clock({ room }: { room: Room }) {
  const language = useLanguage();
  const now = room.now.value;
  const zone = room.zone.value;
  const pulse = room.meter.pulse.view.value;
  const clock = room.link.expectsTicks.value ? pulse.clock : undefined;
  const shown = clock ?? { time: formatSecond(now, zone), date: isoDate(now, zone) };
  const isUnsure = clock === undefined || pulse.silentMs > 0;
  return (
    <section class="clock" aria-label={language.text("server_clock")}>
      <p class={`clock-time ${isUnsure ? "is-unsure" : ""}`}>
        <time datetime={`${shown.date}T${shown.time}`}>{shown.time}</time>
      </p>
      <div class="clock-detail">
        {clock === undefined
          ? <OwnTime room={room} />
          : pulse.silentMs > 0
          ? <Silence ms={pulse.silentMs} />
          : <Quality room={room} pulse={pulse} />}
        <p class="clock-date">
          {language.date(shown.date)}
          {!isUnsure && <RoundTrip room={room} />}
        </p>
        <p class="visually-hidden">
          {language.text("minute_summary", {
            ok: pulse.onTime,
            late: language.text("ticks_late", { n: pulse.late }),
            missing: language.text("ticks_missing", { n: pulse.missing }),
          })}
        </p>
      </div>
    </section>
  );
}
