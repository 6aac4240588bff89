/**
 * Coming back as the same one and from where one stood, with fake sockets and fake time: the session, the position, gaps and
 * how they are mended.
 *
 * @module
 */

import assert from "node:assert/strict";
import { type CaughtUp, Connection, type StoredSession } from "../client/connection.ts";
import { chatMessage, FakeSurroundings, timeMessage } from "./fake_surroundings.ts";

const STORED: StoredSession = {
  session: "stored",
  epoch: "e1",
  position: 7,
  clientId: "c1",
  username: "ana",
};

function open({ name = "ana", stored }: { name?: string; stored?: StoredSession } = {}) {
  const env = new FakeSurroundings();
  const heard: string[] = [];
  const outcomes: CaughtUp[] = [];
  const connection = new Connection({
    url: "ws://server/",
    surroundings: env,
    listeners: {
      message: (message) => {
        if (message.type === "chat") heard.push(message.message);
        if (message.type === "ack" || message.type === "pong") heard.push(message.type);
      },
      caughtUp: (outcome) => {
        outcomes.push(outcome);
        heard.push(outcome.is);
      },
    },
  });
  connection.connect(name, stored);
  return { env, heard, outcomes, connection };
}

/** The same, welcomed and a good connection. */
function online() {
  const opened = open();
  opened.env.socket.welcome();
  opened.env.live(3);
  return opened;
}

/** What a socket was asked to resume. */
function asked({ socket }: FakeSurroundings): (string | null)[] {
  return ["session", "epoch", "after", "username"].map((name) => socket.url.searchParams.get(name));
}

// -------------------------------------------------------------------------------------------------- the session

Deno.test("Connection comes back with session, epoch and position, over any number of failed attempts", () => {
  const { env, connection } = online();
  assert.deepEqual(asked(env), [null, null, null, "ana"]);
  env.socket.hear("one", "two");
  for (let attempt = 0; attempt < 5; attempt++) {
    env.socket.lose();
    connection.retryNow();
    assert.deepEqual(asked(env), ["secret", "e1", "2", "ana"]);
  }
  assert.equal(env.sockets.length, 6);
});

Deno.test("Connection.storedSession is up to date, and another Connection resumes by it", () => {
  const { env, connection } = open();
  assert.equal(connection.storedSession, undefined);
  env.socket.welcome({ offset: 5 });
  env.socket.hear("one", "two");
  const stored = connection.storedSession;
  assert.deepEqual(stored, {
    ...{ session: "secret", epoch: "e1", position: 7, clientId: "c1", username: "ana" },
  });
  const next = open({ stored });
  assert.deepEqual(asked(next.env), ["secret", "e1", "7", "ana"]);
  next.env.socket.resume({ offset: 8 });
  next.env.socket.hear("three");
  assert.deepEqual(next.outcomes, [{ is: "caught_up", messages: 1 }]);
});

Deno.test("Connection.connect() with a stored session and no name comes back as the guest that one was", () => {
  const { env } = open({ name: "", stored: { ...STORED, username: "guest-x7k2" } });
  assert.deepEqual(asked(env), ["stored", "e1", "7", "guest-x7k2"]);
  env.socket.receive({ type: "error", code: "username_taken", message: "taken" });
  env.socket.lose(4009);
  env.time.advance(1000);
  assert.equal(env.socket.wish, undefined);
});

Deno.test("Connection keeps the session where one connects by hand while it waits", () => {
  const { env, connection } = online();
  env.socket.lose();
  connection.connect("ana");
  assert.deepEqual(asked(env), ["secret", "e1", "0", "ana"]);
});

const LEAVINGS: Record<string, (opened: ReturnType<typeof online>) => void> = {
  "disconnect()": ({ connection }) => connection.disconnect(),
  "connect() by another name": ({ connection }) => connection.connect("bob"),
  "connect() by another name while it waits": ({ env, connection }) => {
    env.socket.lose();
    connection.connect("bob");
  },
  "a close by 4001": ({ env }) => env.socket.lose(4001),
  "a close by 4010": ({ env }) => env.socket.lose(4010),
  "a close by 4011": ({ env }) => env.socket.lose(4011),
  "a close by 4009 long after the loss": ({ env }) => {
    env.socket.lose();
    env.time.sleep(45_000);
    env.socket.receive({ type: "error", code: "username_taken", message: "taken" });
    env.socket.lose(4009);
  },
};

