import { manifestIn } from "../components/manifest.ts";
import { readChoices } from "../lib/preferences.ts";
import { define } from "../lib/state.ts";

/** What a browser needs to install Pulso, in the reader's language. */
export const handler = define.handlers({
  GET({ req }) {
    const { language } = readChoices(req.headers);
    return new Response(JSON.stringify(manifestIn(language)), {
      headers: {
        "content-type": "application/manifest+json",
        "cache-control": "no-cache",
        vary: "accept-language, cookie",
      },
    });
  },
});
