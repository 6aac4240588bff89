/**
 * The settings: what they are by default, and what is said of wrong ones.
 *
 * @module
 */

import assert from "node:assert/strict";
import fc from "fast-check";
import { loadConfig, settingsSchema } from "../lib/config.ts";

const NAMES = Object.keys(settingsSchema.shape);

function accepted(environment: Readonly<Record<string, string>>) {
  const loaded = loadConfig(environment);
  assert.ok(loaded.ok, `refused: ${JSON.stringify(environment)}`);
  return loaded.value;
}

function refused(environment: Readonly<Record<string, string>>): string[] {
  const loaded = loadConfig(environment);
  assert.ok(!loaded.ok, `accepted: ${JSON.stringify(environment)}`);
  return loaded.error;
}

Deno.test("loadConfig() has a default for everything", () => {
  assert.deepEqual(accepted({}), {
    PORT: 8000,
    HOST: "127.0.0.1",
    DATA_DIR: "./data",
    NATS_STREAM: "pulso",
    NATS_REPLICAS: 1,
    NATS_MAX_AGE_MS: 86_400_000,
    NATS_MAX_BYTES: 1_073_741_824,
    LOG_LEVEL: "info",
    LOG_FORMAT: "json",
    ALLOWED_ORIGINS: [],
    MAX_CONNECTIONS: 10_000,
    MAX_CONNECTIONS_PER_ADDRESS: 100,
    CONNECTS_PER_SECOND_PER_ADDRESS: 20,
    MESSAGES_PER_SECOND: 20,
    MESSAGES_BURST: 40,
    MESSAGE_LENGTH: 4096,
    FRAME_BYTES: 16_384,
    QUEUE_BYTES: 1_048_576,
    FIBONACCI_MAX: 100_000,
    HISTORY_SIZE: 10_000,
    VISITS_DAYS: 30,
    LEASE_MS: 15_000,
    RESUME_GRACE_MS: 10_000,
    DRAIN_MS: 5000,
    DRAIN_SPREAD_MS: 5000,
  });
});

Deno.test("loadConfig() takes an empty setting for one that is not set", () => {
  for (const empty of ["", " ", " \t "]) {
    const environment = Object.fromEntries(NAMES.map((name) => [name, empty]));
    assert.deepEqual(accepted(environment), accepted({}));
  }
});

Deno.test("loadConfig() ignores what is no setting of ours", () => {
  const others = { PATH: "/bin", port: "1", __proto__: "x", constructor: "y", HOSTNAME: "h" };
  assert.deepEqual(accepted(others), accepted({}));
});

Deno.test("loadConfig() gives a frozen Config", () => {
  const config = accepted({ ALLOWED_ORIGINS: "https://chat.example" });
  assert.ok(Object.isFrozen(config));
  assert.throws(() => {
    (config as { PORT: number }).PORT = 1;
  }, TypeError);
});

Deno.test("loadConfig() reads the environment of the process by default", async () => {
  // A process of its own: the environment of this one belongs to all tests.
  const code = `import { loadConfig } from "./lib/config.ts";
    const { ok, value, error } = loadConfig();
    await Deno.stdout.write(new TextEncoder().encode(JSON.stringify(ok ? value.PORT : error)));`;
  const run = async (PORT: string) => {
    const { stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["eval", "--quiet", code],
      cwd: new URL("..", import.meta.url),
      env: { PORT },
    }).output();
    return JSON.parse(new TextDecoder().decode(stdout));
  };
  assert.equal(await run("8123"), 8123);
  assert.deepEqual(await run("x"), ['PORT: expected a whole number from 0 to 65535: "x"']);
});

const MOST = 1_000_000_000;

