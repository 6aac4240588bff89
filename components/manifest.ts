/**
 * What an installed Pulso is called and looks like.
 *
 * @see https://www.w3.org/TR/appmanifest/
 * @module
 */

import { languageOf } from "../client/page/language.ts";
import type { LanguageTag } from "../lib/preferences.ts";

/** The colour of the icons' tile (scripts/icons.ts), so that the splash screen is one plane. */
const TILE = "#14181d";

/** The manifest in a language, to be sent as JSON. */
export function manifestIn(language: LanguageTag): Readonly<Record<string, unknown>> {
  const words = languageOf(language);
  return {
    id: "/",
    start_url: "/",
    scope: "/",
    lang: language,
    name: words.text("title"),
    short_name: words.text("title"),
    description: words.text("description"),
    display: "standalone",
    background_color: TILE,
    // The page itself says the colour of its theme, once it is there.
    theme_color: TILE,
    icons: [
      iconOf({ file: "icon-192.png", size: 192, purpose: "any" }),
      iconOf({ file: "icon-512.png", size: 512, purpose: "any" }),
      iconOf({ file: "icon-maskable-512.png", size: 512, purpose: "maskable" }),
    ],
  };
}

interface Icon {
  readonly file: string;
  /** Of each side, in px. */
  readonly size: number;
  readonly purpose: "any" | "maskable";
}

function iconOf({ file, size, purpose }: Icon) {
  // Not by asset(): an address that changes would be another icon, and that another app to some.
  return { src: `/${file}`, type: "image/png", sizes: `${size}x${size}`, purpose };
}
