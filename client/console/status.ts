/**
 * The status line: the server's clock while all is well, and otherwise how things stand and what one can do. Pure.
 *
 * @module
 */

import type { ServerMessageOf } from "../../lib/protocol.ts";
import type { ConnectionState } from "../connection.ts";
import type { Line, Span } from "./layout.ts";

/** What the status line is made of. */
export interface StatusParts {
  readonly state: ConnectionState;
  /** Whether it is shown while all is well. */
  readonly clock: boolean;
  /** The host that is connected to. */
  readonly host: string;
  readonly time: ServerMessageOf<"time"> | undefined;
  /** How many chats of one's own wait to be sent. */
  readonly waiting: number;
  /** The length of what is being typed and the longest that the server takes. */
  readonly length: number;
  readonly lengthLimit: number;
  /** In ms since the epoch. */
  readonly now: number;
}

/** The status line, or none where there is nothing to say or it is turned off. */
export function statusLine(parts: StatusParts): Line | undefined {
  const spans: Span[] = [];
  const add = (text: string, style: Span["style"] = "dim") => {
    spans.push({ text: spans.length === 0 ? "" : " · ", style: "dim" }, { text, style });
  };
  const { state, time } = parts;
  if (parts.length > parts.lengthLimit) {
    add(`too long: ${parts.length} of ${parts.lengthLimit} characters`, "red");
  }
  if (state.phase === "online") {
    if (parts.clock) {
      add(time?.time ?? "--:--:--");
      add(`${time?.online ?? state.welcome.online} online`);
      add(state.welcome.username);
    }
  } else {
    for (const text of describeState(parts)) add(text, "yellow");
  }
  // While all is well a chat waits for a moment only, and a count would flicker.
  if (parts.waiting > (state.phase === "online" ? 2 : 0)) {
    add(`${parts.waiting} waiting to be sent`);
  }
  return spans.length === 0 ? undefined : { spans, prefix: 0 };
}

function describeState({ state, host, now }: StatusParts): string[] {
  switch (state.phase) {
    case "connecting":
      return [`${state.again ? "connecting again" : "connecting"} to ${host} …`];
    case "waiting": {
      const seconds = Math.max(0, Math.ceil((state.retryAt - now) / 1000));
      return [`not connected; trying again in ${seconds} s`, "/connect tries now"];
    }
    case "refused":
    case "idle":
      return ["not connected", "/name NAME or /connect"];
    case "online":
      return [];
  }
}
