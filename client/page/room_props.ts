/**
 * What the server renders the page with.
 *
 * @module
 */

import type { Choices } from "../../lib/preferences.ts";
import type { ServerMessageOf, User } from "../../lib/protocol.ts";

/** What the page begins with; JSON values, as they travel in the markup. */
export interface RoomProps {
  readonly users: User[];
  readonly online: number;
  readonly messages: ServerMessageOf<"chat">[];
  /** The order of the messages, and the offset of the newest one then, whether it is among them or not. */
  readonly epoch: string;
  readonly offset: number;
  readonly limits: { readonly message_length: number; readonly fibonacci_input: number };
  readonly time: { readonly time: string; readonly date: string; readonly timestamp: string };
  /** The page's origin: `https://pulso.example`. */
  readonly address: string;
  readonly preferences: Choices;
  /** Whether one needs a token to come in; then the server shows nothing of the room. */
  readonly asksForToken: boolean;
}
