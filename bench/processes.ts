/**
 * What processes take of the machine, from /proc. Linux only.
 *
 * @module
 */

/** How /proc counts time: USER_HZ, the same everywhere. */
const TICKS_PER_SECOND = 100;
const PAGE_BYTES = 4096;

/** What is read of `/proc/<pid>/stat`. */
interface Stat {
  readonly pid: number;
  readonly parent: number;
  readonly cpuSeconds: number;
  readonly residentBytes: number;
}

function readStat(pid: number | "self"): Stat | undefined {
  let line: string;
  try {
    line = Deno.readTextFileSync(`/proc/${pid}/stat`);
  } catch {
    return undefined; // It has ended.
  }
  // Behind the name, which may hold anything: state, parent, …
  const fields = line.slice(line.lastIndexOf(")") + 2).split(" ").map(Number);
  const [, parent = 0] = fields;
  const [userTicks = 0, systemTicks = 0] = fields.slice(11);
  const [pages = 0] = fields.slice(21);
  return {
    pid: parseInt(line),
    parent,
    cpuSeconds: (userTicks + systemTicks) / TICKS_PER_SECOND,
    residentBytes: pages * PAGE_BYTES,
  };
}

/** Some processes and all that descend from them, as they are at the beginning. */
export class ProcessTree {
  readonly #pids: readonly number[];

  constructor(roots: readonly number[]) {
    const all = [...Deno.readDirSync("/proc")].filter(({ name }) => /^\d+$/.test(name))
      .map(({ name }) => readStat(Number(name))).filter((stat) => stat !== undefined);
    const found = new Set(roots);
    // A set is walked over what is added meanwhile too.
    for (const pid of found) {
      for (const stat of all) if (stat.parent === pid) found.add(stat.pid);
    }
    this.#pids = [...found];
  }

  /** The CPU time of all of them so far. */
  get cpuSeconds(): number {
    return this.#sum("cpuSeconds");
  }

  /** What they hold in memory now, shared pages counted for each. */
  get residentBytes(): number {
    return this.#sum("residentBytes");
  }

  #sum(what: "cpuSeconds" | "residentBytes"): number {
    return this.#pids.reduce((sum, pid) => sum + (readStat(pid)?.[what] ?? 0), 0);
  }
}

/** The CPU time of this process so far. */
export function ownCpuSeconds(): number {
  return readStat("self")!.cpuSeconds;
}
