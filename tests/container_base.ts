// deno-lint-ignore-file no-console -- a program for the terminal: its output is what it is for

/**
 * Buildah for the container check, and a stand-in for the pinned base image where no registry can be
 * reached: Debian from its own mirror and the Deno that runs this, arranged like the official image.
 * What is done with the image is in container_check.ts. Nothing here touches a storage but its own,
 * in the user's cache directory.
 *
 * @module
 * @see https://github.com/denoland/deno_docker/blob/main/debian.dockerfile what the stand-in imitates
 */

const encoder = new TextEncoder();
const cache = `${
  Deno.env.get("XDG_CACHE_HOME") ?? `${Deno.env.get("HOME")}/.cache`
}/pulso-container`;

/** What stands before every buildah command: the one driver that needs no kernel support, own storage. */
const storage = [
  ...["--storage-driver", "vfs"],
  ...["--root", `${cache}/storage`],
  ...["--runroot", `${cache}/run`],
];

/** A command that ended badly; its message holds the end of what the command said. */
export class CommandError extends Error {
  override readonly name = "CommandError";
}

/**
 * Runs a program to its end and gives what it wrote to standard output, trimmed.
 *
 * @throws {CommandError} If it ends with anything but 0.
 */
export async function run(program: string, args: readonly string[]): Promise<string> {
  const output = await new Deno.Command(program, { args: [...args] }).output();
  const decoder = new TextDecoder();
  if (output.success) return decoder.decode(output.stdout).trim();
  const said = decoder.decode(output.stdout) + decoder.decode(output.stderr);
  const end = said.trimEnd().split("\n").slice(-40).join("\n");
  throw new CommandError(`Cannot run ${program} ${args.join(" ")}: exit ${output.code}\n${end}`);
}

/** The arguments of a buildah command on this check's own storage. */
export function buildahArgs(args: readonly string[]): string[] {
  return [...storage, ...args];
}

/**
 * Runs one buildah command on this check's own storage.
 *
 * @throws {CommandError} If it fails.
 */
export function buildah(...args: readonly string[]): Promise<string> {
  return run("buildah", buildahArgs(args));
}

/** Says what is missing before anything can be built; empty where all is there. */
export async function missingTools(): Promise<string> {
  if (Deno.uid() !== 0) return "Cannot build here: debootstrap and chroot need root: run with sudo";
  const missing: string[] = [];
  for (const tool of ["buildah", "debootstrap"]) {
    try {
      await new Deno.Command(tool, { args: ["--version"] }).output();
    } catch {
      missing.push(tool);
    }
  }
  if (missing.length === 0) return "";
  return `Cannot build here: ${missing.join(" and ")} not found: ` +
    "apt-get install -y buildah debootstrap";
}

/**
 * Makes the base image of that name unless it is there from an earlier run; `true` if it was made.
 *
 * @throws {Error} If the name pins another Deno than the one that runs this.
 * @throws {CommandError} If Debian's mirror cannot be reached, or a step fails.
 */
export async function ensureBaseImage(image: string): Promise<boolean> {
  const version = image.split(":")[1];
  if (version !== Deno.version.deno) {
    throw new Error(`Cannot stand in for ${image}: this is Deno ${Deno.version.deno}`);
  }
  await Deno.mkdir(cache, { recursive: true });
  if (await buildah("images", "--quiet", image).catch(() => "") !== "") return false;
  console.log(`...  base image    debootstrap of ${image}, once, about half a minute`);
  const container = await buildah("from", "scratch");
  try {
    await installDebian(await buildah("mount", container));
    await configure(container, version);
    await buildah("commit", "--format", "docker", container, `docker.io/${image}`);
  } finally {
    await buildah("rm", container);
  }
  return true;
}

async function installDebian(root: string): Promise<void> {
  await run("debootstrap", ["--variant=minbase", "bookworm", root, await debianMirror()]);
  // Left out of the official image too: without this the figure for the size would say nothing.
  for (const path of ["var/cache/apt", "var/lib/apt/lists", "usr/share/doc", "usr/share/man"]) {
    await Deno.remove(`${root}/${path}`, { recursive: true });
  }
  await Deno.remove(`${root}/usr/share/locale`, { recursive: true });
  await Deno.copyFile(Deno.execPath(), `${root}/usr/bin/deno`);
  await Deno.chmod(`${root}/usr/bin/deno`, 0o755);
  await run("chroot", [root, "useradd", "--uid", "1993", "--user-group", "deno"]);
  await Deno.mkdir(`${root}/deno-dir`);
  await Deno.chown(`${root}/deno-dir`, 1993, 1993);
  await Deno.mkdir(`${root}/etc/ssl/certs`, { recursive: true });
  const bundle = Deno.env.get("SSL_CERT_FILE") ?? "/etc/ssl/certs/ca-certificates.crt";
  await Deno.copyFile(bundle, `${root}/etc/ssl/certs/ca-certificates.crt`);
}

/** Like the official image, but that it trusts this machine's authorities: it may sit behind a proxy. */
async function configure(container: string, version: string): Promise<void> {
  await buildah(
    "config",
    ...["--env", "DENO_DIR=/deno-dir/", "--env", "DENO_INSTALL_ROOT=/usr/local"],
    ...["--env", `DENO_VERSION=${version}`],
    ...["--env", "DENO_CERT=/etc/ssl/certs/ca-certificates.crt"],
    // Not there, on purpose: a Dockerfile that leaves it in place does not start.
    ...["--entrypoint", '["/tini", "--", "docker-entrypoint.sh"]'],
    ...["--cmd", '["eval", "console.log(\'Welcome to Deno!\')"]'],
    container,
  );
}

/** The first mirror in this machine's own list of sources, in either of its two formats. */
async function debianMirror(): Promise<string> {
  const files = ["/etc/apt/sources.list"];
  for (const entry of Deno.readDirSync("/etc/apt/sources.list.d")) {
    files.push(`/etc/apt/sources.list.d/${entry.name}`);
  }
  for (const file of files) {
    const text = await Deno.readTextFile(file).catch(() => "");
    const found = /^(?:URIs:|deb(?: \[.*\])?) *(\S+\/debian\/?)(?: |$)/m.exec(text);
    if (found?.[1]) return found[1];
  }
  return "http://deb.debian.org/debian";
}

/** Writes a file whose time tells what changed after it; its path. */
export async function stamp(): Promise<string> {
  const path = `${cache}/started`;
  await Deno.writeFile(path, encoder.encode(new Date().toISOString()));
  return path;
}
