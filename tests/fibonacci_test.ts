/**
 * Fibonacci numbers against slow ways to get them, and the pool of workers: with fakes, then with real ones.
 *
 * @module
 */

import assert from "node:assert/strict";
import fc from "fast-check";
import {
  fibonacci,
  type FibonacciAnswer,
  FibonacciPool,
  type FibonacciPoolOptions,
  type FibonacciWorker,
} from "../lib/fibonacci.ts";
import { FakeTime } from "./fakes.ts";

// ----------------------------------------------------------------------------------------------------- the numbers

Deno.test("fibonacci() is what adding gives, for each n to 1000", () => {
  let [a, b] = [0n, 1n];
  for (let n = 0; n <= 1000; n++) {
    assert.equal(fibonacci(n), a, `F(${n})`);
    [a, b] = [b, a + b];
  }
});

Deno.test("fibonacci() has the values that everybody knows", () => {
  assert.deepEqual([0, 1, 2, 3, 10, 50, 78, 79].map(fibonacci), [
    0n,
    1n,
    1n,
    2n,
    55n,
    12586269025n,
    8944394323791464n,
    14472334024676221n,
  ]);
  assert.equal(fibonacci(100), 354224848179261915075n);
});

Deno.test("fibonacci() of the largest n that is allowed has as many digits as it must have", () => {
  // n log10(phi) - log10(5) / 2, rounded up.
  const digits = (n: number) =>
    Math.ceil(n * Math.log10((1 + Math.sqrt(5)) / 2) - Math.log10(5) / 2);
  for (const n of [100_000, 1_000_000]) {
    assert.equal(fibonacci(n).toString().length, digits(n), `F(${n})`);
  }
});

Deno.test("fibonacci() is the sum of the two before it, at the edges of the doubling", () => {
  for (let bit = 1; bit <= 17; bit++) {
    for (const n of [2 ** bit - 1, 2 ** bit, 2 ** bit + 1]) {
      assert.equal(fibonacci(n + 2), fibonacci(n + 1) + fibonacci(n), `F(${n + 2})`);
    }
  }
});

const large = fc.integer({ min: 2, max: 30_000 });

function gcd(a: bigint, b: bigint): bigint {
  while (b !== 0n) [a, b] = [b, a % b];
  return a;
}

Deno.test("fibonacci() keeps F(2n) = F(n) (2 F(n + 1) - F(n))", () => {
  fc.assert(
    fc.property(large, (n) => {
      assert.equal(fibonacci(2 * n), fibonacci(n) * (2n * fibonacci(n + 1) - fibonacci(n)));
    }),
  );
});

Deno.test("fibonacci() keeps Cassini's F(n - 1) F(n + 1) - F(n)^2 = (-1)^n", () => {
  fc.assert(
    fc.property(large, (n) => {
      const difference = fibonacci(n - 1) * fibonacci(n + 1) - fibonacci(n) ** 2n;
      assert.equal(difference, n % 2 === 0 ? 1n : -1n);
    }),
  );
});

Deno.test("fibonacci() keeps gcd(F(m), F(n)) = F(gcd(m, n))", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2000 }), fc.integer({ min: 1, max: 2000 }), (m, n) => {
      const common = Number(gcd(BigInt(m), BigInt(n)));
      assert.equal(gcd(fibonacci(m), fibonacci(n)), fibonacci(common));
    }),
  );
});

// -------------------------------------------------------------------------------------------------------- the pool

/** A worker that answers when the test says so. */
class FakeWorker implements FibonacciWorker {
  onmessage: FibonacciWorker["onmessage"] = null;
  onerror: FibonacciWorker["onerror"] = null;
  readonly asked: number[] = [];
  terminated = 0;
  askedAfterItsEnd = false;

  postMessage(n: unknown): void {
    // An exception would be taken for a fault of the worker.
    if (this.terminated > 0) this.askedAfterItsEnd = true;
    this.asked.push(n as number);
  }

