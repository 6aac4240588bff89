import type { PulseView } from "../client/page/pulse.ts";
import type { Room } from "../client/page/room.ts";
import { roundedMs } from "../client/page/round_trips.ts";
import { Icon } from "./Icon.tsx";
import { useLanguage } from "./language.ts";

/** Why it is this device's time: the first measurement is to come, or there is no connection. */
export function OwnTime({ room: { link } }: { room: Room }) {
  const language = useLanguage();
  const isMeasuring = link.isOnline.value || link.standing.value === "connecting";
  return (
    <p class="clock-quality is-own needs-script">
      <span class="long">{language.text(isMeasuring ? "measuring" : "clock_own")}</span>
      <span class="short" aria-hidden="true">{language.text("clock_own_short")}</span>
    </p>
  );
}

/** For how long there was no tick. */
export function Silence({ ms }: { ms: number }) {
  const language = useLanguage();
  const s = Math.floor(ms / 1000);
  return (
    <p class="clock-quality is-lost">
      <Icon name="alert" />
      <span class="long">{language.text("tick_none", { s })}</span>
      <span class="short" aria-hidden="true">{language.text("tick_none_short", { s })}</span>
    </p>
  );
}

/** How much the clock may be wrong, or what is wrong with its ticks. */
export function Quality({ room, pulse: { late, missing } }: { room: Room; pulse: PulseView }) {
  const language = useLanguage();
  const measure = room.meter.roundTrips.measure.value;
  if (late + missing === 0) {
    const quality = `±\u00a0${language.number(measure?.uncertaintyMs ?? 0)}\u00a0ms`;
    return (
      <p class="clock-quality">
        <span class="long">{language.text("server_time", { quality })}</span>
        <span class="short" aria-hidden="true">{quality}</span>
      </p>
    );
  }
  const told = [
    ...late > 0 ? [language.text("ticks_late", { n: late })] : [],
    ...missing > 0 ? [language.text("ticks_missing", { n: missing })] : [],
  ];
  return (
    <p class="clock-quality is-late">
      <Icon name="alert" />
      <span class="long">{told.join(", ")}</span>
      <span class="short" aria-hidden="true">
        {told.length === 1 ? told[0] : language.text("tick_late_short", { n: late + missing })}
      </span>
    </p>
  );
}

/** The round trip that the clock was measured with. */
export function RoundTrip({ room }: { room: Room }) {
  const language = useLanguage();
  const measure = room.meter.roundTrips.measure.value;
  if (measure === undefined) return null;
  return (
    <span class="long">
      {" · "}
      {language.text("round_trip", { ms: roundedMs(measure.roundTripMs) })}
    </span>
  );
}
