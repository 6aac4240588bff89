/**
 * `fresh/internal`: for the server's file that a build writes, and for nobody else.
 *
 * Here: giving a build to an app. Not here: the build (dev/).
 * Invariant: `_fresh/server.js` imports this and no other module of the package.
 *
 * @module
 */
import { type App, SNAPSHOT } from "./app.ts";
import type { ResolvedFreshConfig } from "./config.ts";
import { setBuildId } from "./runtime/build_id.ts";
import { collectIslands, type IslandModule, type ServedFile, type Snapshot } from "./snapshot.ts";

/** What a build writes into `_fresh/snapshot.js`. */
export interface WrittenSnapshot extends Pick<Snapshot, "buildId" | "client" | "routes"> {
  readonly islands: readonly IslandModule[];
  readonly files: readonly (readonly [string, ServedFile])[];
}

/** Gives a build to an app. The app's handler must be made afterwards. */
export function setSnapshot<State>(
  app: App<State>,
  snapshot: Snapshot,
  mode: ResolvedFreshConfig["mode"],
): void {
  app[SNAPSHOT] = snapshot;
  app.config.mode = mode;
  setBuildId(snapshot.buildId);
}

/** Reads what a build wrote; the files' paths are relative to `directory`. */
export function readSnapshot(written: WrittenSnapshot, directory: string): Snapshot {
  const files = written.files.map(([path, file]) =>
    [path, {
      ...file,
      content: `${directory}/${String(file.content)}`,
    }] as const
  );
  return {
    ...written,
    islands: collectIslands(written.islands),
    files: new Map(files),
  };
}
