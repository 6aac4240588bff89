/**
 * The words, the picture and the tone of each banner. Pure.
 *
 * @module
 */

import type { Banner } from "../client/page/banner.ts";
import type { Language, Values } from "../client/page/language.ts";
import { formatDuration } from "../client/page/text.ts";
import type { TextKey } from "../client/page/words_en.ts";
import { CloseCode } from "../lib/close_codes.ts";
import type { IconName } from "./Sprite.tsx";

/** How a banner looks and what it says. */
export interface BannerWords {
  readonly tone: "plain" | "connected" | "reconnecting" | "refused" | "degraded";
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

/** In less nobody was away: something had not come, and the connection was begun anew at once. */
const AWAY_LEAST_MS = 2000;

/** How each banner looks, its title and its text; {@linkcode unusualKeys} has what differs. */
const USUAL: Readonly<
  Record<Banner["kind"], readonly [BannerWords["tone"], IconName, title: TextKey, text: TextKey]>
> = {
  taken: ["refused", "refused", "b_taken", "b_taken_text"],
  invalid: ["refused", "refused", "b_invalid", "b_invalid_text"],
  elsewhere: ["refused", "refused", "b_elsewhere", "b_elsewhere_text"],
  closed: ["refused", "refused", "b_closed", "c_other"],
  barred: ["refused", "refused", "b_barred", "h429"],
  token: ["plain", "ring", "b_token", "b_token_text"],
  token_taken: ["refused", "refused", "b_token_taken", "b_token_taken_text"],
  token_refused: ["refused", "refused", "b_token_refused", "b_token_again"],
  disconnected: ["plain", "ring", "b_disconnected", "b_disconnected_text"],
  rename: ["plain", "ring", "your_name", "b_rename_text"],
  offline: ["reconnecting", "offline", "b_offline", "b_offline_text"],
  waiting: ["reconnecting", "arc", "b_reconnecting", "b_reconnecting_text"],
  draining: ["degraded", "half", "b_draining", "b_draining_text"],
  broker: ["degraded", "half", "b_broker", "b_broker_text"],
  database: ["degraded", "database", "b_database", "b_database_text"],
  missed: ["degraded", "alert", "b_missed", "b_missed_text"],
  caught_up: ["connected", "check", "b_caught_up", "b_caught_up_text"],
  substitute: ["plain", "ring", "b_substitute", "b_substitute_text"],
  rate: ["reconnecting", "hourglass", "b_rate", "b_rate_text"],
};

/** How severe a banner looks. */
export function toneOf({ kind }: Banner): BannerWords["tone"] {
  return USUAL[kind][0];
}

/** The words of a banner. */
export function describeBanner(banner: Banner, given: BannerValues): BannerWords {
  const { language } = given;
  const [tone, icon, usualTitle, usualText] = USUAL[banner.kind];
  const { title: titleKey = usualTitle, text: textKey = usualText } = unusualKeys(banner);
  const values = valuesOf(banner, given);
  const what = language.text(titleKey, values);
  const text = language.text(textKey, values);
  if (banner.kind !== "waiting" && banner.kind !== "barred") {
    return { tone, icon, title: what, text };
  }
  const when = banner.retryAt === undefined ? "trying_now" : "next_try";
  return { tone, icon, title: language.text(when, { ...values, what }), text };
}

/** What is put into the words, where they have a place for it. */
function valuesOf(banner: Banner, { name, origin, now }: BannerValues): Values {
  switch (banner.kind) {
    case "waiting":
    case "barred":
      return { origin, s: secondsUntil(banner.retryAt ?? now, now) };
    case "rate":
      return { s: secondsUntil(banner.until, now), n: banner.perSecond };
    case "draining":
      return { s: Math.ceil((banner.afterMs ?? 0) / 1000) };
    case "missed":
      return { t: formatDuration(banner.awayMs) };
    case "caught_up":
      return { n: banner.messages, t: formatDuration(banner.awayMs) };
    case "closed":
      return { code: String(banner.code) };
    case "substitute":
      return { name, wanted: banner.wanted };
    default:
      return { name };
  }
}

interface Keys {
  readonly title?: TextKey;
  readonly text?: TextKey;
}

function unusualKeys(banner: Banner): Keys {
  switch (banner.kind) {
    case "taken":
      return banner.suggestions.length > 0 ? {} : { text: "b_taken_text_none" };
    case "missed":
      return banner.awayMs < AWAY_LEAST_MS ? { text: "b_missed_text_here" } : {};
    case "caught_up":
      return banner.awayMs < AWAY_LEAST_MS ? { text: "b_caught_up_text_here" } : {};
    case "token":
      return banner.isChange ? { title: "b_token_change" } : {};
    case "token_refused":
      return banner.isOver ? { title: "b_token_over" } : {};
    case "rename":
      return banner.isOnline ? {} : { text: "b_rename_text_away" };
    case "draining":
      return banner.afterMs === undefined ? { text: "b_draining_text_soon" } : {};
    case "barred":
      if (banner.by === "origin") return { title: "b_origin", text: "b_origin_text" };
      return banner.by === 421 ? { text: "h421" } : {};
    case "waiting":
      return { ...banner.wasOnline ? {} : { title: "b_connecting" }, ...lossKeys(banner.code) };
    case "closed":
      return closeKeys(banner.code);
    default:
      return {};
  }
}

function lossKeys(code: number): Keys {
  switch (code) {
    case CloseCode.leaving:
      return { title: `c${code}` };
    case CloseCode.fault:
    case CloseCode.full:
    case CloseCode.tooSlow:
      return { text: `c${code}` };
    case 503:
      return { text: "h503" };
    default:
      return {};
  }
}

function closeKeys(code: number): Keys {
  switch (code) {
    case CloseCode.goodbye:
      return { text: "b_disconnected_text" };
    case CloseCode.binaryFrame:
    case CloseCode.overRate:
    case CloseCode.frameTooBig:
    case CloseCode.notAuthenticated:
      return { text: `c${code}` };
    default:
      return {};
  }
}

// `now` is to the second, so what is over a whole one has passed already.
function secondsUntil(at: number, now: number): number {
  return Math.max(1, Math.floor((at - now) / 1000));
}
