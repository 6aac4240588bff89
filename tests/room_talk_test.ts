/**
 * The talk of the page, its rows, how far it is read, and what is announced of it.
 *
 * @module
 */

import assert from "node:assert/strict";
import { arrange, type Row } from "../client/page/arrangement.ts";
import { ITEMS_KEPT } from "../client/page/talk.ts";
import { ackOf, chat, chats, online, presence, range, say, settled, user } from "./fake_room.ts";

Deno.test("Talk puts one's own chat where its offset belongs among the others", () => {
  const { env, room } = online();
  say(room, "mine");
  env.socket.receive(chat(1, "before"), ackOf(env, 2), chat(3, "after"));
  assert.deepEqual(chats(room).map(({ text }) => text), ["before", "mine", "after"]);
});

Deno.test("Talk takes a chat once, whether it came with the page or over the socket", () => {
  const { env, room } = online({ messages: [chat(1, "one")] });
  env.socket.receive(chat(1, "one"), chat(2, "two"), chat(2, "two"));
  assert.deepEqual(chats(room).map(({ text }) => text), ["one", "two"]);
});

Deno.test("Talk marks as one's own what this tab said before a reload, and nobody else's", () => {
  const messages = [chat(1, "theirs", "Ana"), chat(2, "mine", "marina")];
  const { room } = online({ messages, ownIds: ["c-marina"] });
  assert.deepEqual(chats(room).map(({ isMine }) => isMine), [false, true]);
});

Deno.test("Talk says where something may be missing: said while away, or before the order began anew", async () => {
  const { env, room } = online();
  env.socket.receive(chat(1, "one"));
  const kinds = () => room.conversation.talk.items.value.map(({ kind }) => kind);
  assert.deepEqual(kinds(), ["chat"]);
  const comeBack = async (epoch: string, offset: number) => {
    env.socket.lose();
    room.retry();
    env.socket.welcome({ epoch, offset });
    await settled();
  };
  await comeBack("e1", 1);
  assert.deepEqual(kinds(), ["chat"]);
  await comeBack("e1", 3);
  assert.deepEqual(kinds(), ["chat", "gap"]);
  env.socket.receive(chat(4, "four"));
  await comeBack("e2", 0);
  env.socket.receive(chat(1, "one of the new order"));
  assert.deepEqual(kinds(), ["chat", "gap", "chat", "gap", "chat"]);
});

Deno.test("Talk keeps a bounded number of items, the newest", () => {
  const { env, room } = online();
  const many = Array.from({ length: ITEMS_KEPT + 20 }, (_, n) => chat(n + 1, `line ${n}`));
  env.socket.receive(...many);
  assert.equal(room.conversation.talk.items.value.length, ITEMS_KEPT);
  assert.equal(chats(room).at(-1)?.text, `line ${ITEMS_KEPT + 19}`);
});

Deno.test("Talk does not bring back a chat of one's own that came to be too old before it went out", () => {
  const { env, room } = online();
  env.socket.lose();
  room.retry();
  const limits = { message_length: 100, fibonacci_input: null, messages_per_second: 1 };
  env.socket.welcome({ limits });
  for (const text of ["one", "two"]) say(room, text);
  env.socket.receive(...range(1, ITEMS_KEPT));
  env.live(2);
  assert.deepEqual(env.socket.chats, ["one", "two"]);
  assert.equal(chats(room).filter(({ isMine }) => isMine).length, 0);
});

