/**
 * The words, the picture and the tone of each banner. Pure.
 *
 * @module
 */

import type { Banner } from "../client/page/banner.ts";
import { fill, words } from "../client/page/words.ts";
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
  readonly now: number;
}

/** The words of a banner. */
export function describeBanner(banner: Banner, { name, now }: BannerValues): BannerWords {
  switch (banner.kind) {
    case "taken":
      return refused(
        fill(words.b_taken, { name }),
        banner.suggestions.length > 0 ? words.b_taken_text : words.b_taken_text_none,
      );
    case "invalid":
      return refused(words.b_invalid, words.b_invalid_text);
    case "elsewhere":
      return refused(words.b_elsewhere, words.b_elsewhere_text);
    case "closed":
      return refused(words.b_disconnected, closeText(banner.code));
    case "disconnected":
      return plain(words.b_disconnected, words.b_disconnected_text);
    case "rename":
      return plain(words.your_name, words.b_rename_text);
    case "offline":
      return {
        tone: "reconnecting",
        icon: "offline",
        title: words.b_offline,
        text: words.b_offline_text,
      };
    case "waiting":
      return waiting(banner, now);
    case "draining":
      return degraded(
        words.b_draining,
        banner.afterMs === undefined
          ? words.b_draining_text_soon
          : fill(words.b_draining_text, { s: Math.ceil(banner.afterMs / 1000) }),
      );
    case "broker":
      return degraded(words.b_broker, words.b_broker_text);
    case "database":
      return { ...degraded(words.b_database, words.b_database_text), icon: "database" };
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

function waiting({ code, retryAt }: Extract<Banner, { kind: "waiting" }>, now: number) {
  const title = retryAt === undefined
    ? words.b_reconnecting_now
    : fill(words.b_reconnecting, { s: Math.max(1, Math.ceil((retryAt - now) / 1000)) });
  const why = code === 1001 || code === 1011 || code === 1013 || code === 4008
    ? words[`c${code}`]
    : words.b_reconnecting_text;
  return { tone: "reconnecting", icon: "arc", title, text: why } as const;
}

function closeText(code: number): string {
  switch (code) {
    case 1003:
    case 1008:
    case 1009:
    case 4001:
      return words[`c${code}`];
    default:
      return fill(words.c_other, { code: String(code) });
  }
}