/** The least and the greatest of every setting that is a whole number. */
const INTEGERS: Readonly<Record<string, readonly [least: number, most: number]>> = {
  PORT: [0, 65_535],
  NATS_REPLICAS: [1, 5],
  VISITS_DAYS: [0, 3650],
  NATS_MAX_AGE_MS: [60_000, 31_536_000_000],
  NATS_MAX_BYTES: [1_048_576, 1_000_000_000_000],
  MAX_CONNECTIONS: [0, MOST],
  MAX_CONNECTIONS_PER_ADDRESS: [0, MOST],
  CONNECTS_PER_SECOND_PER_ADDRESS: [0, MOST],
  MESSAGES_PER_SECOND: [0, MOST],
  MESSAGES_BURST: [1, MOST],
  MESSAGE_LENGTH: [1, 1_000_000],
  FRAME_BYTES: [1024, 16_777_216],
  QUEUE_BYTES: [65_536, MOST],
  FIBONACCI_MAX: [0, 1_000_000],
  HISTORY_SIZE: [0, 1_000_000],
  LEASE_MS: [1000, 3_600_000],
  RESUME_GRACE_MS: [0, 600_000],
  DRAIN_MS: [0, 600_000],
  DRAIN_SPREAD_MS: [0, 600_000],
};

for (const [name, [least, most]] of Object.entries(INTEGERS)) {
  Deno.test(`loadConfig() takes ${name} from ${least} to ${most}, and nothing else`, () => {
    for (const value of [least, most, Math.floor((least + most) / 2)]) {
      assert.equal((accepted({ [name]: String(value) }) as Record<string, unknown>)[name], value);
    }
    const wrong = [
      most + 1,
      "9".repeat(400),
      "-1",
      "1.5",
      "1e3",
      "0x10",
      "ten",
      "١",
      "5 000",
      "Infinity",
      "NaN",
      ...(least > 0 ? [least - 1] : []),
    ];
    for (const value of wrong) {
      const rule = `expected a whole number from ${least} to ${most}`;
      const text = String(value);
      assert.deepEqual(refused({ [name]: text }), [`${name}: ${rule}: ${JSON.stringify(text)}`]);
    }
  });
}

const TAKEN: readonly (readonly [name: string, text: string, value: unknown])[] = [
  ["HOST", "0.0.0.0", "0.0.0.0"],
  ["DATA_DIR", "/var/lib/pulso data", "/var/lib/pulso data"],
  ["DATABASE_URL", "postgres://u:p@db:5432/pulso", "postgres://u:p@db:5432/pulso"],
  [
    "DATABASE_URL",
    "postgresql://db/pulso?sslmode=require",
    "postgresql://db/pulso?sslmode=require",
  ],
  ["DATABASE_URL", "postgres://db/p", "postgres://db/p"],
  ["NATS_STREAM", "chat_of-2", "chat_of-2"],
  ["LOG_LEVEL", "debug", "debug"],
  ["LOG_LEVEL", "info", "info"],
  ["LOG_LEVEL", "warning", "warning"],
  ["LOG_LEVEL", "error", "error"],
  ["LOG_FORMAT", "json", "json"],
  ["LOG_FORMAT", "pretty", "pretty"],
  ["ALLOWED_ORIGINS", "https://chat.example", ["https://chat.example"]],
  ["ALLOWED_ORIGINS", " http://a.example:81 , https://b.example,, ", [
    "http://a.example:81",
    "https://b.example",
  ]],
  ["ALLOWED_HOSTS", "Chat.Example, localhost,a-1.example", [
    "chat.example",
    "localhost",
    "a-1.example",
  ]],
  ["ALLOWED_HOSTS", ",", []],
];

for (const [name, text, value] of TAKEN) {
  Deno.test(`loadConfig() takes ${JSON.stringify(text)} for ${name}`, () => {
    const config: Record<string, unknown> = { ...accepted({ [name]: text }) };
    assert.deepEqual(config[name], value);
  });
}

const DATABASE_URL = "postgres://db/pulso";

for (
  const url of [
    "nats://broker",
    "nats://broker:4222/",
    "tls://ana:s3c%40ret@broker.example:4222",
    "nats://token@10.0.0.1:4222",
    "nats://[::1]:4222",
    "nats://a:4222, nats://u:p@b:4222 ,tls://c",
  ]
) {
  Deno.test(`loadConfig() takes ${JSON.stringify(url)} for NATS_URL, where there is a DATABASE_URL`, () => {
    assert.equal(accepted({ NATS_URL: url, DATABASE_URL }).NATS_URL, url);
    const [line, ...more] = refused({ NATS_URL: url });
    assert.deepEqual(more, []);
    assert.match(line!, /^NATS_URL: expected DATABASE_URL too: /);
    assert.doesNotMatch(line!, /s3c|token/);
  });
}

