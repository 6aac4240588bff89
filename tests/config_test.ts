/**
 * The settings: what they are by default, and what is said of wrong ones.
 *
 * @module
 */

import assert from "node:assert/strict";
import fc from "fast-check";
import { loadConfig, logFormat, showConfig } from "../lib/config.ts";
import { isSecret, SETTING_NAMES } from "../lib/settings.ts";

const NAMES: readonly string[] = SETTING_NAMES;
/** What keeps somebody out, who comes in where it is not set. */
const GUARDS: readonly string[] = [
  ...["ALLOWED_HOSTS", "AUTH_SECRET", "AUTH_JWKS_FILE", "AUTH_ISSUER", "AUTH_AUDIENCE"],
  "METRICS_TOKEN",
];

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
    const others = NAMES.filter((name) => !GUARDS.includes(name));
    const environment = Object.fromEntries(others.map((name) => [name, empty]));
    assert.deepEqual(accepted(environment), accepted({}));
  }
});

Deno.test("loadConfig() refuses an empty setting that was to keep somebody out", () => {
  const rule = "expected a value, or that it is not set at all: empty it guards nothing";
  for (const empty of ["", " ", "\n"]) {
    for (const name of GUARDS) {
      assert.deepEqual(refused({ [name]: empty }), [`${name}: ${rule}`]);
      const [shown] = showConfig({ [name]: empty }).settings.filter((one) => one.name === name);
      assert.deepEqual([shown?.value.trim(), shown?.from], ["", "environment"]);
      if (name.endsWith("_FILE") || !SECRETS.some((secret) => secret === name)) continue;
      assert.deepEqual(refused({ [`${name}_FILE`]: empty }), [`${name}_FILE: ${rule}`]);
    }
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
  ["API_KEY", "a.long_enough~key+/0==", "a.long_enough~key+/0=="],
  ["METRICS_TOKEN", "0123456789abcdef", "0123456789abcdef"],
  ["ADMIN_TOKEN", "0123456789abcdef", "0123456789abcdef"],
  ["AUTH_SECRET", "x".repeat(32), "x".repeat(32)],
  ["AUTH_SECRET", "é".repeat(16), "é".repeat(16)],
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
    /postgres:\/\/host:port\/database, with one host; user:password@ may stand before it/,
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
    /nats:\/\/host:4222 or tls:\/\/host:4222, several separated by commas; user:password@ may/,
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
  ...Object.fromEntries(["API_KEY", "METRICS_TOKEN", "ADMIN_TOKEN"].map((name) => [name, [
    /16 to 512 letters, digits or/,
    "0123456789abcde",
    "x".repeat(513),
    "a key that has spaces in it",
    "ä".repeat(20),
    "a=b=c=d=e=f=g=h=i=j",
  ]])),
  AUTH_SECRET: [/at least 32 bytes/, "x".repeat(31), "é".repeat(15)],
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
      const isShown = lines[0]!.endsWith(`: ${JSON.stringify(text)}`);
      assert.equal(isShown, !isSecret(name as typeof SETTING_NAMES[number]));
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
      "NATS_URL: expected nats://host:4222 or tls://host:4222, several separated by commas; " +
      "user:password@ may stand before a host",
    ]);
  }
});

Deno.test("loadConfig() shows nothing of a wrong DATABASE_URL, in which a password may be anywhere", () => {
  for (const text of ["ana:s3cret@db/pulso", "s3cret", "postgres:ana:s3cret@db", "db s3cret"]) {
    assert.deepEqual(refused({ DATABASE_URL: text }), [
      "DATABASE_URL: expected postgres://host:port/database, with one host; user:password@ may " +
      "stand before it",
    ]);
  }
});

