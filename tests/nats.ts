/**
 * A real nats-server for tests, from the machine's own package: JetStream in its own folder, a free port of loopback.
 *
 * @module
 */

import { firstFile } from "./requirements.ts";

/** Where nats-server is, or `undefined`. */
export const natsPath: string | undefined = firstFile([
  "/usr/sbin/nats-server",
  "/usr/bin/nats-server",
  "/usr/local/bin/nats-server",
  "/opt/homebrew/bin/nats-server",
]);

/** A running nats-server. */
export interface TestNats {
  /** As NATS_URL takes it. */
  readonly url: string;
  readonly port: number;
  /** Starts it again, on the same port and folder, after {@linkcode TestNats.end}. */
  start(): Promise<void>;
  /** Ends it with a signal: SIGKILL lets it tidy up nothing. */
  end(signal?: Deno.Signal): Promise<void>;
  /** Sends it a signal that does not end it, such as SIGSTOP. */
  signal(signal: Deno.Signal): void;
  /** Removes everything that it keeps; only after {@linkcode TestNats.end}. */
  forget(): Promise<void>;
  /** Keeps a copy of everything that it keeps; only after {@linkcode TestNats.end}. */
  copy(): Promise<void>;
  /** Puts the copy back in the place of what it keeps; only after {@linkcode TestNats.end}. */
  putBack(): Promise<void>;
  /** Ends it and removes its folder. */
  remove(): Promise<void>;
}

/** What {@linkcode startNats} takes. */
export interface NatsSetup {
  /** More arguments, such as `--user`. */
  readonly args?: readonly string[];
  /** What stands before the host in the url, such as `user:password@`. */
  readonly credentials?: string;
}

/**
 * Gives a nats-server that is not started yet, on a port that is free.
 *
 * @throws {Error} If it is not installed.
 */
export async function createNats(setup: NatsSetup = {}): Promise<TestNats> {
  if (natsPath === undefined) {
    throw new Error("nats-server is not installed: apt-get install nats-server");
  }
  const path = natsPath;
  const folder = await Deno.makeTempDir({ prefix: "pulso-nats-" });
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  let child: Deno.ChildProcess | undefined;
  let output: Promise<void> | undefined;

  const start = async () => {
    const place = ["-a", "127.0.0.1", "-p", String(port), "-js", "-sd", folder];
    child = new Deno.Command(path, {
      args: [...place, ...setup.args ?? []],
      stdout: "null",
      stderr: "piped",
    }).spawn();
    const ready = Promise.withResolvers<void>();
    output = (async (stream) => {
      let text = "";
      for await (const part of stream.pipeThrough(new TextDecoderStream())) {
        text = (text + part).slice(-10_000);
        if (text.includes("Server is ready")) ready.resolve();
      }
      ready.reject(new Error(`nats-server did not start: ${text}`));
    })(child.stderr);
    ready.promise.catch(() => {});
    await ready.promise;
  };
  const end = async (signal: Deno.Signal = "SIGTERM") => {
    if (child === undefined) return;
    child.kill(signal);
    // One that is stopped hears of nothing else.
    child.kill("SIGCONT");
    await child.status;
    await output;
    child = undefined;
  };
  const forget = async () => {
    await Deno.remove(folder, { recursive: true });
    await Deno.mkdir(folder);
  };
  const copied = `${folder}-copy`;
  return {
    url: `nats://${setup.credentials ?? ""}127.0.0.1:${port}`,
    port,
    start,
    end,
    signal: (signal) => child?.kill(signal),
    forget,
    copy: () => copyFolder(folder, copied),
    putBack: async () => {
      await forget();
      await copyFolder(copied, folder);
    },
    remove: async () => {
      await end();
      await Deno.remove(folder, { recursive: true });
      await Deno.remove(copied, { recursive: true }).catch(() => {});
    },
  };
}

async function copyFolder(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    const [source, target] = [`${from}/${name}`, `${to}/${name}`];
    await (isDirectory ? copyFolder(source, target) : Deno.copyFile(source, target));
  }
}

/** Starts a nats-server. @throws {Error} If it is not installed or does not start. */
export async function startNats(setup?: NatsSetup): Promise<TestNats> {
  const nats = await createNats(setup);
  await nats.start();
  return nats;
}