Deno.test("Talk tells who comes and goes within a minute in one line, and not whoever did both", () => {
  const { env, room } = online();
  env.socket.receive(presence([user("Ana"), user("Bia")], []));
  env.socket.receive(presence([user("Caio")], [user("Bia")]));
  env.socket.receive(presence([user("marina")], []));
  const [moves] = room.conversation.talk.items.value;
  assert.equal(room.conversation.talk.items.value.length, 1);
  assert.deepEqual(moves?.kind === "moves" && [moves.joined, moves.left], [
    { first: "Ana", second: "Caio", count: 2 },
    { first: undefined, second: undefined, count: 0 },
  ]);
  // Who is here already does not come.
  env.socket.receive(presence([user("Ana")], [user("Nobody")]));
  assert.equal(room.conversation.talk.items.value.length, 1);
  env.live(61);
  env.socket.receive(presence([], [user("Ana")]));
  assert.equal(room.conversation.talk.items.value.length, 2);
  env.socket.receive(chat(1, "meanwhile"), presence([user("Davi")], []));
  assert.deepEqual(room.conversation.talk.items.value.map(({ kind }) => kind), [
    "moves",
    "moves",
    "chat",
  ]);
});

Deno.test("Talk tells of a crowd that comes and goes no more and no others than did", () => {
  const { env, room } = online();
  const crowd = Array.from({ length: 2000 }, (_, n) => user(`person ${n}`));
  const told = () => {
    const [line] = room.conversation.talk.items.value;
    return line?.kind === "moves" && [line.joined.first, line.joined.count, line.left.count];
  };
  env.socket.receive(presence(crowd, []));
  assert.deepEqual(told(), ["person 0", 2000, 0]);
  env.socket.receive(presence([], crowd.slice(0, 1500)));
  assert.deepEqual(told(), ["person 1500", 500, 0]);
  env.socket.receive(presence([], crowd.slice(1500)));
  assert.equal(room.conversation.talk.items.value.length, 0);
});

Deno.test("arrange() groups by sender and minute, which coming and going does not break apart", () => {
  const { env, room } = online();
  env.socket.receive(chat(1, "a"), presence([user("Caio")], []), chat(2, "b"), chat(3, "c", "Bia"));
  const rows = arrange(room.conversation.talk.items.value, {
    zone: () => 0,
    unreadFrom: undefined,
  });
  assert.deepEqual(
    rows.map((row) => row.kind === "chat" ? `${row.isFirst ? "" : "more "}${row.key}` : row.kind),
    ["day", "chat-0-1", "more chat-0-2", "moves", "chat-0-3"],
  );
});

Deno.test("arrange() marks where reading stopped, also within what belongs together", () => {
  const { room } = online({ messages: [chat(1, "a"), chat(2, "b"), chat(3, "c")] });
  const rows = arrange(room.conversation.talk.items.value, {
    zone: () => 0,
    unreadFrom: "chat-0-2",
  });
  assert.deepEqual(
    rows.map((row) => row.kind === "chat" ? `${row.isFirst ? "" : "more "}${row.key}` : row.kind),
    ["day", "chat-0-1", "unread", "chat-0-2", "more chat-0-3"],
  );
});

Deno.test("arrange() keeps apart what oneself and somebody else said by the same name", () => {
  const messages = [chat(1, "mine", "marina"), {
    ...chat(2, "not mine", "marina"),
    client_id: "x",
  }];
  const { room } = online({ messages, ownIds: ["c-marina"] });
  const rows = arrange(room.conversation.talk.items.value, {
    zone: () => 0,
    unreadFrom: undefined,
  });
  assert.deepEqual(rows.map((row) => row.kind === "chat" && row.isFirst), [false, true, true]);
});

Deno.test("arrange() gives the same objects for rows of which nothing has changed", () => {
  const { env, room } = online({ messages: [chat(1, "a"), chat(2, "b")] });
  const rows = (before: readonly Row[] = []) =>
    arrange(room.conversation.talk.items.value, { zone: () => 0, unreadFrom: undefined, before });
  const before = rows();
  say(room, "mine");
  const after = rows(before);
  assert.deepEqual(before.map((row) => after.includes(row)), [true, true, true]);
  env.socket.receive(ackOf(env, 3));
  const acknowledged = rows(after);
  assert.deepEqual(after.map((row) => acknowledged.includes(row)), [true, true, true, false]);
});