  terminate(): void {
    this.terminated++;
  }

  /** Answers what it was asked last, with a text as long as `digits`. */
  answer(digits = String(this.asked.at(-1)), elapsedMs = 1): void {
    const data: FibonacciAnswer = { digits, elapsedMs };
    this.onmessage?.call(this as unknown as Worker, new MessageEvent("message", { data }));
  }

  /** Fails; returns whether that was handled. */
  fail(): boolean {
    const event = new ErrorEvent("error", { message: "no", cancelable: true });
    this.onerror?.call(this as unknown as Worker, event);
    return event.defaultPrevented;
  }
}

type Outcome = Awaited<ReturnType<FibonacciPool["compute"]>>;

function open(options: FibonacciPoolOptions = {}) {
  const workers: FakeWorker[] = [];
  const time = new FakeTime();
  const pool = new FibonacciPool({
    workers: 1,
    time,
    createWorker: () => {
      const worker = new FakeWorker();
      workers.push(worker);
      return worker;
    },
    ...options,
  });
  /** The outcomes so far, by their order of asking; each is to come once. */
  const outcomes: (Outcome | undefined)[] = [];
  const ask = (...ns: number[]) => {
    for (const n of ns) {
      const index = outcomes.push(undefined) - 1;
      void pool.compute(n).then((outcome) => outcomes[index] = outcome);
    }
  };
  return { workers, time, pool, outcomes, ask };
}

/** Lets everything run that waits for no worker and no time. */
async function settle(): Promise<void> {
  for (let i = 0; i < 10; i++) await Promise.resolve();
}

function answered(digits: string, elapsedMs = 1): Outcome {
  return { ok: true, value: { digits, elapsedMs } };
}

function failed(error: "queue_full" | "deadline" | "fault"): Outcome {
  return { ok: false, error };
}

Deno.test("FibonacciPool asks no worker any more that failed while it was idle", async () => {
  const { workers, ask, outcomes } = open();
  ask(10);
  workers[0]!.answer("55");
  await settle();
  workers[0]!.fail();
  ask(11);
  workers[1]!.answer("89");
  await settle();
  assert.deepEqual(outcomes[1], answered("89"));
});

Deno.test("FibonacciPool starts no worker before it is asked", () => {
  assert.equal(open({ workers: 4 }).workers.length, 0);
});

for (const [cores, most] of [[1, 1], [2, 1], [3, 2], [5, 4], [64, 4]] as const) {
  Deno.test(`FibonacciPool has by default ${most} of ${cores} cores`, () => {
    const own = Object.getOwnPropertyDescriptor(navigator, "hardwareConcurrency");
    Object.defineProperty(navigator, "hardwareConcurrency", { value: cores, configurable: true });
    try {
      const workers: FakeWorker[] = [];
      const pool = new FibonacciPool({
        time: new FakeTime(),
        createWorker: () => workers[workers.push(new FakeWorker()) - 1]!,
      });
      for (let n = 0; n < 10; n++) void pool.compute(n);
      assert.equal(workers.length, most);
    } finally {
      if (own === undefined) Reflect.deleteProperty(navigator, "hardwareConcurrency");
      else Object.defineProperty(navigator, "hardwareConcurrency", own);
    }
  });
}

Deno.test("FibonacciPool.compute() gives the worker's answer, and uses the worker again", async () => {
  const { workers, time, outcomes, ask } = open({ workers: 4 });
  ask(10);
  assert.deepEqual(workers[0]?.asked, [10]);
  workers[0]!.answer("55", 0.25);
  await settle();
  assert.deepEqual(outcomes, [answered("55", 0.25)]);
  ask(11);
  assert.equal(workers.length, 1);
  assert.deepEqual(workers[0]!.asked, [10, 11]);
  workers[0]!.answer("89");
  await settle();
  assert.equal(time.pending, 0);
});

