/**
 * The dashboards of two nodes over a real NATS.
 *
 * @module
 */

import assert from "node:assert/strict";
import { systemTime } from "../lib/clock.ts";
import { adminNode } from "./admin_node.ts";
import { eventually } from "./eventually.ts";
import { testWithNats } from "./nodes.ts";

testWithNats(
  "Admin shows both nodes on each over NATS, and watches and closes a connection of the other",
  async ({ open }) => {
    const [first, second] = [await open(), await open()];
    const a = adminNode("a", { time: systemTime, bus: first.adminBus });
    a.log.warning("before b");
    const witness = await a.dashboard();
    let seconds = 0;
    await eventually(() => {
      seconds += witness.take("news").length;
      assert.ok(seconds > 1);
    });
    // As in main.ts, its broker has come before it.
    const b = adminNode("b", { time: systemTime, bus: second.adminBus });
    try {
      const ana = await a.online("Ana");
      const { say, take } = await b.dashboard();
      const nodes = new Set<string>();
      const events = new Set<string>();
      await eventually(() => {
        for (const { node, lines } of take("news")) {
          nodes.add(node);
          for (const { event } of lines) events.add(event);
        }
        assert.deepEqual([nodes.size, events.has("before b")], [2, true]);
      });
      say({ type: "list", sort: "username", descending: false, text: "" });
      let client_id = "";
      await eventually(() => client_id = take("list").at(-1).rows[0].client_id);
      say({ type: "watch", node: "a", client_id });
      await eventually(() => assert.equal(take("watching").at(-1).standing, "watched"));
      await ana.say({ message: "over NATS" });
      await eventually(() => assert.match(take("watched").at(-1).frames[0].text, /over NATS/));
      say({ type: "close", node: "a", client_id });
      await eventually(() => assert.equal(take("closed").at(-1).outcome, "done"));
      await eventually(() => assert.equal(ana.socket.closedWith?.code, 1008));
    } finally {
      a.stop();
      b.stop();
    }
  },
);
