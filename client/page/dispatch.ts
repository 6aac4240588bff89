/**
 * Which parts of the page each message of the server is for.
 *
 * @module
 */

import type { ServerMessage } from "../../lib/protocol.ts";
import type { Conversation } from "./conversation.ts";
import type { Fibonacci } from "./fibonacci.ts";
import type { Link } from "./link.ts";
import type { People } from "./people.ts";

/** The parts that messages are for. */
export interface Parts {
  readonly link: Link;
  readonly conversation: Conversation;
  readonly people: People;
  readonly fibonacci: Fibonacci;
}

/**
 * Hands a message to whom it is for. What concerns the connection itself comes as its state.
 *
 * @param to `now`: when it arrived, in ms since the epoch.
 */
export function dispatch(
  message: ServerMessage,
  { parts, now }: { readonly parts: Parts; readonly now: number },
): void {
  const { link, conversation, people, fibonacci } = parts;
  link.heard(now);
  switch (message.type) {
    case "time":
      people.counted(message.online);
      break;
    case "chat":
      conversation.heard(message);
      break;
    case "ack":
      conversation.acknowledged(message);
      break;
    case "users":
      people.listed(message);
      break;
    case "presence":
      conversation.moved(people.moved(message), link.name.value);
      break;
    case "fibonacci":
      fibonacci.answered(message);
      break;
    case "status":
      link.told(message);
      people.told(message, now);
      break;
    case "error":
      fibonacci.refused(message);
      link.refused(message, now);
      break;
  }
}
