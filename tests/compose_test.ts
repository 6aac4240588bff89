/**
 * What docker-compose.yml and deploy/haproxy.cfg say to each other, to the settings and to the image.
 *
 * @module
 */

import assert from "node:assert/strict";
import { z } from "zod";
import { loadConfig } from "../lib/config.ts";
import { settingsSchema } from "../lib/settings.ts";
import { readYaml } from "./yaml.ts";

const texts = z.array(z.string()).optional();

/** The part of Compose's own format that the file uses, so that a slip of the pen is an error. */
const serviceSchema = z.strictObject({
  image: z.string().optional(),
  build: z.string().optional(),
  command: texts,
  profiles: texts,
  ports: texts,
  volumes: texts,
  environment: z.record(z.string(), z.string()).optional(),
  depends_on: z.record(z.string(), z.strictObject({ condition: z.string() })).optional(),
  healthcheck: z.strictObject({
    test: z.array(z.string()),
    interval: z.string(),
    timeout: z.string(),
    start_period: z.string(),
    retries: z.string(),
  }).optional(),
  restart: z.literal("unless-stopped"),
  stop_grace_period: z.string().optional(),
  stop_signal: z.string().optional(),
  read_only: z.literal("true").optional(),
  tmpfs: texts,
  cap_drop: texts,
  security_opt: texts,
});

type Service = z.infer<typeof serviceSchema>;

const read = (path: string) => Deno.readTextFile(new URL(`../${path}`, import.meta.url));

/** The file with the defaults in place of its variables. */
const file = z.object({
  services: z.record(z.string(), serviceSchema),
  volumes: z.record(z.string(), z.undefined()),
}).parse(readYaml((await read("docker-compose.yml")).replaceAll(/\$\{\w+:-(\w+)\}/g, "$1")));
const services = Object.entries(file.services);
const { proxy, pulso } = file.services;
assert.ok(proxy && pulso);
/** Those that share one room, by name. */
const nodes = services.filter(([, { environment }]) => environment?.NATS_URL !== undefined);
const nodeNames = nodes.map(([name]) => name);
const proxyLines = (await read("deploy/haproxy.cfg")).split("\n").map((line) => line.trim());

/** The settings of a service, as the server reads them. */
function configOf({ environment = {} }: Service) {
  for (const name of Object.keys(environment)) assert.ok(name in settingsSchema.shape, name);
  const loaded = loadConfig(environment);
  assert.ok(loaded.ok, JSON.stringify(loaded));
  return loaded.value;
}

const hostOf = (url: string | undefined) => new URL(url ?? "").hostname;

Deno.test("docker-compose.yml: without a profile there are the single node and its database", () => {
  const always = services.filter(([, { profiles }]) => profiles === undefined);
  assert.deepEqual(always.map(([name]) => name).sort(), ["postgres", "pulso"]);
  assert.equal(pulso.environment?.NATS_URL, undefined);
});

Deno.test("docker-compose.yml: the profile `cluster` adds two nodes, NATS and the proxy", () => {
  const added = services.filter(([, { profiles }]) => profiles?.includes("cluster"));
  assert.deepEqual(added.map(([name]) => name).sort(), ["nats", "proxy", "pulso-1", "pulso-2"]);
  assert.deepEqual(nodeNames, ["pulso-1", "pulso-2"]);
});

Deno.test("docker-compose.yml: the published ports differ and are this machine's only", () => {
  const published = services.flatMap(([, { ports = [] }]) => ports);
  const outer = published.map((port) => /^127\.0\.0\.1:(\d+):\d+$/.exec(port)?.[1]);
  assert.deepEqual(outer.sort(), ["8000", "8080"]);
});

Deno.test("docker-compose.yml: images are stock and of a stated version, or built here", () => {
  for (const [name, { image, build }] of services) {
    if (build === undefined) assert.match(image ?? "", /^[a-z]+:\d+[a-z0-9.-]*$/, name);
    else assert.deepEqual([build, image], [".", undefined], name);
  }
});

