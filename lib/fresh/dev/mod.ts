/**
 * `fresh/dev`: building and developing an app.
 *
 * Here: the public names. Not here: what they do (builder.ts).
 * Invariant: a server in production imports nothing of this.
 *
 * @module
 */
export { Builder, type BuildOptions } from "./builder.ts";
