/**
 * The configurations of deploy/ for Caddy and nginx, each before a true server: TLS, upgrades, the client's address, and
 * half-sent headers.
 *
 * @module
 */

import assert from "node:assert/strict";
import { eventually } from "./eventually.ts";
import { RawSocket } from "./raw_socket.ts";
import { firstFile, ignoreWithout } from "./requirements.ts";
import { startServer, type TestServer, within } from "./server.ts";

const NGINX = firstFile(["/usr/sbin/nginx", "/usr/bin/nginx"]);
const CADDY = firstFile(["/usr/bin/caddy", "/usr/local/bin/caddy"]);

/** Half-sent headers are waited for so long, in place of the 10 s of the files. */
const HEADER_TIMEOUT = "1s";

interface Proxy {
  readonly port: number;
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

async function prepareNginx(folder: string, server: TestServer): Promise<Proxy> {
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
      stderr: "null",
    }),
  };
}

async function prepareCaddy(folder: string, server: TestServer): Promise<Proxy> {
  const port = freePort();
  const path = await written("Caddyfile", folder, [
    ["read_header 10s", `read_header ${HEADER_TIMEOUT}`],
  ]);
  return {
    port,
    certificate: () => Deno.readTextFile(`${folder}/data/caddy/pki/authorities/local/root.crt`),
    command: new Deno.Command(CADDY!, {
      args: ["run", "--config", path, "--adapter", "caddyfile"],
      env: {
        XDG_DATA_HOME: `${folder}/data`,
        XDG_CONFIG_HOME: `${folder}/config`,
        PULSO_SITE: `localhost:${port}`,
        PULSO_HTTP_PORT: String(freePort()),
        PULSO_UPSTREAM: `127.0.0.1:${server.port}`,
      },
      stderr: "null",
    }),
  };
}

async function check(
  name: string,
  { port, certificate }: Proxy,
  server: TestServer,
): Promise<void> {
  const connect = async () => {
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
  };
  await eventually(async () => (await connect()).close(), 10_000);

  const Host = `localhost:${port}`;
  const health = await RawSocket.over(await connect(), "GET /health HTTP/1.1", {
    ...{ Host, Upgrade: undefined, Connection: "close" },
  });
  assert.equal((await health.answer()).status, 200);
  health.close();

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

  const half = await connect();
  await half.write(new TextEncoder().encode("GET / HTTP/1.1\r\nHost: local"));
  const ended = async () => {
    const buffer = new Uint8Array(1000);
    while (await half.read(buffer).catch(() => null) !== null);
  };
  await within(8000, "half-sent headers are ended", ended());
  half.close();
}

async function run(
  name: "nginx" | "caddy",
  prepare: typeof prepareNginx,
  server: TestServer,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: `pulso-${name}-` });
  const proxy = await prepare(folder, server);
  const child = proxy.command.spawn();
  try {
    await check(name, proxy, server);
  } finally {
    child.kill("SIGTERM");
    await child.status;
  }
  const log = await Deno.readTextFile(`${folder}/pulso.log`).catch(() => "");
  assert.ok(name === "caddy" || log.includes("GET /api/ws 101"), log);
  assert.ok(!log.includes("s3cret"), log);
  await Deno.remove(folder, { recursive: true });
}

const WITHOUT = { nginx: ignoreWithout("nginx", NGINX), caddy: ignoreWithout("caddy", CADDY) };

Deno.test({
  name:
    "deploy/: nginx and Caddy pass sockets over TLS, say who the client is, and end half-sent headers",
  ignore: WITHOUT.nginx && WITHOUT.caddy,
  fn: async () => {
    const server = await startServer({ TRUST_PROXY: "loopback" });
    try {
      await Promise.all([
        WITHOUT.nginx || run("nginx", prepareNginx, server),
        WITHOUT.caddy || run("caddy", prepareCaddy, server),
      ]);
    } finally {
      await server.stop();
    }
  },
});
