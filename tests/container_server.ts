/**
 * The container under test, started by `buildah run` with the image's own command, user, directory
 * and environment; how its process is found and ended. What it has to do is in container_check.ts.
 * Invariant: no process is ended but one below the buildah that was started here.
 *
 * @module
 */

import { buildah, buildahArgs } from "./container_base.ts";

/** What the image says of itself. */
export interface ImageConfig {
  readonly User: string;
  readonly Entrypoint?: readonly string[] | null;
  readonly Cmd?: readonly string[] | null;
  readonly Volumes?: Record<string, unknown> | null;
  readonly Healthcheck?: { readonly Test: readonly string[] } | null;
}

/** A container made of the image; `mount` is where its root is seen from here. */
export interface Container {
  readonly name: string;
  readonly mount: string;
  readonly config: ImageConfig;
  readonly port: number;
}

/** A container that was started; `log` comes whole, at its end. */
export interface Server {
  readonly child: Deno.ChildProcess;
  readonly ended: Promise<Deno.CommandStatus>;
  readonly log: Promise<string>;
}

/** Makes a container of the image and chooses a free port for it. */
export async function createContainer(image: string): Promise<Container> {
  const inspected = JSON.parse(await buildah("inspect", "--type", "image", image));
  const config = inspected.Docker.config as ImageConfig;
  const name = await buildah("from", "--pull-never", "--name", `pulso-check-${Deno.pid}`, image);
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  return { name, mount: await buildah("mount", name), config, port };
}

/** The command of `buildah run` with the image's own environment, directory and user. */
export function runArgs(container: Container, command: readonly string[]): string[] {
  const { name, config, port } = container;
  const how = ["--isolation", "chroot", "--user", config.User, "--env", `PORT=${port}`];
  return ["run", ...how, name, "--", ...command];
}

/** Starts the image's own command. */
export function start(container: Container): Server {
  const { Entrypoint, Cmd } = container.config;
  const command = [...(Entrypoint ?? []), ...(Cmd ?? [])];
  const args = buildahArgs(runArgs(container, command));
  const child = new Deno.Command("buildah", { args, stdout: "piped", stderr: "piped" }).spawn();
  const texts = [child.stdout, child.stderr].map((stream) => new Response(stream).text());
  const log = Promise.all(texts).then((parts) => parts.join(""));
  return { child, ended: child.status, log };
}

/**
 * The process of Deno among those that this check's buildah has started.
 *
 * @throws {Error} If there is not exactly one.
 */
export async function denoProcess(server: Server): Promise<number> {
  const parents = new Map<number, { parent: number; name: string }>();
  for await (const { name } of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const status = await Deno.readTextFile(`/proc/${name}/status`).catch(() => "");
    const parent = Number(/^PPid:\s+(\d+)/m.exec(status)?.[1]);
    parents.set(Number(name), { parent, name: /^Name:\s+(.*)/m.exec(status)?.[1] ?? "" });
  }
  const isOurs = (pid: number): boolean => {
    const parent = parents.get(pid)?.parent;
    return parent !== undefined && (parent === server.child.pid || isOurs(parent));
  };
  const found = [...parents].filter(([pid, { name }]) => name === "deno" && isOurs(pid));
  const [only] = found;
  if (only !== undefined && found.length === 1) return only[0];
  throw new Error(`Cannot find Pulso's process: not one below buildah: ${found.length}`);
}

/** Ends what this check has started, if it still runs, and nothing else. */
export async function kill(server: Server): Promise<void> {
  const pid = await denoProcess(server).catch(() => server.child.pid);
  try {
    Deno.kill(pid, "SIGKILL");
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  await server.ended;
}