Deno.test("loadConfig() shows nothing of a METRICS_TOKEN that is too short or fits no header", () => {
  for (const text of ["s3cret", "s3cret s3cret s3cret", "s3cr\u00e9t-s3cret-s3cret"]) {
    assert.deepEqual(refused({ METRICS_TOKEN: text }), [
      "METRICS_TOKEN: expected 16 to 512 letters, digits or . _ ~ + / -",
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

Deno.test("logFormat() says how the log is to be written, whatever else is wrong", () => {
  assert.equal(logFormat({ PORT: "x", LOG_FORMAT: "pretty" }), "pretty");
  for (const LOG_FORMAT of ["json", "", "xml"]) assert.equal(logFormat({ LOG_FORMAT }), "json");
  assert.equal(logFormat({}), "json");
});

// ------------------------------------------------------------------------------------------------------ files, secrets

const SECRETS = SETTING_NAMES.filter(isSecret);
const FINE: Readonly<Record<string, string>> = {
  DATABASE_URL: "postgres://ana:s3cret@db/pulso",
  NATS_URL: "nats://ana:s3cret@broker",
};
const fine = (name: string) => FINE[name] ?? "s3cret".repeat(6);

/** A reader of files that has these. */
function filesOf(files: Readonly<Record<string, string>>) {
  return (path: string) => {
    const text = files[path];
    if (text === undefined) throw new Deno.errors.NotFound(`no such file: ${path}`);
    return text;
  };
}

Deno.test("isSecret() is true of whatever holds a password, a key or a token", () => {
  assert.deepEqual(SECRETS, [
    "DATABASE_URL",
    "NATS_URL",
    "API_KEY",
    "AUTH_SECRET",
    "METRICS_TOKEN",
    "ADMIN_TOKEN",
  ]);
});

for (const name of SECRETS) {
  Deno.test(`loadConfig() takes ${name} from the file that ${name}_FILE names, trimmed`, () => {
    const read = filesOf({ "/run/secret": ` ${fine(name)}\r\n`, "/run/url": FINE.DATABASE_URL! });
    const others: Record<string, string> = name === "NATS_URL"
      ? { DATABASE_URL_FILE: "/run/url" }
      : {};
    const loaded = loadConfig({ ...others, [`${name}_FILE`]: "/run/secret", [name]: " " }, read);
    assert.ok(loaded.ok, JSON.stringify(loaded));
    assert.equal(loaded.value[name], fine(name));
  });

  Deno.test(`loadConfig() refuses ${name} beside ${name}_FILE, a file that is away or empty, and a wrong one`, () => {
    const variable = `${name}_FILE`;
    const read = filesOf({ "/blank": " \n", "/short": "s3cr", "/fine": fine(name) });
    const said = (environment: Record<string, string>) => {
      const loaded = loadConfig(environment, read);
      assert.ok(!loaded.ok);
      return loaded.error;
    };
    assert.deepEqual(said({ [name]: fine(name), [variable]: "/fine" }), [
      `${variable}: expected it or ${name}, not both`,
    ]);
    assert.deepEqual(said({ [variable]: "/away" }), [
      `${variable}: expected a file that can be read (NotFound): "/away"`,
    ]);
    assert.deepEqual(said({ [variable]: "/blank" }), [
      `${variable}: expected a file that is not empty: "/blank"`,
    ]);
    const lines = said({ [variable]: "/short", PORT: "x" });
    assert.ok(lines.some((line) => line.startsWith(`${variable}: expected `)), lines.join());
    assert.ok(lines.some((line) => line.startsWith("PORT: expected ")), lines.join());
    assert.ok(!lines.join().includes("s3cr"), lines.join());
  });
}

Deno.test("loadConfig() refuses what is no text in UTF-8, of which hardly any secret would be left", async () => {
  const folder = await Deno.makeTempDir({ prefix: "pulso-test-" });
  const path = `${folder}/secret`;
  await Deno.writeFile(path, new Uint8Array(40).fill(0xe9));
  assert.deepEqual(refused({ AUTH_SECRET_FILE: path, PORT: "x" }), [
    "AUTH_SECRET_FILE: expected text in UTF-8",
    'PORT: expected a whole number from 0 to 65535: "x"',
  ]);
  await Deno.remove(folder, { recursive: true });
});

Deno.test({
  name: "loadConfig() does not overlook a variable of the process that is no text in UTF-8",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    const code = `import { loadConfig } from "./lib/config.ts";
      await Deno.stdout.write(new TextEncoder().encode(JSON.stringify(loadConfig().error)));`;
    const variable = "AUTH_SECRET=$(printf '\\351%.0s' $(seq 40))";
    const { stdout } = await new Deno.Command("sh", {
      args: ["-c", `${variable} exec "$@"`, "sh", Deno.execPath(), "eval", "--quiet", code],
      cwd: new URL("..", import.meta.url),
    }).output();
    assert.deepEqual(JSON.parse(new TextDecoder().decode(stdout)), [
      "AUTH_SECRET: expected text in UTF-8",
    ]);
  },
});

Deno.test("loadConfig() reads files only for what is a secret", () => {
  assert.deepEqual(accepted({ PORT_FILE: "/away", HOST_FILE: "/away" }), accepted({}));
});

Deno.test("loadConfig() says rules between settings also where another one is wrong", () => {
  const secret = "x".repeat(32);
  assert.deepEqual(refused({ PORT: "x", NATS_URL: "nats://a", AUTH_AUDIENCE: "pulso" }), [
    'PORT: expected a whole number from 0 to 65535: "x"',
    "NATS_URL: expected DATABASE_URL too: several nodes need one PostgreSQL that all of them reach",
    'AUTH_AUDIENCE: expected AUTH_SECRET or AUTH_JWKS_FILE too: "pulso"',
  ]);
  assert.equal(accepted({ AUTH_SECRET: secret, AUTH_ISSUER: "us" }).AUTH_ISSUER, "us");
});

async function publicKey(algorithm: RsaHashedKeyGenParams | EcKeyGenParams | Algorithm) {
  const uses: KeyUsage[] = ["sign", "verify"];
  const { publicKey, privateKey } = await crypto.subtle.generateKey(
    algorithm,
    true,
    uses,
  ) as CryptoKeyPair;
  return {
    public: await crypto.subtle.exportKey("jwk", publicKey),
    private: await crypto.subtle.exportKey("jwk", privateKey),
  };
}

Deno.test("loadConfig() takes public keys of AUTH_JWKS_FILE, and nothing that could sign or is too weak", async () => {
  const rsa = (modulusLength: number) =>
    publicKey({
      name: "RSASSA-PKCS1-v1_5",
      hash: "SHA-256",
      modulusLength,
      publicExponent: new Uint8Array([1, 0, 1]),
    });
  const [ec, ed, strong, weak] = await Promise.all([
    publicKey({ name: "ECDSA", namedCurve: "P-256" }),
    publicKey({ name: "Ed25519" }),
    rsa(2048),
    rsa(1024),
  ]);
  const load = (keys: unknown) =>
    loadConfig({ AUTH_JWKS_FILE: "/keys" }, filesOf({ "/keys": JSON.stringify({ keys }) }));
  const named = [ec, ed, strong].map((pair, index) => ({ ...pair.public, kid: `k${index}` }));
  for (const keys of [[ec.public], [ed.public], [strong.public], named]) {
    const loaded = load(keys);
    assert.ok(loaded.ok, JSON.stringify(loaded));
    assert.deepEqual(loaded.value.AUTH_JWKS_FILE, { keys });
  }
  const wrong = [
    [],
    [ec.private],
    [weak.public],
    [{ kty: "oct", k: "x".repeat(43) }],
    [{ kty: "EC" }],
    [null],
    {},
    [ec.public, ed.public],
    [named[0], { ...named[1], kid: "k0" }],
  ];
  for (const keys of wrong) {
    const loaded = load(keys);
    assert.ok(!loaded.ok, JSON.stringify(keys));
    assert.match(loaded.error.join(), /^AUTH_JWKS_FILE: expected a file with a JSON Web Key Set/);
  }
  assert.deepEqual(refused({ AUTH_JWKS_FILE: "/nowhere/keys" }), [
    'AUTH_JWKS_FILE: expected a file that can be read (NotFound): "/nowhere/keys"',
  ]);
});

Deno.test("loadConfig() takes AUTH_SECRET or AUTH_JWKS_FILE, not both", async () => {
  const { public: key } = await publicKey({ name: "Ed25519" });
  const loaded = loadConfig(
    { AUTH_JWKS_FILE: "/keys", AUTH_SECRET: "x".repeat(32) },
    filesOf({ "/keys": JSON.stringify({ keys: [key] }) }),
  );
  assert.ok(!loaded.ok);
  assert.deepEqual(loaded.error, ['AUTH_JWKS_FILE: expected it or AUTH_SECRET, not both: "/keys"']);
});

Deno.test("showConfig() shows each setting, where it came from and what it means, and no secret", () => {
  const environment = {
    PORT: "8123",
    DATABASE_URL: FINE.DATABASE_URL!,
    API_KEY_FILE: "/key",
    ALLOWED_ORIGINS: "https://ana:s3cret@chat.example",
    LOG_LEVEL: "loud",
  };
  const { settings, problems } = showConfig(environment, filesOf({ "/key": fine("API_KEY") }));
  assert.deepEqual(settings.map(({ name }) => name), [...SETTING_NAMES]);
  const found = new Map(settings.map(({ name, value, from }) => [name, [value, from]]));
  assert.deepEqual(found.get("PORT"), ["8123", "environment"]);
  assert.deepEqual(found.get("HOST"), ["127.0.0.1", "default"]);
  assert.deepEqual(found.get("DATABASE_URL"), ["postgres://ana:***@db/pulso", "environment"]);
  assert.deepEqual(found.get("API_KEY"), ["(hidden)", "file"]);
  assert.deepEqual(found.get("ADMIN_TOKEN"), ["", "default"]);
  for (const { name, meaning } of settings) assert.ok(meaning.length > 4, name);
  assert.equal(problems.length, 2);
  assert.doesNotMatch(JSON.stringify([settings, problems]), /s3cret/);
});

Deno.test("showConfig() tells where a setting came from: which file, or the variable itself, a path or not", () => {
  const files = filesOf({ "/run/key": fine("API_KEY") });
  const environment = { API_KEY_FILE: "/run/key", AUTH_JWKS_FILE: "/run/keys.json", PORT: "1" };
  const { settings } = showConfig(environment, files);
  const origins = new Map(settings.map(({ name, from, path }) => [name, [from, path]]));
  assert.deepEqual(origins.get("API_KEY"), ["file", "/run/key"]);
  assert.deepEqual(origins.get("AUTH_JWKS_FILE"), ["environment", undefined]);
  assert.deepEqual(origins.get("PORT"), ["environment", undefined]);
  assert.deepEqual(origins.get("HOST"), ["default", undefined]);
});

function shownOf(name: string, environment: Record<string, string>, file?: string) {
  const { settings } = showConfig(environment, filesOf({ "/url": file ?? "" }));
  return settings.find((one) => one.name === name)?.value;
}

/** URLs, and how they are shown. */
const SHOWN_URLS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  DATABASE_URL: {
    "postgres://ana:s3cret@db:5432/pulso": "postgres://ana:***@db:5432/pulso",
    "postgresql://db/pulso?sslmode=require": "postgresql://db/pulso?sslmode=require",
    "postgres://ana@db/pulso": "postgres://ana@db/pulso",
    "postgres://:s3cret@[fe80::10]:6000/pulso": "postgres://:***@[fe80::10]:6000/pulso",
    "postgres://ana:s3cret%zz@db/pulso": "postgres://ana:***@db/pulso",
    "postgres://ana:1%2Fs3cret%40@db/pulso": "postgres://ana:***@db/pulso",
    "postgres://ana:a@s3cret@db/pulso": "postgres://ana:***@db/pulso",
    "postgres://ana%3As3cret@db/pulso": "postgres://***@db/pulso",
    " postgres://ana:s3cr\tet@db/pulso\n": "postgres://ana:***@db/pulso",
    "postgres://db/pulso?password=s3cret&user=ana": "postgres://db/pulso?***",
    "postgres://db/pulso?sslmode=%40s3cret": "postgres://db/pulso?***",
    // A password that is not written as a URL wants it ends the host, and stands where something else is expected.
    "postgres://ana:12/s3cret@db/pulso": "(hidden)",
    "postgres://ana:12#s3cret@db/pulso": "(hidden)",
    "postgres://ana:12/x#s3cret@db/pulso": "(hidden)",
    "postgres://ana:12/x?s3cret@db/pulso": "(hidden)",
    "postgres://ana%3As3cret%40db/pulso": "(hidden)",
    "postgres://ana:s3cret@db/pulso%40s3cret": "(hidden)",
    "postgres:///pulso?password=s3cret": "(hidden)",
    "postgres://ana:s3cret@db1,db2/pulso": "(hidden)",
    "postgres://ana:s3cret,x@db/pulso": "(hidden)",
    "mysql://ana:s3cret@db/pulso": "(hidden)",
    "ana:s3cret@db/pulso": "(hidden)",
    "s3cret": "(hidden)",
  },
  NATS_URL: {
    "nats://broker": "nats://broker",
    "nats://s3cret@broker:4222": "nats://***@broker:4222",
    "nats://s3cret:@broker": "nats://***@broker",
    "nats://a:4222, nats://ana:s3cret@b:4222 ,tls://s3cret@c":
      "nats://a:4222,nats://ana:***@b:4222,tls://***@c",
    "nats://broker?token=s3cret": "nats://broker?***",
    "nats://broker?s3cret@x": "(hidden)",
    "nats://ana:s3cret,x@broker": "(hidden)",
    "nats://ok,s3cret@broker": "(hidden)",
    "nats://broker/s3cret": "(hidden)",
  },
};

for (const [name, shown] of Object.entries(SHOWN_URLS)) {
  for (const [text, value] of Object.entries(shown)) {
    Deno.test(`showConfig() shows ${value} for the ${name} ${JSON.stringify(text)}`, () => {
      assert.equal(shownOf(name, { [name]: text }), value);
      assert.equal(shownOf(name, { [`${name}_FILE`]: "/url" }, text), value);
    });
  }
}

Deno.test("showConfig() hides a URL that is given twice, or in a file that cannot be read", () => {
  const [DATABASE_URL, DATABASE_URL_FILE] = ["postgres://ana:s3cret@db/pulso", "/url"];
  assert.equal(shownOf("DATABASE_URL", { DATABASE_URL, DATABASE_URL_FILE }, "x"), "(hidden)");
  assert.equal(shownOf("DATABASE_URL", { DATABASE_URL_FILE: "/nowhere" }), "(hidden)");
});

Deno.test("showConfig() shows no password of a URL, whatever stands around it", () => {
  const part = fc.array(
    fc.constantFrom(
      ...":/?#@,%&=+;[]. \t1a",
      "%40",
      "%2F",
      "%3A",
    ),
    { maxLength: 6 },
  ).map((parts) => parts.join(""));
  const place = fc.constantFrom(
    (it: string) => `postgres://ana:${it}@db:5432/pulso`,
    (it: string) => `postgres://db/pulso?password=${it}&sslmode=require`,
    // What stands before a colon is a user.
    (it: string) => `nats://${it.replaceAll(":", "%3A")}@a,nats://b`,
    (it: string) => `nats://a:4222,nats://ana:${it}@b`,
    (it: string) => `tls://a?token=${it}`,
  );
  fc.assert(
    fc.property(place, part, part, (around, before, after) => {
      const text = around(`${before}s3cret${after}`);
      const name = text.startsWith("postgres") ? "DATABASE_URL" : "NATS_URL";
      const shown = shownOf(name, { [name]: text }) ?? "";
      assert.ok(!shown.includes("s3cret"), `${text} shown as ${shown}`);
    }),
    { numRuns: 3000 },
  );
});

Deno.test("deno task config prints all settings, hides secrets, and fails where something is wrong", async () => {
  const run = async (env: Record<string, string>) => {
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["task", "config"],
      cwd: new URL("..", import.meta.url),
      env: { ...env, NO_COLOR: "1" },
    }).output();
    const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    return { code, out: decode(stdout), error: decode(stderr) };
  };
  const API_KEY = fine("API_KEY");
  const right = await run({ API_KEY, PORT: "8123", MAX_CONECTIONS: "7654" });
  assert.equal(right.code, 0, right.error);
  assert.match(right.error, /^ {2}MAX_CONECTIONS: is MAX_CONNECTIONS meant\?$/m);
  assert.doesNotMatch(right.out + right.error, /7654/);
  assert.match(right.out, /^PORT=8123\n {2}environment; where it listens/m);
  assert.match(right.out, /^API_KEY=\(hidden\)\n {2}environment; /m);
  for (const name of SETTING_NAMES) assert.ok(right.out.includes(`\n${name}=`) || name === "PORT");
  const wrong = await run({ API_KEY: "s3cret", PORT: "x" });
  assert.equal(wrong.code, 1);
  assert.match(wrong.error, /PORT: expected a whole number from 0 to 65535: "x"/);
  assert.match(wrong.error, /API_KEY: expected 16 to 512/);
  assert.doesNotMatch(right.out + wrong.out + wrong.error, /s3cret/);
});
