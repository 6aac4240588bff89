/**
 * What answers may cost.
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
