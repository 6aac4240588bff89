/**
 * The roster, by cases and against clients that know what they were told.
 *
 * @module
 */

import assert from "node:assert/strict";
import fc from "fast-check";
import type { User } from "../lib/protocol.ts";
import { type Present, Roster } from "../lib/roster.ts";

let made = 0;

/** Somebody as a node has them. */
function present(user: User, version = 0): Present {
  return { user, key: user.username.toLowerCase(), version };
}

/** A roster with some who came in this order and have been told. */
function rosterOf(...users: readonly User[]): Roster {
  const roster = new Roster();
  for (const user of users) roster.here(present(user));
  roster.takeChanges();
  return roster;
}

/** What is told, as client_ids. */
function told(roster: Roster): { joined: string[]; left: string[] } {
  const { joined, left } = roster.takeChanges();
  const ids = (users: readonly User[]) => users.map(({ client_id }) => client_id);
  return { joined: ids(joined), left: ids(left) };
}

const NOTHING = { joined: [], left: [] };

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
  const roster = rosterOf(...["carol", "Ana", "bob", "_x", "10", "9"].map((name) => user(name)));
  const names = roster.list(1000).map(({ username }) => username);
  assert.deepEqual(names, ["10", "9", "_x", "Ana", "bob", "carol"]);
});

Deno.test("Roster.list() gives the first ones up to the limit, and online counts all", () => {
  const roster = new Roster();
  for (let i = 0; i < 1500; i++) roster.here(present(user(String(9999 - i))));
  const names = roster.list(1000).map(({ username }) => username);
  assert.equal(names.length, 1000);
  assert.equal(names[0], "8500");
  assert.equal(names.at(-1), "9499");
  assert.equal(roster.online, 1500);
  assert.deepEqual(roster.list(0), []);
});

Deno.test("Roster.list() gives a copy", () => {
  const roster = rosterOf(user("ana"));
  roster.list(10).pop();
  assert.equal(roster.list(10).length, 1);
});

Deno.test("Roster.list() and online leave out who is away, and fill the limit with others", () => {
  const [ana, bob, carol] = [user("ana"), user("bob"), user("carol")];
  const roster = rosterOf(ana, bob, carol);
  roster.away(ana.client_id);
  assert.deepEqual(roster.list(2), [bob, carol]);
  assert.equal(roster.online, 2);
  roster.here(present(ana));
  assert.deepEqual(roster.list(2), [ana, bob]);
  assert.equal(roster.online, 3);
});

Deno.test("Roster.find(), holder() and everybody know also who is away, and nobody who is gone", () => {
  const ana = user("ana");
  const roster = rosterOf(ana);
  roster.away(ana.client_id);
  assert.equal(roster.find(ana.client_id)?.isHere, false);
  assert.equal(roster.holder("ana")?.user, ana);
  assert.equal([...roster.everybody].length, 1);
  roster.gone(ana.client_id);
  assert.equal(roster.find(ana.client_id), undefined);
  assert.equal(roster.holder("ana"), undefined);
  assert.deepEqual([...roster.everybody], []);
});

Deno.test("Roster.takeChanges() tells once who came and who went", () => {
  const roster = new Roster();
  const [ana, bob, carol] = [user("ana"), user("bob"), user("carol")];
  roster.here(present(ana));
  assert.equal(roster.changed, true);
  roster.here(present(bob));
  assert.deepEqual(roster.takeChanges(), {
    type: "presence",
    joined: [ana, bob],
    left: [],
    online: 2,
  });
  assert.equal(roster.changed, false);
  roster.gone(bob.client_id);
  roster.here(present(carol));
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
  roster.here(present(ana));
  roster.gone(ana.client_id);
  assert.equal(roster.changed, false);
  assert.deepEqual(told(roster), NOTHING);
});

Deno.test("Roster.takeChanges() tells that somebody went whom only a list has shown", () => {
  const roster = new Roster();
  const ana = user("ana");
  roster.here(present(ana));
  assert.deepEqual(roster.list(10), [ana]);
  roster.gone(ana.client_id);
  assert.deepEqual(told(roster), { joined: [], left: [ana.client_id] });
});

Deno.test("Roster.takeChanges() leaves out who went and is there again", () => {
  const ana = user("ana");
  const roster = rosterOf(ana);
  roster.gone(ana.client_id);
  assert.equal(roster.changed, true);
  roster.here(present(ana, 1));
  assert.equal(roster.changed, false);
  assert.deepEqual(told(roster), NOTHING);
  roster.gone(ana.client_id);
  assert.deepEqual(told(roster), { joined: [], left: [ana.client_id] });
});

