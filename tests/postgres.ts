/**
 * A real PostgreSQL for tests, from the machine's own binaries: its own folder, a free port of loopback.
 *
 * @module
 */

import postgres from "postgres";
import { firstFile } from "./requirements.ts";

function binary(name: string): string | undefined {
  const versions = [18, 17, 16, 15, 14, 13];
  return firstFile([
    ...versions.map((version) => `/usr/lib/postgresql/${version}/bin/${name}`),
    `/usr/local/bin/${name}`,
    `/usr/bin/${name}`,
    `/opt/homebrew/bin/${name}`,
  ]);
}

/** Where PostgreSQL is, or `undefined`. */
export const postgresPath: string | undefined = binary("initdb") && binary("postgres");

/** A running PostgreSQL. */
export interface TestPostgres {
  /** With the password, as DATABASE_URL takes it. */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Starts it again, on the same port and folder, after {@linkcode TestPostgres.end}. */
  start(): Promise<void>;
  /** Ends it with a signal: SIGINT cuts its connections, SIGKILL lets it tidy up nothing. */
  end(signal?: Deno.Signal): Promise<void>;
  /** Ends it and removes its folder. */
  remove(): Promise<void>;
}

// PostgreSQL does not run as root: there it gets the user that has nothing.
const NOBODY = 65534;
const identity = Deno.uid() === 0 ? { uid: NOBODY, gid: NOBODY } : {};

function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  return port;
}

async function run(command: string, args: string[], folder: string): Promise<void> {
  const env = { PATH: Deno.env.get("PATH") ?? "", LC_ALL: "C" };
  const options = { args, cwd: folder, env, clearEnv: true, ...identity };
  const { success, stderr } = await new Deno.Command(command, options).output();
  if (!success) throw new Error(`${command} failed: ${new TextDecoder().decode(stderr)}`);
}

/**
 * Starts a PostgreSQL.
 *
 * @param settings Of the server, such as `max_connections`.
 * @throws {Error} If it is not installed or does not start.
 */
export async function startPostgres(
  settings: Readonly<Record<string, string>> = {},
): Promise<TestPostgres> {
  const initdb = binary("initdb");
  const program = binary("postgres");
  if (initdb === undefined || program === undefined) {
    throw new Error("PostgreSQL is not installed: apt-get install postgresql");
  }
  const folder = await Deno.makeTempDir({ prefix: "pulso-postgres-" });
  if (identity.uid !== undefined) await Deno.chown(folder, NOBODY, NOBODY);
  const data = `${folder}/data`;
  const port = freePort();
  let child: Deno.ChildProcess | undefined;
  let output: Promise<void> | undefined;

  const place = ["-D", data, "-h", "127.0.0.1", "-p", String(port), "-k", folder, "-F"];
  const more = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);

  const start = async () => {
    child = new Deno.Command(program, {
      args: [...place, ...more],
      cwd: folder,
      stdout: "null",
      stderr: "piped",
      ...identity,
    }).spawn();
    const ready = Promise.withResolvers<void>();
    output = (async (stream) => {
      let text = "";
      for await (const part of stream.pipeThrough(new TextDecoderStream())) {
        text = (text + part).slice(-10_000);
        if (text.includes("ready to accept connections")) ready.resolve();
      }
      ready.reject(new Error(`PostgreSQL did not start: ${text}`));
    })(child.stderr);
    ready.promise.catch(() => {});
    await ready.promise;
  };
  const end = async (signal: Deno.Signal = "SIGINT") => {
    if (child === undefined) return;
    try {
      child.kill(signal);
    } catch {
      // It has ended by itself.
    }
    await child.status;
    await output;
    child = undefined;
  };
  const remove = async () => {
    await end();
    await Deno.remove(folder, { recursive: true });
  };
  try {
    const options = ["-D", data, "-U", "pulso", "--auth=trust", "--no-sync", "-E", "UTF8"];
    await run(initdb, options, folder);
    await start();
  } catch (error) {
    await remove();
    throw error;
  }
  return {
    url: `postgres://pulso:secret@127.0.0.1:${port}/postgres`,
    port,
    get pid() {
      return child!.pid;
    },
    start,
    end,
    remove,
  };
}

/**
 * Makes a new database, with nothing in it.
 *
 * @param url Of any database of the same PostgreSQL.
 * @returns Its own, with the password.
 */
export async function createDatabase(url: string): Promise<string> {
  const name = `test_${crypto.randomUUID().replaceAll("-", "")}`;
  const sql = postgres(url, { max: 1, fetch_types: false });
  await sql.unsafe(`create database ${name}`);
  await sql.end();
  return Object.assign(new URL(url), { pathname: name }).href;
}
