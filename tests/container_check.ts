// deno-lint-ignore-file no-console -- a program for the terminal: its output is what it is for

/**
 * `deno task check:container`: builds the Dockerfile with buildah, starts the image's own command as
 * its own user, joins by a socket and stops it by SIGTERM. One line of figures a point, exit code 0
 * or 1. It is no test module, since it takes a minute and needs root; container_base.ts makes the
 * base image, container_server.ts starts the container. Nothing is left behind but that base.
 *
 * @module
 */

import { buildah, ensureBaseImage, missingTools, run, stamp } from "./container_base.ts";
import {
  type Container,
  createContainer,
  denoProcess,
  kill,
  runArgs,
  type Server,
  start,
} from "./container_server.ts";

const repository = new URL("..", import.meta.url).pathname;
const image = `localhost/pulso:check-${Deno.pid}`;

/** What must not travel, as paths below /app. */
const unwanted = ["tests", "docs", "bench", "dev.ts", ".git", "data"].concat(
  ["playwright-core", "axe-core", "fast-check", "esbuild"].map((name) => `node_modules/${name}`),
);

function report(point: string, figures: string): void {
  console.log(`ok   ${point.padEnd(16)}${figures}`);
}

function secondsSince(startedAt: number): string {
  return `${((performance.now() - startedAt) / 1000).toFixed(2)} s`;
}

function assert(holds: boolean, otherwise: string): asserts holds {
  if (!holds) throw new Error(otherwise);
}

async function within<T>(promise: Promise<T>, limit: { ms: number; what: string }): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${limit.what}: not in ${limit.ms} ms`)), limit.ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

async function buildImage(): Promise<void> {
  const dockerfile = await Deno.readTextFile(`${repository}Dockerfile`);
  const base = /^FROM (\S+)/m.exec(dockerfile)?.[1] ?? "";
  let startedAt = performance.now();
  const made = await ensureBaseImage(base);
  report("base image", `${base}, ${made ? "made" : "from the cache"}, ${secondsSince(startedAt)}`);
  console.log("...  build");
  startedAt = performance.now();
  // HEALTHCHECK is known to Docker's format only.
  const how = ["--isolation", "chroot", "--pull-never", "--format", "docker"];
  await buildah("bud", ...how, "--file", `${repository}Dockerfile`, "--tag", image, repository);
  const sizes = JSON.parse(await buildah("images", "--json", image)) as { size: string }[];
  report("build", `${secondsSince(startedAt)}, ${sizes[0]?.size} with the base`);
}

async function checkContents({ mount }: Container): Promise<void> {
  const lock = await Deno.readTextFile(`${repository}deno.lock`);
  const same = await Deno.readTextFile(`${mount}/app/deno.lock`) === lock;
  assert(same, "Image has another deno.lock than the repository: the build changed it");
  for (const path of unwanted) {
    const there = await Deno.lstat(`${mount}/app/${path}`).then(() => true, () => false);
    assert(!there, `Image holds what it should not: /app/${path}`);
  }
  const tests = await run("find", [
    `${mount}/app`,
    "-name",
    "*_test.ts",
    "-not",
    "-path",
    "*/node_modules/*",
  ]);
  assert(tests === "", `Image holds tests: ${tests}`);
  report(
    "contents",
    "same deno.lock, no tests, no documents, no packages of the build or the tests",
  );
}

/** Asks until the answer is 200: /health once it listens, /ready once it has its database. */
async function answers(url: string, server: Server): Promise<void> {
  const startedAt = performance.now();
  let ended = false;
  server.ended.then(() => ended = true);
  for (;;) {
    const answer = await fetch(url).catch(() => undefined);
    await answer?.body?.cancel();
    if (answer?.ok) break;
    assert(!ended, `Pulso ended before it answered: ${url}`);
    const late = performance.now() - startedAt > 60_000;
    assert(!late, `Pulso does not answer 200 within 60 s: ${url}: ${answer?.status}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  report(new URL(url).pathname, `200 after ${secondsSince(startedAt)}`);
}

async function checkUser(pid: number): Promise<void> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  const ids = /^Uid:\s+(.*)/m.exec(status)?.[1]?.split(/\s+/) ?? [];
  assert(ids.length === 4 && ids.every((id) => id !== "0"), `Pulso runs as root: ${ids}`);
  const memory = Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1]) / 1024;
  report("user", `uid ${ids[0]}, ${memory.toFixed(0)} MiB of memory at most so far`);
}

/** The page and what it names come out of the build that the image holds. */
async function checkPage(address: string): Promise<void> {
  const page = await fetch(address);
  const html = await page.text();
  assert(page.ok, `Page is not served: ${page.status}`);
  const parts = [...html.matchAll(/"(\/[^"]+\.(?:js|css|svg)[^"]*)"/g)].map((match) => match[1]);
  assert(parts.length > 0, `Page names no script and no style: ${html.slice(0, 500)}`);
  for (const part of parts) {
    const answer = await fetch(address + part);
    await answer.body?.cancel();
    assert(answer.ok, `Part of the page is not served: ${part}: ${answer.status}`);
  }
  report("page", `200, ${html.length} characters, and the ${parts.length} files it names`);
}

