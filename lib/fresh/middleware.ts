/**
 * Middlewares, run one inside the other.
 *
 * Here: what a middleware is and how several become one. Not here: which ones a request meets
 * (segments.ts).
 * Invariant: whatever is thrown inside is in `ctx.error` when a middleware outside catches it.
 *
 * @module
 */
import type { Context } from "./context.ts";

/**
 * Answers a request, or lets the next one answer by `ctx.next()`.
 *
 * @see https://fresh.deno.dev/docs/concepts/middleware
 */
export type Middleware<State> = (ctx: Context<State>) => Response | Promise<Response>;

/**
 * Makes one middleware of several: the first is outermost, and the last one's `ctx.next()` is what
 * `ctx.next()` was when the whole was called.
 */
export function compose<State>(middlewares: readonly Middleware<State>[]): Middleware<State> {
  return (ctx) => {
    const tail = ctx.next;
    const run = async (index: number): Promise<Response> => {
      const middleware = middlewares[index];
      if (middleware === undefined) return await tail();
      ctx.next = () => run(index + 1);
      try {
        return await middleware(ctx);
      } catch (error) {
        ctx.error = error;
        throw error;
      }
    };
    return run(0);
  };
}
