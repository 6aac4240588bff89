import type { Room } from "../client/page/room.ts";
import { formatSecond, isoDate } from "../client/page/text.ts";
import { ClockDetails, OwnTime, Quality, RoundTrip, Silence } from "./ClockQuality.tsx";
import { useDisclosure } from "./disclosure.ts";
import { useLanguage } from "./language.ts";

const DETAILS_ID = "clock-details";

/** The server's clock and how good it is; without one, this device's, and it says so. Pressed, it tells of the minute. */
export function Clock({ room }: { room: Room }) {
  const language = useLanguage();
  const { isOpen, whole, button } = useDisclosure<HTMLElement>(DETAILS_ID);
  const now = room.now.value;
  const zone = room.zone.value;
  const pulse = room.meter.pulse.view.value;
  const clock = room.link.expectsTicks.value ? pulse.clock : undefined;
  const shown = clock ?? { time: formatSecond(now, zone), date: isoDate(now, zone) };
  const isUnsure = clock === undefined || pulse.silentMs > 0;
  return (
    <section class="clock" aria-label={language.text("server_clock")} {...whole}>
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
      </div>
      <button
        class="clock-button needs-script"
        type="button"
        aria-label={language.text("clock_details")}
        {...button}
      />
      {isOpen && <ClockDetails id={DETAILS_ID} room={room} date={shown.date} />}
    </section>
  );
}
