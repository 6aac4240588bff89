/**
 * What the client end needs from where it runs: sockets, time and chance. Page and console take the real ones, tests give
 * fakes.
 *
 * @module
 */

/** What the connection needs from its surroundings; tests give fakes. */
export interface Surroundings {
  readonly createSocket: (url: string, protocols?: string[]) => WebSocket;
  readonly now: () => number;
  /** Ms since any moment; never set back, whatever is done to the clock. */
  readonly elapsed: () => number;
  /** Calls back once after `ms`; returns what cancels it. */
  readonly after: (ms: number, callback: () => void) => () => void;
  readonly random: () => number;
}

/** The surroundings of a running program. */
export const REAL: Surroundings = {
  createSocket: (url, protocols) => new WebSocket(url, protocols),
  now: () => Date.now(),
  elapsed: () => performance.now(),
  after: (ms, callback) => {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
  random: Math.random,
};
