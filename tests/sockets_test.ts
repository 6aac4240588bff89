import assert from "node:assert/strict";
import { serverMessageSchema } from "../lib/protocol.ts";
import { type Message, TestClient } from "./client.ts";
import { eventually } from "./eventually.ts";
import { frame, type RawHeaders, RawSocket } from "./raw_socket.ts";
import { startServer, type TestServer, within } from "./server.ts";

/** Runs a test against a server of its own, and fails where the server logged a fault. */
function serverTest(
  name: string,
  settings: Record<string, string>,
  test: (server: TestServer) => Promise<void>,
): void {
  Deno.test(name, async () => {
    const server = await startServer(settings);
    try {
      await test(server);
    } finally {
      const { code } = await server.stop();
      assert.equal(code, 0);
    }
    assert.deepEqual(server.log.filter(({ event }) => event === "fault"), []);
  });
}

serverTest("A client is welcomed, hears the second and computes", {}, async (server) => {
  const client = await TestClient.join(`${server.socketUrl}?username=Ana`);
  const time = await client.next(({ type }) => type === "time");
  assert.match(String(time.time), /^\d\d:\d\d:\d\d$/);
  assert.match(String(time.date), /^\d{4}-\d\d-\d\d$/);
  client.send({ type: "fibonacci", input: 10 });
  const answer = await client.next(({ type }) => type === "fibonacci");
  assert.equal(answer.result, 55);
  for (const message of client.messages) serverMessageSchema.parse(message);
  const users = await (await fetch(`${server.url}/api/users`)).json();
  assert.deepEqual([users.online, users.users[0].username], [1, "Ana"]);
  const health = await (await fetch(`${server.url}/health`)).json();
  assert.deepEqual([health.status, health.connections, health.users], ["ok", 1, 1]);
  await client.close();
  await eventually(async () => {
    const users = await (await fetch(`${server.url}/api/users`)).json();
    assert.deepEqual(users, { users: [], online: 0, next: null });
  }, 2000);
});

const FREE = { MESSAGES_PER_SECOND: "0" };

serverTest(
  "16 clients hear each of 128 messages of the others once, all in one order",
  FREE,
  async (server) => {
    const clients = await Promise.all(
      Array.from({ length: 16 }, (_, index) => {
        const format = index % 2 === 0 ? "json" : "ndjson";
        return TestClient.join(`${server.socketUrl}?username=c${index}&format=${format}`);
      }),
    );
    for (let round = 0; round < 128; round++) {
      for (const [index, client] of clients.entries()) {
        client.send({ message: `${index}:${round}` });
      }
    }
    const chats = (client: TestClient) => client.messages.filter(({ type }) => type === "chat");
    for (const client of clients) await client.until(() => chats(client).length >= 15 * 128);
    const order = new Map<unknown, unknown>();
    for (const [index, client] of clients.entries()) {
      const heard = chats(client);
      assert.equal(heard.length, 15 * 128);
      assert.equal(new Set(heard.map(({ message }) => message)).size, 15 * 128);
      assert.ok(heard.every(({ message }) => !String(message).startsWith(`${index}:`)));
      let before = 0;
      for (const { offset, message } of heard) {
        assert.ok(Number(offset) > before);
        before = Number(offset);
        assert.equal(order.get(offset) ?? message, message);
        order.set(offset, message);
      }
    }
    assert.equal(order.size, 16 * 128);
    await Promise.all(clients.map((client) => client.close()));
  },
);

