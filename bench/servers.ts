/**
 * The servers that are measured: what each needs, how it is started and spoken to. What is done to them is the runner's.
 *
 * Invariant: a server that has been started is ended by its `stop()`, and its folder is gone then.
 *
 * @module
 */

import type { Plan } from "./load.ts";

/** How a generator speaks to a server. */
type Speech = Pick<Plan, "path" | "dialect" | "greets">;

/** A server that can be measured. */
export interface Server extends Speech {
  readonly name: string;
  /** The command that serves on a free port, and says `"started"` with its `port` or `url` on standard error. */
  readonly command: readonly string[];
  readonly settings?: Readonly<Record<string, string>>;
  /** Such as `bun 1.4.5`. */
  readonly version: string;
}

/** One that runs. */
export interface Running {
  readonly port: number;
  readonly pid: number;
  stop(): Promise<void>;
}

const PEERS = new URL("./peers/", import.meta.url);
const MAIN = new URL("../main.ts", import.meta.url).pathname;
const PULSO_PERMISSIONS = ["--allow-net", "--allow-env", "--allow-read", "--allow-write"];
/** Installed for the run, exact, outside of the project. */
const PACKAGES = { bun: "1.4.5", ws: "8.23.0", "socket.io": "4.8.4" } as const;
const START_MS = 60_000;
const STOP_MS = 10_000;

/** Rates are off, and the bounds of number as high as the run goes; everything else is as it is by default. */
const PULSO_SETTINGS = {
  PORT: "0",
  MAX_CONNECTIONS: "20000",
  MAX_CONNECTIONS_PER_ADDRESS: "0",
  CONNECTS_PER_SECOND_PER_ADDRESS: "0",
  MESSAGES_PER_SECOND: "0",
};

const PLAIN: Speech = { path: "/?username=", dialect: "plain", greets: false };

/** Pulso, spoken to in one of its formats. */
export function pulso(
  format: "json" | "ndjson",
  settings: Readonly<Record<string, string>> = {},
): Server {
  return {
    name: `pulso-${format}`,
    command: [Deno.execPath(), "run", ...PULSO_PERMISSIONS, MAIN],
    settings: { ...PULSO_SETTINGS, ...settings },
    path: `/api/ws?format=${format}&username=`,
    dialect: "plain",
    greets: true,
    version: `deno ${Deno.version.deno}`,
  };
}

/**
 * All servers that this machine can run, Pulso first; installs what is missing into a folder of the user's cache.
 *
 * @returns Those, and why the others are left out, one line each.
 */
export async function findServers(): Promise<{ servers: Server[]; skipped: string[] }> {
  const bare: Server = {
    name: "deno",
    command: [Deno.execPath(), "run", "--allow-net", `${PEERS.pathname}deno.js`],
    version: `deno ${Deno.version.deno}`,
    ...PLAIN,
  };
  const found = [await findNodePeers(), await findFastApi()];
  return {
    servers: [pulso("ndjson"), pulso("json"), bare, ...found.flatMap(({ servers }) => servers)],
    skipped: found.flatMap(({ skipped }) => skipped),
  };
}

interface Found {
  readonly servers: readonly Server[];
  readonly skipped: readonly string[];
}

