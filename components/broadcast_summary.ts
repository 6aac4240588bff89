/**
 * A message of the server in one or two short lines. Pure.
 *
 * @module
 */

import type { ServerMessage, ServerMessageOf } from "../lib/protocol.ts";
import { formatNumber } from "../client/page/text.ts";
import { fill, words } from "../client/page/words.ts";

/** So much of a text fits in a line. */
const BODY_LENGTH = 120;
const NAMES_SHOWN = 5;

/** What a row says. */
export interface Summary {
  readonly who: string;
  /** Whether `who` is somebody's name. */
  readonly isName?: boolean;
  readonly body?: string | undefined;
  readonly offset?: number;
}

/** The summary of a message. */
export function summarize(message: ServerMessage): Summary {
  switch (message.type) {
    case "chat":
      return {
        who: message.username,
        isName: true,
        body: message.message.slice(0, BODY_LENGTH),
        offset: message.offset,
      };
    case "time":
      return { who: message.time };
    case "presence":
      return presence(message);
    case "status":
      return status(message);
    case "welcome":
      return { who: message.username, isName: true, body: message.message };
    case "ack":
      return {
        who: fill(words.to_recipients, { n: message.recipients }),
        offset: message.offset,
      };
    case "fibonacci":
      return {
        who: `F(${formatNumber(message.input)})`,
        body: String(message.result).slice(0, BODY_LENGTH),
      };
    case "users":
      return { who: fill(words.n_online, { n: message.online }) };
    case "pong":
      return { who: message.timestamp };
    case "error":
      return { who: message.code, body: message.message };
  }
}

function presence({ joined, left }: ServerMessageOf<"presence">): Summary {
  const parts = [];
  if (joined.length > 0) parts.push(fill(words.n_joined, { n: joined.length }));
  if (left.length > 0) parts.push(fill(words.n_left, { n: left.length }));
  const names = [...joined, ...left].slice(0, NAMES_SHOWN).map((user) => user.username);
  return { who: parts.join(", "), body: names.join(", ") };
}

function status({ database, broker, draining }: ServerMessageOf<"status">): Summary {
  return {
    who: draining ? words.restarting : fill(words.database_is, { state: database }),
    body: broker === "none" ? undefined : fill(words.broker_is, { state: broker }),
  };
}
