/**
 * The client's bundle.
 *
 * Here: esbuild. Not here: which islands there are (crawl.ts), serving (../static_files.ts).
 * Invariant: what islands share, Preact first of all, is in one chunk that all of them import.
 *
 * @module
 * @see https://esbuild.github.io/api/
 */
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";

/** What to bundle. */
export interface BundleOptions {
  readonly root: string;
  /** Names and files. */
  readonly islands: ReadonlyMap<string, string>;
  readonly buildId: string;
  readonly mode: "development" | "production";
  readonly target: readonly string[];
}

/** The result. */
export interface Bundle {
  /** URL paths of the client's entry and what it imports. */
  readonly client: readonly string[];
  /** The same of each island, by name. */
  readonly islands: ReadonlyMap<string, readonly [string, ...string[]]>;
  /** By URL path. */
  readonly files: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
}

/** Below this path every name has a hash of its content in it. */
export const BUNDLE_PATH = "/_fresh/js/";

const CLIENT = fileURLToPath(import.meta.resolve("../runtime/client.ts"));
const RUNTIME = fileURLToPath(import.meta.resolve("../runtime/mod.ts"));

/** An import map's name that npm does not know. */
const runtimePlugin: esbuild.Plugin = {
  name: "fresh-runtime",
  setup(build) {
    build.onResolve({ filter: /^fresh\/runtime$/ }, () => ({ path: RUNTIME }));
  },
};

/**
 * Bundles the islands and the code that hydrates them. esbuild's process goes on until `stop()`.
 *
 * @throws {Error} If esbuild finds an error.
 */
export async function bundle(options: BundleOptions): Promise<Bundle> {
  if (options.islands.size === 0) {
    return { client: [], islands: new Map(), files: new Map() };
  }
  const { metafile, outputFiles } = await esbuild.build(toEsbuildOptions(options));
  const outputs = new Map<string, Output>();
  for (
    const [path, { entryPoint, imports }] of Object.entries(metafile.outputs)
  ) {
    const statics = imports.filter(({ kind, external }) =>
      kind === "import-statement" && !external
    );
    outputs.set(basename(path), {
      entry: entryPoint === undefined ? null : join(options.root, entryPoint),
      imports: statics.map((one) => basename(one.path)),
    });
  }
  return {
    client: loadOrder(CLIENT, outputs),
    islands: new Map(
      [...options.islands].map((
        [name, file],
      ) => [name, loadOrder(file, outputs)]),
    ),
    files: new Map(outputFiles.map(({ path, contents }) => [
      BUNDLE_PATH + basename(path),
      contents as Uint8Array<ArrayBuffer>,
    ])),
  };
}

/** Ends esbuild's process, without which the program would not end. */
export async function stop(): Promise<void> {
  await esbuild.stop();
}

function toEsbuildOptions({ root, islands, buildId, mode, target }: BundleOptions) {
  return {
    absWorkingDir: root,
    entryPoints: { client: CLIENT, ...Object.fromEntries(islands) },
    outdir: join(root, "_fresh"),
    entryNames: "[name]-[hash]",
    chunkNames: "chunk-[hash]",
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "browser",
    target: [...target],
    minify: mode === "production",
    sourcemap: mode === "development" ? "inline" : false,
    write: false,
    metafile: true,
    jsx: "automatic",
    jsxImportSource: "preact",
    define: { FRESH_BUILD_ID: JSON.stringify(buildId) },
    legalComments: "none",
    logLevel: "silent",
    tsconfigRaw: {},
    plugins: [runtimePlugin],
  } satisfies esbuild.BuildOptions;
}

interface Output {
  readonly entry: string | null;
  readonly imports: readonly string[];
}

/**
 * URL paths of an entry's chunk and of all that it imports, so that a page can ask for all at once.
 */
function loadOrder(entry: string, outputs: ReadonlyMap<string, Output>): [string, ...string[]] {
  const first = [...outputs].find(([, output]) => output.entry === entry)?.[0];
  if (first === undefined) {
    throw new Error(`Could not find a chunk: no output for entry: ${entry}`);
  }
  const order = new Set([first]);
  for (const name of order) {
    for (const next of outputs.get(name)?.imports ?? []) {
      order.add(next);
    }
  }
  return [...order].map((name) => BUNDLE_PATH + name) as [string, ...string[]];
}