Deno.test("arrange() says once what became of chats of one's own that have the same fate", () => {
  const { env, room } = online();
  say(room, "one");
  say(room, "two");
  const told = () =>
    arrange(room.conversation.talk.items.value, { zone: () => 0, unreadFrom: undefined })
      .map((row) => row.kind === "chat" && !row.isToldBelow);
  assert.deepEqual(told(), [false, false, true]);
  env.socket.acknowledge({ except: ["two"] });
  assert.deepEqual(told(), [false, true, true]);
});

Deno.test("Reading counts what comes while the newest lines are out of sight", () => {
  const { env, room } = online();
  env.socket.receive(chat(1, "seen"));
  room.conversation.reading.looked(false);
  env.socket.receive(chat(2, "a"), chat(3, "b"));
  assert.equal(room.conversation.reading.unread.value, 2);
  assert.equal(room.conversation.reading.unreadFrom.value, chats(room)[1]?.key);
  room.conversation.reading.looked(true);
  assert.equal(room.conversation.reading.unread.value, 0);
  env.live(6);
  assert.equal(room.conversation.reading.unreadFrom.value, undefined);
});

Deno.test("Announcer says the same words twice so that the second time is heard too", () => {
  const { env, room } = online();
  const said: string[] = [];
  for (const offset of [1, 2]) {
    env.socket.receive(chat(offset, "again"));
    said.push(room.conversation.announcer.line.value);
    env.live(6);
  }
  assert.deepEqual(said.map((line) => line.trim()), ["Ana: again", "Ana: again"]);
  assert.notEqual(said[0], said[1]);
});

Deno.test("Announcer lets no text of several lines speak for others", () => {
  const { env, room } = online();
  env.socket.receive(chat(1, "hello\nBia: I quit.\r\nServer: bye"));
  const { line } = room.conversation.announcer;
  assert.equal(line.value, "Ana: hello Bia: I quit. Server: bye");
});

Deno.test("Announcer says at most one thing in five seconds, and sums up", () => {
  const { env, room } = online();
  env.socket.receive(chat(1, "one"), chat(2, "two"), chat(3, "three"), chat(4, "four", "Bia"));
  assert.equal(room.conversation.announcer.line.value, "Ana: one");
  env.live(4);
  assert.equal(room.conversation.announcer.line.value, "Ana: one");
  env.live(2);
  assert.equal(room.conversation.announcer.line.value, "3 new messages from Ana, Bia");
});

Deno.test("Announcer names in a summary those who said something, however late, and no more than two", () => {
  const { env, room } = online();
  const { line } = room.conversation.announcer;
  const speak = (...names: string[]) => {
    env.socket.receive(...names.map((name, n) => chat(++offset, `text ${n}`, name)));
    env.live(6);
  };
  let offset = 0;
  speak("Ana", ...Array(5).fill("Ana"), "Bia");
  assert.equal(line.value, "6 new messages from Ana, Bia");
  speak("Ana", "Ana", "Bia", "Caio");
  assert.equal(line.value, "4 new messages from Ana, Bia and others");
  speak("Davi", "Davi", "Davi");
  assert.equal(line.value, "3 new messages from Davi");
});

Deno.test("Announcer reads so much of a text, and not all of a long one", () => {
  const { env, room } = online();
  env.socket.receive(chat(1, "x".repeat(301)));
  assert.equal(room.conversation.announcer.line.value, `Ana: ${"x".repeat(300)}`);
});

Deno.test("Announcer says nothing while the page is hidden, and what came then once it is shown", () => {
  const opened = online();
  const { env, room } = opened;
  opened.isHidden = true;
  env.socket.receive(chat(1, "meanwhile"));
  env.live(6);
  assert.equal(room.conversation.announcer.line.value, "");
  opened.isHidden = false;
  room.turned();
  assert.equal(room.conversation.announcer.line.value, "Ana: meanwhile");
});
