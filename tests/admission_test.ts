/**
 * The gate: how many, from where, how fast; and that it forgets.
 *
 * @module
 */

import assert from "node:assert/strict";
import fc from "fast-check";
import { Admission, type AdmissionLimits, isLoopback } from "../lib/admission.ts";
import { FakeTime } from "./fakes.ts";

const NONE: AdmissionLimits = {
  connections: 0,
  perAddress: 0,
  perSecondPerAddress: 0,
  limitsLoopback: false,
};

function open(limits: Partial<AdmissionLimits>, time = new FakeTime()) {
  const admission = new Admission({ ...NONE, ...limits }, time.now);
  /** What came of it, and what is to be called at the end. */
  const admit = (address: string) => {
    const admitted = admission.admit(address);
    return admitted.ok
      ? { is: "admitted", end: admitted.value }
      : { is: admitted.error.is, end: () => assert.fail("was not admitted") };
  };
  return { admission, time, admit };
}

/** An address of a network of its own for each number. */
function addressOf(number: number): string {
  return `2001:db8:${(number >>> 16).toString(16)}:${(number & 0xffff).toString(16)}::1`;
}

Deno.test("Admission.admit() admits as many as there may be in all, then refuses with full", () => {
  const { admission, admit } = open({ connections: 3 });
  const ends = [1, 2, 3].map((i) => admit(`192.0.2.${i}`).end);
  assert.equal(admission.open, 3);
  const refused = admission.admit("192.0.2.4");
  assert.deepEqual(refused, { ok: false, error: { is: "full", retryAfterSeconds: 5 } });
  assert.equal(admission.open, 3);
  ends[1]!();
  assert.equal(admission.open, 2);
  assert.equal(admit("192.0.2.4").is, "admitted");
  assert.equal(admit("192.0.2.5").is, "full");
});

Deno.test("Admission.admit() counts loopback among all", () => {
  const { admit } = open({ connections: 1 });
  admit("127.0.0.1");
  assert.equal(admit("127.0.0.1").is, "full");
  assert.equal(admit("192.0.2.1").is, "full");
});

Deno.test("Admission.admit() admits as many as there may be from an address, each by itself", () => {
  const { admission, admit } = open({ perAddress: 2 });
  const { end } = admit("192.0.2.1");
  admit("192.0.2.1");
  assert.equal(admit("192.0.2.1").is, "too_many");
  assert.equal(admit("192.0.2.2").is, "admitted");
  assert.equal(admission.open, 3);
  end();
  assert.equal(admit("192.0.2.1").is, "admitted");
  assert.equal(admit("192.0.2.1").is, "too_many");
});

Deno.test("Admission.admit() admits a burst of twice the rate, then the rate", () => {
  const { admission, admit, time } = open({ perSecondPerAddress: 20 });
  const from = (count: number) => Array.from({ length: count }, () => admit("192.0.2.1").is);
  assert.deepEqual(new Set(from(40)), new Set(["admitted"]));
  assert.deepEqual(new Set(from(10)), new Set(["too_fast"]));
  assert.equal(admit("192.0.2.2").is, "admitted");
  time.advance(500);
  assert.equal(from(20).filter((is) => is === "admitted").length, 10);
  assert.equal(admission.open, 51);
});

Deno.test("Admission.admit() refuses also who would have to wait for only 1 ms", () => {
  const { admit } = open({ perSecondPerAddress: 1000 });
  for (let i = 0; i < 2000; i++) assert.equal(admit("192.0.2.1").is, "admitted");
  assert.equal(admit("192.0.2.1").is, "too_fast");
});

Deno.test("Admission.admit() counts what comes against the rate, not what is there", () => {
  const { admit, time } = open({ perSecondPerAddress: 1, perAddress: 5 });
  for (let i = 0; i < 2; i++) admit("192.0.2.1").end();
  assert.equal(admit("192.0.2.1").is, "too_fast");
  time.advance(1000);
  assert.equal(admit("192.0.2.1").is, "admitted");
});

Deno.test("Admission.admit() does not charge to the rate what is refused as too many", () => {
  const { admit } = open({ perSecondPerAddress: 1, perAddress: 1 });
  const { end } = admit("192.0.2.1");
  for (let i = 0; i < 10; i++) assert.equal(admit("192.0.2.1").is, "too_many");
  end();
  assert.equal(admit("192.0.2.1").is, "admitted");
});

Deno.test("Admission.admit() tells in whole seconds when to come again", () => {
  const { admission, time } = open({ perSecondPerAddress: 3, perAddress: 7 });
  for (let i = 0; i < 6; i++) admission.admit("192.0.2.1");
  const tooFast = admission.admit("192.0.2.1");
  assert.deepEqual(tooFast, { ok: false, error: { is: "too_fast", retryAfterSeconds: 1 } });
  time.advance(1000);
  admission.admit("192.0.2.1");
  const tooMany = admission.admit("192.0.2.1");
  assert.deepEqual(tooMany, { ok: false, error: { is: "too_many", retryAfterSeconds: 60 } });
});

