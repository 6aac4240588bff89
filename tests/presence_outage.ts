/**
 * One scenario for every way in which the database goes away: people talk, it goes, others come, it is there again. What
 * everybody is to notice of it is outage_verdict.ts's business.
 *
 * @module
 */

import { eventually } from "./eventually.ts";
import { Crowd, Witness } from "./outage_crowd.ts";
import type { Outage } from "./outage_faults.ts";
import { Polls } from "./outage_polls.ts";
import { judge, type OutageFigures, type OutageSize } from "./outage_verdict.ts";
import { describeRow, FOREIGN_NAME, openWorld, type OutageWorld } from "./outage_world.ts";

export { type Outage, OUTAGES } from "./outage_faults.ts";
export type { OutageFigures, OutageSize } from "./outage_verdict.ts";

/** A size that is exact, for figures. */
export const LONG_OUTAGE: OutageSize = {
  nodes: 1,
  clients: 100,
  chatEveryMs: 20,
  calmMs: 10_000,
  awayMs: 10_000,
  leaseMs: 5000,
  askEveryMs: 100,
  mostP99Ms: 100,
  mostP99Times: 1.2,
  mostTickMs: 1250,
  mostAtOnceMs: 250,
};

/** How long is waited for what is promised before that is a finding, in ms; it is one as well if it came too late. */
const PATIENCE_MS = 8000;

/**
 * Takes the database away from nodes in use, gives it back, and says what they made of it.
 *
 * @throws {Error} If the scenario itself cannot be played.
 */
export async function outage(how: Outage, size: OutageSize): Promise<OutageFigures> {
  await using stack = new AsyncDisposableStack();
  const world = await openWorld({ how, ...size }, stack);
  const trial = new Trial({ how, size, world });
  stack.defer(() => trial.end());
  return await trial.run();
}

/** The length of a fault, or of the time before and after it: nobody waits for it to be over. */
function aWhile(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));
}

class Trial {
  readonly #how: Outage;
  readonly #size: OutageSize;
  readonly #world: OutageWorld;
  readonly #crowd = new Crowd();
  readonly #polls: readonly Polls[];
  /** Those who come while others are there already. */
  readonly #newcomers: Witness[] = [];

  constructor({ how, size, world }: { how: Outage; size: OutageSize; world: OutageWorld }) {
    this.#how = how;
    this.#size = size;
    this.#world = world;
    this.#polls = world.nodes.map((node) => new Polls(node, size.askEveryMs));
  }

  async run(): Promise<OutageFigures> {
    const { calmMs, leaseMs, clients, chatEveryMs } = this.#size;
    for (let number = 0; number < clients; number++) {
      // Some have chosen their name, some have not.
      const name = number % 3 === 2 ? undefined : `old-${number}`;
      this.#crowd.witnesses.push(await this.#join(number, name));
    }
    this.#crowd.talk(chatEveryMs);
    const isAbsent = this.#how === "absent";
    const beforeAt = isAbsent ? [] : [await this.#calm()];
    const away = await this.#away();
    const back = await this.#back();
    const backAt = performance.now();
    // Where there was no time before, there are two after.
    const afterAt = isAbsent ? [backAt, backAt + calmMs] : [backAt];
    // Long enough for those to be reaped that are taken for dead.
    await aWhile(Math.max(1.5 * leaseMs, afterAt.length * calmMs));
    this.#crowd.stop();
    await this.#settle();
    return judge({
      how: this.#how,
      size: this.#size,
      crowd: this.#crowd,
      newcomers: this.#newcomers,
      polls: this.#polls,
      logs: this.#world.nodes.map(({ log }) => log),
      calmAt: [...beforeAt, ...afterAt],
      ...away,
      ...back,
      wrongRows: await this.#wrongRows(),
      wrongUsers: await this.#wrongUsers(),
      foreignRows: await this.#world.foreignRows(),
    });
  }

  async end(): Promise<void> {
    this.#crowd.stop();
    await Promise.all(this.#polls.map((polls) => polls.stop()));
    const open = this.#all.filter(({ code }) => code === undefined);
    await Promise.all(open.map((witness) => witness.close()));
  }

  get #all(): readonly Witness[] {
    return [...this.#crowd.witnesses, ...this.#newcomers];
  }

  /** Names that are claimed while nobody can tell whose they are; each comes to the next node in turn. */
  get #claimed(): readonly string[] {
    if (this.#size.nodes === 1) return [FOREIGN_NAME];
    // Of those who are there before the database nobody is recorded, so that nobody is to keep the name.
    const recorded = this.#how === "absent" ? [] : ["old-0"];
    return ["twin", "twin", FOREIGN_NAME, ...recorded];
  }

  /** Returns when it began. */
  async #calm(): Promise<number> {
    const calmAt = performance.now();
    // As many as while it is away, so that the two times can be compared.
    await this.#greet(["calm", undefined]);
    await this.#greet([
      "calm-1",
      undefined,
      ...this.#claimed.map((_, index) => `calm-${index + 2}`),
    ]);
    await aWhile(calmAt + this.#size.calmMs - performance.now());
    return calmAt;
  }

