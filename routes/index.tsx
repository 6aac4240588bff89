import { page } from "fresh";
import { NoScript } from "../components/NoScript.tsx";
import Room from "../islands/Room.tsx";
import { wallTime } from "../lib/clock.ts";
import { isUpgrade, pageOrigin } from "../lib/handshake.ts";
import {
  type Journal,
  type JournalEntry,
  JournalError,
  newestWithin,
  toChat,
} from "../lib/journal.ts";
import { compareNames } from "../lib/names.ts";
import { socketHandler } from "../lib/socket_route.ts";
import { readChoices } from "../lib/preferences.ts";
import type { User } from "../lib/protocol.ts";
import { define, type State } from "../lib/state.ts";

/** How many people and messages the first paint shows; the rest comes over the socket. */
const PEOPLE_SHOWN = 100;
const MESSAGES_SHOWN = 50;
/** And how much text: whoever asks for the page has it rendered and compressed by the one thread that serves all. */
const TEXT_SHOWN = 20_000;

/** So many the socket lists at first: of these the first paint shows the first ones, so that nobody moves then. */
const PEOPLE_LISTED = 1000;

const textSocket = socketHandler("text");

/** The room as it is now; to an upgrade the drop-in socket of docs/PROTOCOL.md, section 9. */
export const handler = define.handlers({
  async GET(ctx) {
    if (isUpgrade(ctx.req.headers)) return textSocket(ctx);
    const { state } = ctx;
    const { config, journal, tokens } = state;
    const { epoch, offset } = journal;
    const shown = tokens === undefined ? await readRoom(state) : nothingOf(offset);
    return page({
      offset,
      ...shown,
      asksForToken: tokens !== undefined,
      epoch,
      limits: { message_length: config.MESSAGE_LENGTH, fibonacci_input: config.FIBONACCI_MAX },
      time: wallTime(Date.now()),
      address: pageOrigin(ctx, config.TRUST_PROXY),
      preferences: readChoices(ctx.req.headers),
    }, { headers: { "cache-control": "no-store", vary: "accept-language, cookie" } });
  },
});

export default define.page<typeof handler>(({ data }) => (
  <>
    <NoScript
      address={data.address}
      language={data.preferences.language}
      asksForToken={data.asksForToken}
    />
    <Room {...data} />
  </>
));

/** What others say, and who they are, is for those who have a token: their pages fetch it when they are in. */
function nothingOf(offset: number) {
  return { users: [], online: 0, messages: [], offset: Math.max(0, offset - MESSAGES_SHOWN) };
}

async function readRoom({ hub, journal }: State) {
  const last = await readLast(journal);
  return {
    users: firstOf(hub.users(PEOPLE_LISTED)),
    online: hub.online,
    messages: newestWithin(last, TEXT_SHOWN).map(toChat),
  };
}

/** What was said last; nothing where it cannot be had now: the page is worth having without it. */
async function readLast(journal: Journal): Promise<readonly JournalEntry[]> {
  const { offset } = journal;
  try {
    const last = await journal.read(Math.max(0, offset - MESSAGES_SHOWN), MESSAGES_SHOWN);
    // Meanwhile more may have been said, which the page fetches by itself.
    return last.filter((entry) => entry.offset <= offset);
  } catch (error) {
    if (error instanceof JournalError) return [];
    throw error;
  }
}

/** Those who come first in the order of the page. */
function firstOf(users: readonly User[]): User[] {
  return users.toSorted((a, b) => compareNames(a.username, b.username)).slice(0, PEOPLE_SHOWN);
}