Deno.test("Roster.takeChanges() tells of who went and is there again where a list was taken without them", () => {
  const ana = user("ana");
  const roster = rosterOf(ana);
  roster.gone(ana.client_id);
  roster.list(10);
  roster.here(present(ana, 1));
  assert.deepEqual(told(roster), { joined: [ana.client_id], left: [] });
});

Deno.test("Roster.takeChanges() tells of who went and is there again where only a list has shown them", () => {
  const ana = user("ana");
  const roster = new Roster();
  roster.here(present(ana));
  roster.list(10);
  roster.gone(ana.client_id);
  roster.here(present(ana, 1));
  assert.deepEqual(told(roster), { joined: [ana.client_id], left: [] });
});

Deno.test("Roster.takeChanges() tells of both where a name passes to another session", () => {
  const [first, second] = [user("ana"), user("ana")];
  const roster = rosterOf(first);
  roster.gone(first.client_id);
  roster.here(present(second));
  assert.deepEqual(roster.takeChanges(), {
    type: "presence",
    joined: [second],
    left: [first],
    online: 1,
  });
});

Deno.test("Roster.here() replaces another session that had the name", () => {
  const [first, second] = [user("ana"), user("ana")];
  const roster = rosterOf(first);
  roster.here(present(second));
  assert.deepEqual(roster.list(10), [second]);
  assert.equal(roster.find(first.client_id), undefined);
  assert.deepEqual(told(roster), { joined: [second.client_id], left: [first.client_id] });
  roster.gone(first.client_id);
  assert.deepEqual(roster.list(10), [second]);
  assert.equal(roster.changed, false);
});

Deno.test("Roster.here() of who is here tells nobody, and shows the new node in the list", () => {
  const ana = user("ana");
  const roster = rosterOf(ana);
  const moved = { ...ana, node: "m" };
  roster.here(present(moved, 1));
  assert.equal(roster.changed, false);
  assert.deepEqual(roster.list(10), [moved]);
  assert.equal(roster.online, 1);
  assert.equal(roster.find(ana.client_id)?.version, 1);
});

Deno.test("Roster.here() ignores a lower version, and takes the same one", () => {
  const ana = user("ana");
  const roster = new Roster();
  roster.here(present(ana, 2));
  roster.here(present({ ...ana, node: "old" }, 1));
  assert.equal(roster.find(ana.client_id)?.user.node, "n");
  roster.away(ana.client_id);
  roster.here(present({ ...ana, node: "old" }, 1));
  assert.equal(roster.online, 0);
  roster.here(present({ ...ana, node: "m" }, 2));
  assert.deepEqual(roster.list(10).map(({ node }) => node), ["m"]);
});

Deno.test("Roster.away() is nobody's news, and neither is who comes back", () => {
  const ana = user("ana");
  const roster = rosterOf(ana);
  roster.away(ana.client_id);
  roster.away(ana.client_id);
  assert.equal(roster.changed, false);
  roster.here(present(ana));
  assert.deepEqual(told(roster), NOTHING);
  assert.equal(roster.online, 1);
});

Deno.test("Roster.here() tells of who is back where a list was taken meanwhile, however often they go", () => {
  const ana = user("ana");
  const roster = rosterOf(ana);
  roster.away(ana.client_id);
  roster.list(10);
  roster.here(present(ana));
  roster.away(ana.client_id);
  assert.deepEqual(told(roster), NOTHING);
  roster.here(present(ana));
  assert.deepEqual(told(roster), { joined: [ana.client_id], left: [] });
  roster.away(ana.client_id);
  roster.here(present(ana));
  assert.deepEqual(told(roster), NOTHING);
});

Deno.test("Roster.away() takes back the news of who has just come", () => {
  const ana = user("ana");
  const roster = new Roster();
  roster.here(present(ana));
  roster.away(ana.client_id);
  assert.deepEqual(told(roster), NOTHING);
  roster.here(present(ana));
  assert.deepEqual(told(roster), { joined: [ana.client_id], left: [] });
});

Deno.test("Roster.gone() tells of who was away, unless nobody ever knew them", () => {
  const [ana, bob] = [user("ana"), user("bob")];
  const roster = rosterOf(ana);
  roster.here(present(bob));
  for (const { client_id } of [ana, bob]) roster.away(client_id);
  for (const { client_id } of [ana, bob]) roster.gone(client_id);
  assert.deepEqual(told(roster), { joined: [], left: [ana.client_id] });
  assert.equal(roster.online, 0);
});