const WRONG: Readonly<Record<string, readonly [says: RegExp, ...texts: string[]]>> = {
  DATABASE_URL: [
    /postgres:\/\/user:password@host:port\/database/,
    "db",
    "mysql://u:p@db/pulso",
    "postgres://",
    "postgres://db",
    "postgres://db/",
    "postgres:///pulso",
    "http://db/pulso",
    "postgres://u:p@db:port/pulso",
    "postgres://u:p@db1,db2/pulso",
    "postgres://u:p@db1:5432,db2:5432/pulso",
  ],
  NATS_URL: [
    /nats:\/\/host:4222 or tls:\/\/user:password@host:4222, several separated by commas/,
    "broker",
    "broker:4222",
    "http://broker:4222",
    "ws://broker:4222",
    "nats://",
    "nats://:4222",
    "nats://broker:port",
    "nats://broker:99999",
    "nats://broker/stream",
    "nats://a,",
    "nats://a,,nats://b",
    "nats://a nats://b",
    "nats://a,postgres://u:p@db/pulso",
  ],
  NATS_STREAM: [
    /1 to 64 letters, digits, _ or -/,
    "a.b",
    "a b",
    "a*",
    "a>",
    "a/b",
    "ü",
    "x".repeat(65),
  ],
  LOG_LEVEL: [/debug, info, warning, error/, "verbose", "INFO", "warn", "__proto__"],
  LOG_FORMAT: [/json or pretty/, "xml", "JSON"],
  ALLOWED_ORIGINS: [
    /https:\/\/example\.org/,
    "chat.example",
    "*",
    "null",
    "https://chat.example/",
    "https://chat.example/path",
    "https://Chat.Example",
    "https://chat.example:443",
    "https://*.chat.example",
    "https://a.example https://b.example",
    "https://a.example, b.example",
    "file:///a",
  ],
  ALLOWED_HOSTS: [
    /example\.org/,
    "https://chat.example",
    "chat.example:8000",
    "chat.example/a",
    "*.chat.example",
    "a b",
    "a,b c",
  ],
  TRUST_PROXY: [
    /10\.0\.0\.0\/8/,
    "proxy",
    "true",
    "10.0.0",
    "10.0.0.0/33",
    "10.0.0.0/-1",
    "10.0.0.0/x",
    "10.0.0.0/8.5",
    "10.0.0.0/",
    "10.0.0.0/8/9",
    "10.0.0.0/1e1",
    "10.0.0.0/0x8",
    "10.0.0.0/+8",
    "/8",
    "fc00::/129",
    "fc00::/",
    "fe80::1%eth0",
    "loopback, proxy",
    "loopback/8",
  ],
};

for (const [name, [says, ...texts]] of Object.entries(WRONG)) {
  for (const text of texts) {
    Deno.test(`loadConfig() refuses ${JSON.stringify(text)} for ${name}`, () => {
      const lines = refused({ DATABASE_URL, [name]: text });
      assert.equal(lines.length, 1);
      assert.ok(lines[0]!.startsWith(`${name}: expected `), lines[0]);
      assert.match(lines[0]!, says);
      if (!name.endsWith("_URL")) assert.ok(lines[0]!.endsWith(`: ${JSON.stringify(text)}`));
    });
  }
}

const NETWORKS: readonly (readonly [
  text: string,
  trusted: readonly string[],
  foreign: readonly string[],
])[] = [
  ["loopback", ["127.0.0.1", "127.255.255.255", "::1"], ["10.0.0.1", "::2", "128.0.0.1"]],
  ["private", [
    "10.0.0.1",
    "10.255.255.255",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.0.1",
    "192.168.255.255",
    "fc00::1",
    "fdff::1",
  ], [
    "11.0.0.1",
    "172.15.255.255",
    "172.32.0.1",
    "192.167.255.255",
    "fe00::1",
    "192.169.0.1",
    "127.0.0.1",
    "8.8.8.8",
    "2001:db8::1",
  ]],
  ["192.0.2.1", ["192.0.2.1"], ["192.0.2.2", "192.0.2.0"]],
  ["2001:db8::1", ["2001:db8::1"], ["2001:db8::2"]],
  ["192.0.2.0/24, 2001:db8::/32 ,loopback", ["192.0.2.9", "2001:db8:1::1", "::1"], ["192.0.3.1"]],
  ["192.0.2.0/31", ["192.0.2.0", "192.0.2.1"], ["192.0.2.2"]],
  ["0.0.0.0/0", ["8.8.8.8"], ["2001:db8::1"]],
];