async function findNodePeers(): Promise<Found> {
  const node = await output("node", "--version");
  const wanted = Object.entries(PACKAGES).map(([name, version]) => `${name}@${version}`);
  if (node === undefined) {
    return { servers: [], skipped: [`bun, ws, socket.io: node is not installed`] };
  }
  const cache = Deno.env.get("XDG_CACHE_HOME") ?? `${Deno.env.get("HOME")}/.cache`;
  const folder = `${cache}/pulso-bench/${wanted.join("+")}`;
  if (await output(`${folder}/node_modules/.bin/bun`, "--version") === undefined) {
    await Deno.mkdir(folder, { recursive: true });
    await Deno.writeTextFile(`${folder}/package.json`, JSON.stringify({ type: "module" }));
    const installed = await output("npm", "install", "--no-fund", "--prefix", folder, ...wanted);
    if (installed === undefined) {
      return { servers: [], skipped: [`bun, ws, socket.io: npm could not install ${wanted}`] };
    }
  }
  // Node looks for packages where a script is, not where it is started.
  for await (const { name } of Deno.readDir(PEERS)) {
    await Deno.copyFile(`${PEERS.pathname}${name}`, `${folder}/${name}`);
  }
  const { bun, ws, "socket.io": socketIo } = PACKAGES;
  const onNode = `node ${node.slice(1)}`;
  const bin = `${folder}/node_modules/.bin`;
  return {
    skipped: [],
    servers: [
      { name: "bun", command: [`${bin}/bun`, `${folder}/bun.js`], version: `bun ${bun}`, ...PLAIN },
      {
        name: "ws",
        command: ["node", `${folder}/ws.js`],
        version: `ws ${ws}, ${onNode}`,
        ...PLAIN,
      },
      {
        name: "socket.io",
        command: ["node", `${folder}/socket_io.js`],
        version: `socket.io ${socketIo}, ${onNode}`,
        path: "/socket.io/?EIO=4&transport=websocket&username=",
        dialect: "socket.io",
        greets: true,
      },
    ],
  };
}

async function findFastApi(): Promise<Found> {
  // Debian's own, whatever else is called python3.
  const python = "/usr/bin/python3";
  const modules = ["fastapi", "uvicorn", "uvloop", "websockets"];
  const asked = `import ${modules}; print(*(m.__version__ for m in (${modules},)))`;
  const versions = (await output(python, "-c", asked))?.split(" ");
  if (versions === undefined) {
    const packages = modules.map((name) => `python3-${name}`).join(" ");
    return { servers: [], skipped: [`fastapi: apt-get install -y ${packages}`] };
  }
  const version = modules.map((name, index) => `${name} ${versions[index]}`).join(", ");
  const command = [python, `${PEERS.pathname}fastapi_chat.py`];
  return { skipped: [], servers: [{ name: "fastapi", command, version, ...PLAIN }] };
}

/** What a program prints, or undefined where there is none or it fails. */
export async function output(program: string, ...args: string[]): Promise<string | undefined> {
  try {
    const { success, stdout } = await new Deno.Command(program, { args, stderr: "null" }).output();
    return success ? new TextDecoder().decode(stdout).trim() : undefined;
  } catch {
    return undefined;
  }
}

/** A command that runs on one core only, where that can be asked for, and may have as many files open as is allowed. */
export async function onCore(core: number, command: readonly string[]): Promise<string[]> {
  const pinned = await output("taskset", "--version") === undefined
    ? []
    : ["taskset", "-c", String(core)];
  return ["sh", "-c", 'ulimit -n "$(ulimit -Hn)"; exec "$@"', "sh", ...pinned, ...command];
}

/**
 * Starts a server on a core and waits until it listens.
 *
 * @throws {Error} If it does not, with what it said.
 */
export async function start(server: Server, core: number): Promise<Running> {
  const folder = await Deno.makeTempDir({ prefix: "pulso-bench-" });
  const said = `${folder}/stderr`;
  // A file takes its log at no cost to anybody who would have to read a pipe.
  const [program = "", ...args] = await onCore(core, server.command);
  const child = new Deno.Command("sh", {
    args: ["-c", `exec "$@" 2>"${said}"`, "sh", program, ...args],
    env: { DATA_DIR: `${folder}/data`, ...server.settings },
    stdin: "null",
    stdout: "null",
  }).spawn();
  const stop = async () => {
    const timer = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
    try {
      child.kill("SIGTERM");
    } catch {
      // It has ended already.
    }
    await child.status;
    clearTimeout(timer);
    await Deno.remove(folder, { recursive: true });
  };
  for (const end = performance.now() + START_MS; performance.now() < end;) {
    const port = portIn(await Deno.readTextFile(said).catch(() => ""));
    if (port !== undefined) return { port, pid: child.pid, stop };
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const text = await Deno.readTextFile(said);
  await stop();
  throw new Error(`${server.name} did not start: ${text}`);
}

function portIn(log: string): number | undefined {
  const line = log.split("\n").find((line) => line.includes('"started"'));
  if (line === undefined) return undefined;
  const { port, url } = JSON.parse(line);
  return port ?? Number(new URL(url).port);
}
