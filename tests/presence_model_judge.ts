/**
 * Whether what nodes did together, and were answered, can have been so: whether there is an order in which the rules allow
 * each of it and lead to what is in the database.
 *
 * Invariant: what is not certain, such as whether a statement arrived of which no answer came, is followed up in every
 * way, and each later step leaves fewer of them.
 *
 * @module
 */

import type { ClaimOutcome, Resumed } from "../lib/presence.ts";
import { LEASE_MS } from "./presence_world.ts";
import { type Kept, type RuledRow, Rules } from "./presence_model_rules.ts";
import { describeConnected, describeRows } from "./presence_model_story.ts";

/** How a node fares in a step. */
export interface Circumstances {
  /** Whether something it asks may not arrive, or not be answered. */
  readonly isFaulty: boolean;
  /** Whether it ends the step asleep: then what it was asked may still come. */
  readonly isAsleep: boolean;
  /** What may be so when it writes; two, where it woke up in the midst of it. */
  readonly moments: readonly Moment[];
}

/** By a node's own clock. */
export interface Moment {
  readonly elapsed: number;
  /** Whether names are free for it whose node has no lease. */
  readonly takesOver: boolean;
  /** Whether it may remove the dead. */
  readonly reaps: boolean;
}

/** Something that has its effect at one moment, all of it. */
export interface Event {
  readonly text: string;
  readonly node: string;
  /** Those with the same one have their effects in their order. */
  readonly chain: string;
  /** What may be after it; nothing, where it cannot be now. Without it, it has no effect by itself. */
  readonly after?: (rules: Rules, node: Circumstances) => Rules[];
  /** What it was answered, if it was. */
  outcome?: unknown;
  /** A later command for the same session may have taken its place. */
  isReplaced?: boolean;
}

/** What there is after a step. */
export interface Finding {
  readonly now: number;
  readonly events: readonly Event[];
  readonly nodes: ReadonlyMap<string, Circumstances>;
  readonly rows: readonly RuledRow[];
  readonly leases: ReadonlyMap<string, number>;
  /** What the hubs of those who are awake know of who is connected to them. */
  readonly connected: ReadonlyMap<string, string>;
}

/** What may be, and what may still come. */
interface Candidate {
  readonly rules: Rules;
  readonly open: readonly Event[];
}

/** Follows a run. */
export class Judge {
  #candidates: readonly Candidate[] = [{ rules: new Rules(), open: [] }];
  #leases: ReadonlyMap<string, number> = new Map();