serverTest(
  "A reader that stops reading is out with its row, and nobody else notices",
  { ...FREE, QUEUE_BYTES: "65536" },
  async (server) => {
    const ana = await TestClient.join(`${server.socketUrl}?username=Ana&format=ndjson`);
    const bia = await TestClient.join(`${server.socketUrl}?username=Bia&format=ndjson`);
    const stalled = await RawSocket.request(server.port, "/api/ws?username=Stalled");
    await bia.next(({ type, joined }) =>
      type === "presence" && JSON.stringify(joined).includes("Stalled")
    );
    let sent = 0;
    const out = server.logged(({ event, username }) =>
      event === "disconnected" && username === "Stalled"
    );
    let isOut = false;
    out.then(() => isOut = true);
    // What the kernel takes for a peer that does not read is some MB: so much is sent, and more, until it is full.
    while (!isOut && sent < 20_000) {
      for (let burst = 0; burst < 50; burst++) {
        ana.send({ message: "x".repeat(4000), id: String(sent++) });
      }
      await ana.next(({ type, id }) => type === "ack" && id === String(sent - 1));
    }
    const end = await within(15_000, "the stalled reader is out", out);
    assert.deepEqual([end.code, end.by], [4008, "server"]);
    await bia.until(() => bia.messages.filter(({ type }) => type === "chat").length === sent);
    await eventually(async () => {
      const { users } = await (await fetch(`${server.url}/api/users`)).json();
      assert.deepEqual(users.map((user: { username: string }) => user.username), ["Ana", "Bia"]);
    }, 2000);
    stalled.close();
    await ana.close();
    await bia.close();
  },
);

serverTest("50 askers get each only their own Fibonacci", FREE, async (server) => {
  const askers = await Promise.all(
    Array.from({ length: 50 }, () => TestClient.join(server.socketUrl)),
  );
  for (const [index, asker] of askers.entries()) {
    asker.send({ type: "fibonacci", input: 1000 + index, id: `f${index}` });
  }
  for (const [index, asker] of askers.entries()) {
    const answer = await asker.next(({ type }) => type === "fibonacci");
    assert.deepEqual([answer.input, answer.id], [1000 + index, `f${index}`]);
  }
  for (const asker of askers) {
    assert.equal(asker.messages.filter(({ type }) => type === "fibonacci").length, 1);
    await asker.close();
  }
});

serverTest(
  "The clock stays on time while 100 clients ask for the largest Fibonacci numbers",
  FREE,
  async (server) => {
    const askers = await Promise.all(
      Array.from({ length: 100 }, () => TestClient.join(`${server.socketUrl}?format=ndjson`)),
    );
    const listener = await TestClient.join(server.socketUrl);
    let isOver = false;
    // Each another number each time, so that none of them is known already.
    const answered = await Promise.all([
      ...askers.map(async (asker, index) => {
        let count = 0;
        for (; !isOver; count++) {
          const input = 100_000 - 100 * (count % 900) - index;
          asker.send({ type: "fibonacci", input, id: `${count}` });
          const isAnswer = ({ type, id }: Message) => type === "fibonacci" && id === `${count}`;
          await asker.next(isAnswer);
          asker.messages.length = 0;
        }
        return count;
      }),
      listener.until(() => listener.messages.filter(({ type }) => type === "time").length >= 4)
        .then(() => isOver = true),
    ]);
    assert.ok(answered.slice(0, 100).every((count) => Number(count) > 0));
    const ticks = listener.messages.filter(({ type }) => type === "time")
      .map(({ timestamp }) => Date.parse(String(timestamp)));
    const late = ticks.map((at) => at % 1000);
    assert.ok(Math.max(...late) < 250, `late by ${late} ms`);
    const seconds = ticks.map((at) => Math.floor(at / 1000));
    assert.deepEqual(seconds, seconds.map((_, index) => seconds[0]! + index));
    await Promise.all([listener, ...askers].map((client) => client.close()));
  },
);

serverTest("Close codes of table 6 arrive at the client", {}, async (server) => {
  const holder = await TestClient.join(`${server.socketUrl}?username=Ana`);
  const binary = await TestClient.join(server.socketUrl);
  binary.sendBinary(new Uint8Array([1]));
  assert.equal((await binary.closed()).code, 1003);
  const large = await TestClient.join(server.socketUrl);
  large.send("x".repeat(16_385));
  assert.equal((await large.closed()).code, 1009);
  const taken = await TestClient.open(`${server.socketUrl}?username=ANA`);
  assert.equal((await taken.closed()).code, 4009);
  assert.equal(taken.messages[0]?.code, "username_taken");
  const reserved = await TestClient.open(`${server.socketUrl}?username=system`);
  assert.equal((await reserved.closed()).code, 4011);
  const flooding = await TestClient.join(server.socketUrl);
  for (let count = 0; count < 200; count++) flooding.send({ message: "x" });
  assert.equal((await flooding.closed()).code, 1008);
  assert.equal(flooding.messages.filter(({ code }) => code === "rate_limited").length, 39);
  await holder.close();
});

