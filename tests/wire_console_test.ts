/**
 * The console of /docs without a browser: what it sends, how it checks, what it keeps.
 *
 * @module
 */

import assert from "node:assert/strict";
import { ENTRIES_KEPT, WireConsole } from "../client/docs/wire_console.ts";
import { socketMessages } from "../lib/socket_messages.ts";

/** As much of a socket as the console uses. */
class ScriptedSocket {
  readonly url: string;
  readonly frames: string[] = [];
  closedBy: number | undefined;
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;

  constructor(url: string) {
    this.url = url;
  }

  send(text: string): void {
    this.frames.push(text);
  }

  close(code: number): void {
    this.closedBy = code;
  }

  hear(message: unknown): void {
    const data = typeof message === "string" ? message : JSON.stringify(message);
    this.onmessage?.({ data });
  }
}

const messages = socketMessages();
const [chat, fibonacci] = messages.sent as [typeof messages.sent[0], typeof messages.sent[0]];
const example = (name: string) =>
  messages.received.find((one) => one.name === name)?.schema.examples?.[0] as object;

function makeConsole() {
  const sockets: ScriptedSocket[] = [];
  const wire = new WireConsole({
    url: () => "ws://localhost/api/ws",
    messages,
    surroundings: {
      createSocket: (url) => {
        const socket = new ScriptedSocket(url);
        sockets.push(socket);
        return socket as unknown as WebSocket;
      },
    },
  });
  const open = (wishes: Parameters<WireConsole["connect"]>[0] = {}): ScriptedSocket => {
    wire.connect(wishes);
    const socket = sockets.at(-1)!;
    socket.onopen?.();
    return socket;
  };
  return { wire, sockets, open };
}

Deno.test("WireConsole.connect() asks for the name or gives the token, and leaves what is empty out", () => {
  const { open, wire } = makeConsole();
  assert.equal(open().url, "ws://localhost/api/ws");
  assert.equal(wire.standing.value.phase, "open");
  assert.equal(open({ username: " Ana " }).url, "ws://localhost/api/ws?username=Ana");
  assert.equal(open({ token: "a.b.c\n" }).url, "ws://localhost/api/ws?token=a.b.c");
  assert.equal(open({ username: "", token: " " }).url, "ws://localhost/api/ws");
});

Deno.test("WireConsole.connect() leaves the connection of before, and hears nothing of it any more", () => {
  const { open, wire } = makeConsole();
  const before = open();
  const after = open();
  assert.equal(before.closedBy, 1000);
  before.hear(example("welcome"));
  assert.deepEqual(wire.entries.value, []);
  after.hear(example("welcome"));
  assert.equal(wire.entries.value.length, 1);
});

Deno.test("WireConsole.send() sends the text as it stands, also what is wrong, and says what is wrong", () => {
  const { open, wire } = makeConsole();
  wire.send(chat, "before");
  const socket = open();
  for (const text of ["{", '{"message": 7}', '{\n "message": "hi" }']) wire.send(chat, text);
  assert.deepEqual(socket.frames, ["{", '{"message": 7}', '{\n "message": "hi" }']);
  const verdicts = wire.entries.value.map(({ verdict }) => verdict.is);
  assert.deepEqual(verdicts, ["fits", "does_not_fit", "no_json"]);
  const [, wrong] = wire.entries.value;
  assert.ok(wrong?.verdict.is === "does_not_fit");
  // That the whole is wrong too says nothing.
  assert.equal(wrong.verdict.faults.length, 1);
  assert.match(wrong.verdict.faults[0]!, /^message: .*string/);
  wire.send(chat, "7");
  const [whole] = wire.entries.value;
  assert.ok(whole?.verdict.is === "does_not_fit");
  assert.match(whole.verdict.faults.join(), /^\/: .*object/);
});

Deno.test("WireConsole.disconnect() says goodbye, once", () => {
  const { open, wire } = makeConsole();
  const socket = open();
  wire.disconnect();
  assert.equal(socket.closedBy, 1000);
  assert.deepEqual(wire.standing.value, { phase: "closed", code: 1000 });
  socket.closedBy = undefined;
  wire.disconnect();
  assert.equal(socket.closedBy, undefined);
});

Deno.test("WireConsole checks what comes: a message that fits, a field that is wrong, an unknown type, no JSON", () => {
  const { open, wire } = makeConsole();
  const socket = open();
  socket.hear(example("pong"));
  socket.hear({ ...example("pong"), timestamp: "yesterday" });
  socket.hear({ type: "unheard of" });
  socket.hear("nonsense");
  const verdicts = wire.entries.value.map(({ verdict }) => verdict.is);
  assert.deepEqual(verdicts, ["no_json", "unknown", "does_not_fit", "fits"]);
});

Deno.test("WireConsole.answers has what answered a message, not what comes by meanwhile", () => {
  const { open, wire } = makeConsole();
  const socket = open();
  wire.send(fibonacci, '{"type":"fibonacci","input":10}');
  for (const name of ["time", "chat", "fibonacci", "fibonacci"]) socket.hear(example(name));
  const answer = wire.answers.value.get("fibonacci");
  assert.equal(answer?.type, "fibonacci");
  assert.equal(answer?.key, 3);
  wire.send(chat, "{");
  socket.hear(example("error"));
  assert.equal(wire.answers.value.get("chat")?.type, "error");
});

Deno.test("WireConsole keeps the newest entries, and ticks in a row as one", () => {
  const { open, wire } = makeConsole();
  const socket = open();
  for (let count = 0; count < 3; count++) socket.hear(example("time"));
  assert.deepEqual(wire.entries.value.map(({ times }) => times), [3]);
  for (let count = 0; count < ENTRIES_KEPT + 10; count++) socket.hear(example("pong"));
  assert.equal(wire.entries.value.length, ENTRIES_KEPT);
  assert.ok(wire.entries.value.every(({ type }) => type === "pong"));
  wire.clear();
  assert.deepEqual(wire.entries.value, []);
});

Deno.test("WireConsole tells with which code the server has closed", () => {
  const { open, wire } = makeConsole();
  open().onclose?.({ code: 4009 });
  assert.deepEqual(wire.standing.value, { phase: "closed", code: 4009 });
});
