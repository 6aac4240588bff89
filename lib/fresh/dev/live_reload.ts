/**
 * Reloading the page when the server was restarted.
 *
 * Here: the page's script and the stream that it listens to. Not here: restarting, which is the
 * work of `deno run --watch`.
 * Invariant: a page reloads once for each restart, and never without one.
 *
 * @module
 */

/** The stream's path; the same as Fresh's own. */
export const LIVE_RELOAD_PATH = "/_frsh/alive";

/** This process: another one is another version of the app. */
const REVISION = crypto.randomUUID();

/** An EventSource connects again by itself, and hears from the new process that it is another. */
export const LIVE_RELOAD_SCRIPT = `let revision;` +
  `new EventSource("${LIVE_RELOAD_PATH}").onmessage=({data})=>{` +
  `if(revision!==undefined&&revision!==data)location.reload();revision=data}`;

/** A stream that says which process this is, and then stays open. */
export function liveReloadResponse(): Response {
  const body = new ReadableStream({
    start: (controller) =>
      controller.enqueue(new TextEncoder().encode(`retry: 200\ndata: ${REVISION}\n\n`)),
  });
  return new Response(body, {
    headers: { "Content-Type": "text/event-stream" },
  });
}
