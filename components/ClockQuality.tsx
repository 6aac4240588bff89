import type { Language } from "../client/page/language.ts";
import type { PulseView } from "../client/page/pulse.ts";
import type { Room } from "../client/page/room.ts";
import { roundedMs } from "../client/page/round_trips.ts";
import { Icon } from "./Icon.tsx";
import { useLanguage } from "./language.ts";

/** Why it is this device's time: the first measurement is to come, or there is no connection. */
export function OwnTime({ room: { link } }: { room: Room }) {
  const language = useLanguage();
  const isMeasuring = link.isOnline.value || link.isFirstTry.value;
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
  const s = Math.round(ms / 1000);
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
    const quality = qualityOf(measure?.uncertaintyMs ?? 0, language);
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
        {language.text("ticks_off", { n: late + missing })}
      </span>
    </p>
  );
}

interface ClockDetailsProps {
  readonly id: string;
  readonly room: Room;
  /** Such as `2026-11-20`. */
  readonly date: string;
}

/** What there is to say of the clock, in sentences: for who cannot see the minute, and where there is no room for more. */
export function ClockDetails({ id, room, date }: ClockDetailsProps) {
  const language = useLanguage();
  const { onTime, late, missing } = room.meter.pulse.view.value;
  const measure = room.meter.roundTrips.measure.value;
  return (
    <div class="clock-more" id={id}>
      <p>{language.date(date)}</p>
      {measure !== undefined && (
        <p>
          {language.text("server_time", { quality: qualityOf(measure.uncertaintyMs, language) })}
          {" · "}
          {language.text("round_trip", { ms: roundedMs(measure.roundTripMs) })}
        </p>
      )}
      <p>
        {language.text("minute_summary", {
          ok: onTime,
          late: language.text("ticks_late", { n: late }),
          missing: language.text("ticks_missing", { n: missing }),
        })}
      </p>
    </div>
  );
}

function qualityOf(uncertaintyMs: number, language: Language): string {
  return `±\u00a0${language.number(uncertaintyMs)}\u00a0ms`;
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
