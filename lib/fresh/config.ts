/**
 * The configuration of an app.
 *
 * Here: what may be configured and what is known once an app runs. Not here: the Builder's options.
 * Invariant: `mode` is "development" only while `Builder.listen()` serves the app.
 *
 * @module
 */

/** Options of `new App()`. */
export interface FreshConfig {
  /**
   * Take the scheme and host of `ctx.url` from `X-Forwarded-Proto` and `X-Forwarded-Host`. Only for
   * an app behind a proxy that sets both: anybody else could forge them. Default: false.
   */
  readonly trustProxy?: boolean;
}

/** The configuration that `ctx.config` shows. */
export interface ResolvedFreshConfig {
  /** The project's directory. */
  root: string;
  mode: "development" | "production";
  trustProxy: boolean;
}

/** A route's `export const config`. */
export interface RouteConfig {
  /** A URL pattern to use instead of the one that the file's name says. */
  routeOverride?: string;
  /** Render this route without `routes/_app.tsx`. */
  skipAppWrapper?: boolean;
}
