/**
 * What a build knows: files, islands and routes.
 *
 * Here: its shape, and the file that a build leaves for the server. Not here: how it is made
 * (dev/).
 * Invariant: a snapshot never changes once an app has it; every URL that it serves is a key of
 * `files`.
 *
 * @module
 */
import type { ComponentType } from "preact";
import type { FsRoute } from "./fs_routes.ts";

/** A file that is served under a URL path. */
export interface ServedFile {
  /** Hexadecimal SHA-256 of the content. */
  readonly hash: string;
  readonly contentType: string;
  readonly sizeBytes: number;
  /** The content, or the path of the file that holds it. */
  readonly content: Uint8Array<ArrayBuffer> | string;
  /** The name changes with the content. */
  readonly immutable: boolean;
}

/** A component that is hydrated in the browser. */
export interface Island {
  /** Unique among the islands; a JavaScript identifier. */
  readonly name: string;
  /** The export of its chunk. */
  readonly exportName: string;
  /** URL paths of its chunk and then of what that imports. */
  readonly chunks: readonly [string, ...string[]];
}

/** The result of a build. */
export interface Snapshot {
  /** Changes with the static files; it is in every URL that `asset()` makes. */
  readonly buildId: string;
  /** URL paths of the client's entry and then of what that imports; empty without islands. */
  readonly client: readonly string[];
  /** Of an URL path, percent-encoded. */
  readonly files: ReadonlyMap<string, ServedFile>;
  readonly islands: ReadonlyMap<unknown, Island>;
  readonly routes: readonly FsRoute[];
  /** Put into every page; for development. */
  readonly inlineScript?: string;
}

/** The snapshot of an app that was not built: no files, no islands, no routes. */
export const EMPTY_SNAPSHOT: Snapshot = {
  buildId: "",
  client: [],
  files: new Map(),
  islands: new Map(),
  routes: [],
};

/** An island's module and where its chunk is. */
export interface IslandModule {
  readonly name: string;
  readonly chunks: Island["chunks"];
  readonly module: Record<string, unknown>;
}

/**
 * The islands of some modules: every function that a module exports is one. The default export is
 * named as its file, another one as itself after that and a `$`, which no file's name has.
 */
export function collectIslands(modules: readonly IslandModule[]): Map<unknown, Island> {
  const islands = new Map<unknown, Island>();
  for (const { name, chunks, module } of modules) {
    for (const [exportName, component] of Object.entries(module)) {
      if (typeof component !== "function") continue;
      const suffix = exportName === "default" ? "" : `$${exportName}`;
      islands.set(component as ComponentType, {
        name: name + suffix,
        exportName,
        chunks,
      });
    }
  }
  return islands;
}
