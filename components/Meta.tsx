import { asset } from "fresh/runtime";
import { languageOf } from "../client/page/language.ts";
import type { LanguageTag } from "../lib/preferences.ts";

/** What the document's head says of the page. */
export function Meta({ language }: { language: LanguageTag }) {
  const words = languageOf(language);
  return (
    <>
      <title>{words.text("title")}</title>
      <meta name="description" content={words.text("description")} />
      <link rel="icon" type="image/svg+xml" href={asset("/icon.svg")} />
      <link rel="apple-touch-icon" href={asset("/apple-touch-icon.png")} />
      {/* With the cookies, for the reader's language may be in one. */}
      <link rel="manifest" href="/manifest.webmanifest" crossorigin="use-credentials" />
      <link rel="stylesheet" href={asset("/styles.css")} />
    </>
  );
}
