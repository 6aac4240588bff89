/**
 * The name that a connection of one's own may still hold at the server, with fake sockets and fake time.
 *
 * @module
 */

import assert from "node:assert/strict";
import { Connection } from "../client/connection.ts";
import { FakeSurroundings } from "./fake_surroundings.ts";

function open() {
  const env = new FakeSurroundings();
  const connection = new Connection({
    url: "ws://server/api/ws",
    surroundings: env,
    listeners: {},
  });
  connection.connect("ana");
  return { env, phase: () => connection.state.phase };
}

/** The server finds the name taken. */
function take({ socket }: FakeSurroundings): void {
  socket.receive({ type: "error", code: "username_taken", message: "taken" });
  socket.lose(4009);
}

/** Lets a minute pass in which no attempt is answered, until one is under way. */
function stall({ env, phase }: ReturnType<typeof open>): void {
  const until = env.time.now() + 60_000;
  while (env.time.now() < until || phase() !== "connecting") {
    env.time.advance(1000);
  }
}

Deno.test("Connection waits for its name where an attempt that nobody answered may hold it", () => {
  const opened = open();
  const { env, phase } = opened;
  env.socket.welcome();
  env.socket.lose();
  stall(opened);
  take(env);
  assert.equal(phase(), "waiting");
  // It is told in the end: who has been found to have the name is not waited for anew each time.
  for (let second = 0; second < 120; second++) {
    env.time.advance(1000);
    if (phase() === "connecting") take(env);
  }
  assert.equal(phase(), "refused");
});

Deno.test("Connection does not wait for a name that it never had, whoever did not answer", () => {
  const opened = open();
  stall(opened);
  take(opened.env);
  assert.equal(opened.phase(), "refused");
});
