/**
 * A single node with the embedded database that is killed again and again, while clients come and go.
 *
 * @module
 */

import { anySeed, Chance } from "./chance.ts";
import { eventually } from "./eventually.ts";
import { spawnServer, startServer, type TestServer, within } from "./server.ts";

/** What {@linkcode killEmbedded} has seen. */
export interface KillFigures {
  readonly rounds: number;
  /** The longest time from the start of a process until it listened, in ms. */
  readonly worstStartMs: number;
  /** How many were online after a restart who were not. */
  readonly ghosts: number;
}

/** What {@linkcode killEmbedded} takes. */
export interface KillOptions {
  /** How often the server is killed, beside once while it makes its folder. */
  readonly rounds: number;
  readonly chance?: Chance;
  /** How long a start may take, in ms. */
  readonly startWithinMs?: number;
}

/** A folder is made within this time, in ms. */
const MAKING_MS = 1500;
/** A kill comes within this time after the server listens, in ms. */
const KILL_WITHIN_MS = 700;
/** So many clients come and go at a time. */
const CLIENTS = 8;
/** Limits would only make the runs longer. */
const FREE = { CONNECTS_PER_SECOND_PER_ADDRESS: "0", MAX_CONNECTIONS_PER_ADDRESS: "0" };

/**
 * Kills a server with SIGKILL at random moments, and starts it again on the same folder after each.
 *
 * @throws {Error} If a start takes too long, somebody is online who is not, the folder was set aside or does not serve,
 *   or one whom the server had welcomed is not known to have been here.
 */
export async function killEmbedded(options: KillOptions): Promise<KillFigures> {
  const { rounds, chance = new Chance(anySeed()), startWithinMs = 3000 } = options;
  const parent = await Deno.makeTempDir({ prefix: "pulso-test-" });
  const folder = `${parent}/data`;
  let worstStartMs = 0;
  try {
    await killFirstStart(folder, chance);
    let welcomed: readonly string[] = [];
    for (let kills = 0; kills <= rounds; kills++) {
      const begun = performance.now();
      const server = await startServer({ DATA_DIR: folder, ...FREE });
      worstStartMs = Math.max(worstStartMs, Math.round(performance.now() - begun));
      try {
        await checkRestarted(server, welcomed);
      } finally {
        welcomed = await killWhileUsed(server, chance);
      }
      const left = Array.from(Deno.readDirSync(parent), ({ name }) => name);
      if (left.join() !== "data") throw new Error(`the folder was set aside: ${left}`);
    }
    if (worstStartMs > startWithinMs) throw new Error(`a start took ${worstStartMs} ms`);
  } catch (error) {
    throw new Error(`Killed servers, seed ${chance.seed}: ${error}`, { cause: error });
  } finally {
    await Deno.remove(parent, { recursive: true });
  }
  return { rounds, worstStartMs, ghosts: 0 };
}

async function killFirstStart(folder: string, chance: Chance): Promise<void> {
  const child = spawnServer({ PORT: "0", DATA_DIR: folder });
  const output = child.output();
  await eventually(() => void Deno.statSync(folder), 10_000);
  await wait(chance.below(MAKING_MS));
  child.kill("SIGKILL");
  await within(10_000, "the killed server ends", output);
}

async function checkRestarted(server: TestServer, welcomed: readonly string[]): Promise<void> {
  const online = await list(server, "limit=1000");
  if (online.length > 0) throw new Error(`ghosts: ${JSON.stringify(online)}`);
  const known = new Set(
    (await list(server, "state=disconnected&limit=1000")).map(({ client_id }) => client_id),
  );
  const lost = welcomed.filter((id) => !known.has(id));
  if (lost.length > 0) throw new Error(`${lost.length} of ${welcomed.length} visits are lost`);
}

async function list(server: TestServer, query: string): Promise<readonly { client_id: string }[]> {
  const response = await fetch(`${server.url}/api/users?${query}`);
  const body = await response.json();
  if (!response.ok) throw new Error(`${response.status} ${JSON.stringify(body)}`);
  return body.users;
}

/** Kills a server while clients come and go; returns the client_ids of those who were welcomed. */
async function killWhileUsed(server: TestServer, chance: Chance): Promise<readonly string[]> {
  const welcomed: string[] = [];
  const clients = Array.from({ length: CLIENTS }, async () => {
    for (;;) {
      const socket = new WebSocket(server.socketUrl);
      const id = await firstWelcome(socket);
      if (id === undefined) return;
      welcomed.push(id);
      // The others are still there when the server dies.
      if (chance.draw() < 0.5) socket.close();
    }
  });
  await wait(chance.below(KILL_WITHIN_MS));
  await server.stop("SIGKILL", "keep the folder");
  await Promise.all(clients);
  return welcomed;
}

/** The client_id of a socket, or `undefined` where there is no server. */
function firstWelcome(socket: WebSocket): Promise<string | undefined> {
  return new Promise((resolve) => {
    socket.onerror = (event) => event.preventDefault();
    socket.onclose = () => resolve(undefined);
    socket.onmessage = ({ data }) => {
      const [line = ""] = String(data).split("\n");
      resolve(JSON.parse(line).client_id);
    };
  });
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
