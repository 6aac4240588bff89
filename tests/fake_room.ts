/**
 * A room of the page in fake surroundings, for tests of its state.
 *
 * @module
 */

import type { Memory } from "../client/page/browser.ts";
import { Room } from "../client/page/room.ts";
import type { RoomProps } from "../client/page/room_props.ts";
import type { ChatItem } from "../client/page/talk_items.ts";
import type { ServerMessageOf, User } from "../lib/protocol.ts";
import { FakeSurroundings } from "./fake_surroundings.ts";

/** When everything was said and everybody came. */
export const TIMESTAMP = "2026-11-20T14:30:00.000Z";

/** Somebody. */
export function user(username: string, client_id = `c-${username}`): User {
  return { username, client_id, connected_at: TIMESTAMP, node: "n1" };
}

/** Many people, whose names are in order. */
export function many(count: number, first = 0): User[] {
  return Array.from(
    { length: count },
    (_, index) => user(`p${String(first + index).padStart(5, "0")}`),
  );
}

/** What somebody said. */
export function chat(offset: number, message: string, username = "Ana"): ServerMessageOf<"chat"> {
  const client_id = `c-${username}`;
  return { type: "chat", message, username, client_id, timestamp: TIMESTAMP, offset };
}

/** What somebody said from one offset to another. */
export function range(first: number, last: number): ServerMessageOf<"chat">[] {
  return Array.from({ length: last - first + 1 }, (_, n) => chat(first + n, "said"));
}

/** Who came and who went. */
export function presence(
  joined: readonly User[],
  left: readonly User[],
): ServerMessageOf<"presence"> {
  return { type: "presence", joined: [...joined], left: [...left], online: 5 };
}

/** What the room begins with. */
export interface Setting
  extends
    Partial<Memory>,
    Partial<Pick<RoomProps, "messages" | "users" | "epoch" | "offset" | "asksForToken">> {
  readonly isHidden?: boolean;
  /** What the server answers over HTTP; nothing unless given. */
  readonly fetchJson?: (path: string) => Promise<unknown>;
  /** With which status the server answers a probe; none unless given. */
  readonly probe?: (path: string) => Promise<number>;
}

/** A room in fake surroundings; `tick` sends the server's time as it is now, and `isHidden` can be set. */
export function open(setting: Setting = {}) {
  const { messages = [], users = [], isHidden = false, fetchJson, probe, ...given } = setting;
  const { epoch = "e1", asksForToken = false, ...others } = given;
  const { offset = messages.at(-1)?.offset ?? 0, ...remembered } = others;
  const env = new FakeSurroundings();
  const memory: Memory = {
    name: undefined,
    away: false,
    token: undefined,
    draft: "",
    ownIds: [],
    waiting: [],
    session: undefined,
    ...remembered,
  };
  const props: RoomProps = {
    users,
    online: users.length,
    messages,
    epoch,
    offset,
    limits: { message_length: 100, fibonacci_input: 1000 },
    time: { time: "11:30:00", date: "2026-11-20", timestamp: TIMESTAMP },
    address: "http://room.test",
    preferences: { language: "en", theme: "system" },
    asksForToken,
  };
  const room = new Room(props, {
    ...env,
    memory,
    frame: (callback) => callback(),
    isHidden: (): boolean => opened.isHidden,
    fetchJson: fetchJson ?? (() => Promise.reject(new Error("no server"))),
    probe: probe ?? (() => Promise.resolve(0)),
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
  const opened = { env, memory, room, tick, isHidden };
  return opened;
}

/** The same, connected and welcomed. */
export function online(setting: Setting = {}) {
  const opened = open({ name: "marina", ...setting });
  opened.room.start("http://room.test");
  const offset = setting.offset ?? setting.messages?.at(-1)?.offset ?? 0;
  opened.env.socket.welcome({ client_id: "c-marina", offset });
  return opened;
}

/** What was said, as the page shows it. */
export function chats(room: Room): ChatItem[] {
  return room.conversation.talk.items.value.filter((item) => item.kind === "chat");
}

/** Where in the talk something may be missing. */
export function gapsOf(room: Room): number[] {
  const { value } = room.conversation.talk.items;
  return value.flatMap(({ kind }, at) => kind === "gap" ? [at] : []);
}

/** An ack of the newest chat that was sent. */
export function ackOf(
  { socket }: FakeSurroundings,
  offset: number,
): ServerMessageOf<"ack"> {
  const id = socket.sent.findLast(({ type }) => type === "chat")?.id ?? "";
  return { type: "ack", id, offset, timestamp: TIMESTAMP, recipients: 1 };
}

/** Lets answers that are there be taken in. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}

/** Writes a text and sends it. */
export function say(room: Room, text: string): void {
  room.conversation.composition.write(text);
  room.conversation.send();
}