Deno.test("Admission.peek() tells what admit() would, and costs the address nothing", () => {
  const { admission, admit, time } = open({
    connections: 4,
    perAddress: 3,
    perSecondPerAddress: 1,
  });
  const peek = (address: string) => {
    for (let i = 0; i < 10; i++) admission.peek(address);
    return admission.peek(address)?.is ?? "admitted";
  };
  for (const waitMs of [0, 0, 0, 1000, 1000, 1000]) {
    time.advance(waitMs);
    const told = peek("192.0.2.1");
    assert.equal(admit("192.0.2.1").is, told);
  }
  assert.equal(peek("192.0.2.1"), "too_many");
  assert.equal(peek("192.0.2.2"), "admitted");
  admit("127.0.0.1");
  assert.equal(peek("192.0.2.2"), "full");
  assert.equal(admission.open, 4);
});

Deno.test("Admission.admit() knows no limit that is 0", () => {
  const { admission, admit } = open({});
  for (let i = 0; i < 5000; i++) assert.equal(admit("192.0.2.1").is, "admitted");
  assert.equal(admission.open, 5000);
  assert.equal(admission.most, Infinity);
});

const LOOPBACK = ["127.0.0.1", "127.1.2.3", "::1", "::ffff:127.0.0.1"];

Deno.test("Admission.admit() limits loopback only where it is asked to", () => {
  for (const address of LOOPBACK) {
    const free = open({ perAddress: 1, perSecondPerAddress: 1 });
    for (let i = 0; i < 10; i++) assert.equal(free.admit(address).is, "admitted", address);
    const limited = open({ perAddress: 1, limitsLoopback: true });
    assert.equal(limited.admit(address).is, "admitted");
    assert.equal(limited.admit(address).is, "too_many", address);
  }
});

Deno.test("isLoopback() is true of this machine's addresses only", () => {
  for (const address of LOOPBACK) assert.equal(isLoopback(address), true, address);
  for (
    const address of ["128.0.0.1", "10.0.0.1", "0.0.0.0", "::", "::2", "fe80::1", "1.127.0.1", ""]
  ) {
    assert.equal(isLoopback(address), false, address);
  }
});

const SAME: readonly (readonly [one: string, other: string])[] = [
  ["192.0.2.1", "::ffff:192.0.2.1"],
  ["192.0.2.1", "::FFFF:192.0.2.1"],
  ["2001:db8:1:2::1", "2001:0DB8:0001:2::1"],
  ["2001:db8:1:2::1", "2001:db8:1:2::2"],
  ["2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff"],
  ["2001:db8::1", "2001:db8:0:0:1::"],
  ["2001:db8:0:0:1:2:3:4", "2001:db8::4"],
  ["2001:db8:1::", "2001:db8:1:0:5:6:7:8"],
  ["2001::1", "2001:0:0:0:1:1:1:1"],
  ["2001:db8::4:5:6:7:8", "2001:db8:0:4:1:2:3:4"],
];

for (const [one, other] of SAME) {
  Deno.test(`Admission.admit() takes ${one} and ${other} for one address`, () => {
    const { admit } = open({ perAddress: 1 });
    assert.equal(admit(one).is, "admitted");
    assert.equal(admit(other).is, "too_many");
    assert.equal(open({ perAddress: 1 }).admit(other).is, "admitted");
  });
}

const OTHERS: readonly (readonly [one: string, other: string])[] = [
  ["192.0.2.1", "192.0.2.2"],
  ["::ffff:192.0.2.1", "::ffff:192.0.2.2"],
  ["2001:db8:1:2::1", "2001:db8:1:3::1"],
  ["2001:db8:0:1::1", "2001:db8::1"],
  ["2001:db8::1", "2001:db9::1"],
  ["2001:db8::1", "2002:db8::1"],
  ["fe80::1", "fe80:0:0:1::1"],
  ["64:ff9b::1", "64:ff9c::1"],
];

for (const [one, other] of OTHERS) {
  Deno.test(`Admission.admit() takes ${one} and ${other} for two addresses`, () => {
    const { admit } = open({ perAddress: 1 });
    assert.equal(admit(one).is, "admitted");
    assert.equal(admit(other).is, "admitted");
  });
}

Deno.test("Admission's release is idempotent", async () => {
  const { admission, admit } = open({ connections: 2, perAddress: 2 });
  const { end } = admit("192.0.2.1");
  admit("192.0.2.1");
  for (let i = 0; i < 5; i++) end();
  assert.equal(admission.open, 1);
  assert.equal(admit("192.0.2.1").is, "admitted");
  assert.equal(admit("192.0.2.1").is, "full");
  let emptied = false;
  void admission.emptied().then(() => emptied = true);
  end();
  await Promise.resolve();
  assert.equal(emptied, false);
});