for (const [what, leave] of Object.entries(LEAVINGS)) {
  Deno.test(`Connection forgets the session with ${what}, and tells nothing of what it missed then`, () => {
    const opened = online();
    leave(opened);
    assert.equal(opened.connection.storedSession, undefined);
    opened.connection.connect("bob");
    assert.deepEqual(asked(opened.env), [null, null, null, "bob"]);
    opened.env.socket.welcome({ client_id: "c2", offset: 50 });
    assert.deepEqual(opened.outcomes, []);
  });
}

Deno.test("Connection keeps the session where one disconnects and nobody hears the goodbye, and comes back by it", () => {
  const { env, connection } = online();
  env.socket.lose();
  connection.disconnect();
  connection.connect("ana");
  assert.deepEqual(asked(env), ["secret", "e1", "0", "ana"]);
});

Deno.test("Connection keeps the session while it tries again for a name that a lost connection of its own may hold", () => {
  const { env } = online();
  env.socket.lose();
  env.time.advance(1000);
  env.socket.receive({ type: "error", code: "username_taken", message: "taken" });
  env.socket.lose(4009);
  env.time.advance(1000);
  assert.deepEqual(asked(env), ["secret", "e1", "0", "ana"]);
});

Deno.test("Connection keeps the session, and what waits, while the server cannot resume it just now", () => {
  const { env, connection } = online();
  env.socket.lose();
  connection.say("one");
  for (let attempt = 0; attempt < 2; attempt++) {
    env.time.advance(2000);
    env.socket.receive({ type: "error", code: "unavailable", message: "try again" });
    env.socket.lose(1013);
  }
  env.time.advance(5000);
  assert.deepEqual(asked(env), ["secret", "e1", "0", "ana"]);
  env.socket.resume();
  assert.deepEqual(env.socket.chats, ["one"]);
});

Deno.test("Connection says goodbye by 1000 when one means it, and by 4000 otherwise", () => {
  const { env, connection } = online();
  env.socket.receive(chatMessage("too early", 2));
  env.socket.resume();
  connection.connect("bob");
  env.socket.welcome();
  connection.disconnect();
  assert.deepEqual(env.sockets.map(({ closedWith }) => closedWith), [4000, 1000, 1000]);
});

Deno.test("Connection comes back with its session when a leaving server has said, not before", () => {
  const { env } = online();
  const draining = { type: "status", database: "up", broker: "up", draining: true } as const;
  env.socket.receive({ ...draining, reconnect_after_ms: 3210 });
  env.socket.lose(1001);
  env.time.advance(3209);
  assert.equal(env.sockets.length, 1);
  env.time.advance(1);
  assert.deepEqual(asked(env), ["secret", "e1", "0", "ana"]);
});

// ------------------------------------------------------------------------------------------------- catching up

Deno.test("Connection tells nothing of the first welcome, whatever its offset", () => {
  const { env, outcomes } = open();
  env.socket.welcome({ offset: 12 });
  env.socket.hear("one");
  assert.deepEqual(outcomes, []);
});

Deno.test("Connection tells that it has caught up when the last message from before the welcome has been told", () => {
  const { env, heard, outcomes, connection } = online();
  connection.say("mine");
  env.socket.lose();
  env.time.advance(1000);
  env.socket.resume({ offset: 3 });
  env.socket.hear("one");
  env.socket.receive({
    ...{
      type: "ack",
      id: env.sockets[0]?.sent[0]?.id ?? "",
      offset: 2,
      timestamp: "",
      recipients: 1,
    },
  });
  assert.deepEqual(outcomes, []);
  env.socket.hear("two", "live");
  assert.deepEqual(heard, ["one", "ack", "two", "caught_up", "live"]);
  // One's own is none that was missed.
  assert.deepEqual(outcomes, [{ is: "caught_up", messages: 2 }]);
});

Deno.test("Connection has caught up at once where nothing was said", () => {
  const { env, outcomes } = online();
  env.socket.lose();
  env.time.advance(1000);
  env.socket.resume();
  assert.deepEqual(outcomes, [{ is: "caught_up", messages: 0 }]);
});

