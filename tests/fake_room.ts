/**
 * A room of the page in fake surroundings, for tests of its state.
 *
 * @module
 */

import type { Memory } from "../client/page/browser.ts";
import { Room, type RoomProps } from "../client/page/room.ts";
import type { ChatItem } from "../client/page/talk.ts";
import type { ServerMessageOf, User } from "../lib/protocol.ts";
import { FakeSurroundings } from "./fake_surroundings.ts";

/** When everything was said and everybody came. */
export const TIMESTAMP = "2026-11-20T14:30:00.000Z";

/** Somebody. */
export function user(username: string, client_id = `c-${username}`): User {
  return { username, client_id, connected_at: TIMESTAMP, node: "n1" };
}

/** What somebody said. */
export function chat(offset: number, message: string, username = "Ana"): ServerMessageOf<"chat"> {
  const client_id = `c-${username}`;
  return { type: "chat", message, username, client_id, timestamp: TIMESTAMP, offset };
}

/** Who came and who went. */
export function presence(
  joined: readonly User[],
  left: readonly User[],
): ServerMessageOf<"presence"> {
  return { type: "presence", joined: [...joined], left: [...left], online: 5 };
}

/** What the room begins with. */
export interface Setting extends Partial<Memory>, Partial<Pick<RoomProps, "messages" | "users">> {
  readonly isHidden?: boolean;
}

/** A room in fake surroundings; `tick` sends the server's time as it is now. */
export function open({ messages = [], users = [], isHidden = false, ...remembered }: Setting = {}) {
  const env = new FakeSurroundings();
  const memory: Memory = { name: undefined, away: false, draft: "", ownIds: [], ...remembered };
  const props: RoomProps = {
    users,
    online: users.length,
    messages,
    limits: { message_length: 100, fibonacci_input: 1000 },
    time: { time: "11:30:00", date: "2026-11-20", timestamp: TIMESTAMP },
    address: "http://room.test",
  };
  const room = new Room(props, {
    ...env,
    memory,
    frame: (callback) => callback(),
    isHidden: () => isHidden,
  });
  const tick = (sentAt = env.now()) =>
    env.socket.receive({
      type: "time",
      time: new Date(sentAt).toISOString().slice(11, 19),
      date: "2026-11-20",
      timestamp: new Date(sentAt).toISOString(),
      epoch: "e1",
      offset: 0,
      online: 2,
    });
  return { env, memory, room, tick };
}

/** The same, connected and welcomed. */
export function online(setting: Setting = {}) {
  const opened = open({ name: "marina", ...setting });
  opened.room.start("http://room.test");
  opened.env.socket.welcome({ client_id: "c-marina" });
  return opened;
}

/** What was said, as the page shows it. */
export function chats(room: Room): ChatItem[] {
  return room.talk.items.value.filter((item) => item.kind === "chat");
}

/** Writes a text and sends it. */
export function say(room: Room, text: string): void {
  room.composition.write(text);
  room.send();
}
