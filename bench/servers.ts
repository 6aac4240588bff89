/**
 * The servers that are measured: by which command each serves, and how one speaks to it. Where there are none, they are
 * installed for the run, and no dependency of Pulso.
 *
 * @module
 */

import { natsPath } from "../tests/nats.ts";
import { postgresPath } from "../tests/postgres.ts";
import type { Plan } from "./load.ts";
import { output } from "./running.ts";

/** How a generator speaks to a server. */
type Speech = Pick<Plan, "path" | "dialect" | "greets">;

/** A server that can be measured. */
export interface Server extends Speech {
  readonly name: string;
  /** The command that serves on a free port, and says `"started"` with its `port` or `url` on standard error. */
  readonly command: readonly string[];
  readonly settings?: Readonly<Record<string, string>>;
  /** What it needs beside itself. */
  readonly needs?: "postgres" | "postgres and nats";
  /** How many processes serve together; by default one. */
  readonly nodes?: number;
  /** Such as `bun 1.4.5`. */
  readonly version: string;
}

const PEERS = new URL("./peers/", import.meta.url);
const MAIN = new URL("../main.ts", import.meta.url).pathname;
const PULSO_PERMISSIONS = ["--allow-net", "--allow-env", "--allow-read", "--allow-write"];
/** Installed for the run, exact, outside of the project. */
const PACKAGES = { bun: "1.4.5", ws: "8.23.0", "socket.io": "4.8.4" } as const;

/** Rates are off, and the bounds of number as high as the run goes; everything else is as it is by default. */
const PULSO_SETTINGS = {
  PORT: "0",
  MAX_CONNECTIONS: "20000",
  MAX_CONNECTIONS_PER_ADDRESS: "0",
  CONNECTS_PER_SECOND_PER_ADDRESS: "0",
  MESSAGES_PER_SECOND: "0",
};

const PLAIN: Speech = { path: "/?username=", dialect: "plain", greets: false };

/** Pulso in one of its formats. */
function pulso(name: string, format: "json" | "ndjson", more: Partial<Server> = {}): Server {
  return {
    name,
    command: [Deno.execPath(), "run", ...PULSO_PERMISSIONS, MAIN],
    settings: PULSO_SETTINGS,
    path: `/api/ws?format=${format}&username=`,
    dialect: "plain",
    greets: true,
    version: `deno ${Deno.version.deno}`,
    ...more,
  };
}

function findPulso(): Found {
  const servers = [pulso("pulso-ndjson", "ndjson"), pulso("pulso-json", "json")];
  if (postgresPath === undefined) {
    return { servers, skipped: ["pulso-postgres, pulso-nats: postgresql is not installed"] };
  }
  servers.push(pulso("pulso-postgres", "ndjson", { needs: "postgres" }));
  if (natsPath === undefined) {
    return { servers, skipped: ["pulso-nats: nats-server is not installed"] };
  }
  const needs = "postgres and nats";
  servers.push(pulso("pulso-nats-1", "ndjson", { needs }));
  servers.push(pulso("pulso-nats-2", "ndjson", { needs, nodes: 2 }));
  return { servers, skipped: [] };
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
  const own = { servers: [bare], skipped: [] };
  const found = [findPulso(), own, await findNodePeers(), await findFastApi()];
  return {
    servers: found.flatMap(({ servers }) => servers),
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
