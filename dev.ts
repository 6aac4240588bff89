/**
 * The builder's command line: `deno run -A dev.ts` serves the app while it is written (under
 * `--watch=static/,routes/`), `… dev.ts build` builds it into `_fresh/`, and `… dev.ts build
 * --if-stale` does so unless the last build is newer than everything it was made of.
 *
 * Here: which of the three. Not here: how to build (Fresh's Builder).
 * Invariant: a build ends by itself.
 *
 * @module
 */
import { Builder } from "fresh/dev";
import { loadConfig } from "./lib/config.ts";

/** What a build is made of. */
const SOURCES = [
  "client",
  "components",
  "deno.json",
  "deno.lock",
  "dev.ts",
  "islands",
  "lib",
  "main.ts",
  "routes",
  "static",
];

const builder = new Builder();

if (!Deno.args.includes("build")) {
  const config = loadConfig();
  // What is wrong with the settings main.ts says.
  const { PORT: port, HOST: hostname } = config.ok
    ? config.value
    : { PORT: 8000, HOST: "127.0.0.1" };
  await builder.listen(() => import("./main.ts"), { port, hostname });
} else if (!Deno.args.includes("--if-stale") || await isStale()) {
  await builder.build();
}

/** `server.js` is the last file that a build writes. */
async function isStale(): Promise<boolean> {
  const builtAt = await newestChange("_fresh/server.js");
  const changes = await Promise.all(SOURCES.map(newestChange));
  return Math.max(...changes) >= builtAt;
}

/**
 * When a file, or a directory or anything in it, was changed last, in milliseconds since the epoch;
 * 0 if there is no such file. A directory's own time tells of files that were removed.
 */
async function newestChange(path: string): Promise<number> {
  const info = await Deno.stat(path).catch(() => null);
  if (info === null) return 0;
  const changes = [info.mtime?.getTime() ?? 0];
  if (info.isDirectory) {
    for await (const { name } of Deno.readDir(path)) {
      changes.push(await newestChange(`${path}/${name}`));
    }
  }
  return Math.max(...changes);
}