Deno.test("Roster.gone() tells of who was away and shown by a list before", () => {
  const ana = user("ana");
  const roster = new Roster();
  roster.here(present(ana));
  roster.list(10);
  roster.away(ana.client_id);
  roster.gone(ana.client_id);
  assert.deepEqual(told(roster), { joined: [], left: [ana.client_id] });
});

Deno.test("Roster.gone() and away() have no effect on who was never there, or went already", () => {
  const [ana, bob] = [user("ana"), user("bob")];
  const roster = rosterOf(ana);
  roster.away(bob.client_id);
  roster.gone(bob.client_id);
  roster.gone(ana.client_id);
  roster.gone(ana.client_id);
  roster.away(ana.client_id);
  assert.deepEqual(told(roster), { joined: [], left: [ana.client_id] });
  assert.equal(roster.online, 0);
});

Deno.test("Roster.users is one answer for all until somebody comes, goes, is back or is elsewhere", () => {
  const [ana, bob] = [user("ana"), user("bob")];
  const roster = rosterOf(ana);
  const changes = {
    comes: () => roster.here(present(bob)),
    "is away": () => roster.away(ana.client_id),
    "is back": () => roster.here(present(ana)),
    "is on another node": () => roster.here(present({ ...ana, node: "m" }, 1)),
    goes: () => roster.gone(bob.client_id),
    "has another node_id": () => roster.renameNode("m", "k"),
  };
  for (const [what, change] of Object.entries(changes)) {
    const before = roster.users;
    roster.takeChanges();
    assert.equal(roster.users, before);
    change();
    assert.notEqual(roster.users, before, what);
    const { online } = roster;
    assert.deepEqual(roster.users, { type: "users", users: roster.list(1000), online });
  }
});

type Does = "here" | "away" | "gone" | "replace" | "tell" | "list" | "users";

const TAKES = ["list", "users"] as const;

Deno.test("Roster keeps every client right that has a list and the changes since, whoever comes and goes", () => {
  const doing = fc.constantFrom<Does[]>(
    "here",
    "here",
    "away",
    "gone",
    "replace",
    "tell",
    ...TAKES,
  );
  const key = fc.constantFrom(..."abcd", "__proto__", "é", "10");
  const check = (steps: readonly { readonly does: Does; readonly key: string }[]) => {
    const roster = new Roster();
    /** What each client knows that took a list at some time and has heard every change since. */
    const clients: Map<string, User>[] = [];
    const here = new Map<string, User>();
    const away = new Map<string, User>();
    const tell = () => {
      const { joined, left, online } = roster.takeChanges();
      assert.equal(online, here.size);
      for (const known of clients) {
        for (const { client_id } of left) known.delete(client_id);
        for (const user of joined) known.set(user.client_id, user);
        const expected = new Set([...here.values()].map(({ client_id }) => client_id));
        const possible = new Set([...away.values()].map(({ client_id }) => client_id));
        for (const clientId of expected) assert.ok(known.has(clientId), "somebody is missing");
        for (const clientId of known.keys()) {
          assert.ok(expected.has(clientId) || possible.has(clientId), "somebody is gone");
        }
      }
    };
    for (const { does, key } of steps) {
      const known = here.get(key) ?? away.get(key);
      if (does === "tell") tell();
      else if (does === "list" || does === "users") {
        const users = does === "list" ? roster.list(1000) : roster.users.users;
        clients.push(new Map(users.map((one) => [one.client_id, one])));
      } else if (does === "here" || does === "replace") {
        const one = does === "here" && known !== undefined ? known : user(key);
        away.delete(key);
        here.set(key, one);
        roster.here(present(one));
      } else if (known !== undefined) {
        roster[does](known.client_id);
        here.delete(key);
        if (does === "away") away.set(key, known);
        else away.delete(key);
      }
      const sorted = [...here].sort(([a], [b]) => a < b ? -1 : 1).map(([, one]) => one);
      assert.equal(roster.online, here.size);
      assert.deepEqual([...roster.everybody].length, here.size + away.size);
      if (does === "list" || does === "users") {
        assert.deepEqual([...clients.at(-1)!.values()], sorted);
      }
    }
    tell();
  };
  fc.assert(
    fc.property(fc.array(fc.record({ does: doing, key }), { maxLength: 200, size: "max" }), check),
    { numRuns: 300 },
  );
});
