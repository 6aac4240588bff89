/**
 * The property of presence: whatever nodes do, and whatever befalls them, the rules hold. Commands of several nodes come
 * together in any order, and clocks are set, nodes sleep and die, and answers are lost in the midst of them.
 *
 * @module
 */

import fc from "fast-check";
import { anySeed } from "./chance.ts";
import { SteppedDatabase } from "./presence_model_database.ts";
import type { Trouble } from "./presence_model_node.ts";
import { type Command, type Passing, Run, type Step } from "./presence_model_run.ts";

const MOST_STEPS = 10;
const TOGETHER = 4;

const node = fc.nat(2);
const claim = fc.record({
  do: fc.constant("claim" as const),
  node,
  name: fc.nat(2),
});
const held = fc.record({
  do: fc.constantFrom("claim again" as const, "leave" as const, "release" as const),
  held: fc.nat(5),
});
const resume = fc.record({ do: fc.constant("resume" as const), node, session: fc.nat(7) });
const trouble = fc.record({
  do: fc.constant("befall" as const),
  node,
  trouble: fc.constantFrom<Trouble>("dies", "closes", "sleeps", "silent", "unheard", "well"),
});
const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 6, arbitrary: claim },
  { weight: 6, arbitrary: held },
  { weight: 4, arbitrary: resume },
  { weight: 3, arbitrary: trouble },
  { weight: 1, arbitrary: fc.constant({ do: "start" as const }) },
);

const passing: fc.Arbitrary<Passing> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("pass" as const),
      ms: fc.constantFrom(1000, 2500, 5000, 16_000),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("set" as const),
      ms: fc.constantFrom(-20_000, -3000, 10_000, 14_000, 20_000),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constantFrom("beat" as const, "wake" as const), node }),
  },
);

const step: fc.Arbitrary<Step> = fc.record({
  passing: fc.option(passing, { nil: undefined }),
  commands: fc.array(command, { maxLength: TOGETHER }),
  order: fc.array(fc.nat(4), { maxLength: 12 }),
});
const steps = fc.array(step, { maxLength: MOST_STEPS, size: "max" });

/** What {@linkcode checkModel} did. */
export interface Checked {
  readonly runs: number;
  /** How many commands the nodes were given. */
  readonly commands: number;
  readonly ms: number;
}

/**
 * Holds presence against its rules.
 *
 * @param options `seed`: repeats the runs of before.
 * @throws {Error} If they do not hold: with the shortest story that was found of how, and the seed.
 */
export async function checkModel(
  options: { readonly runs: number; readonly seed?: number },
): Promise<Checked> {
  const { runs, seed = anySeed() } = options;
  const startedAt = performance.now();
  const database = await SteppedDatabase.open();
  let commands = 0;
  try {
    const property = fc.asyncProperty(
      fc.integer({ min: 2, max: 3 }),
      steps,
      async (nodes, steps) => {
        commands += await tell(new Run(database), { nodes, steps });
      },
    );
    const { failed, errorInstance } = await fc.check(property, { numRuns: runs, seed: seed | 0 });
    if (failed) {
      const { message, cause } = errorInstance as Error;
      throw new Error(`Presence breaks its rules, with the seed ${seed}:\n${message}`, { cause });
    }
    return { runs, commands, ms: Math.round(performance.now() - startedAt) };
  } finally {
    await database.close();
  }
}

/** Does one run; returns how many commands could be done. */
async function tell(
  run: Run,
  { nodes, steps }: { readonly nodes: number; readonly steps: readonly Step[] },
): Promise<number> {
  let commands = 0;
  try {
    await run.begin(nodes);
    for (const step of steps) commands += await run.step(step);
    await run.settle();
    await run.check();
    return commands;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${run.story.join("\n")}\n${reason}`, { cause: error });
  }
}
