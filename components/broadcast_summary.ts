/**
 * A message of the server in one or two short lines. Pure.
 *
 * @module
 */

import type { Cast } from "../client/page/casts.ts";
import type { Language } from "../client/page/language.ts";
import type { ServerMessage, ServerMessageOf } from "../lib/protocol.ts";

/** So much of a text fits in a line. */
const BODY_LENGTH = 120;
const NAMES_SHOWN = 2;

/** What a row says. */
export interface Summary {
  readonly who: string;
  /** Whether `who` is somebody's name. */
  readonly isName?: boolean;
  readonly body?: string | undefined;
  /** Some names, as the body. */
  readonly names?: readonly string[];
  /** How many more there are than `names`. */
  readonly more?: number;
  readonly offset?: number;
  /** What is not as it should be. */
  readonly warning?: string | undefined;
}

/** Whether a row of this message takes one line; all others take two. */
export function isOneLine(message: ServerMessage): boolean {
  return message.type === "time" || (message.type === "status" && message.broker === "none");
}

/** The summary of a message. */
export function summarize({ message, lateMs }: Cast, language: Language): Summary {
  switch (message.type) {
    case "chat":
      return {
        who: message.username,
        isName: true,
        body: message.message.slice(0, BODY_LENGTH),
        offset: message.offset,
      };
    case "time":
      return {
        who: message.time,
        warning: lateMs === undefined ? undefined : language.text("late_ms", { ms: lateMs }),
      };
    case "presence":
      return presence(message, language);
    case "status":
      return status(message, language);
    case "welcome":
      return { who: message.username, isName: true, body: message.message };
    case "ack":
      return {
        who: language.text("your_message"),
        body: message.recipients === 0
          ? language.text("to_nobody")
          : language.text("to_recipients", { n: message.recipients }),
        offset: message.offset,
      };
    case "fibonacci":
      return {
        who: `F(${language.number(message.input)})`,
        body: String(message.result).slice(0, BODY_LENGTH),
      };
    case "error":
      return { who: message.code, body: message.message };
    default:
      return { who: message.type };
  }
}

function presence({ joined, left }: ServerMessageOf<"presence">, language: Language): Summary {
  const parts = [];
  if (joined.length > 0) parts.push(language.text("n_joined", { n: joined.length }));
  if (left.length > 0) parts.push(language.text("n_left", { n: left.length }));
  const names = [...joined, ...left].slice(0, NAMES_SHOWN).map((user) => user.username);
  return { who: parts.join(", "), names, more: joined.length + left.length - names.length };
}

function status(
  { database, broker, draining }: ServerMessageOf<"status">,
  language: Language,
): Summary {
  return {
    who: draining ? language.text("restarting") : language.text("database_is", { state: database }),
    body: broker === "none" ? undefined : language.text("broker_is", { state: broker }),
  };
}