Deno.test("Connection counts after each loss anew", () => {
  const { env, outcomes } = online();
  for (let loss = 1; loss <= 2; loss++) {
    env.socket.lose();
    env.time.advance(2000);
    env.socket.resume({ offset: loss });
    env.socket.hear("one");
  }
  assert.deepEqual(outcomes, Array(2).fill({ is: "caught_up", messages: 1 }));
});

Deno.test("Connection counts together what it catches up with in several attempts", () => {
  const { env, outcomes } = online();
  env.socket.lose();
  env.time.advance(1000);
  env.socket.resume({ offset: 3 });
  env.socket.hear("one", "two");
  env.socket.lose();
  env.time.advance(2000);
  assert.equal(env.socket.after, 2);
  env.socket.resume({ offset: 4 });
  env.socket.hear("three", "four");
  assert.deepEqual(outcomes, [{ is: "caught_up", messages: 4 }]);
});

for (
  const [what, fields, outcome] of [
    ["the epoch is another", { epoch: "e2", offset: 2 }, { is: "may_have_missed", upTo: 2 }],
    ["it says that it is, in another epoch", { epoch: "e2", offset: 5, resumed: true }, {
      is: "may_have_missed",
      upTo: 5,
    }],
    ["more was said", { offset: 3 }, { is: "may_have_missed", upTo: 3 }],
    ["the order is shorter, and another", { epoch: "e2", offset: 1 }, {
      is: "may_have_missed",
      upTo: 1,
    }],
    ["nothing was said", { offset: 2 }, { is: "caught_up", messages: 0 }],
  ] as const
) {
  Deno.test(`Connection that is not resumed tells ${outcome.is} where ${what}, and goes on from there`, () => {
    const { env, heard, outcomes, connection } = online();
    env.socket.hear("one", "two");
    env.socket.lose();
    env.time.advance(1000);
    env.socket.welcome({ client_id: "c2", session: "other", ...fields });
    env.socket.receive(chatMessage("three", fields.offset + 1));
    assert.deepEqual(outcomes, [outcome]);
    assert.deepEqual(heard, ["one", "two", outcome.is, "three"]);
    const { session, epoch, position } = connection.storedSession ?? {};
    const expected = { epoch: "e1", ...fields };
    assert.deepEqual([session, epoch, position], ["other", expected.epoch, fields.offset + 1]);
  });
}

Deno.test("Connection hears nothing twice where a server that does not resume is behind in the same order", () => {
  const { env, heard } = online();
  env.socket.hear("one", "two");
  env.socket.lose();
  env.time.advance(1000);
  env.socket.welcome({ client_id: "c2", offset: 1 });
  env.socket.receive(chatMessage("two", 2), chatMessage("three", 3));
  assert.deepEqual(heard, ["one", "two", "may_have_missed", "three"]);
});

Deno.test("Connection takes one welcome of each socket", () => {
  const { env, connection } = online();
  env.socket.hear("one");
  env.socket.welcome({ epoch: "e2", offset: 9 });
  env.socket.receive(chatMessage("two", 2));
  const { epoch, position } = connection.storedSession ?? {};
  assert.deepEqual([epoch, position, env.sockets.length], ["e1", 2, 1]);
});

Deno.test("Connection does without what a server that resumes does not send, once that tells the time", () => {
  const { env, outcomes, connection } = online();
  env.socket.lose();
  connection.say("hello");
  env.time.advance(1000);
  env.socket.resume({ offset: 10 });
  // Catching up may take long.
  env.time.advance(2400);
  assert.equal(env.sockets.length, 2);
  for (let second = 0; second < 4; second++) {
    env.socket.receive(timeMessage({ offset: 3 }));
    env.time.advance(1000);
    if (connection.state.phase === "connecting") env.socket.resume({ offset: 10 });
  }
  assert.deepEqual(outcomes, [{ is: "may_have_missed", upTo: 10 }]);
  assert.deepEqual([env.sockets.length, env.socket.chats], [3, ["hello"]]);
});

