import { page } from "fresh";
import { asset, Head } from "fresh/runtime";
import { Offline } from "../components/Offline.tsx";
import { define } from "../lib/state.ts";

/** The page that a browser keeps for when the server cannot be reached (static/sw.js). */
export const handler = define.handlers({
  GET: () => page(undefined, { headers: { "cache-control": "no-cache" } }),
});

export default define.page(() => (
  <>
    <Head>
      <script src={asset("/offline.js")} />
    </Head>
    <Offline />
  </>
));