serverTest(
  "A close arrives also where more frames of the client are on their way",
  {},
  async (server) => {
    const socket = await RawSocket.request(server.port, "/api/ws");
    assert.equal((await socket.answer()).status, 101);
    const end = socket.readToEnd();
    const text = frame(1, '{"message":"x"}');
    const burst = new Uint8Array(Array.from({ length: 20 }, () => [...text]).flat());
    // Written as it goes, so that there is always something unread when the close is decided.
    for (let count = 0; count < 200; count++) await socket.write(burst).catch(() => {});
    assert.equal(await within(5000, "a close frame", end), 1008);
    socket.close();
  },
);

serverTest("What may not connect gets an HTTP answer", {}, async (server) => {
  const table: [number, string, RawHeaders, string?][] = [
    [101, "/api/ws", {}],
    [101, "/api/ws", { Origin: server.url }],
    [101, "/api/ws", { Host: "localhost" }],
    [426, "/api/ws", { Upgrade: undefined, Connection: undefined }],
    [426, "/api/ws", { Connection: "keep-alive" }],
    [426, "/api/ws", { "Sec-WebSocket-Version": "12" }],
    [426, "/api/ws", { "Sec-WebSocket-Version": undefined }],
    [400, "/api/ws", { "Sec-WebSocket-Key": "short" }],
    [400, "/api/ws", { "Sec-WebSocket-Key": undefined }],
    [400, "/api/ws?format=xml", {}],
    [400, "/api/ws?after=-1", {}],
    [400, "/api/ws?after=x", {}],
    [403, "/api/ws", { Origin: "http://evil.example" }],
    [403, "/api/ws", { Origin: "null" }],
    [403, "/api/ws", { Origin: "http://127.0.0.1:1" }],
    [421, "/api/ws", { Host: "evil.example" }],
    [421, "/api/ws", { Host: "evil.example", Origin: "http://evil.example" }],
    [421, "/health", { Host: "evil.example", Upgrade: undefined }],
    [405, "/api/ws", {}, "POST /api/ws HTTP/1.1"],
    [404, "/api/messages", {}, "POST /api/messages HTTP/1.1"],
    [404, "/nothing/here", {}],
    [400, "/health", { Host: "localhost:70000" }],
    [400, "/api/ws", { Host: "[127.0.0.1]" }],
    [403, "/api/ws", { Origin: `http://${"a".repeat(60_000)}` }],
  ];
  for (const [status, path, headers, line] of table) {
    const socket = await RawSocket.request(server.port, path, headers, line);
    const answer = await within(5000, `an answer: ${status} ${path}`, socket.answer());
    assert.equal(answer.status, status, `${path} ${JSON.stringify(headers)}`);
    if (status === 405) assert.equal(answer.headers.get("allow"), "GET");
    if (status === 426) assert.equal(answer.headers.get("upgrade"), "websocket");
    if (status >= 400) {
      assert.equal(answer.headers.get("content-type"), "application/problem+json");
    }
    socket.close();
  }
});

