/**
 * The id of the build.
 *
 * Here: the one place that knows it, in the server and in the browser. Not here: how it is made
 * (dev/static_dir.ts).
 * Invariant: the server's and its pages' ids are the same.
 *
 * @module
 */

/**
 * In the browser's bundle, esbuild puts the id in this name's place; in the server there is no such
 * name.
 */
declare const FRESH_BUILD_ID: string;

let current = typeof FRESH_BUILD_ID === "string" ? FRESH_BUILD_ID : "";

/** The id of the build that runs; "" before one was set. */
export function buildId(): string {
  return current;
}

/** Sets the server's build id. */
export function setBuildId(id: string): void {
  current = id;
}