Deno.test("FibonacciPool.compute() starts workers up to their number, then queues in order", async () => {
  const { workers, outcomes, ask } = open({ workers: 2 });
  ask(1, 2, 3, 4, 5);
  assert.deepEqual(workers.map(({ asked }) => asked), [[1], [2]]);
  workers[1]!.answer();
  workers[0]!.answer();
  workers[1]!.answer();
  assert.deepEqual(workers.map(({ asked }) => asked), [[1, 4], [2, 3, 5]]);
  workers[0]!.answer();
  workers[1]!.answer();
  await settle();
  assert.deepEqual(outcomes, ["1", "2", "3", "4", "5"].map((digits) => answered(digits)));
  assert.equal(workers.length, 2);
});

Deno.test("FibonacciPool.compute() refuses what the queue has no room for, until it has", async () => {
  const { workers, outcomes, ask } = open({ queueLength: 2 });
  ask(1, 2, 3, 4);
  await settle();
  assert.deepEqual(outcomes, [undefined, undefined, undefined, failed("queue_full")]);
  workers[0]!.answer();
  ask(4, 5);
  await settle();
  assert.deepEqual(outcomes.slice(4), [undefined, failed("queue_full")]);
  for (let i = 0; i < 3; i++) workers[0]!.answer();
  await settle();
  assert.deepEqual(workers[0]!.asked, [1, 2, 3, 4]);
  assert.deepEqual(outcomes[4], answered("4"));
});

Deno.test("FibonacciPool queues 256 by default", async () => {
  const { outcomes, ask } = open();
  ask(...Array.from({ length: 258 }, (_, n) => n));
  await settle();
  assert.deepEqual(outcomes.slice(-2), [undefined, failed("queue_full")]);
});

Deno.test("FibonacciPool.compute() shares the computation of the same n", async () => {
  const { workers, outcomes, ask } = open({ queueLength: 1 });
  // The one of 2 waits in the queue, which is full with it.
  ask(1, 1, 2, 1, 2, 2);
  workers[0]!.answer();
  workers[0]!.answer();
  await settle();
  assert.deepEqual(workers[0]!.asked, [1, 2]);
  assert.deepEqual(outcomes, ["1", "1", "2", "1", "2", "2"].map((digits) => answered(digits)));
});

Deno.test("FibonacciPool.compute() replaces a worker that does not end within the deadline", async () => {
  const { workers, time, outcomes, ask } = open({ deadlineMs: 2000 });
  ask(1, 2, 1);
  time.advance(1999);
  await settle();
  assert.deepEqual(outcomes, [undefined, undefined, undefined]);
  assert.equal(workers[0]!.terminated, 0);
  time.advance(1);
  await settle();
  assert.deepEqual(outcomes, [failed("deadline"), undefined, failed("deadline")]);
  assert.equal(workers[0]!.terminated, 1);
  assert.deepEqual(workers.map(({ asked }) => asked), [[1], [2]]);
  workers[1]!.answer();
  await settle();
  assert.deepEqual(outcomes[1], answered("2"));
  assert.equal(time.pending, 0);
});

Deno.test("FibonacciPool.compute() gives each computation the whole deadline", async () => {
  const { workers, time, outcomes, ask } = open({ deadlineMs: 2000 });
  ask(1, 2);
  time.advance(1500);
  workers[0]!.answer();
  time.advance(1500);
  await settle();
  assert.equal(outcomes[1], undefined);
  workers[0]!.answer();
  await settle();
  assert.deepEqual(outcomes, [answered("1"), answered("2")]);
  assert.equal(workers[0]!.terminated, 0);
});

Deno.test("FibonacciPool.compute() computes again what failed before", async () => {
  const { workers, time, outcomes, ask } = open();
  ask(1);
  time.advance(2000);
  ask(1);
  workers[1]!.answer();
  await settle();
  assert.deepEqual(outcomes, [failed("deadline"), answered("1")]);
});

