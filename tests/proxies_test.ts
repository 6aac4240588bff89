/**
 * The configurations of deploy/ for Caddy and nginx, each before a true server: TLS, upgrades, the client's address,
 * half-sent headers, what is logged, also where the server is gone, and handshakes that are broken off.
 *
 * @module
 */

import assert from "node:assert/strict";
import { protocolsFor } from "../lib/dashboard_protocol.ts";
import { eventually } from "./eventually.ts";
import { RawSocket } from "./raw_socket.ts";
import { firstFile, ignoreWithout } from "./requirements.ts";
import { startServer, type TestServer, within } from "./server.ts";

const NGINX = firstFile(["/usr/sbin/nginx", "/usr/bin/nginx"]);
const CADDY = firstFile(["/usr/bin/caddy", "/usr/local/bin/caddy"]);

const ADMIN_TOKEN = "a-token-of-the-tests";

/** Half-sent headers are waited for so long, in place of the 10 s of the files. */
const HEADER_TIMEOUT = "1s";

/** What a proxy stands before. */
type Upstream = Pick<TestServer, "port">;

interface Proxy {
  readonly port: number;
  /** Where it sends to TLS who comes without it, if it does. */
  readonly plainPort?: number;
  /** Of whoever has signed its certificate. */
  readonly certificate: () => Promise<string>;
  readonly command: Deno.Command;
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/** A file of deploy/ with other values; each has to be there. */
async function written(
  file: string,
  to: string,
  values: readonly (readonly [string, string])[],
): Promise<string> {
  let text = await Deno.readTextFile(new URL(`../deploy/${file}`, import.meta.url));
  for (const [from, value] of values) {
    assert.ok(text.includes(from), `${file}: ${from}`);
    text = text.replaceAll(from, value);
  }
  const path = `${to}/${file}`;
  await Deno.writeTextFile(path, text);
  return path;
}

async function prepareNginx(folder: string, server: Upstream): Promise<Proxy> {
  const port = freePort();
  const [certificate, key] = [`${folder}/certificate.pem`, `${folder}/key.pem`];
  const { success } = await new Deno.Command("openssl", {
    args: [
      ..."req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1".split(" "),
      ...["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"],
      ...["-addext", "basicConstraints=critical,CA:false"],
      ...["-keyout", key, "-out", certificate],
    ],
    stderr: "null",
  }).output();
  assert.ok(success, "openssl made no certificate");
  const path = await written("nginx.conf", folder, [
    ["127.0.0.1:8000", `127.0.0.1:${server.port}`],
    ["listen 443 ssl", `listen 127.0.0.1:${port} ssl`],
    ["/etc/pulso/", `${folder}/`],
    ["/var/log/nginx/", `${folder}/`],
    ["client_header_timeout 10s", `client_header_timeout ${HEADER_TIMEOUT}`],
  ]);
  const settings = `daemon off; master_process off; pid ${folder}/pid; error_log stderr;`;
  return {
    port,
    certificate: () => Deno.readTextFile(certificate),
    command: new Deno.Command(NGINX!, {
      args: ["-p", folder, "-c", path, "-g", settings],
      stderr: "piped",
    }),
  };
}

async function prepareCaddy(folder: string, server: Upstream): Promise<Proxy> {
  const port = freePort();
  const path = await written("Caddyfile", folder, [
    ["read_header 10s", `read_header ${HEADER_TIMEOUT}`],
  ]);
  const plainPort = freePort();
  return {
    port,
    plainPort,
    certificate: () => Deno.readTextFile(`${folder}/data/caddy/pki/authorities/local/root.crt`),
    command: new Deno.Command(CADDY!, {
      args: ["run", "--config", path, "--adapter", "caddyfile"],
      env: {
        XDG_DATA_HOME: `${folder}/data`,
        XDG_CONFIG_HOME: `${folder}/config`,
        PULSO_SITE: `localhost:${port}`,
        PULSO_HTTP_PORT: String(plainPort),
        PULSO_UPSTREAM: `127.0.0.1:${server.port}`,
      },
      stderr: "piped",
    }),
  };
}

async function connectTo({ port, certificate }: Proxy): Promise<Deno.TlsConn> {
  const connection = await Deno.connectTls({
    hostname: "localhost",
    port,
    caCerts: [await certificate()],
    alpnProtocols: ["http/1.1"],
  });
  try {
    // Caddy listens before its certificate is made.
    await connection.handshake();
    return connection;
  } catch (error) {
    connection.close();
    throw error;
  }
}

async function check(name: string, proxy: Proxy, server: TestServer): Promise<void> {
  const connect = () => connectTo(proxy);
  await eventually(async () => (await connect()).close(), 10_000);

  const Host = `localhost:${proxy.port}`;
  const health = await RawSocket.over(await connect(), "GET /health HTTP/1.1", {
    ...{ Host, Upgrade: undefined, Connection: "close" },
  });
  assert.equal((await health.answer()).status, 200);
  health.close();

  const documents = await RawSocket.over(await connect(), "GET /asyncapi.json HTTP/1.1", {
    ...{ Host, Upgrade: undefined, Connection: "close" },
  });
  const { rest } = await documents.answer();
  // Which closes it.
  const more = await new Response(documents.connection.readable).text();
  assert.match(rest + more, /"protocol":"wss"/);

  const socket = await RawSocket.over(
    await connect(),
    `GET /api/ws?username=${name}&session=s3cret HTTP/1.1`,
    { Host, Origin: `https://${Host}`, "X-Forwarded-For": "9.9.9.9" },
  );
  assert.equal((await within(5000, "an upgrade", socket.answer())).status, 101);
  const connected = await server.logged(({ event, username }) =>
    event === "connected" && username === name
  );
  assert.equal(connected.address, "127.0.0.1", "the client's own X-Forwarded-For is believed");
  await socket.send(8, new Uint8Array([3, 232]));
  assert.equal(await within(5000, "a close", socket.readToEnd()), 1000);
  socket.close();

  const [spoken, shown] = protocolsFor(ADMIN_TOKEN);
  const dashboard = await RawSocket.over(await connect(), "GET /api/admin/ws HTTP/1.1", {
    ...{ Host, "Sec-WebSocket-Protocol": `${spoken}, ${shown}` },
  });
  const { status, headers } = await within(5000, "a dashboard", dashboard.answer());
  assert.deepEqual([status, headers.get("sec-websocket-protocol")], [101, spoken]);
  dashboard.close();

  await assertEndsHalf(await connect());

  if (proxy.plainPort === undefined) return;
  const connectPlain = () => Deno.connect({ hostname: "127.0.0.1", port: proxy.plainPort! });
  const plain = await RawSocket.over(await connectPlain(), "GET /docs?theme=dark HTTP/1.1", {
    ...{ Host: "localhost", Upgrade: undefined, Connection: "close" },
  });
  const redirect = await plain.answer();
  assert.deepEqual([redirect.status, redirect.headers.get("location")], [
    308,
    `https://${Host}/docs?theme=dark`,
  ]);
  plain.close();
  await assertEndsHalf(await connectPlain());
}

async function assertEndsHalf(connection: Deno.Conn): Promise<void> {
  await connection.write(new TextEncoder().encode("GET / HTTP/1.1\r\nHost: local"));
  const ended = async () => {
    const buffer = new Uint8Array(1000);
    while (await connection.read(buffer).catch(() => null) !== null);
  };
  await within(8000, "half-sent headers are ended", ended());
  connection.close();
}

/** Asks for a socket where there is no server any more: what is wrong with a request is logged otherwise than one. */
async function askInVain(proxy: Proxy): Promise<void> {
  const socket = await RawSocket.over(
    await connectTo(proxy),
    "GET /api/ws?username=vain&session=s3cret&token=s3cret HTTP/1.1",
    {
      Host: `localhost:${proxy.port}`,
      Authorization: "Bearer s3cret",
      "Sec-WebSocket-Protocol": "pulso.dashboard, pulso.token.s3cret",
    },
  );
  assert.equal((await within(10_000, "an answer", socket.answer())).status, 502);
  socket.close();
}

async function start(name: "nginx" | "caddy", prepare: typeof prepareNginx, server: Upstream) {
  const folder = await Deno.makeTempDir({ prefix: `pulso-${name}-` });
  const proxy = await prepare(folder, server);
  const child = proxy.command.spawn();
  const said = new Response(child.stderr).text();
  /** All that it has logged, once it has ended. */
  const stop = async () => {
    child.kill("SIGTERM");
    await child.status;
    const files = ["pulso.log", "pulso.error.log"].map((file) =>
      Deno.readTextFile(`${folder}/${file}`).catch(() => "")
    );
    const log = [await said, ...await Promise.all(files)].join("\n");
    await Deno.remove(folder, { recursive: true });
    return log;
  };
  return { name, proxy, stop };
}

const WITHOUT = { nginx: ignoreWithout("nginx", NGINX), caddy: ignoreWithout("caddy", CADDY) };

Deno.test({
  name:
    "deploy/: nginx and Caddy pass sockets over TLS, say who the client is, end half-sent headers, " +
    "and log no query, also of what fails",
  ignore: WITHOUT.nginx && WITHOUT.caddy,
  fn: async () => {
    const server = await startServer({ TRUST_PROXY: "loopback", ADMIN_TOKEN });
    const running = await Promise.all([
      ...WITHOUT.nginx ? [] : [start("nginx", prepareNginx, server)],
      ...WITHOUT.caddy ? [] : [start("caddy", prepareCaddy, server)],
    ]);
    const logs: string[] = [];
    try {
      await Promise.all(running.map(({ name, proxy }) => check(name, proxy, server)))
        .finally(() => server.stop());
      await Promise.all(running.map(({ proxy }) => askInVain(proxy)));
    } finally {
      for (const { stop } of running) logs.push(await stop());
    }
    for (const [at, { name }] of running.entries()) {
      const log = logs[at]!;
      const told = {
        nginx: ["GET /api/ws 101", "GET /api/ws 502"],
        caddy: ['"uri":"/api/ws"', "502"],
      };
      for (const text of told[name]) assert.ok(log.includes(text), `${name}: ${text}\n${log}`);
      assert.ok(!log.includes("s3cret") && !log.includes(ADMIN_TOKEN), log);
    }
  },
});

/** In place of a server: answers requests, but no handshake. */
function startSilent() {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const connections = new Set<Deno.Conn>();
  const handshake = Promise.withResolvers<void>();
  /** Whether the proxy has given the handshake up. */
  let isGivenUp = false;
  const serve = async (connection: Deno.Conn) => {
    connections.add(connection);
    const buffer = new Uint8Array(8192);
    let isHandshake = false;
    for (;;) {
      const length = await connection.read(buffer);
      if (length === null) return isGivenUp ||= isHandshake;
      isHandshake = new TextDecoder().decode(buffer.subarray(0, length)).includes("/api/ws");
      if (isHandshake) handshake.resolve();
      else await connection.write(OK);
    }
  };
  const serving = (async () => {
    for await (const connection of listener) serve(connection).catch(() => {});
  })();
  return {
    port: listener.addr.port,
    handshake: handshake.promise,
    get isGivenUp() {
      return isGivenUp;
    },
    stop: async () => {
      listener.close();
      for (const connection of connections) connection.close();
      await serving;
    },
  };
}

const OK = new TextEncoder().encode("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");

async function breakOff(proxy: Proxy, server: ReturnType<typeof startSilent>): Promise<void> {
  await eventually(async () => (await connectTo(proxy)).close(), 10_000);
  const Host = `localhost:${proxy.port}`;
  const socket = await RawSocket.over(await connectTo(proxy), "GET /api/ws HTTP/1.1", { Host });
  await within(5000, "a handshake arrives", server.handshake);
  socket.close();
  // By the time at which it has answered others it has seen that.
  for (let asked = 0; asked < 5; asked++) {
    const other = await RawSocket.over(await connectTo(proxy), "GET /health HTTP/1.1", {
      ...{ Host, Upgrade: undefined, Connection: "close" },
    });
    assert.equal((await within(5000, "an answer", other.answer())).status, 200);
    other.close();
  }
  assert.ok(!server.isGivenUp, "the handshake is given up in the middle");
}

for (const [name, prepare] of [["nginx", prepareNginx], ["caddy", prepareCaddy]] as const) {
  Deno.test({
    name: `deploy/: ${name} gives no handshake up that a client has broken off: Deno leaks those`,
    ignore: WITHOUT[name],
    fn: async () => {
      const server = startSilent();
      const { proxy, stop } = await start(name, prepare, server);
      try {
        await breakOff(proxy, server);
      } finally {
        // First: a proxy ends when it has carried out what it has begun.
        await server.stop();
        await stop();
      }
    },
  });
}
