/**
 * The beat: a callback on every second of the wall clock. What is sent with it is the hub's business.
 *
 * Invariant: one call when the clock enters a second, however many it has passed over.
 *
 * @module
 */

/** Time, as a program sees it; tests give a fake. */
export interface Time {
  /** Ms since the epoch; an administrator may set it. */
  readonly now: () => number;
  /** Ms since any moment; never set back: for ages and waits. */
  readonly elapsed: () => number;
  /** Calls back once after `ms`; returns what cancels it. */
  readonly after: (ms: number, callback: () => void) => () => void;
}

/** The system's time. */
export const systemTime: Time = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  after: (ms, callback) => {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
};

/**
 * Calls `tick` on the second, each second, until the returned function is called. It does not drift, since each wait is
 * measured anew; after a pause of the process there is one call and not many. An exception of `tick` goes to `onError`
 * and the beat goes on.
 *
 * @param tick Takes the ms since the epoch at which it is called.
 * @param options `done`: hears when a tick was carried out, of when it was, and how long after its second that is, in ms.
 * @returns What stops the beat; idempotent.
 */
export function everySecond(
  tick: (at: number) => void,
  options: {
    readonly time?: Time;
    readonly done?: (at: number, lateMs: number) => void;
    readonly onError: (error: unknown) => void;
  },
): () => void {
  const { time = systemTime, done, onError } = options;
  let last = Math.floor(time.now() / 1000);
  let stopped = false;
  /** By `elapsed`, so that a clock that is set makes no tick late. */
  let dueAt = 0;
  let cancel = wait();

  function wait(): () => void {
    const waitMs = 1000 - time.now() % 1000;
    dueAt = time.elapsed() + waitMs;
    return time.after(waitMs, beat);
  }

  function beat(): void {
    const at = time.now();
    const second = Math.floor(at / 1000);
    // A timer may fire a little early: then it is still the last second, and the rest is waited for. "Differs" and not
    // "is later": a clock that was set back must not silence the beat.
    if (second !== last) {
      last = second;
      try {
        tick(at);
        done?.(at, time.elapsed() - dueAt);
      } catch (error) {
        onError(error);
      }
    }
    if (!stopped) cancel = wait();
  }

  return () => {
    stopped = true;
    cancel();
  };
}

/** The clock on the wall, as the wire writes it. */
export interface WallTime {
  /** `14:30:25`, in the server's time zone. */
  readonly time: string;
  /** `2026-11-20`, in the server's time zone. */
  readonly date: string;
  /** ISO 8601, UTC, ms. */
  readonly timestamp: string;
}

/** Writes a moment, given in ms since the epoch, as the wire does. */
export function wallTime(at: number): WallTime {
  const date = new Date(at);
  const two = (value: number) => String(value).padStart(2, "0");
  return {
    time: `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`,
    date: `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`,
    timestamp: date.toISOString(),
  };
}

/** How often it is looked whether the moment has come: the clock may be set, and no timer waits for longer than 24 days. */
const LOOK_MS = 3_600_000;

/**
 * Calls back once when a moment has come by the clock.
 *
 * @param at Ms since the epoch.
 * @returns What cancels it; idempotent.
 */
export function when(
  at: number,
  { time, callback }: { readonly time: Time; readonly callback: () => void },
): () => void {
  let cancel = wait();

  function wait(): () => void {
    return time.after(Math.min(Math.max(0, at - time.now()), LOOK_MS), look);
  }

  function look(): void {
    if (time.now() >= at) callback();
    else cancel = wait();
  }

  return () => cancel();
}
