/**
 * The words, the picture and the tone of each banner. Pure.
 *
 * @module
 */

import type { Banner } from "../client/page/banner.ts";
import type { Language } from "../client/page/language.ts";
import { formatDuration } from "../client/page/text.ts";
import { CloseCode } from "../lib/close_codes.ts";
import type { IconName } from "./Sprite.tsx";

/** How a banner looks and what it says. */
export interface BannerWords {
  readonly tone: "plain" | "reconnecting" | "refused" | "degraded";
  readonly icon: IconName;
  readonly title: string;
  readonly text: string;
}

/** What the words need besides the banner. */
export interface BannerValues {
  readonly name: string;
  /** The page's origin. */
  readonly origin: string;
  readonly now: number;
  readonly language: Language;
}

/** The words of a banner. */
export function describeBanner(banner: Banner, values: BannerValues): BannerWords {
  const { name, language } = values;
  switch (banner.kind) {
    case "taken":
      return refused(
        language.text("b_taken", { name }),
        banner.suggestions.length > 0
          ? language.text("b_taken_text")
          : language.text("b_taken_text_none"),
      );
    case "invalid":
      return refused(language.text("b_invalid"), language.text("b_invalid_text"));
    case "elsewhere":
      return refused(language.text("b_elsewhere"), language.text("b_elsewhere_text"));
    case "closed":
      return refused(language.text("b_closed"), closeText(banner.code, language));
    case "barred":
      return barred(banner, values);
    case "disconnected":
      return plain(language.text("b_disconnected"), language.text("b_disconnected_text"));
    case "rename":
      return plain(language.text("your_name"), language.text("b_rename_text"));
    case "offline":
      return {
        tone: "reconnecting",
        icon: "offline",
        title: language.text("b_offline"),
        text: language.text("b_offline_text"),
      };
    case "waiting":
      return waiting(banner, values);
    case "draining":
      return degraded(
        language.text("b_draining"),
        banner.afterMs === undefined
          ? language.text("b_draining_text_soon")
          : language.text("b_draining_text", { s: Math.ceil(banner.afterMs / 1000) }),
      );
    case "broker":
      return degraded(language.text("b_broker"), language.text("b_broker_text"));
    case "database":
      return {
        ...degraded(language.text("b_database"), language.text("b_database_text")),
        icon: "database",
      };
    case "missed":
      return {
        ...degraded(
          language.text("b_missed"),
          language.text("b_missed_text", { t: formatDuration(Math.max(1000, banner.awayMs)) }),
        ),
        icon: "alert",
      };
    case "rate":
      return {
        tone: "reconnecting",
        icon: "hourglass",
        title: language.text("b_rate", { s: secondsUntil(banner.until, values.now) }),
        text: language.text("b_rate_text", { n: banner.perSecond }),
      };
  }
}

function refused(title: string, text: string): BannerWords {
  return { tone: "refused", icon: "refused", title, text };
}

function plain(title: string, text: string): BannerWords {
  return { tone: "plain", icon: "ring", title, text };
}

function degraded(title: string, text: string): BannerWords {
  return { tone: "degraded", icon: "half", title, text };
}

function barred(
  { by }: Extract<Banner, { kind: "barred" }>,
  { language, origin }: BannerValues,
): BannerWords {
  if (by === "origin") {
    return refused(language.text("b_origin"), language.text("b_origin_text", { origin }));
  }
  return refused(language.text("b_barred"), language.text(by === 421 ? "h421" : "h429"));
}

function waiting(
  { code, retryAt, wasOnline }: Extract<Banner, { kind: "waiting" }>,
  { now, language }: BannerValues,
): BannerWords {
  const s = retryAt === undefined ? 0 : secondsUntil(retryAt, now);
  const [soon, trying] = wasOnline
    ? ["b_reconnecting", "b_reconnecting_now"] as const
    : ["b_connecting", "b_connecting_now"] as const;
  const title = retryAt === undefined ? language.text(trying) : language.text(soon, { s });
  return { tone: "reconnecting", icon: "arc", title, text: lossText(code, language) };
}

function lossText(code: number, language: Language): string {
  switch (code) {
    case CloseCode.leaving:
    case CloseCode.fault:
    case CloseCode.full:
    case CloseCode.tooSlow:
      return language.text(`c${code}`);
    case 503:
      return language.text("h503");
    default:
      return language.text("b_reconnecting_text");
  }
}

function closeText(code: number, language: Language): string {
  switch (code) {
    case CloseCode.goodbye:
      return language.text("b_disconnected_text");
    case CloseCode.binaryFrame:
    case CloseCode.overRate:
    case CloseCode.frameTooBig:
    case CloseCode.notAuthenticated:
      return language.text(`c${code}`);
    default:
      return language.text("c_other", { code: String(code) });
  }
}

// `now` is to the second, so what is over a whole one has passed already.
function secondsUntil(at: number, now: number): number {
  return Math.max(1, Math.floor((at - now) / 1000));
}
