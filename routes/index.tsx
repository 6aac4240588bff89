import { page } from "fresh";
import { NoScript } from "../components/NoScript.tsx";
import Room from "../islands/Room.tsx";
import { wallTime } from "../lib/clock.ts";
import { isUpgrade } from "../lib/handshake.ts";
import { newestWithin, toChat } from "../lib/journal.ts";
import { socketHandler } from "../lib/socket_route.ts";
import { readPreferences } from "../lib/preferences.ts";
import { define } from "../lib/state.ts";

/** How many people and messages the first paint shows; the rest comes over the socket. */
const PEOPLE_SHOWN = 100;
const MESSAGES_SHOWN = 50;
/** And how much text: whoever asks for the page has it rendered and compressed by the one thread that serves all. */
const TEXT_SHOWN = 20_000;

const textSocket = socketHandler("text");

/** The room as it is now; to an upgrade the drop-in socket of docs/PROTOCOL.md, section 9. */
export const handler = define.handlers({
  GET(ctx) {
    if (isUpgrade(ctx.req.headers)) return textSocket(ctx);
    const { state, url } = ctx;
    const { config, hub, journal } = state;
    const last = journal.read(Math.max(0, journal.offset - MESSAGES_SHOWN), MESSAGES_SHOWN);
    return page({
      users: hub.users(PEOPLE_SHOWN),
      online: hub.online,
      messages: newestWithin(last, TEXT_SHOWN).map(toChat),
      limits: { message_length: config.MESSAGE_LENGTH, fibonacci_input: config.FIBONACCI_MAX },
      time: wallTime(Date.now()),
      address: url.origin,
      preferences: readPreferences(ctx.req.headers),
    }, { headers: { "cache-control": "no-store", vary: "accept-language, cookie" } });
  },
});

export default define.page<typeof handler>(({ data }) => (
  <>
    <NoScript address={data.address} language={data.preferences.language} />
    <Room {...data} />
  </>
));
