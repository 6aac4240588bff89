/**
 * Serving an app.
 *
 * Here: the port. Not here: what is served.
 * Invariant: a port that was asked for is the one, or it is an error.
 *
 * @module
 */

/** Options of `Deno.serve`. */
export type ListenOptions = Partial<
  Deno.ServeTcpOptions & Deno.TlsCertifiedKeyPem
>;

/**
 * Serves on `options.port`, else on the first free port of 8000 to 8019. Resolves when it listens.
 *
 * @throws {Deno.errors.AddrInUse} If the port, or each of them, is taken.
 */
export function listenOnFreePort(
  handler: Deno.ServeHandler,
  options: ListenOptions,
): Promise<void> {
  const first = options.port ?? 8000;
  const last = options.port ?? 8019;
  for (let port = first;; port++) {
    try {
      Deno.serve({ onListen: announce, ...options, port }, handler);
      return Promise.resolve();
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse) || port === last) {
        throw error;
      }
    }
  }
}

function announce({ hostname, port }: Deno.NetAddr): void {
  const host = ["0.0.0.0", "::"].includes(hostname) ? "localhost" : hostname;
  // deno-lint-ignore no-console -- where to find the app is what this is for
  console.log(`Fresh ready: http://${host}:${port}/`);
}