Deno.test("docker-compose.yml: whoever is waited for tells of its health and is there too", async () => {
  assert.match(await read("Dockerfile"), /^HEALTHCHECK /m);
  for (const [name, { profiles, depends_on = {} }] of services) {
    for (const [needed, { condition }] of Object.entries(depends_on)) {
      const { healthcheck, build, profiles: its = profiles } = file.services[needed] ?? {};
      assert.equal(condition, "service_healthy", `${name}: ${needed}`);
      assert.ok(healthcheck ?? build, `${name}: ${needed} has no health check`);
      assert.deepEqual(its, profiles, `${name}: ${needed} is not there`);
    }
  }
});

Deno.test("docker-compose.yml: the settings are right, and their hosts are waited for", () => {
  for (const [name, service] of [...nodes, ["pulso", pulso] as const]) {
    const { DATABASE_URL, NATS_URL } = configOf(service);
    const hosts = [DATABASE_URL, NATS_URL].flatMap((url) => url === undefined ? [] : hostOf(url));
    assert.deepEqual(Object.keys(service.depends_on ?? {}), hosts, name);
  }
});

Deno.test("docker-compose.yml: the nodes share one room, and no other's database", () => {
  const [first, ...others] = nodes.map(([, service]) => service.environment);
  for (const other of others) assert.deepEqual(other, first);
  assert.notEqual(first?.DATABASE_URL, pulso.environment?.DATABASE_URL);
});

Deno.test("docker-compose.yml: a server has longer to stop than DRAIN_MS", () => {
  for (const [name, service] of services.filter(([, { build }]) => build !== undefined)) {
    const seconds = /^(\d+)s$/.exec(service.stop_grace_period ?? "")?.[1];
    assert.ok(Number(seconds) * 1000 > configOf(service).DRAIN_MS, name);
  }
});

Deno.test("docker-compose.yml: a node believes the proxy alone, since nobody else reaches it", () => {
  for (const [name, service] of nodes) {
    assert.equal(service.ports, undefined, name);
    assert.ok(configOf(service).TRUST_PROXY?.check("172.18.0.7"), name);
  }
  assert.ok(proxyLines.includes("http-request set-header X-Forwarded-For %[src]"));
});

Deno.test("docker-compose.yml: what is to be kept has a volume", () => {
  const used = services.flatMap(([, { volumes = [] }]) => volumes).map((part) =>
    part.split(":")[0]
  );
  for (const name of Object.keys(file.volumes)) assert.ok(used.includes(name), name);
  assert.deepEqual(file.services.nats?.volumes, ["nats-data:/data"]);
});

Deno.test("deploy/haproxy.cfg: its servers are the nodes, at the image's port", async () => {
  const port = /^\s*PORT=(\d+)/m.exec(await read("Dockerfile"))?.[1];
  const servers = proxyLines.flatMap((line) => /^server (\S+) (\S+)/.exec(line)?.slice(1) ?? []);
  const named = nodeNames.flatMap((name) => [name, `${name}:${port}`]);
  assert.deepEqual(servers, [...named, ...named], "of `ready` and of `living`");
  assert.deepEqual(Object.keys(proxy.depends_on ?? {}), nodeNames);
});

Deno.test("deploy/haproxy.cfg: it is what the proxy reads, and listens where the port leads", async () => {
  const [source = "", target] = proxy.volumes?.[0]?.split(":") ?? [];
  assert.equal(target, "/usr/local/etc/haproxy");
  assert.equal(await read(`${source}/haproxy.cfg`), await read("deploy/haproxy.cfg"));
  const bound = proxyLines.find((line) => line.startsWith("bind "));
  assert.equal(bound, `bind :${proxy.ports?.[0]?.split(":").at(-1)}`);
});

Deno.test("readYaml: what it does not know is an error", () => {
  const wrong = ["a: b: c", "a: {b: c}", "a: |\n  b", "a: *b", "a: b\na: c", "a:\n- b", "- - a"];
  for (
    const text of [...wrong, "a:\n    b: c\n  d: e", "\ta: b", "a", "a: b # c", "a:\n  - b: c"]
  ) {
    assert.throws(() => readYaml(text), Error, JSON.stringify(text));
  }
});