Deno.test("Admission.open is right whoever comes and goes, and no limit is passed", () => {
  const steps = fc.array(
    fc.oneof(
      fc.record({ does: fc.constant("come" as const), which: fc.nat(4) }),
      fc.record({ does: fc.constant("go" as const), which: fc.nat(100) }),
    ),
    { maxLength: 200 },
  );
  fc.assert(
    fc.property(steps, (all) => {
      const { admission, admit } = open({ connections: 8, perAddress: 3 });
      const there: { address: string; end: () => void }[] = [];
      for (const { does, which } of all) {
        if (does === "go") {
          there.splice(which % (there.length + 1), 1)[0]?.end();
        } else {
          const address = `192.0.2.${which}`;
          const own = there.filter((one) => one.address === address).length;
          const expected = there.length >= 8 ? "full" : own >= 3 ? "too_many" : "admitted";
          const { is, end } = admit(address);
          assert.equal(is, expected);
          if (is === "admitted") there.push({ address, end });
        }
        assert.equal(admission.open, there.length);
      }
    }),
  );
});

/** Runs with every Map that is created meanwhile in a list: what is held cannot be seen otherwise. */
function withMapsSeen<T>(run: () => T): { value: T; maps: ReadonlyMap<unknown, unknown>[] } {
  const maps: Map<unknown, unknown>[] = [];
  const { Map: Original } = globalThis;
  globalThis.Map = class<K, V> extends Original<K, V> {
    constructor(entries?: Iterable<readonly [K, V]> | null) {
      super(entries ?? null);
      maps.push(this);
    }
  } as MapConstructor;
  try {
    return { value: run(), maps };
  } finally {
    globalThis.Map = Original;
  }
}

Deno.test("Admission forgets addresses that have gone, however many there were", () => {
  const { value, maps } = withMapsSeen(() => open({ perAddress: 1, perSecondPerAddress: 20 }));
  const { admit, time } = value;
  assert.equal(maps.length, 1);
  let most = 0;
  for (let i = 0; i < 100_000; i++) {
    admit(addressOf(i)).end();
    time.advance(1);
    most = Math.max(most, maps[0]!.size);
  }
  assert.ok(most >= 1000, "the map is not the one that was meant");
  assert.ok(most <= 20_000, `${most} addresses were known`);
});

Deno.test("Admission forgets addresses that have gone also where there is no rate", () => {
  const { value, maps } = withMapsSeen(() => open({ perAddress: 1 }));
  for (let i = 0; i < 50_000; i++) value.admit(addressOf(i)).end();
  assert.ok(maps[0]!.size <= 20_000, `${maps[0]!.size} addresses are known`);
});

Deno.test("Admission forgets neither who is there nor who came too fast", () => {
  const { admit } = open({ perAddress: 1, perSecondPerAddress: 1 });
  const there = admit(addressOf(1));
  for (let i = 0; i < 2; i++) admit(addressOf(2)).end();
  for (let i = 10; i < 30_000; i++) {
    // The clock stands still: nobody's bucket fills.
    admit(addressOf(i)).end();
  }
  assert.equal(admit(addressOf(1)).is, "too_many");
  assert.equal(admit(addressOf(2)).is, "too_fast");
  there.end();
});

Deno.test("Admission forgets in time that does not grow with the square of the addresses", () => {
  let calls = 0;
  const admission = new Admission({ ...NONE, perSecondPerAddress: 1 }, () => {
    calls++;
    return 0;
  });
  // Nobody can be forgotten: the clock stands still.
  for (let i = 0; i < 100_000; i++) admission.admit(addressOf(i));
  // Two calls for each address, and one for each sweep.
  assert.ok(calls - 200_000 < 10, `${calls - 200_000} sweeps`);
});

Deno.test("Admission.emptied() resolves at once where nobody is there", async () => {
  await open({}).admission.emptied();
});

Deno.test("Admission.emptied() resolves when the last one has gone, and not before", async () => {
  const { admission, admit } = open({});
  const ends = [admit("192.0.2.1").end, admit("127.0.0.1").end];
  let emptied = false;
  const wait = admission.emptied().then(() => emptied = true);
  ends[0]!();
  await Promise.resolve();
  assert.equal(emptied, false);
  ends[1]!();
  await wait;
  assert.equal(admission.open, 0);
});

Deno.test("Admission.emptied() waits again for those who come after it has resolved", async () => {
  const { admission, admit } = open({});
  const first = admission.emptied();
  const { end } = admit("192.0.2.1");
  await first;
  let emptied = 0;
  void admission.emptied().then(() => emptied++);
  end();
  const again = admit("192.0.2.1");
  const wait = admission.emptied().then(() => emptied++);
  for (let i = 0; i < 3; i++) await Promise.resolve();
  assert.equal(emptied, 1);
  again.end();
  await wait;
  assert.equal(emptied, 2);
});

Deno.test("Admission.emptied() resolves for everybody who waits", async () => {
  const { admission, admit } = open({});
  const { end } = admit("192.0.2.1");
  const told: number[] = [];
  void admission.emptied().then(() => told.push(1));
  void admission.emptied().then(() => told.push(2));
  end();
  for (let i = 0; i < 3; i++) await Promise.resolve();
  assert.deepEqual(told, [1, 2]);
});
