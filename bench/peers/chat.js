/**
 * What every peer does with a chat, in plain JavaScript so that Bun, Node and Deno run the same: parse, check, stamp with
 * sender, time and offset, encode once. And the tick. What carries it to the others is the peer's own.
 *
 * @module
 */

import process from "node:process";

const MOST_CHARACTERS = 4096;

let offset = 0;
let clients = 0;

/** A new client's identity. @param {string | null} username */
export function createSender(username) {
  const clientId = (++clients).toString(36).padStart(8, "0");
  return { username: username || `guest-${clientId}`, clientId };
}

/**
 * Makes the message for all others of what a client has sent, or says what is wrong with it.
 *
 * @param {unknown} frame
 * @param {{ username: string, clientId: string }} sender
 * @returns {{ ok: true, chat: { type: "chat" } & Record<string, unknown> } | { ok: false, error: string }}
 */
export function stampChat(frame, sender) {
  const parsed = typeof frame === "string" ? parse(frame) : frame;
  if (typeof parsed !== "object" || parsed === null) return invalid("expected an object");
  const { type = "chat", message, id } = /** @type {Record<string, unknown>} */ (parsed);
  if (type !== "chat") return invalid("expected a chat");
  if (typeof message !== "string") return invalid("message: expected a string");
  const text = message.trim();
  if (text === "" || text.length > MOST_CHARACTERS) return invalid("message: 1 to 4096 characters");
  if (id !== undefined && (typeof id !== "string" || id.length > 64)) return invalid("id");
  const chat = {
    type: /** @type {const} */ ("chat"),
    message: text,
    username: sender.username,
    client_id: sender.clientId,
    timestamp: new Date().toISOString(),
    offset: ++offset,
    ...id !== undefined && { id },
  };
  return { ok: true, chat };
}

/** @param {string} text */
function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** @param {string} why @returns {{ ok: false, error: string }} */
function invalid(why) {
  return {
    ok: false,
    error: JSON.stringify({ type: "error", code: "invalid_message", message: why }),
  };
}

/** The tick of a moment. @param {number} online */
export function tick(online) {
  const timestamp = new Date().toISOString();
  const [date, time] = timestamp.split(/[T.]/);
  return { type: "time", time, date, timestamp, offset, online };
}

/** Calls back on each full second. @param {() => void} callback */
export function everySecond(callback) {
  setTimeout(() => {
    everySecond(callback);
    callback();
  }, 1000 - Date.now() % 1000);
}

/** Tells the runner where it listens, as Pulso's log does. @param {number | undefined} port */
export function announce(port) {
  process.stderr.write(`${JSON.stringify({ event: "started", port })}\n`);
}
