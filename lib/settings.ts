/**
 * What can be set: each setting with its rule, its default, its meaning and whether it is a secret. Where the values come
 * from is `lib/config.ts`'s business.
 *
 * Invariant: this is the one home of a setting; README.md's table and `deno task config` are made from it.
 *
 * @module
 */

import { createPublicKey, type JsonWebKey } from "node:crypto";
import { BlockList, isIP } from "node:net";
import { z } from "zod";
import { LOG_LEVELS } from "./log.ts";

function integer(fallback: number, least: number, most: number) {
  const rule = `expected a whole number from ${least} to ${most}`;
  return z.string().regex(/^[0-9]+$/, rule).transform(Number)
    .refine((value) => value >= least && value <= most, rule)
    .default(fallback);
}

const MOST = 1_000_000_000;
/** A limit of rate or count; 0 switches it off. */
const limit = (fallback: number) => integer(fallback, 0, MOST);

const commaList = z.string().transform((text) =>
  text.split(",").map((part) => part.trim()).filter((part) => part !== "")
);

const origins = commaList.refine(
  (list) => list.every((origin) => URL.parse(origin)?.origin === origin && !origin.includes("*")),
  "expected origins such as https://example.org, separated by commas, without a path",
);

const hosts = commaList.refine(
  (list) => list.every((host) => /^[a-z0-9.-]+$/i.test(host)),
  "expected host names such as example.org, separated by commas, without a port",
).transform((list) => list.map((host) => host.toLowerCase()));

const databaseUrl = z.string().refine((text) => {
  const url = URL.parse(text);
  return url !== null && ["postgres:", "postgresql:"].includes(url.protocol) &&
    /^[^,]+$/.test(url.hostname) &&
    url.pathname.length > 1;
}, "expected postgres://host:port/database, with one host; user:password@ may stand before it");

const natsUrl = z.string().refine(
  (text) =>
    text.split(",").every((server) => {
      const url = URL.parse(server.trim());
      return url !== null && ["nats:", "tls:"].includes(url.protocol) && url.hostname !== "" &&
        ["", "/"].includes(url.pathname);
    }),
  "expected nats://host:4222 or tls://host:4222, several separated by commas; user:password@ may " +
    "stand before a host",
);