serverTest(
  "Limits of number answer 503 and 429 and are free again when sockets have gone",
  { MAX_CONNECTIONS: "3", MAX_CONNECTIONS_PER_ADDRESS: "2", TRUST_PROXY: "loopback" },
  async (server) => {
    const from = (address: string) =>
      RawSocket.request(server.port, "/api/ws", { "X-Forwarded-For": `9.9.9.9, ${address}` });
    const status = async (address: string) => {
      const socket = await from(address);
      const answer = await socket.answer();
      if (answer.status !== 101) socket.close();
      return { socket, ...answer };
    };
    const plain = async (address: string) => {
      const socket = await RawSocket.request(server.port, "/api/ws", {
        "X-Forwarded-For": address,
        Upgrade: undefined,
        Connection: undefined,
      });
      const { status, headers } = await socket.answer();
      socket.close();
      return [status, headers.get("retry-after")];
    };
    const one = await status("10.0.0.1");
    const two = await status("10.0.0.1");
    assert.deepEqual([one.status, two.status], [101, 101]);
    const third = await status("10.0.0.1");
    assert.deepEqual([third.status, third.headers.get("retry-after")], [429, "60"]);
    const other = await status("10.0.0.2");
    assert.equal(other.status, 101);
    const full = await status("10.0.0.3");
    assert.deepEqual([full.status, full.headers.get("retry-after")], [503, "5"]);
    // A plain GET tells the same.
    assert.deepEqual(await plain("10.0.0.3"), [503, "5"]);
    other.socket.close();
    await eventually(async () => assert.deepEqual(await plain("10.0.0.1"), [429, "60"]));
    assert.deepEqual(await plain("10.0.0.3"), [426, null]);
    // Broken off without a goodbye.
    for (const { socket } of [one, two]) socket.close();
    await eventually(async () => {
      const again = await status("10.0.0.1");
      again.socket.close();
      assert.equal(again.status, 101);
    });
  },
);

serverTest(
  "A client that breaks off in the middle of its handshake leaves nothing behind",
  { MAX_CONNECTIONS: "5" },
  async (server) => {
    const descriptors = () => [...Deno.readDirSync(`/proc/${server.pid}/fd`)].length;
    const before = Deno.build.os === "linux" ? descriptors() : 0;
    for (let count = 0; count < 100; count++) {
      const socket = await RawSocket.request(server.port, `/api/ws?username=u${count}`);
      socket.close();
    }
    if (before > 0) await eventually(() => assert.ok(descriptors() < before + 30), 20_000);
    await eventually(async () => {
      const health = await (await fetch(`${server.url}/health`)).json();
      assert.deepEqual([health.connections, health.users], [0, 0]);
      const { online } = await (await fetch(`${server.url}/api/users`)).json();
      assert.equal(online, 0);
      const client = await TestClient.join(server.socketUrl);
      await client.close();
    }, 20_000);
  },
);

