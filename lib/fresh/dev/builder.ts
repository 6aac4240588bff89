/**
 * The Builder: an app's build, for production and for development.
 *
 * Here: its steps. Not here: each step (crawl.ts, served_files.ts, bundle.ts, write_build.ts).
 * Invariant: a build changes nothing but the output directory, and leaves no process behind.
 *
 * @module
 * @see https://fresh.deno.dev/docs/advanced/builder
 */
import { resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { App, ListenOptions } from "../app.ts";
import type { FsModule } from "../fs_routes.ts";
import { setSnapshot } from "../internal.ts";
import { listenOnFreePort } from "../listen.ts";
import { collectIslands, type Snapshot } from "../snapshot.ts";
import { type Bundle, bundle, stop } from "./bundle.ts";
import { findModules, type FoundFile, nameIslands } from "./crawl.ts";
import { LIVE_RELOAD_PATH, LIVE_RELOAD_SCRIPT, liveReloadResponse } from "./live_reload.ts";
import { buildIdOf, readStaticDirectory, type ServedFiles, toServedFile } from "./served_files.ts";
import { writeBuild } from "./write_build.ts";

/** Options of `new Builder()`. Paths are file URLs, absolute, or relative to `root`. */
export interface BuildOptions {
  /** Default: the current directory. */
  root?: string;
  /** The module that exports `app`. Default: "main.ts". */
  serverEntry?: string;
  /** Default: "_fresh". */
  outDir?: string;
  /** Default: "static". */
  staticDir?: string;
  /** Default: "islands". */
  islandDir?: string;
  /** Default: "routes". */
  routeDir?: string;
  /** The browsers that must understand the bundle, in esbuild's words. */
  target?: string | string[];
}

type Mode = "development" | "production";

/** What a build makes before it is written or served. */
interface Assets {
  readonly buildId: string;
  readonly bundle: Bundle;
  readonly files: ServedFiles;
  readonly islands: readonly {
    name: string;
    file: string;
    chunks: readonly [string, ...string[]];
  }[];
  readonly routes: readonly FoundFile[];
}

/** Builds an app, or serves it while it is written. */
// deno-lint-ignore no-explicit-any -- a Builder builds an app of any state, as Fresh's does
export class Builder<State = any> {
  readonly config: Required<BuildOptions> & { target: string[] };

  constructor(options: BuildOptions = {}) {
    const root = toPath(options.root ?? ".", Deno.cwd());
    this.config = {
      root,
      serverEntry: toPath(options.serverEntry ?? "main.ts", root),
      outDir: toPath(options.outDir ?? "_fresh", root),
      staticDir: toPath(options.staticDir ?? "static", root),
      islandDir: toPath(options.islandDir ?? "islands", root),
      routeDir: toPath(options.routeDir ?? "routes", root),
      target: [options.target ?? ["chrome99", "firefox99", "safari15"]].flat(),
    };
  }

  /**
   * Builds the app: into the output directory, or with `snapshot: "memory"` for the returned
   * function alone, which gives the build to an app (before its `handler()` is called). Only the
   * latter imports the app's modules.
   *
   * @throws {Error} If a module of the client cannot be bundled.
   */
  async build(
    { mode = "production", snapshot = "disk" }: {
      mode?: Mode;
      snapshot?: "disk" | "memory";
    } = {},
  ): Promise<(app: App<State>) => void> {
    const assets = await this.#makeAssets(mode);
    if (snapshot === "memory") {
      const loaded = await load(assets);
      return (app) => setSnapshot(app, loaded, mode);
    }
    const { outDir, serverEntry } = this.config;
    await writeBuild({
      ...assets,
      outDir,
      serverEntry,
      client: assets.bundle.client,
    });
    // deno-lint-ignore no-console -- what a build tells the one who started it
    console.log(`Assets written to: ${outDir}`);
    return () => {
      throw new Error(`Could not give the build to an app: it was written to the disk: ${outDir}`);
    };
  }

  /**
   * Serves the app from memory, with pages that reload when the process was restarted: run it under
   * `deno run --watch`. Resolves when it listens.
   */
  async listen(
    importApp: () => Promise<{ app: App<State> } | App<State>>,
    options: ListenOptions = {},
  ): Promise<void> {
    const assets = await this.#makeAssets("development");
    const imported = await importApp();
    const app = "app" in imported ? imported.app : imported;
    const snapshot = {
      ...await load(assets),
      inlineScript: LIVE_RELOAD_SCRIPT,
    };
    setSnapshot(app, snapshot, "development");
    const handler = app.handler();
    await listenOnFreePort((request, info) => {
      const { pathname } = new URL(request.url);
      return pathname === LIVE_RELOAD_PATH ? liveReloadResponse() : handler(request, info);
    }, options);
  }

  async #makeAssets(mode: Mode): Promise<Assets> {
    const { root, staticDir, islandDir, routeDir, target } = this.config;
    const files = await readStaticDirectory(staticDir);
    const buildId = await buildIdOf(files);
    const islands = nameIslands(await findModules(islandDir));
    try {
      const bundled = await bundle({ root, islands, buildId, mode, target });
      for (const [path, content] of bundled.files) {
        files.set(path, await toServedFile(path, content, true));
      }
      return {
        buildId,
        bundle: bundled,
        files,
        islands: [...bundled.islands].map(([name, chunks]) => ({
          name,
          file: islands.get(name) as string,
          chunks,
        })),
        routes: await findModules(routeDir),
      };
    } finally {
      await stop();
    }
  }
}

/** Imports the routes and the islands, as `_fresh/snapshot.js` does. */
async function load({ buildId, bundle, files, islands, routes }: Assets): Promise<Snapshot> {
  const importFile = (file: string): Promise<FsModule> => import(pathToFileURL(file).href);
  return {
    buildId,
    client: bundle.client,
    files,
    islands: collectIslands(
      await Promise.all(islands.map(async ({ name, chunks, file }) => ({
        name,
        chunks,
        module: { ...await importFile(file) },
      }))),
    ),
    routes: await Promise.all(
      routes.map(async ({ path, file }) => ({
        path,
        module: await importFile(file),
      })),
    ),
  };
}

function toPath(path: string, root: string): string {
  return path.startsWith("file:") ? fileURLToPath(path) : resolve(root, path);
}