const NETWORKS: ReadonlyMap<string, readonly string[]> = new Map([
  ["loopback", ["127.0.0.0/8", "::1/128"]],
  ["private", ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"]],
]);

const proxies = commaList.transform((list, context) => {
  const trusted = new BlockList();
  for (const range of list.flatMap((part) => NETWORKS.get(part) ?? [part])) {
    const [, address = "", bits] = /^([0-9a-f.:]+)(?:\/([0-9]{1,3}))?$/i.exec(range) ?? [];
    const family = isIP(address) === 6 ? "ipv6" : "ipv4";
    const most = family === "ipv6" ? 128 : 32;
    const prefix = bits === undefined ? most : Number(bits);
    if (isIP(address) === 0 || prefix > most) {
      context.addIssue({
        code: "custom",
        message: "expected IP addresses, networks such as 10.0.0.0/8, loopback or private, " +
          "separated by commas",
      });
      return z.NEVER;
    }
    trusted.addSubnet(address, prefix, family);
  }
  return trusted;
});

/** What can stand behind `Bearer` (RFC 6750, 2.1), and is too long to be guessed. */
const bearer = z.string().regex(
  /^[A-Za-z0-9._~+/-]{16,512}=*$/,
  "expected 16 to 512 letters, digits or . _ ~ + / -",
);

/** A key for HS256 has at least as many bits as the hash (RFC 7518, 3.2). */
const sharedSecret = z.string().refine(
  (text) => new TextEncoder().encode(text).length >= 32,
  "expected at least 32 bytes",
);

/** Public keys as a JWK Set (RFC 7517, 5). */
export interface PublicKeys {
  readonly keys: readonly JsonWebKey[];
}

const PUBLIC_KEYS_RULE = "expected a file with a JSON Web Key Set of public keys (RSA of 2048 " +
  "bits or more, EC or Ed25519), each with a kid of its own where there are several";

const publicKeys = z.string().transform((text, context): PublicKeys => {
  const keys = parsePublicKeys(text);
  if (keys !== undefined) return { keys };
  context.addIssue({ code: "custom", message: PUBLIC_KEYS_RULE });
  return z.NEVER;
});

function parsePublicKeys(text: string): readonly JsonWebKey[] | undefined {
  try {
    const { keys }: { keys: readonly (JsonWebKey & { kid?: unknown })[] } = JSON.parse(text);
    const ids = new Set(keys.map(({ kid }) => kid));
    const areToldApart = keys.length === 1 || ids.size === keys.length && !ids.has(undefined);
    return keys.length > 0 && areToldApart && keys.every(isPublicKey) ? keys : undefined;
  } catch {
    return undefined;
  }
}

const CURVES: ReadonlySet<unknown> = new Set(["P-256", "P-384", "P-521", "Ed25519"]);

function isPublicKey(jwk: JsonWebKey): boolean {
  // Also of a private key a public one would be made.
  if (jwk.d !== undefined || jwk.kty !== "RSA" && !CURVES.has(jwk.crv)) return false;
  const key = createPublicKey({ key: jwk, format: "jwk" });
  const { modulusLength = Infinity } = key.asymmetricKeyDetails ?? {};
  return key.asymmetricKeyType !== "rsa" || modulusLength >= 2048;
}

/**
 * Every setting; of one that is a secret no value is ever shown, of a URL what is none in it. Lengths in UTF-16 units, times
 * in ms.
 */
export const settingsSchema = z.object({
  PORT: integer(8000, 0, 65535).describe("where it listens; 0 for any free port"),
  HOST: z.string().transform((host) => host.toLowerCase().replace(/^\[(.*)\]$/, "$1"))
    .default("127.0.0.1").describe("on which address; `0.0.0.0` in the container"),
  DATA_DIR: z.string().default("./data").describe("the folder of the embedded database"),
  DATABASE_URL: databaseUrl.optional().meta({
    description: "`postgres://user:password@host:port/database`, instead of the embedded one",
    secret: true,
  }),
  NATS_URL: natsUrl.optional().meta({
    description: "one room over several servers: `nats://host:4222`, several separated by " +
      "commas; needs `DATABASE_URL`",
    secret: true,
  }),
  NATS_STREAM: z.string().regex(
    /^[A-Za-z0-9_-]{1,64}$/,
    "expected 1 to 64 letters, digits, _ or -",
  ).default("pulso").describe("the JetStream stream of the room's chats"),
  NATS_REPLICAS: integer(1, 1, 5).describe("how many NATS servers keep it"),
  NATS_MAX_AGE_MS: integer(86_400_000, 60_000, 31_536_000_000).describe("how long it keeps a chat"),
  NATS_MAX_BYTES: integer(1_073_741_824, 1_048_576, 1_000_000_000_000).describe(
    "how much it keeps",
  ),
  LOG_LEVEL: z.enum(LOG_LEVELS, `expected one of ${LOG_LEVELS.join(", ")}`).default("info")
    .describe("`debug`, `info`, `warning` or `error`"),
  LOG_FORMAT: z.enum(["json", "pretty"], "expected json or pretty").default("json")
    .describe("`json`, or `pretty` for people"),
  ALLOWED_ORIGINS: origins.default([]).describe(
    "other pages that may connect, such as `https://example.org`, separated by commas",
  ),
  ALLOWED_HOSTS: hosts.optional().describe(
    "host names that are served beside localhost and IP addresses. Unset, and `HOST` not " +
      "loopback: any",
  ),
  TRUST_PROXY: proxies.optional().describe(
    "proxies whose `X-Forwarded-For` is believed: addresses, networks, `loopback`, `private`",
  ),
  API_KEY: bearer.optional().meta({
    description: "who has it may `POST /api/messages`; unset: nobody",
    secret: true,
  }),
  AUTH_SECRET: sharedSecret.optional().meta({
    description: "with which tokens are signed (JWT, HS256), at least 32 bytes; where it or " +
      "`AUTH_JWKS_FILE` is set, who comes in needs a token, whose `sub` is the name",
    secret: true,
  }),
  AUTH_JWKS_FILE: publicKeys.optional().describe(
    "a file with the public keys of whoever issues the tokens, as a JSON Web Key Set",
  ),
  AUTH_ISSUER: z.string().optional().describe("the `iss` that tokens are to have"),
  AUTH_AUDIENCE: z.string().optional().describe("the `aud` that tokens are to have"),
  METRICS_TOKEN: bearer.optional().meta({
    description: "who asks for `/metrics` needs it; unset: nobody does",
    secret: true,
  }),
  ADMIN_TOKEN: bearer.optional().meta({
    description: "who opens `/dashboard` needs it; unset: there is none",
    secret: true,
  }),
  MAX_CONNECTIONS: limit(10_000).describe("in all"),
  MAX_CONNECTIONS_PER_ADDRESS: limit(100).describe(
    "loopback only where `TRUST_PROXY` is set; of IPv6 a /64 is one address",
  ),
  CONNECTS_PER_SECOND_PER_ADDRESS: limit(20).describe("new ones, with bursts of twice as many"),
  MESSAGES_PER_SECOND: limit(20).describe("from one connection, and by `API_KEY`"),
  MESSAGES_BURST: integer(40, 1, MOST).describe("so many at once"),
  MESSAGE_LENGTH: integer(4096, 1, 1_000_000).describe("the longest chat, in UTF-16 units"),
  FRAME_BYTES: integer(16_384, 1024, 16_777_216).describe(
    "the largest frame of a client, or body of a request; an escape such as `\\u00e9` takes six bytes",
  ),
  QUEUE_BYTES: integer(1_048_576, 65_536, MOST).describe(
    "what may wait for one slow reader; a burst may be more while it reads",
  ),
  FIBONACCI_MAX: integer(100_000, 0, 1_000_000).describe("the largest n; at most 1000000"),
  HISTORY_SIZE: integer(10_000, 0, 1_000_000).describe(
    "chats that are kept in memory, at most 16 Mi characters of them: so far back a client can resume",
  ),
  LEASE_MS: integer(15_000, 1000, 3_600_000).describe(
    "how long a server may be silent before its names are free",
  ),
  VISITS_DAYS: integer(30, 0, 3650).describe(
    "how long it is known who was here, by name and time, at most 1,000,000 visits; 0: not at all",
  ),
  RESUME_GRACE_MS: integer(10_000, 0, 600_000).describe(
    "how long a lost connection keeps its name and may be resumed",
  ),
  DRAIN_MS: integer(5000, 0, 600_000).describe("how long leaving may take"),
  DRAIN_SPREAD_MS: integer(5000, 0, 600_000).describe(
    "over how long the clients of a leaving server come back; half of RESUME_GRACE_MS where it is more",
  ),
}).check(requires("NATS_URL", {
  rule: "expected DATABASE_URL too: several nodes need one PostgreSQL that all of them reach",
  isMet: ({ DATABASE_URL }) => DATABASE_URL !== undefined,
})).check(requires("AUTH_JWKS_FILE", {
  rule: "expected it or AUTH_SECRET, not both",
  isMet: ({ AUTH_SECRET }) => AUTH_SECRET === undefined,
})).check(...(["AUTH_ISSUER", "AUTH_AUDIENCE"] as const).map((name) =>
  requires(name, {
    rule: "expected AUTH_SECRET or AUTH_JWKS_FILE too",
    isMet: (settings) =>
      settings.AUTH_SECRET !== undefined || settings.AUTH_JWKS_FILE !== undefined,
  })
));

type Given = Readonly<Record<string, unknown>>;

/** A rule between settings; it is looked at also where others are wrong, so that all is said at once. */
function requires(
  name: string,
  { rule, isMet }: { readonly rule: string; readonly isMet: (settings: Given) => boolean },
) {
  return z.refine<Given>((settings) => settings[name] === undefined || isMet(settings), {
    path: [name],
    message: rule,
    when: ({ value }) => typeof value === "object" && value !== null,
  });
}

/** The settings by their names, frozen. Lengths in UTF-16 units, sizes in bytes, times in ms. */
export type Config = Readonly<z.infer<typeof settingsSchema>>;

/** The name of a setting. */
export type SettingName = keyof typeof settingsSchema.shape;

/** The names of all settings, in the order of the schema. */
export const SETTING_NAMES = Object.keys(settingsSchema.shape) as readonly SettingName[];

/** What a setting is where nobody has set it, as one would write it; empty where it is nothing. */
export function defaultOf(name: SettingName): string {
  const schema: z.ZodType = settingsSchema.shape[name];
  const value = schema.parse(undefined);
  return value === undefined || Array.isArray(value) ? "" : String(value);
}

/** What a setting means, in Markdown. */
export function meaningOf(name: SettingName): string {
  return settingsSchema.shape[name].description ?? "";
}

const GUARDS: ReadonlySet<SettingName> = new Set([
  ...["ALLOWED_HOSTS", "METRICS_TOKEN", "AUTH_SECRET", "AUTH_JWKS_FILE"] as const,
  ...["AUTH_ISSUER", "AUTH_AUDIENCE"] as const,
]);

/** Whether more may come in where a setting is not set: who sets one that is empty believes that it keeps them out. */
export function isGuard(name: SettingName): boolean {
  return GUARDS.has(name);
}

/**
 * Whether a setting holds a secret: no value of it may be shown as it stands, and it may be in a file instead, which
 * `<name>_FILE` names.
 */
export function isSecret(name: SettingName): boolean {
  return settingsSchema.shape[name].meta()?.secret === true;
}
