import { asset } from "fresh/runtime";
import { words } from "../client/page/words.ts";

/** What the document's head says of the page. */
export function Meta() {
  return (
    <>
      <title>{words.title}</title>
      <meta name="description" content={words.description} />
      <link rel="icon" type="image/svg+xml" href={asset("/icon.svg")} />
      <link rel="stylesheet" href={asset("/styles.css")} />
    </>
  );
}
