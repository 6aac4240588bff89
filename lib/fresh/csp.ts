/**
 * The Content-Security-Policy of what the app answers.
 *
 * Here: the policy's text. Not here: the nonces in the page (render.ts).
 * Invariant: a rendered response's policy allows its own nonce and no other.
 *
 * @module
 * @see https://fresh.deno.dev/docs/plugins/csp
 */
import type { Middleware } from "./middleware.ts";
import { nonceOf } from "./nonce.ts";

/** Options of {@linkcode csp}. */
export interface CSPOptions {
  /** Send `Content-Security-Policy-Report-Only` instead. */
  reportOnly?: boolean;
  /** Where browsers report violations to. */
  reportTo?: string;
  /** Directives to add; one of the same name as a default takes its place. */
  csp?: string[];
  /** In a rendered page's policy, put its nonce in the place of 'unsafe-inline'. */
  useNonce?: boolean;
}

const DEFAULTS = [
  "default-src 'self'",
  "script-src 'self' 'unsafe-inline'",
  "style-src 'self' 'unsafe-inline'",
  "font-src 'self'",
  "img-src 'self' data:",
  "media-src 'self' data: blob:",
  "worker-src 'self' blob:",
  "connect-src 'self'",
  "object-src 'none'",
  "base-uri 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "upgrade-insecure-requests",
];

/** The directives in which a nonce may stand for 'unsafe-inline'. */
const INLINE = /^(default-src|script-src|script-src-elem|style-src|style-src-elem|style-src-attr) /;

/**
 * A middleware that gives every response that comes back through it a Content-Security-Policy. An
 * error page does not: it is made outside of the middlewares.
 */
export function csp<State>(options: CSPOptions = {}): Middleware<State> {
  const directives = directivesOf(options);
  const name = options.reportOnly === true
    ? "Content-Security-Policy-Report-Only"
    : "Content-Security-Policy";
  return async (ctx) => {
    const response = await ctx.next();
    const nonce = options.useNonce === true ? nonceOf(response) : undefined;
    const policy = nonce === undefined ? directives : withNonce(directives, nonce);
    response.headers.set(name, policy.join("; "));
    if (options.reportTo !== undefined) {
      response.headers.set("Reporting-Endpoints", `csp-endpoint="${options.reportTo}"`);
    }
    return response;
  };
}

function directivesOf({ csp = [], reportTo }: CSPOptions): string[] {
  const nameOf = (directive: string) => directive.split(" ", 1)[0];
  const own = new Set(csp.map(nameOf));
  const kept = DEFAULTS.filter((directive) => !own.has(nameOf(directive)));
  const reports = reportTo === undefined
    ? []
    : ["report-to csp-endpoint", `report-uri ${reportTo}`];
  return [...kept, ...csp, ...reports];
}

function withNonce(directives: readonly string[], nonce: string): string[] {
  return directives.map((directive) =>
    INLINE.test(directive) ? directive.replaceAll("'unsafe-inline'", `'nonce-${nonce}'`) : directive
  );
}