Deno.test("Connection asks for what is missing in time where the clock is set back", () => {
  const { env } = online();
  env.socket.receive(timeMessage({ offset: 1 }));
  env.time.set(-3_600_000);
  env.time.advance(1000);
  assert.deepEqual([env.sockets.length, asked(env)[2]], [2, "0"]);
});

// -------------------------------------------------------------------------------------------------------- gaps

Deno.test("Connection hears each chat and ack once: what it had already is dropped", () => {
  const { env, heard } = online();
  env.socket.receive(chatMessage("one", 1), chatMessage("one", 1), chatMessage("two", 2));
  env.socket.receive(chatMessage("one", 1));
  const ack = { type: "ack", timestamp: "", recipients: 1 } as const;
  env.socket.receive({ ...ack, id: "a", offset: 3 }, { ...ack, id: "a", offset: 3 });
  assert.deepEqual([heard, env.sockets.length], [["one", "two", "ack"], 1]);
});

Deno.test("Connection asks again from its position, at once, where one is left out, and takes nothing more of the old socket", () => {
  const { env, heard, connection } = online();
  env.socket.hear("one");
  const pong = { type: "pong", timestamp: "" } as const;
  env.socket.receive(pong, chatMessage("three", 3), chatMessage("two", 2), pong);
  assert.deepEqual([env.sockets.length, env.sockets[0]?.closedWith], [2, 4000]);
  assert.deepEqual([connection.state.phase, asked(env)[2]], ["connecting", "1"]);
  env.sockets[0]?.receive(chatMessage("two", 2));
  assert.deepEqual(heard, ["one", "pong"]);
  env.socket.resume({ offset: 3 });
  env.socket.receive(chatMessage("two", 2), chatMessage("three", 3));
  assert.deepEqual(heard, ["one", "pong", "two", "three", "caught_up"]);
});

Deno.test("Connection takes an ack that comes too early for a gap too, and its chat is not sent before the replay", () => {
  const { env, heard, connection } = online();
  const id = connection.say("mine");
  env.socket.receive({ type: "ack", id, offset: 2, timestamp: "", recipients: 1 });
  assert.deepEqual([env.sockets.length, connection.outstanding, heard], [2, 1, []]);
  env.socket.resume({ offset: 2 });
  env.socket.hear("one");
  env.socket.receive({ type: "ack", id, offset: 2, timestamp: "", recipients: 1 });
  assert.deepEqual([connection.outstanding, env.socket.sent], [0, []]);
});

Deno.test("Connection takes no chat, no ack and no time before the welcome", () => {
  const { env, heard, connection } = online();
  const id = connection.say("mine");
  env.socket.lose();
  env.time.advance(1000);
  const ack = { type: "ack", id, offset: 1, timestamp: "", recipients: 1 } as const;
  env.socket.receive(chatMessage("one"), ack, timeMessage({ epoch: "e2" }));
  assert.deepEqual([heard, connection.outstanding, env.sockets.length], [[], 1, 2]);
});

Deno.test("Connection asks again where the clock is ahead of its position for a second, and not earlier", () => {
  const { env } = online();
  env.socket.receive(timeMessage({ offset: 1 }));
  env.time.advance(999);
  assert.equal(env.sockets.length, 1);
  env.time.advance(1);
  assert.deepEqual([env.sockets.length, asked(env)[2]], [2, "0"]);
});

Deno.test("Connection does so by the next tick where its timers are late", () => {
  const { env } = online();
  // A browser lets the timers of a hidden page wait.
  env.socket.receive(timeMessage({ offset: 1 }));
  env.time.hold(1000);
  env.socket.receive(timeMessage({ offset: 1 }));
  assert.equal(env.sockets.length, 2);
});

Deno.test("Connection waits on while messages come, however far the clock is ahead", () => {
  const { env, outcomes } = online();
  env.socket.receive(timeMessage({ offset: 10 }));
  for (let second = 0; second < 10; second++) {
    env.time.advance(900);
    env.socket.hear(`${second}`);
    env.socket.receive(timeMessage({ offset: 10 }));
  }
  env.live(3);
  assert.deepEqual([env.sockets.length, outcomes], [1, []]);
});

Deno.test("Connection gives a process that slept the time to read what came in meanwhile before it asks again", () => {
  const { env } = online();
  env.socket.receive(timeMessage({ offset: 1 }));
  env.time.sleep(600_000);
  env.socket.hear("one");
  env.live(3);
  assert.equal(env.sockets.length, 1);
});

