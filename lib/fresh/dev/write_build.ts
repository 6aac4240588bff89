/**
 * A build on the disk: what `deno serve _fresh/server.js` needs.
 *
 * Here: the directory and its two modules. Not here: the build itself (builder.ts).
 * Invariant: `server.js` is written last, so that its time is the build's; and it imports the app's
 * modules where they are, so that the app and its islands exist once.
 *
 * @module
 */
import { dirname, join, relative } from "node:path";
import type { ServedFiles } from "./served_files.ts";

/** What is written. */
export interface WrittenBuild {
  readonly outDir: string;
  readonly serverEntry: string;
  readonly buildId: string;
  readonly client: readonly string[];
  readonly files: ServedFiles;
  readonly islands: readonly {
    readonly name: string;
    readonly file: string;
    readonly chunks: readonly string[];
  }[];
  readonly routes: readonly { readonly path: string; readonly file: string }[];
}

const NOTICE = "// Written by the build (dev.ts). Changes are lost.\n";

/** Writes a build in the place of the one before. */
export async function writeBuild(build: WrittenBuild): Promise<void> {
  const { outDir, files } = build;
  await Deno.remove(outDir, { recursive: true }).catch(ignoreNotFound);
  for (const [path, { content }] of files) {
    const file = join(outDir, staticPathOf(path));
    await Deno.mkdir(dirname(file), { recursive: true });
    await Deno.writeFile(file, content);
  }
  await Deno.mkdir(outDir, { recursive: true });
  await Deno.writeTextFile(join(outDir, "snapshot.js"), snapshotModule(build));
  await Deno.writeTextFile(join(outDir, "server.js"), serverModule(build));
}

function ignoreNotFound(error: unknown): void {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}

function staticPathOf(urlPath: string): string {
  return `static${decodeURIComponent(urlPath)}`;
}

function snapshotModule({ outDir, buildId, client, files, islands, routes }: WrittenBuild): string {
  const imports = (kind: string, list: readonly { readonly file: string }[]) =>
    list.map(({ file }, index) => `import * as ${kind}${index} from ${specifier(outDir, file)};\n`);
  const served = [...files].map(([path, file]) => [path, { ...file, content: staticPathOf(path) }]);
  return [
    NOTICE,
    ...imports("island", islands),
    ...imports("route", routes),
    `\nexport const buildId = ${JSON.stringify(buildId)};\n`,
    `export const client = ${JSON.stringify(client)};\n`,
    `export const files = ${JSON.stringify(served, null, 2)};\n`,
    "export const islands = [\n",
    ...islands.map(({ name, chunks }, index) =>
      `  { name: "${name}", chunks: ${JSON.stringify(chunks)}, module: island${index} },\n`
    ),
    "];\nexport const routes = [\n",
    ...routes.map(({ path }, index) =>
      `  { path: ${JSON.stringify(path)}, module: route${index} },\n`
    ),
    "];\n",
  ].join("");
}

function serverModule({ outDir, serverEntry }: WrittenBuild): string {
  return `${NOTICE}import { readSnapshot, setSnapshot } from "fresh/internal";
import * as snapshot from "./snapshot.js";
import { app } from ${specifier(outDir, serverEntry)};

setSnapshot(app, readSnapshot(snapshot, import.meta.dirname), "production");

export default { fetch: app.handler() };
`;
}

function specifier(outDir: string, file: string): string {
  const path = relative(outDir, file).replaceAll("\\", "/");
  return JSON.stringify(path.startsWith("../") ? path : `./${path}`);
}
