import assert from "node:assert/strict";
import { Latency } from "../lib/latency.ts";

Deno.test("Latency.record() counts, sums, and takes what is below 0 for 0", () => {
  const latency = new Latency();
  for (const ms of [1, 2.5, -3, 60_000]) latency.record(ms);
  assert.deepEqual([latency.count, latency.sumMs], [4, 60_003.5]);
});

Deno.test("Latency.countsUpTo() counts those at a bound, and those below it", () => {
  const latency = new Latency();
  for (const ms of [0, 0.01, 0.0101, 1, 1.01, 2.5, 5000, 5001, 90_000]) latency.record(ms);
  assert.deepEqual(latency.countsUpTo([0.01, 0.1, 1, 2.5, 5000]), [2, 3, 4, 6, 7]);
});

Deno.test("Latency.watch() tells the quantile of what came since it was last asked, at most 12.5 % off", () => {
  const latency = new Latency();
  latency.record(3000);
  const watch = latency.watch();
  const other = latency.watch();
  assert.deepEqual(watch(), { count: 0, p99Ms: undefined });
  for (let ms = 0.1; ms <= 100; ms += 0.1) latency.record(ms);
  const { count, p99Ms = 0 } = watch();
  assert.ok(count >= 999 && p99Ms >= 99 && p99Ms <= 99 * 1.125, `${count} ${p99Ms}`);
  latency.record(7);
  assert.deepEqual(watch(), { count: 1, p99Ms: 7.1 });
  assert.ok(other().count > 999, "each asks for itself");
});

Deno.test("Latency.watch() tells of what is beyond all bounds the last of them", () => {
  const latency = new Latency();
  const watch = latency.watch();
  latency.record(70_000);
  assert.deepEqual(watch(), { count: 1, p99Ms: 9000 });
});