Deno.test("FibonacciPool.compute() tells of a worker's fault, handles it and goes on with another", async () => {
  const { workers, time, outcomes, ask } = open();
  ask(1, 2);
  assert.equal(workers[0]!.fail(), true);
  await settle();
  assert.deepEqual(outcomes, [failed("fault"), undefined]);
  assert.equal(workers[0]!.terminated, 1);
  workers[1]!.answer();
  await settle();
  assert.deepEqual(outcomes[1], answered("2"));
  assert.equal(time.pending, 0);
});

Deno.test("FibonacciPool.compute() gives a fault and does not throw where no worker can be had", async () => {
  let broken = true;
  const worker = new FakeWorker();
  const { outcomes, ask } = open({
    createWorker: () => {
      if (broken) throw new Deno.errors.NotCapable("no workers");
      return worker;
    },
  });
  assert.doesNotThrow(() => ask(1));
  await settle();
  assert.deepEqual(outcomes[0], failed("fault"));
  broken = false;
  ask(1);
  worker.answer();
  await settle();
  assert.deepEqual(outcomes.at(-1), answered("1"));
});

Deno.test("FibonacciPool.compute() knows what it has computed, in 0 ms", async () => {
  const { workers, outcomes, ask } = open();
  ask(10);
  workers[0]!.answer("55");
  await settle();
  ask(10);
  await settle();
  assert.deepEqual(outcomes, [answered("55"), answered("55", 0)]);
  assert.deepEqual(workers[0]!.asked, [10]);
});

Deno.test("FibonacciPool answers what it knows also when the queue is full", async () => {
  const { workers, outcomes, ask } = open({ queueLength: 1 });
  ask(10);
  workers[0]!.answer("55");
  ask(1, 2, 3, 10);
  await settle();
  assert.deepEqual(outcomes.slice(3), [failed("queue_full"), answered("55", 0)]);
});

/** Asks for an n whose answer has so many digits; returns whether a worker had to compute it. */
async function computes(
  { workers, ask }: ReturnType<typeof open>,
  n: number,
  digits = 10,
): Promise<boolean> {
  const before = workers[0]?.asked.length ?? 0;
  ask(n);
  const computed = workers[0]!.asked.length > before;
  if (computed) workers[0]!.answer("9".repeat(digits));
  await settle();
  return computed;
}

Deno.test("FibonacciPool forgets what was asked for longest ago when it keeps too many digits", async () => {
  const pool = open({ cacheDigits: 30 });
  for (const n of [1, 2, 3]) assert.equal(await computes(pool, n), true);
  // Makes 1 the newest.
  assert.equal(await computes(pool, 1), false);
  assert.equal(await computes(pool, 4), true);
  assert.equal(await computes(pool, 1), false);
  assert.equal(await computes(pool, 3), false);
  assert.equal(await computes(pool, 2), true);
});

Deno.test("FibonacciPool counts the digits that it keeps, not the numbers", async () => {
  const pool = open({ cacheDigits: 30 });
  for (const n of [1, 2, 3]) await computes(pool, n, 10);
  await computes(pool, 4, 25);
  assert.equal(await computes(pool, 4), false);
  for (const n of [1, 2, 3]) assert.equal(await computes(pool, n, 10), true, String(n));
});

Deno.test("FibonacciPool keeps nothing that is longer than all that it may keep", async () => {
  const pool = open({ cacheDigits: 30 });
  await computes(pool, 1, 31);
  assert.equal(await computes(pool, 1, 31), true);
  await computes(pool, 2, 30);
  assert.equal(await computes(pool, 2), false);
});

