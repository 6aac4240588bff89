/**
 * What a request needs that its handlers do not see.
 *
 * Here: the key under which a Context keeps it. Not here: who sets it (app.ts, segments.ts).
 * Invariant: the symbol never leaves this package.
 *
 * @module
 */
import type { RouteComponent } from "./handlers.ts";
import type { Snapshot } from "./snapshot.ts";

/** The key in a Context. */
export const SCOPE: unique symbol = Symbol("fresh scope");

/** What is kept under it. */
export interface Scope<State> {
  readonly snapshot: Snapshot;
  /** The app wrapper of what is rendered. */
  app: RouteComponent<State> | null;
}
