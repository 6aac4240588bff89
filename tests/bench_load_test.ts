/**
 * That the generator of the benchmark counts rightly: its reading of frames from made streams, and the whole of it against a
 * server in this process that sends what is known.
 *
 * @module
 */

import assert from "node:assert/strict";
import { ChatFrame, DIALECTS, Receiver, Tally } from "../bench/frames.ts";
import { type Measured, type Plan } from "../bench/load.ts";

const TEXT = "0000000001234567" + "x".repeat(84);

function chat(offset: number): string {
  return JSON.stringify({
    type: "chat",
    message: TEXT,
    username: "u",
    client_id: "",
    timestamp: "2026-11-20T14:30:25.123Z",
    offset,
  });
}

const TIME = '{"type":"time","time":"14:30:25","date":"2026-11-20"}';

/** A frame of a server, with the shortest header or a longer one. */
function serverFrame(payload: string, sizeBytes: 0 | 2 | 8 = 0, first = 0x81): number[] {
  const bytes = [...new TextEncoder().encode(payload)];
  if (sizeBytes === 0) return [first, bytes.length, ...bytes];
  const size = Array.from(
    { length: sizeBytes },
    (_, index) => Math.floor(bytes.length / 256 ** (sizeBytes - 1 - index)) & 255,
  );
  return [first, sizeBytes === 2 ? 126 : 127, ...size, ...bytes];
}

/** What a receiver tells of a stream that comes in pieces of some length. */
function readIn(
  piece: number,
  stream: readonly number[],
  dialect: keyof typeof DIALECTS = "plain",
): Record<string, unknown> {
  const tally = new Tally();
  const told: unknown[] = [];
  const receiver = new Receiver({
    tally,
    dialect: DIALECTS[dialect],
    textBytes: TEXT.length,
    events: {
      welcomed: () => told.push("welcomed"),
      answered: () => told.push("answered"),
      pinged: (payload) => told.push(`ping ${new TextDecoder().decode(payload)}`),
      packet: (payload) => told.push(payload),
      closed: (code) => told.push(code),
    },
  });
  const bytes = new Uint8Array(stream);
  for (let at = 0; at < bytes.length; at += piece) {
    receiver.take(bytes, at, Math.min(at + piece, bytes.length));
  }
  assert.equal(receiver.chats, tally.chats);
  return { ...tally, told };
}

const PIECES = [1, 2, 3, 7, 50, 251, 100_000];

Deno.test("Receiver counts chats, ticks and frames alike however the stream is cut", () => {
  const many = Array.from({ length: 300 }, (_, index) => chat(index + 1));
  const stream = [
    ...serverFrame('{"type":"welcome","message":"chat"}'),
    ...serverFrame([...many, TIME, chat(301), '{"type":"users"}'].join("\n"), 8),
    ...serverFrame(chat(302), 2),
    ...serverFrame("hi", 0, 0x89),
    ...serverFrame(TIME),
    ...serverFrame('{"type":"presence","joined":[{"username":"chat"}]}'),
    ...serverFrame('{"type":"error","code":"busy"}\n{"type":"fibonacci","result":"chat"}'),
    ...serverFrame("\u000f\u0001", 0, 0x88),
  ];
  const told = ["welcomed", "ping hi", "answered", "answered", 0x0f01];
  for (const piece of PIECES) {
    const counted = { chats: 302, frames: 6, ticks: 2, told };
    assert.deepEqual(readIn(piece, stream), counted, `in pieces of ${piece}`);
  }
});

Deno.test("Receiver takes a message in several frames for one, also with a ping between them", () => {
  const line = `${chat(1)}\n${chat(2)}`;
  const stream = [
    ...serverFrame(line.slice(0, 5), 0, 0x01),
    ...serverFrame("", 0, 0x89),
    ...serverFrame(line.slice(5), 2, 0x80),
  ];
  for (const piece of PIECES) {
    const counted = { chats: 2, frames: 1, ticks: 0, told: ["ping "] };
    assert.deepEqual(readIn(piece, stream), counted, `in pieces of ${piece}`);
  }
});

Deno.test("Receiver tells events of Socket.IO from its packets", () => {
  const sid = "cccccccccctttttttttt";
  const stream = [
    ...serverFrame(`0{"sid":"${sid}"}`),
    ...serverFrame(`40{"sid":"${sid}"}`),
    ...serverFrame("2"),
    ...serverFrame(`42["chat",${chat(1)}]`, 2),
    ...serverFrame(`42["time",${TIME}]`),
  ];
  const told = [`0{"sid":"${sid}"}`, `40{"sid":"${sid}"}`, "2"];
  for (const piece of PIECES) {
    const counted = { chats: 1, frames: 2, ticks: 1, told };
    assert.deepEqual(readIn(piece, stream, "socket.io"), counted, `in pieces of ${piece}`);
  }
});

