/**
 * The settings: environment in, frozen Config out. The only reader of Deno.env.
 *
 * Invariant: a Config that exists is right; whatever is wrong is said at once, each with its setting and the remedy.
 *
 * @module
 */

import { BlockList, isIP } from "node:net";
import { z } from "zod";
import type { Result } from "./result.ts";
import { hidePasswords, LOG_LEVELS } from "./log.ts";

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
}, "expected postgres://user:password@host:port/database, with one host");

const natsUrl = z.string().refine(
  (text) =>
    text.split(",").every((server) => {
      const url = URL.parse(server.trim());
      return url !== null && ["nats:", "tls:"].includes(url.protocol) && url.hostname !== "" &&
        ["", "/"].includes(url.pathname);
    }),
  "expected nats://host:4222 or tls://user:password@host:4222, several separated by commas",
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

/** Every setting; an empty one is as good as unset. */
export const settingsSchema = z.object({
  PORT: integer(8000, 0, 65535),
  HOST: z.string().transform((host) => host.toLowerCase().replace(/^\[(.*)\]$/, "$1")).default(
    "127.0.0.1",
  ),
  DATA_DIR: z.string().default("./data"),
  DATABASE_URL: databaseUrl.optional(),
  NATS_URL: natsUrl.optional(),
  NATS_STREAM: z.string().regex(
    /^[A-Za-z0-9_-]{1,64}$/,
    "expected 1 to 64 letters, digits, _ or -",
  ).default("pulso"),
  NATS_REPLICAS: integer(1, 1, 5),
  NATS_MAX_AGE_MS: integer(86_400_000, 60_000, 31_536_000_000),
  NATS_MAX_BYTES: integer(1_073_741_824, 1_048_576, 1_000_000_000_000),
  LOG_LEVEL: z.enum(LOG_LEVELS, `expected one of ${LOG_LEVELS.join(", ")}`).default("info"),
  LOG_FORMAT: z.enum(["json", "pretty"], "expected json or pretty").default("json"),
  ALLOWED_ORIGINS: origins.default([]),
  ALLOWED_HOSTS: hosts.optional(),
  TRUST_PROXY: proxies.optional(),
  MAX_CONNECTIONS: limit(10_000),
  MAX_CONNECTIONS_PER_ADDRESS: limit(100),
  CONNECTS_PER_SECOND_PER_ADDRESS: limit(20),
  MESSAGES_PER_SECOND: limit(20),
  MESSAGES_BURST: integer(40, 1, MOST),
  MESSAGE_LENGTH: integer(4096, 1, 1_000_000),
  FRAME_BYTES: integer(16_384, 1024, 16_777_216),
  QUEUE_BYTES: integer(1_048_576, 65_536, MOST),
  FIBONACCI_MAX: integer(100_000, 0, 1_000_000),
  HISTORY_SIZE: integer(10_000, 0, 1_000_000),
  VISITS_DAYS: integer(30, 0, 3650),
  LEASE_MS: integer(15_000, 1000, 3_600_000),
  RESUME_GRACE_MS: integer(10_000, 0, 600_000),
  DRAIN_MS: integer(5000, 0, 600_000),
  DRAIN_SPREAD_MS: integer(5000, 0, 600_000),
}).refine(
  ({ NATS_URL, DATABASE_URL }) => NATS_URL === undefined || DATABASE_URL !== undefined,
  {
    path: ["NATS_URL"],
    message: "expected DATABASE_URL too: several nodes need one PostgreSQL that all of them reach",
  },
);

/** The settings by their names, frozen. Lengths in UTF-16 units, sizes in bytes, times in ms. */
export type Config = Readonly<z.infer<typeof settingsSchema>>;

/**
 * Reads the settings.
 *
 * @param environment By default that of the process.
 * @returns The Config, or one line for each thing that is wrong. Never throws.
 */
export function loadConfig(
  environment: Readonly<Record<string, string>> = Deno.env.toObject(),
): Result<Config, string[]> {
  const given = Object.entries(environment).filter(([, value]) => value.trim() !== "");
  const parsed = settingsSchema.safeParse(Object.fromEntries(given));
  if (parsed.success) return { ok: true, value: Object.freeze(parsed.data) };
  const lines = parsed.error.issues.map(({ path, message }) => {
    const name = String(path[0]);
    // Its password may stand where no pattern finds it.
    if (name === "DATABASE_URL" || name === "NATS_URL") return `${name}: ${message}`;
    return `${name}: ${message}: ${JSON.stringify(hidePasswords(environment[name] ?? ""))}`;
  });
  return { ok: false, error: [...new Set(lines)] };
}