  async #away() {
    const { awayMs } = this.#size;
    const faultAt = performance.now();
    if (this.#how !== "absent") await this.#world.strike();
    const struckAt = performance.now();
    const early = await this.#greet(["early", undefined]);
    await this.#untilTold("down");
    const late = await this.#greet(["late", undefined, ...this.#claimed]);
    await aWhile(faultAt + awayMs - performance.now());
    return { faultAt, struckAt, early, late };
  }

  async #back() {
    const healingAt = performance.now();
    await this.#world.heal();
    const healedAt = performance.now();
    await this.#untilTold("up");
    await settled(async () => {
      const wrong = await this.#wrongRows();
      if (wrong.length > 0) throw new Error(`${wrong}`);
    });
    return { healingAt, healedAt, rightAt: performance.now() };
  }

  #join(index: number, name: string | undefined): Promise<Witness> {
    const { nodes } = this.#world;
    return Witness.join(nodes[index % nodes.length]!.socketUrl, this.#crowd, name);
  }

  /** Newcomers come all at once. */
  async #greet(names: readonly (string | undefined)[]): Promise<readonly Witness[]> {
    const index = this.#newcomers.length;
    const came = await Promise.all(names.map((name, more) => this.#join(index + more, name)));
    this.#newcomers.push(...came);
    return came;
  }

  #untilTold(database: "up" | "down"): Promise<void> {
    return settled(() => {
      const untold = this.#crowd.witnesses.filter((one) => one.database !== database);
      if (untold.length > 0) throw new Error(`${untold.length} do not know`);
    });
  }

  /** Waits until the last chat has reached all, and nobody takes anybody for gone who is there. */
  #settle(): Promise<void> {
    return settled(() => {
      const wrong = this.#crowd.misheard();
      const here = this.#online.map(({ clientId }) => clientId);
      const missed = this.#online.filter(({ gone }) => here.some((clientId) => gone.has(clientId)));
      if (wrong.length + missed.length > 0) throw new Error(`${wrong}; ${missed.length}`);
    });
  }

  /** The rows are to be those who are online, with their names. */
  async #wrongRows(): Promise<string[]> {
    return difference(await this.#world.rows(), this.#online.map(describeRow));
  }

  /** So is what each node lists. */
  async #wrongUsers(): Promise<string[]> {
    const wanted = this.#online.map(({ username }) => username);
    const wrong = await Promise.all(this.#world.nodes.map(async ({ url }) => {
      const page = await (await fetch(`${url}/api/users?limit=1000`)).json();
      const users: { readonly username: string }[] = page.users ?? [];
      return difference(users.map(({ username }) => username), [...wanted, FOREIGN_NAME]);
    }));
    return wrong.flat();
  }

  get #online(): readonly Witness[] {
    return this.#all.filter(({ isOnline }) => isOnline);
  }
}

/** Waits until a check no longer throws, but not for ever: the verdict says what is wrong then. */
async function settled(check: () => void | Promise<void>): Promise<void> {
  await eventually(check, PATIENCE_MS).catch(() => {});
}

/** What is on one side only, in words. */
function difference(are: readonly string[], shouldBe: readonly string[]): string[] {
  const [there, wanted] = [new Set(are), new Set(shouldBe)];
  const missing = [...wanted].filter((one) => !there.has(one)).map((one) => `lacks ${one}`);
  const ghosts = [...there].filter((one) => !wanted.has(one)).map((one) => `has a ghost, ${one}`);
  return [...missing, ...ghosts, ...are.length > there.size ? ["has somebody twice"] : []];
}
