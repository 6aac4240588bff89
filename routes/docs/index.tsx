import { page } from "fresh";
import { asset, Head } from "fresh/runtime";
import { CLOSE_CODE_MEANINGS, CloseCode } from "../../lib/close_codes.ts";
import Docs from "../../islands/Docs.tsx";
import { pageOrigin } from "../../lib/handshake.ts";
import { readChoices } from "../../lib/preferences.ts";
import { ERROR_CODES } from "../../lib/protocol.ts";
import { socketMessages } from "../../lib/socket_messages.ts";
import { define } from "../../lib/state.ts";
import { SWAGGER_UI } from "../../lib/swagger_ui.ts";

const { sent, received } = socketMessages();
const closeCodes = Object.entries(CLOSE_CODE_MEANINGS).map(([name, meaning]) => ({
  code: String(CloseCode[name as keyof typeof CloseCode]),
  ...meaning,
}));
const errorCodes = Object.entries(ERROR_CODES).map(([code, when]) => ({ code, when }));

/** The documents for people: how to begin, a console for the socket, and what goes over HTTP. */
export const handler = define.handlers({
  GET: (ctx) =>
    page({
      address: pageOrigin(ctx, ctx.state.config.TRUST_PROXY),
      asksForToken: ctx.state.tokens !== undefined,
      preferences: readChoices(ctx.req.headers),
      sent,
      received,
      closeCodes,
      errorCodes,
      httpAssets: SWAGGER_UI,
    }, { headers: { "cache-control": "no-cache", vary: "accept-language, cookie" } }),
});

export default define.page<typeof handler>(({ data }) => (
  <>
    <Head>
      <link rel="stylesheet" href={asset("/docs.css")} />
    </Head>
    <Docs {...data} />
  </>
));
