import { JournalError } from "../../lib/journal.ts";
import { parseLimit, parseOffset } from "../../lib/page_query.ts";
import { problemResponse } from "../../lib/problem.ts";
import { define } from "../../lib/state.ts";

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
    try {
      const page = await state.messages.read(after, limit.value);
      const headers = { "content-type": "application/json", "cache-control": "no-store" };
      return new Response(page, { headers });
    } catch (error) {
      if (!(error instanceof JournalError)) throw error;
      const detail = "the messages cannot be read now";
      return problemResponse({ status: 503, detail, headers: { "retry-after": "1" } });
    }
  },
});