  /** There is another node. */
  add(node: string): void {
    for (const { rules } of this.#candidates) rules.kept.set(node, new Map());
  }

  /** Takes what there is after a step; returns what ought to be, where that is something else. */
  judge(finding: Finding): string | undefined {
    const found = new Map<string, Candidate>();
    const refused = new Set<string>();
    for (const candidate of this.#candidates) {
      candidate.rules.now = finding.now;
      const events = [...candidate.open, ...finding.events.filter(({ after }) => after)];
      for (const [key, after] of follow(candidate.rules, { events, nodes: finding.nodes })) {
        const why = this.#differs(after.rules, finding);
        if (why === undefined) found.set(key, after);
        else refused.add(why);
      }
    }
    if (found.size === 0) return [...refused].join("\n") || "nothing of the kind";
    this.#candidates = [...found.values()];
    this.#leases = finding.leases;
    for (const { rules } of this.#candidates) rules.leases = new Map(finding.leases);
    return undefined;
  }

  #differs(rules: Rules, { rows, leases, connected }: Finding): string | undefined {
    const expected = describeRows([...rules.rows.values()]);
    if (expected !== describeRows(rows)) return expected;
    for (const [node, kept] of rules.kept) {
      const [until = 0, before = 0, ruled = 0] = [leases, this.#leases, rules.leases].map((all) =>
        all.get(node)
      );
      const isRenewed = rules.holds(node) && until === rules.now + LEASE_MS;
      const isReaped = until === 0 && before <= rules.now;
      if (until !== ruled && !isRenewed && !isReaped) return `${node} has its lease until ${ruled}`;
      const here = describeConnected(kept, ({ leftAt, row }) => !leftAt && row !== "is to go");
      if ((connected.get(node) ?? here) !== here) return `${node} has told that it has ${here}`;
    }
    return undefined;
  }
}

/** All that may be when all of it has happened, by what is the same. */
function follow(
  rules: Rules,
  step: { readonly events: readonly Event[]; readonly nodes: ReadonlyMap<string, Circumstances> },
): Map<string, Candidate> {
  const ends = new Map<string, Candidate>();
  let layer = new Map([["", { rules, open: step.events }]]);
  while (layer.size > 0) {
    const next: typeof layer = new Map();
    for (const { rules, open } of layer.values()) {
      const key = (left: readonly Event[], after: Rules) =>
        `${left.map((event) => step.events.indexOf(event))} ${after.key}`;
      if (open.every(({ node }) => step.nodes.get(node)!.isAsleep)) {
        ends.set(key(open, rules), { rules, open });
      }
      for (const event of open) {
        if (open.find(({ chain }) => chain === event.chain) !== event) continue;
        const left = open.filter((other) => other !== event);
        for (const after of event.after!(rules.copy(), step.nodes.get(event.node)!)) {
          next.set(key(left, after), { rules: after, open: left });
        }
      }
    }
    layer = next;
  }
  return ends;
}

/** A node wants a row for a session, as it becomes then. */
export function writing(
  wanted: { readonly text: string; readonly node: string; readonly id: string; chain?: string },
  becomes: (kept: Kept | undefined) => Kept | undefined,
): Event {
  const { text, node, id, chain = `${node} ${id}` } = wanted;
  const event: Event = {
    text,
    node,
    chain,
    after(local, { isFaulty, moments }) {
      const row = becomes(local.kept.get(node)!.get(id));
      if (row === undefined) return [local];
      local.kept.get(node)!.set(id, row);
      const is = (event.outcome as ClaimOutcome | undefined)?.is ?? "unrecorded";
      const mayBeLost = isFaulty || event.isReplaced === true;
      const possible = mayBeLost && is === "unrecorded" ? [local] : [];
      if (!local.holds(node)) return possible;
      for (const moment of moments) {
        const written = local.copy();
        const held = written.write(node, id, moment) ? "held" : "taken";
        const isUnknown = is === "unrecorded" && (mayBeLost || event.outcome === undefined);
        if (is === held || isUnknown) possible.push(...heard(node, local, written, isFaulty));
      }
      return possible;
    },
  };
  return event;
}

/** A node wants no row for a session any more. */
export function releasing(node: string, id: string): Event {
  return {
    text: `${node} releases ${id}`,
    node,
    chain: `${node} ${id}`,
    after(local, { isFaulty }) {
      const kept = local.kept.get(node)!.get(id);
      if (kept === undefined) return [local];
      const released = local.copy();
      released.release(node, id);
      local.kept.get(node)!.set(id, { ...kept, row: "is to go" });
      return isFaulty ? [local, ...heard(node, local, released, isFaulty)] : [released];
    },
  };
}

/** A node wants a session of another one; an outcome of `null` is that there is none. */
export function resuming(node: string, id: string): Event {
  const event: Event = {
    text: `${node} resumes ${id}`,
    node,
    chain: `${node} ${id}`,
    after(rules, { isFaulty }) {
      const outcome = event.outcome as Resumed | "away" | null | undefined;
      const isFound = typeof outcome === "object" && outcome !== null;
      const possible = isFaulty && !isFound ? [rules] : [];
      if (!rules.holds(node)) return possible;
      const unheard = rules.copy();
      const version = unheard.resume(node, id);
      const taken = unheard.copy();
      if (version !== undefined) taken.kept.get(node)!.set(id, { version, leftAt: undefined });
      if (isFound) return outcome.version === version ? [taken] : [];
      if (outcome === null) return version === undefined ? [rules] : possible;
      if (isFaulty) possible.push(unheard);
      return outcome === undefined ? [...possible, taken] : possible;
    },
  };
  return event;
}

/** A node has begun anew. */
export function registering(
  node: string,
  { takesOver }: { readonly takesOver: boolean },
): Event {
  return {
    text: `${node} registers`,
    node,
    chain: `${node} registers`,
    after(rules, { isFaulty, moments }) {
      let released = [rules];
      for (const [id, { row }] of rules.kept.get(node)!) {
        if (row !== "is to go") continue;
        // Who ends while it is under way is released later.
        released = released.flatMap((before) => {
          const after = before.copy();
          after.release(node, id);
          return isFaulty ? [before, after] : [after];
        });
      }
      return released.flatMap((before) =>
        moments.flatMap(({ elapsed }) => {
          const registered = before.copy();
          registered.register(node, { elapsed, takesOver });
          return heard(node, rules, registered, isFaulty);
        })
      );
    },
  };
}

/** A node has told of the dead; `undefined`: it may have removed them and not heard of it. */
export function reaping(node: string, told: readonly string[] | undefined): Event {
  return {
    text: told ? `${node} tells that ${told} are dead` : "",
    node,
    chain: `${node} reaps`,
    after(rules, { moments }) {
      const reaped = rules.copy();
      const dead = reaped.reap(node);
      const may = rules.holds(node) && moments.some(({ reaps }) => reaps);
      const possible = told ? [] : [rules];
      if (may && !told) possible.push(...heard(node, rules, reaped, true));
      if (may && told && dead.join() === told.toSorted().join()) possible.push(reaped);
      return possible;
    },
  };
}

/** Some node may have removed the rows of those who have not come back for long. */
export function fading(node: string): Event {
  return {
    text: "",
    node,
    chain: "fading",
    after(rules) {
      const faded = rules.copy();
      faded.fade();
      return [rules, faded];
    },
  };
}

/** A node leaves; `mayFail`: where the database is away. */
export function closing(node: string, mayFail: boolean): Event {
  return {
    text: `${node} closes`,
    node,
    chain: `${node} closes`,
    after(rules) {
      const closed = rules.copy();
      closed.close(node);
      return mayFail ? [rules, closed] : [closed];
    },
  };
}

/** What may be after a statement of which a node perhaps does not hear: then it keeps what it kept. */
function heard(node: string, before: Rules, after: Rules, isFaulty: boolean): Rules[] {
  if (!isFaulty) return [after];
  const unheard = after.copy();
  unheard.kept.set(node, new Map(before.kept.get(node)));
  return [after, unheard];
}
