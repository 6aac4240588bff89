import { type JournalEntry, JournalError, toChat } from "../../lib/journal.ts";
import { parseLimit, parseOffset } from "../../lib/page_query.ts";
import { problemResponse } from "../../lib/problem.ts";
import { define } from "../../lib/state.ts";

/** So many characters of text end a page before its limit: who does not read it has it held in memory. */
const PAGE_LENGTH = 100_000;

/** The kept chats, oldest first. */
export const handler = define.handlers({
  // Chats from outside are taken only with a key, and there is none.
  POST: () =>
    problemResponse({ status: 404, detail: "no key for chats from outside is configured" }),
  async GET({ state, url }) {
    const limit = parseLimit(url.searchParams);
    if (!limit.ok) return problemResponse(limit.error);
    const after = parseOffset(url.searchParams.get("after") ?? "0");
    if (after === undefined) {
      return problemResponse({ status: 400, detail: "after is not an integer from 0 up" });
    }
    const { epoch, offset } = state.journal;
    try {
      const entries = withinLength(await state.journal.read(after, limit.value));
      const last = entries.at(-1)?.offset ?? offset;
      return Response.json({
        epoch,
        messages: entries.map(toChat),
        next: last < offset ? last : null,
      }, { headers: { "cache-control": "no-store" } });
    } catch (error) {
      if (!(error instanceof JournalError)) throw error;
      const detail = "the messages cannot be read now";
      return problemResponse({ status: 503, detail, headers: { "retry-after": "1" } });
    }
  },
});

/** The first of some entries, at least one, whose texts are not too long together. */
function withinLength(entries: readonly JournalEntry[]): readonly JournalEntry[] {
  let length = 0;
  const end = entries.findIndex(({ message }) => (length += message.length) > PAGE_LENGTH);
  return end < 0 ? entries : entries.slice(0, Math.max(1, end));
}
