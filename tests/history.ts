/**
 * What a client did and what happened to it, in the order in which it happened: the history that history_check.ts judges.
 *
 * @module
 */

import type { ServerMessage, ServerMessageOf } from "../lib/protocol.ts";

/** What the server sends and a history keeps, as it came. */
type Heard = ServerMessageOf<"welcome" | "chat" | "ack" | "fibonacci" | "error">;

/** Something that a client did or heard. */
export type HistoryEvent =
  | Heard
  /** It handed in a chat; once more, where it sends it again under the same id. */
  | { readonly type: "said"; readonly id: string; readonly text: string }
  /** It asked for a Fibonacci number. */
  | { readonly type: "asked"; readonly id: string; readonly input: number };

/** The history of one client. */
export interface History {
  /** Names the client; no other has that name. */
  readonly client: string;
  readonly events: readonly HistoryEvent[];
  /** Whether it was there at the end, when everything should have come by. */
  readonly isSettled: boolean;
}

/** Keeps the history of one client. */
export class Recorder implements History {
  readonly client: string;
  readonly events: HistoryEvent[] = [];
  isSettled = true;

  constructor(client: string) {
    this.client = client;
  }

  /** The client sends a chat, or sends it again. */
  said(id: string, text: string): void {
    this.events.push({ type: "said", id, text });
  }

  /** The client asks for a Fibonacci number. */
  asked(id: string, input: number): void {
    this.events.push({ type: "asked", id, input });
  }

  /** The client hears something. */
  heard(message: ServerMessage): void {
    switch (message.type) {
      case "welcome":
      case "chat":
      case "ack":
      case "fibonacci":
      case "error":
        this.events.push(message);
    }
  }
}

/** What a journal keeps, oldest first, as the history of somebody who was always there and never said a word. */
export function journalHistory({ epoch, chats }: {
  readonly epoch: string;
  readonly chats: readonly ServerMessageOf<"chat">[];
}): History {
  const welcome: ServerMessageOf<"welcome"> = {
    type: "welcome",
    message: "",
    client_id: "journal",
    username: "journal",
    session: "",
    epoch,
    offset: (chats[0]?.offset ?? 1) - 1,
    resumed: false,
    online: 0,
    node: "",
    limits: { message_length: null, fibonacci_input: null, messages_per_second: null },
    timestamp: "",
  };
  return { client: "journal", events: [welcome, ...chats], isSettled: true };
}