async function checkHealthcheck(container: Container): Promise<void> {
  const test = container.config.Healthcheck?.Test ?? [];
  assert(test[0] === "CMD", `HEALTHCHECK is not in exec form: ${JSON.stringify(test)}`);
  const startedAt = performance.now();
  await buildah(...runArgs(container, test.slice(1)));
  report("HEALTHCHECK", `exit 0 after ${secondsSince(startedAt)}`);
  const nobody = { ...container, port: 9 };
  const failed = await buildah(...runArgs(nobody, test.slice(1))).then(() => false, () => true);
  assert(failed, "HEALTHCHECK ends with 0 where nobody listens");
}

/** Joins as a user would, asks for a number, which a worker finds, and gives the socket's close code once it comes. */
async function join({ port }: Container): Promise<{ closed: Promise<number> }> {
  const startedAt = performance.now();
  const socket = new WebSocket(`ws://127.0.0.1:${port}/api/ws?username=container`);
  const closed = new Promise<number>((resolve) => {
    socket.addEventListener("close", (event) => resolve(event.code));
  });
  socket.addEventListener("open", () => socket.send('{"type":"fibonacci","input":100}'));
  const types: string[] = [];
  const served = new Promise<void>((resolve) => {
    socket.addEventListener("message", ({ data }) => {
      types.push(JSON.parse(data).type);
      if (types.includes("time") && types.includes("fibonacci")) resolve();
    });
  });
  const early = closed.then((code) => Promise.reject(new Error(`Socket closed early: ${code}`)));
  early.catch(() => {});
  await within(Promise.race([served, early]), {
    ms: 5000,
    what: "Socket has no time or no number",
  });
  assert(types[0] === "welcome", `Socket's first message is not welcome: ${types}`);
  report("socket", `${types.join(", ")} after ${secondsSince(startedAt)}`);
  return { closed };
}

async function stop(server: Server, { pid, closed }: { pid: number; closed: Promise<number> }) {
  const startedAt = performance.now();
  Deno.kill(pid, "SIGTERM");
  const code = await within(closed, { ms: 5000, what: "Socket is not closed by SIGTERM" });
  assert(code === 1001, `Socket closed with ${code} at SIGTERM, not with 1001`);
  const closedAfter = secondsSince(startedAt);
  const left = 5000 - (performance.now() - startedAt);
  const status = await within(server.ended, { ms: left, what: "Pulso does not end at SIGTERM" });
  assert(status.code === 0, `Pulso ended with ${status.code} at SIGTERM, not with 0`);
  report("SIGTERM", `close 1001 after ${closedAfter}, exit 0 after ${secondsSince(startedAt)}`);
}

/** Whatever the run changed outside of its volumes and /tmp would fail on a read-only root. */
async function checkRoot({ mount, config }: Container, since: string): Promise<void> {
  const writable = [...Object.keys(config.Volumes ?? {}), "/tmp"];
  const pruned = writable.flatMap((path) => ["-path", `${mount}${path}`, "-prune", "-o"]);
  // Buildah itself makes and removes a file in /run at every run.
  const newer = ["-newercm", since, "-not", "-path", `${mount}/run`, "-print"];
  const changed = await run("find", [mount, "-xdev", ...pruned, ...newer]);
  assert(changed === "", `Pulso wrote outside of ${writable.join(" and ")}:\n${changed}`);
  report("read-only root", `nothing changed outside of ${writable.join(" and ")}`);
}

async function checkContainer(container: Container): Promise<void> {
  await checkContents(container);
  // Buildah makes its mount points at the first run: that is not Pulso's writing.
  const version = await buildah(...runArgs(container, ["deno", "--version"]));
  report("Deno", version.split("\n")[0] ?? "");
  const since = await stamp();
  const server = start(container);
  try {
    const address = `http://127.0.0.1:${container.port}`;
    await answers(`${address}/health`, server);
    await answers(`${address}/ready`, server);
    const pid = await denoProcess(server);
    await checkUser(pid);
    await checkPage(address);
    await checkHealthcheck(container);
    const { closed } = await join(container);
    await stop(server, { pid, closed });
    await checkRoot(container, since);
  } catch (error) {
    await kill(server);
    console.error(`     Pulso's log:\n${(await server.log).trimEnd()}`);
    throw error;
  }
}

async function main(): Promise<number> {
  const missing = await missingTools();
  if (missing !== "") {
    console.error(missing);
    return 1;
  }
  try {
    await buildImage();
    const container = await createContainer(image);
    await checkContainer(container).finally(() => buildah("rm", container.name));
    return 0;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    console.error(`FAIL ${error.message}`);
    return 1;
  } finally {
    await buildah("rmi", image).catch(() => {});
  }
}

if (import.meta.main) Deno.exit(await main());
