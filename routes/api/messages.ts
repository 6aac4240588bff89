import { JournalError } from "../../lib/journal.ts";
import { parseLimit, parseOffset } from "../../lib/page_query.ts";
import { postMessage } from "../../lib/post_message.ts";
import { problemResponse } from "../../lib/problem.ts";
import { define } from "../../lib/state.ts";

/** The kept chats, oldest first; a chat from outside. */
export const handler = define.handlers({
  async POST({ state, req }) {
    const posted = await postMessage(state, req);
    if (!posted.ok) return problemResponse(posted.error);
    return Response.json({ offset: posted.value }, { status: 202 });
  },
  async GET({ state, url, req }) {
    const known = await state.tokens?.identify(req);
    if (known?.ok === false) return problemResponse(known.error);
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