Deno.test("FibonacciPool.close() ends the workers and answers whoever waits with a fault", async () => {
  const { workers, time, pool, outcomes, ask } = open({ workers: 2 });
  ask(1, 2, 3, 4, 3);
  workers[1]!.answer();
  workers[1]!.answer();
  pool.close();
  await settle();
  const expected = [failed("fault"), answered("2"), answered("3"), failed("fault"), answered("3")];
  assert.deepEqual(outcomes, expected);
  assert.deepEqual(workers.map(({ terminated }) => terminated), [1, 1]);
  assert.equal(time.pending, 0);
});

Deno.test("FibonacciPool.close() ends workers that have nothing to do", async () => {
  const { workers, pool, ask } = open();
  ask(1);
  workers[0]!.answer();
  await settle();
  pool.close();
  assert.equal(workers[0]!.terminated, 1);
});

Deno.test("FibonacciPool answers everybody once, whatever its workers do", async () => {
  const steps = fc.array(
    fc.oneof(
      { weight: 4, arbitrary: fc.record({ does: fc.constant("ask" as const), value: fc.nat(12) }) },
      {
        weight: 3,
        arbitrary: fc.record({ does: fc.constant("answer" as const), value: fc.nat(9) }),
      },
      { weight: 1, arbitrary: fc.record({ does: fc.constant("fail" as const), value: fc.nat(9) }) },
      {
        weight: 1,
        arbitrary: fc.record({ does: fc.constant("wait" as const), value: fc.nat(2500) }),
      },
    ),
    { maxLength: 80 },
  );
  await fc.assert(
    fc.asyncProperty(steps, fc.integer({ min: 1, max: 3 }), async (all, size) => {
      const { workers, time, pool, outcomes, ask } = open({
        workers: size,
        queueLength: 3,
        cacheDigits: 4,
      });
      const asked: number[] = [];
      // A worker at work has been asked once more than it has answered.
      const answers = new Map<FakeWorker, number>();
      const atWork = () =>
        workers.filter((worker) =>
          worker.terminated === 0 && worker.asked.length > (answers.get(worker) ?? 0)
        );
      for (const { does, value } of all) {
        const worker = atWork()[value % Math.max(1, atWork().length)];
        if (does === "ask") {
          asked.push(value);
          ask(value);
        } else if (does === "wait") time.advance(value);
        else if (worker !== undefined) {
          answers.set(worker, (answers.get(worker) ?? 0) + 1);
          if (does === "answer") worker.answer();
          else worker.fail();
        }
        assert.ok(atWork().length <= size, "too many workers");
        assert.equal(time.pending, atWork().length, "a deadline for each that is at work");
        await settle();
      }
      pool.close();
      await settle();
      assert.equal(outcomes.filter((outcome) => outcome !== undefined).length, asked.length);
      outcomes.forEach((outcome, index) => {
        if (outcome?.ok) assert.equal(outcome.value.digits, String(asked[index]));
      });
      assert.deepEqual(workers.filter(({ terminated }) => terminated !== 1), []);
      assert.deepEqual(workers.filter(({ askedAfterItsEnd }) => askedAfterItsEnd), []);
      assert.equal(time.pending, 0);
    }),
    { numRuns: 200 },
  );
});

// --------------------------------------------------------------------------------------------------- real workers

Deno.test("FibonacciPool computes in real workers beside the event loop, and ends them", async () => {
  // A minute, so that a busy machine does not fail the test: the deadline is tested above.
  const pool = new FibonacciPool({ workers: 2, deadlineMs: 60_000 });
  try {
    const ns = [0, 1, 10, 79, 1000, 100_000];
    const outcomes = await Promise.all(ns.map((n) => pool.compute(n)));
    for (const [index, n] of ns.entries()) {
      const outcome = outcomes[index]!;
      assert.ok(outcome.ok);
      assert.equal(outcome.value.digits, fibonacci(n).toString());
      assert.ok(outcome.value.elapsedMs >= 0);
    }
    const known = await pool.compute(100_000);
    assert.ok(known.ok && known.value.elapsedMs === 0);
  } finally {
    pool.close();
  }
});