Deno.test("Connection does without what the server does not have either: it says so, and asks no third time", () => {
  const { env, heard, outcomes } = online();
  env.socket.receive(chatMessage("two", 2));
  env.socket.resume({ offset: 2 });
  env.socket.receive(chatMessage("two", 2));
  env.socket.hear("three");
  env.live(10);
  assert.equal(env.sockets.length, 2);
  assert.deepEqual(heard, ["two", "may_have_missed", "three"]);
  assert.deepEqual(outcomes, [{ is: "may_have_missed", upTo: 2 }]);
});

Deno.test("Connection asks anew in another order, also where it asked from there in the one before", () => {
  const { env, outcomes, connection } = online();
  env.socket.receive(chatMessage("two", 2));
  env.socket.welcome({ epoch: "e2" });
  env.socket.receive(chatMessage("two", 2));
  assert.equal(connection.state.phase, "waiting");
  connection.retryNow();
  env.socket.resume({ epoch: "e2", offset: 2 });
  env.socket.hear("one", "two");
  assert.deepEqual(outcomes, [{ is: "may_have_missed", upTo: 0 }, {
    is: "caught_up",
    messages: 2,
  }]);
});

Deno.test("Connection does without what only the clock tells of, and takes it where it comes all the same", () => {
  const { env, heard, outcomes, connection } = online();
  const tick = () => {
    env.socket.receive(timeMessage({ offset: 3 }));
    env.time.advance(1000);
  };
  tick();
  env.socket.resume();
  assert.deepEqual(outcomes, [{ is: "caught_up", messages: 0 }]);
  tick();
  for (let second = 0; second < 10; second++) tick();
  assert.deepEqual(outcomes.slice(1), [{ is: "may_have_missed", upTo: 3 }]);
  assert.deepEqual([env.sockets.length, connection.storedSession?.position], [2, 0]);
  env.socket.hear("one", "two");
  env.socket.receive(chatMessage("four", 4));
  assert.deepEqual(heard.slice(-3), ["one", "two", "four"]);
  assert.deepEqual([env.sockets.length, outcomes.length], [2, 2]);
  // Of another order it knows nothing.
  env.socket.receive(timeMessage({ epoch: "e2" }));
  connection.retryNow();
  env.socket.welcome({ epoch: "e2" });
  env.socket.receive(chatMessage("two", 2));
  assert.notEqual(connection.state.phase, "online");
});

Deno.test("Connection that was a good one does not remember, when it asks again, the failures before it", () => {
  const { env, connection } = open();
  env.chance = 1;
  for (let attempt = 0; attempt < 5; attempt++) {
    env.socket.lose();
    connection.retryNow();
  }
  env.socket.welcome();
  env.live(3);
  env.socket.receive(chatMessage("too early", 2));
  env.socket.lose();
  const { state } = connection;
  assert.equal(state.phase === "waiting" && state.retryAt - env.now(), 1000);
});

Deno.test("Connection reconnects where the clock tells of another epoch, and says that something may be missing", () => {
  const { env, heard } = online();
  env.socket.hear("one");
  env.socket.receive(timeMessage({ epoch: "e2", offset: 0 }));
  assert.deepEqual(asked(env), ["secret", "e1", "1", "ana"]);
  env.socket.welcome({ epoch: "e2", offset: 0 });
  env.socket.hear("two");
  assert.deepEqual(heard, ["one", "may_have_missed", "two"]);
});

Deno.test("Connection asks a server that contradicts itself more and more rarely, and tells no more than it must", () => {
  const { env, connection } = online();
  env.chance = 1;
  const waits: number[] = [];
  for (let round = 0; round < 8; round++) {
    env.socket.receive(timeMessage({ epoch: "e2" }));
    waits.push(
      connection.state.phase === "waiting" ? connection.state.retryAt - env.now() : 0,
    );
    env.time.advance(waits.at(-1) ?? 0);
    env.socket.resume();
    env.live(1);
  }
  // No longer than the server keeps the session.
  assert.deepEqual(waits, [0, 1000, 2000, 4000, 8000, 8000, 8000, 8000]);
});
