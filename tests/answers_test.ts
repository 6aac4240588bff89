/**
 * What answers may cost: the list of `users`, which is a thousand times as long as the question, and what waits for
 * whoever asks and does not read.
 *
 * @module
 */

import assert from "node:assert/strict";
import { settle, setUp } from "./fake_hub.ts";

/** How often a list of `users` is encoded meanwhile. */
async function listsEncoded(work: () => Promise<void>): Promise<number> {
  const { stringify } = JSON;
  let count = 0;
  JSON.stringify = (value: unknown) => {
    if (typeof value === "object" && value !== null && "online" in value && "users" in value) {
      count++;
    }
    return stringify(value);
  };
  try {
    await work();
  } finally {
    JSON.stringify = stringify;
  }
  return count;
}

const USERS = JSON.stringify({ type: "users" });

Deno.test("Hub encodes the list of users once for all who ask, until somebody comes or goes", async () => {
  const { online } = setUp();
  const [json, first] = [await online("u0", "json"), await online("u1")];
  const [second, events] = [await online("u2"), await online("u3", "events")];
  const clients = [json, first, second, events];
  const ask = async () => {
    for (let time = 0; time < 2; time++) {
      for (const client of clients) await client.say(USERS);
    }
  };
  const names = (client: typeof json) =>
    client.take().filter(({ type }) => type === "users").map(({ users }) =>
      (users as { username: string }[]).map(({ username }) => username).join(" ")
    );
  assert.equal(await listsEncoded(ask), 1);
  for (const client of [json, first, second]) {
    assert.deepEqual(names(client), ["u0 u1 u2 u3", "u0 u1 u2 u3"]);
  }
  assert.deepEqual(events.socket.frames, []);
  second.socket.end(1000);
  await settle();
  await online("u4");
  assert.equal(await listsEncoded(ask), 1);
  for (const client of [json, first]) {
    assert.deepEqual(names(client), ["u0 u1 u3 u4", "u0 u1 u3 u4"]);
  }
});

Deno.test("Hub answers users five times at once and then once a second, and closes nobody who asks more often", async () => {
  const { online, time } = setUp();
  const ana = await online("Ana");
  const lists: number[] = [];
  for (let second = 0; second < 20; second++) {
    for (let question = 0; question < 20; question++) {
      ana.socket.receive(USERS);
      time.advance(50);
    }
    await settle();
    const answers = ana.take();
    lists.push(answers.filter(({ type }) => type === "users").length);
    const refusals = answers.filter(({ type }) => type === "error");
    assert.equal(refusals.length, 20 - lists.at(-1)!);
    for (const { code, retry_after_ms: waitMs } of refusals) {
      assert.equal(code, "rate_limited");
      assert.ok(Number(waitMs) > 0 && Number(waitMs) <= 1000, String(waitMs));
    }
  }
  assert.deepEqual(lists, [5, ...Array.from({ length: 19 }, () => 1)]);
  assert.equal(ana.socket.closedWith, undefined);
  await ana.say({ type: "ping", id: "p" });
  assert.deepEqual(ana.types(), ["pong"]);
});

Deno.test("Hub keeps of answers that are not read no more than QUEUE_BYTES and one, and cuts nobody who reads in time", async () => {
  const { online, hub, computing, time } = setUp({ QUEUE_BYTES: 65_536 });
  const [ana, bo] = [await online("Ana"), await online("Bo")];
  // The answer takes 80 KB, more than may wait.
  const value = { digits: "1".repeat(40_000), elapsedMs: 1 };
  const ask = async (asker: typeof ana, id: string) => {
    await asker.say({ cmd: "fib", n: 100, id });
    computing.shift()?.answer({ ok: true, value });
    await settle();
  };
  for (const asker of [ana, bo]) asker.socket.bufferedAmount = 64 * 1024;
  for (const asker of [ana, bo]) {
    for (let question = 0; question < 20; question++) await ask(asker, `f${question}`);
    await asker.say(USERS);
  }
  const { bytes, largest } = hub.queues;
  assert.ok(largest < 65_536 + 80_000, `${largest}`);
  assert.equal(bytes, 2 * largest);
  time.advance(480);
  ana.socket.bufferedAmount = 0;
  time.advance(20);
  const [first, ...others] = ana.take().filter(({ type }) => type !== "presence");
  assert.deepEqual([first?.type, first?.id, first?.digits], ["fibonacci", "f0", 40_000]);
  assert.deepEqual(others.map(({ code, id }) => [code, id]), [
    ...Array.from({ length: 19 }, (_, index) => ["rate_limited", `f${index + 1}`]),
    ["rate_limited", undefined],
  ]);
  assert.ok(others.every(({ retry_after_ms: waitMs }) => waitMs === 1000));
  await ask(ana, "again");
  await ana.say(USERS);
  assert.deepEqual(ana.types().filter((type) => type !== "presence"), ["fibonacci", "users"]);
  // Who reads nothing at all is cut as anybody is for whom too much waits.
  time.advance(30);
  await settle();
  assert.deepEqual([ana.socket.closedWith, bo.socket.closedWith?.code], [undefined, 4008]);
});