Deno.test("ChatFrame.stamp() writes the moment that Receiver reads", () => {
  for (const dialect of [DIALECTS.plain, DIALECTS["socket.io"]]) {
    const frame = new ChatFrame(dialect, 100);
    frame.stamp(1_234_567);
    // The answer of a server that unmasks and stamps.
    const mask = frame.bytes.subarray(4, 8);
    const text = new TextDecoder().decode(
      frame.bytes.subarray(8).map((byte, index) => byte ^ mask[index % 4]!),
    );
    const message = dialect.after === "" ? text : text.slice(10, -1);
    assert.deepEqual(JSON.parse(message), { type: "chat", message: TEXT });
    const stamps: number[] = [];
    const receiver = new Receiver({
      tally: new Tally(),
      dialect,
      textBytes: 100,
      events: { stamped: (at) => stamps.push(at) },
    });
    const answer = new Uint8Array(
      serverFrame(`${dialect.packet}${dialect.before}${chat(7)}${dialect.after}`, 2),
    );
    receiver.take(answer, 0, answer.length);
    assert.deepEqual(stamps, [1_234_567]);
  }
});

// ------------------------------------------------------------------------------------- the generator as a whole

/** What the server of a test does with its third chat, which u0 sends. */
type Treatment = "sent to all others" | "lost for one" | "doubled for one" | "echoed";

/** Runs the generator against a server in this process. */
async function generate(third: Treatment, plan: Partial<Plan> = {}): Promise<Measured> {
  const sockets = new Map<string, WebSocket>();
  let count = 0;
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    const { socket, response } = Deno.upgradeWebSocket(request);
    const name = new URL(request.url).searchParams.get("name")!;
    socket.onopen = () => {
      sockets.set(name, socket);
      socket.send('{"type":"welcome"}');
    };
    socket.onmessage = ({ data }) => {
      count++;
      const { message } = JSON.parse(data);
      const line = chat(count).replace(TEXT, message);
      const fate = count === 3 ? third : "sent to all others";
      for (const [other, receiver] of sockets) {
        let times = socket !== receiver || fate === "echoed" ? 1 : 0;
        if (other === "u4" && fate === "lost for one") times = 0;
        if (other === "u4" && fate === "doubled for one") times = 2;
        for (let time = 0; time < times; time++) receiver.send(line);
      }
    };
    return response;
  });
  const load = new URL("../bench/load.ts", import.meta.url).pathname;
  const whole: Plan = {
    rehearsals: 0,
    ports: [server.addr.port],
    pids: [Deno.pid],
    path: "/?name=",
    dialect: "plain",
    greets: true,
    clients: 5,
    senders: 2,
    load: { outstanding: 2 },
    seconds: 0.2,
    warmupSeconds: 0.05,
    settleSeconds: 0,
    ...plan,
  };
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", load, JSON.stringify(whole)],
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  await server.shutdown();
  return JSON.parse(new TextDecoder().decode(stdout));
}

const isNotLinux = Deno.build.os !== "linux";

Deno.test({
  name: "The generator finds nothing missing where nothing is, and measures what it sent",
  ignore: isNotLinux,
  fn: async () => {
    const measured = await generate("sent to all others", { load: { perSecond: 500 } });
    const { missing, surplus, lost, chatsPerSecond, deliveriesPerSecond, p50Ms, p99Ms } = measured;
    assert.deepEqual({ missing, surplus, lost }, { missing: 0, surplus: 0, lost: {} });
    assert.ok(chatsPerSecond > 100 && chatsPerSecond < 1000, `${chatsPerSecond} a second`);
    assert.ok(deliveriesPerSecond > 2 * chatsPerSecond, `${deliveriesPerSecond} a second`);
    assert.ok(p50Ms! > 0 && p50Ms! <= p99Ms!, `${p50Ms} ms, ${p99Ms} ms`);
    assert.ok(measured.serverCpu > 0 && measured.generatorCpu > 0);
  },
});

for (
  const [third, missing, surplus] of [
    ["lost for one", 1, 0],
    ["doubled for one", 0, 1],
    ["echoed", 0, 1],
  ] as const
) {
  Deno.test({
    name: `The generator finds ${missing} missing and ${surplus} too many where a chat is ${third}`,
    ignore: isNotLinux,
    fn: async () => {
      const measured = await generate(third);
      assert.deepEqual([measured.missing, measured.surplus], [missing, surplus]);
    },
  });
}