for (const [text, trusted, foreign] of NETWORKS) {
  Deno.test(`loadConfig() takes ${text} for TRUST_PROXY, and trusts no more than that`, () => {
    const list = accepted({ TRUST_PROXY: text }).TRUST_PROXY!;
    const isTrusted = (address: string) =>
      list.check(address, address.includes(":") ? "ipv6" : "ipv4");
    assert.deepEqual(trusted.filter((address) => !isTrusted(address)), []);
    assert.deepEqual(foreign.filter(isTrusted), []);
  });
}

Deno.test("loadConfig() says everything that is wrong at once, one line for each setting", () => {
  const wrong = { ...Object.fromEntries(Object.keys(INTEGERS).map((name) => [name, "x"])) };
  for (const [name, [, text]] of Object.entries(WRONG)) wrong[name] = text!;
  const lines = refused({ ...wrong, HOST: "0.0.0.0" });
  const named = lines.map((line) => line.split(":")[0]);
  assert.deepEqual(named.toSorted(), Object.keys(wrong).toSorted());
});

Deno.test("loadConfig() shows no password, in whichever setting it was put", () => {
  for (const name of NAMES) {
    for (
      const text of [
        "postgres://ana:s3cret@db:port/pulso",
        "mysql://ana:s3cret@db/pulso",
        "https://ana:s3cret@chat.example",
        "x, https://ana:s3cret@chat.example",
      ]
    ) {
      const loaded = loadConfig({ [name]: text });
      if (!loaded.ok) assert.ok(!loaded.error.join("\n").includes("s3cret"), loaded.error.join());
    }
  }
});

Deno.test("loadConfig() shows nothing of a wrong NATS_URL, in which a password may be anywhere", () => {
  for (const text of ["ana:s3cret@broker", "s3cret", "nats://ok,s3cret@b", "nats://s3cret@b/x"]) {
    assert.deepEqual(refused({ NATS_URL: text, DATABASE_URL }), [
      "NATS_URL: expected nats://host:4222 or tls://user:password@host:4222, several separated by commas",
    ]);
  }
});

Deno.test("loadConfig() shows nothing of a wrong DATABASE_URL, in which a password may be anywhere", () => {
  for (const text of ["ana:s3cret@db/pulso", "s3cret", "postgres:ana:s3cret@db", "db s3cret"]) {
    assert.deepEqual(refused({ DATABASE_URL: text }), [
      "DATABASE_URL: expected postgres://user:password@host:port/database, with one host",
    ]);
  }
});

Deno.test("loadConfig() writes one line for each thing that is wrong, whatever the value holds", () => {
  for (const line of refused({ PORT: "1\n2\u001b[31m", LOG_LEVEL: "a\r\nb" })) {
    // deno-lint-ignore no-control-regex -- these are the characters meant
    assert.doesNotMatch(line, /[\x00-\x1f]/);
  }
});

Deno.test("loadConfig() never throws: it gives a Config or lines that name their settings", () => {
  const value = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.nat().map(String),
    fc.webUrl(),
    fc.ipV4Extended(),
    fc.ipV6(),
    fc.tuple(fc.ipV6(), fc.string({ maxLength: 4 })).map(([address, end]) => `${address}/${end}`),
    fc.tuple(fc.ipV4(), fc.string({ maxLength: 4 })).map(([address, end]) => `${address}/${end}`),
    fc.constantFrom(...Object.values(WRONG).flatMap(([, ...texts]) => texts)),
  );
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom(...NAMES), value), (environment) => {
      const loaded = loadConfig(environment);
      if (loaded.ok) return;
      assert.ok(loaded.error.length > 0);
      for (const line of loaded.error) {
        assert.ok(NAMES.some((name) => line.startsWith(`${name}: expected `)), line);
      }
    }),
    { numRuns: 2000 },
  );
});
