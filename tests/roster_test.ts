/**
 * The roster, by cases and against a plain list.
 *
 * @module
 */

import assert from "node:assert/strict";
import fc from "fast-check";
import type { User } from "../lib/protocol.ts";
import { Roster } from "../lib/roster.ts";

let made = 0;

/** Somebody by a name, with a client_id that nobody else has. */
function user(username: string, clientId = `c${++made}`): User {
  return {
    username,
    client_id: clientId,
    connected_at: "2026-11-20T14:30:25.123Z",
    node: "n",
  };
}

Deno.test("Roster.list() is by key, whatever the order in which they came", () => {
  const roster = new Roster();
  for (const name of ["carol", "Ana", "bob", "_x", "10", "9"]) {
    roster.add(name.toLowerCase(), user(name));
  }
  const names = roster.list(1000).map(({ username }) => username);
  assert.deepEqual(names, ["10", "9", "_x", "Ana", "bob", "carol"]);
});

Deno.test("Roster.list() gives the first ones up to the limit, and online counts all", () => {
  const roster = new Roster();
  for (let i = 0; i < 1500; i++) roster.add(String(9999 - i), user(String(9999 - i)));
  const names = roster.list(1000).map(({ username }) => username);
  assert.equal(names.length, 1000);
  assert.equal(names[0], "8500");
  assert.equal(names.at(-1), "9499");
  assert.equal(roster.online, 1500);
  assert.deepEqual(roster.list(0), []);
});

Deno.test("Roster.list() gives a copy", () => {
  const roster = new Roster();
  roster.add("ana", user("ana"));
  roster.list(10).pop();
  assert.equal(roster.list(10).length, 1);
});

Deno.test("Roster.takeChanges() tells once who came and who went", () => {
  const roster = new Roster();
  const [ana, bob, carol] = [user("ana"), user("bob"), user("carol")];
  roster.add("ana", ana);
  assert.equal(roster.changed, true);
  roster.add("bob", bob);
  assert.equal(roster.changed, true);
  assert.deepEqual(roster.takeChanges(), {
    type: "presence",
    joined: [ana, bob],
    left: [],
    online: 2,
  });
  assert.equal(roster.changed, false);
  roster.remove("bob", bob);
  roster.add("carol", carol);
  assert.deepEqual(roster.takeChanges(), {
    type: "presence",
    joined: [carol],
    left: [bob],
    online: 2,
  });
  assert.deepEqual(roster.takeChanges(), { type: "presence", joined: [], left: [], online: 2 });
});

Deno.test("Roster.takeChanges() gives a message whose first key is type", () => {
  assert.equal(Object.keys(new Roster().takeChanges())[0], "type");
});

Deno.test("Roster.takeChanges() leaves out who came and went in between", () => {
  const roster = new Roster();
  const ana = user("ana");
  roster.add("ana", ana);
  roster.remove("ana", ana);
  assert.equal(roster.changed, false);
  assert.deepEqual(roster.takeChanges(), { type: "presence", joined: [], left: [], online: 0 });
});

Deno.test("Roster.takeChanges() tells of both where a name passes to another connection", () => {
  const roster = new Roster();
  const [first, second] = [user("ana"), user("ana")];
  roster.add("ana", first);
  roster.takeChanges();
  roster.remove("ana", first);
  assert.equal(roster.changed, true);
  roster.add("ana", second);
  assert.equal(roster.changed, true);
  assert.deepEqual(roster.takeChanges(), {
    type: "presence",
    joined: [second],
    left: [first],
    online: 1,
  });
});

Deno.test("Roster.remove() has no effect where somebody else holds the name by now", () => {
  const roster = new Roster();
  const [first, second] = [user("ana"), user("ana")];
  roster.add("ana", first);
  roster.remove("ana", first);
  roster.add("ana", second);
  roster.takeChanges();
  roster.remove("ana", first);
  assert.deepEqual(roster.list(10), [second]);
  assert.equal(roster.changed, false);
});

Deno.test("Roster.remove() has no effect on who was never there, or went already", () => {
  const roster = new Roster();
  const [ana, bob] = [user("ana"), user("bob")];
  roster.remove("ana", ana);
  roster.add("ana", ana);
  roster.takeChanges();
  roster.remove("bob", bob);
  roster.remove("ana", ana);
  roster.remove("ana", ana);
  assert.deepEqual(roster.takeChanges().left, [ana]);
});

Deno.test("Roster keeps everybody who has the list and its changes right, whoever comes and goes", () => {
  const keys = fc.constantFrom(..."abcdefghij", "__proto__", "é", "10", "9");
  const steps = fc.array(
    fc.oneof(
      { weight: 6, arbitrary: fc.record({ does: fc.constant("toggle" as const), key: keys }) },
      { weight: 1, arbitrary: fc.record({ does: fc.constant("tell" as const), key: keys }) },
    ),
    { maxLength: 200 },
  );
  fc.assert(
    fc.property(steps, (all) => {
      const roster = new Roster();
      const online = new Map<string, User>();
      const told = new Map<string, User>();
      const tell = () => {
        const { joined, left, online: count } = roster.takeChanges();
        for (const { client_id } of left) assert.ok(told.delete(client_id), "left unknown");
        for (const user of joined) {
          assert.ok(!told.has(user.client_id), "joined twice");
          told.set(user.client_id, user);
        }
        assert.equal(count, online.size);
      };
      for (const { does, key } of all) {
        const present = online.get(key);
        if (does === "tell") tell();
        else if (present === undefined) {
          online.set(key, user(key));
          roster.add(key, online.get(key)!);
        } else {
          online.delete(key);
          roster.remove(key, present);
        }
        const sorted = [...online].sort(([a], [b]) => a < b ? -1 : 1).map(([, user]) => user);
        assert.deepEqual(roster.list(1000), sorted);
        assert.equal(roster.online, online.size);
      }
      tell();
      assert.deepEqual(
        [...told.values()].sort((a, b) => a.client_id < b.client_id ? -1 : 1),
        [...online.values()].sort((a, b) => a.client_id < b.client_id ? -1 : 1),
      );
    }),
    { numRuns: 300 },
  );
});