serverTest("The drop-in paths speak as the challenge's programs do", {}, async (server) => {
  const base = server.url.replace("http", "ws");
  const ana = await TestClient.join(`${base}/ws?username=Ana`);
  const event = await TestClient.open(`${base}/ws/events`);
  const text = await TestClient.open(base);
  const origin = await TestClient.open(`${base}/ws/events?format=json`);
  await origin.next(({ type }) => type === "welcome");
  await eventually(async () => {
    const { users } = await (await fetch(`${server.url}/health`)).json();
    assert.equal(users, 4);
  });
  event.send({ message: "Olá" });
  assert.deepEqual(await text.next(() => true), { text: "Olá" });
  const chat = await ana.next(({ type }) => type === "chat");
  assert.equal(chat.message, "Olá");
  text.send("first line\nsecond line");
  const heard = await event.next(() => true);
  assert.equal(heard.message, "first line\nsecond line");
  assert.match(String(heard.timestamp), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  ana.send({ cmd: "fib", n: 10 });
  assert.equal((await ana.next(({ type }) => type === "fibonacci")).result, 55);
  text.send("/fib 100");
  await text.next(({ text }) => text === "354224848179261915075");
  text.send("/fib x");
  await text.next(({ text }) => String(text).startsWith("! "));
  event.send("not json");
  const error = await event.next(({ error }) => error !== undefined);
  assert.deepEqual(Object.keys(error), ["error", "code"]);
  for (const client of [ana, event, text, origin]) await client.close();
});

serverTest("GET /api/messages reads the kept chats in pages", FREE, async (server) => {
  const ana = await TestClient.join(`${server.socketUrl}?username=Ana`);
  for (let count = 1; count <= 5; count++) ana.send({ message: `m${count}`, id: `i${count}` });
  await ana.next(({ type, id }) => type === "ack" && id === "i5");
  const page = async (query: string) =>
    await (await fetch(`${server.url}/api/messages?${query}`)).json();
  const first = await page("limit=3");
  assert.deepEqual(first.messages.map(({ message }: { message: string }) => message), [
    "m1",
    "m2",
    "m3",
  ]);
  assert.equal(first.next, 3);
  const second = await page("limit=3&after=3");
  assert.deepEqual(second.messages.map(({ offset }: { offset: number }) => offset), [4, 5]);
  assert.equal(second.next, null);
  for (const query of ["limit=0", "limit=1001", "limit=x", "after=x", "after=-1"]) {
    const response = await fetch(`${server.url}/api/messages?${query}`);
    assert.equal(response.status, 400, query);
    assert.equal(response.headers.get("content-type"), "application/problem+json");
    assert.equal((await response.json()).status, 400);
  }
  await ana.close();
});

for (
  const [what, target, more] of [
    ["Requests", "/", ""],
    [
      "Requests that ask for a socket where there is none",
      "/docs",
      "Connection: Upgrade\r\nUpgrade: websocket\r\n",
    ],
  ] as const
) {
  serverTest(
    `${what}, without an end, keep no socket waiting until they are over`,
    {},
    async (server) => {
      const client = await TestClient.join(server.socketUrl);
      const each = 150;
      const request = new TextEncoder().encode(
        `GET ${target} HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\n${more}\r\n`,
      );
      const all = new Uint8Array(request.length * each);
      for (let index = 0; index < each; index++) all.set(request, index * request.length);
      let answered = 0;
      const flood = async () => {
        using connection = await Deno.connect({ hostname: "127.0.0.1", port: server.port });
        const writing = connection.write(all);
        let count = 0;
        for await (const text of connection.readable.pipeThrough(new TextDecoderStream("latin1"))) {
          const more = text.split("HTTP/1.1 200").length - 1;
          count += more;
          answered += more;
          if (count >= each) break;
        }
        await writing;
      };
      const floods = Promise.all([flood(), flood(), flood()]);
      await eventually(() => assert.ok(answered > 0));
      for (const id of ["1", "2", "3", "4", "5"]) {
        client.send({ type: "ping", id });
        await client.next((message) => message.type === "pong" && message.id === id);
      }
      assert.ok(answered < 3 * each / 2, `${answered} of ${3 * each} were answered before 5 pings`);
      await floods;
      await client.close();
    },
  );
}

serverTest("Every answer over HTTP carries the headers that guard a page", {}, async (server) => {
  for (const path of ["/", "/health", "/api/users", "/nothing", "/api/messages?limit=x"]) {
    const response = await fetch(`${server.url}${path}`);
    await response.body?.cancel();
    const policy = response.headers.get("content-security-policy") ?? "";
    assert.match(policy, /frame-ancestors 'none'/, path);
    assert.doesNotMatch(policy, /unsafe|upgrade-insecure/, path);
    assert.equal(response.headers.get("x-content-type-options"), "nosniff", path);
    assert.equal(response.headers.get("referrer-policy"), "no-referrer", path);
  }
});

Deno.test({
  name: "A fragmented message is capped before its end",
  // Deno 2.9.6 gathers the parts out of JavaScript's sight: fastwebsockets#100. docs/OPERATIONS.md says so.
  ignore: true,
  fn: async () => {
    const server = await startServer();
    const socket = await RawSocket.request(server.port, "/api/ws");
    await socket.answer();
    const end = socket.readToEnd();
    const part = "x".repeat(60_000);
    await socket.write(frame(1, part, "not the last"));
    for (let count = 0; count < 50; count++) await socket.write(frame(0, part, "not the last"));
    assert.equal(await within(5000, "a close frame", end), 1009);
    socket.close();
    await server.stop();
  },
});
