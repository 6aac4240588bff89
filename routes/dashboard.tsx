import { page } from "fresh";
import { asset, Head } from "fresh/runtime";
import Dashboard from "../islands/Dashboard.tsx";
import { readChoices } from "../lib/preferences.ts";
import { problemResponse } from "../lib/problem.ts";
import { NO_DASHBOARD } from "../lib/socket_route.ts";
import { define } from "../lib/state.ts";

/** For whoever runs the server. The page itself tells nothing: it asks for the token and shows what the socket brings. */
export const handler = define.handlers({
  GET({ state, req }) {
    if (state.admin === undefined) return problemResponse(NO_DASHBOARD);
    const headers = { "cache-control": "no-store", vary: "accept-language, cookie" };
    return page({ preferences: readChoices(req.headers) }, { headers });
  },
});

export default define.page<typeof handler>(({ data }) => (
  <>
    <Head>
      <link rel="stylesheet" href={asset("/dashboard.css")} />
    </Head>
    <Dashboard {...data} />
  </>
));
