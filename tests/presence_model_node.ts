/**
 * A node of a run: its presence, and of its hub what presence needs, which is who has which session.
 *
 * Invariant: nothing is asked of presence that a hub would not ask, and all that is asked becomes an event.
 *
 * @module
 */

import { CloseCode } from "../lib/close_codes.ts";
import { createLog } from "../lib/log.ts";
import { Presence } from "../lib/presence.ts";
import { FakeTime } from "./fakes.ts";
import { type NodeDatabase, START } from "./presence_model_database.ts";
import {
  type Circumstances,
  closing,
  type Event,
  type Moment,
  reaping,
  registering,
  releasing,
  resuming,
  writing,
} from "./presence_model_judge.ts";
import type { Known } from "./presence_model_known.ts";
import { nameOf } from "./presence_model_rules.ts";
import { claimant, GRACE_MS, LEASE_MS } from "./presence_world.ts";

/** What befalls a node; `silent` and `unheard`: as in {@linkcode NodeDatabase}. */
export type Trouble = "dies" | "closes" | "sleeps" | "silent" | "unheard" | "well";

/** A session as a node's hub has it. */
export interface Held {
  readonly version: number;
  readonly connectedAt: Date | undefined;
  readonly isAway: boolean;
}

/** What {@linkcode ModelNode} takes. */
export interface ModelNodeOptions {
  readonly name: string;
  readonly database: NodeDatabase;
  readonly known: Known;
  /** Called with each event. */
  readonly happen: (event: Event) => void;
}

interface Registration {
  readonly at: number;
  /** Whether the node, or the database, was away before. */
  readonly isReturn: boolean;
}

/** A node. */
export class ModelNode {
  readonly name: string;
  readonly database: NodeDatabase;
  readonly presence: Presence;
  /** Its sessions, by client_id. */
  readonly held = new Map<string, Held>();
  is: "awake" | "asleep" | "gone" = "awake";
  readonly #known: Known;
  readonly #happen: (event: Event) => void;
  readonly #time = new FakeTime(START);
  #sleptMs = 0;
  #reaped: readonly string[] | undefined;
  /** Sessions that it looks for: a hub does so once at a time. */
  readonly #sought = new Set<string>();
  /** The newest command for each session. */
  readonly #newest = new Map<string, Event>();
  /** The newest, and in the step in which it came the one before. */
  #registrations: readonly Registration[] = [];
  // How it was when the step began, and whether it has been troubled since.
  #before = { isUp: false, commits: 0, failures: 0, elapsed: 0, held: [] as readonly string[] };
  #isTroubled = false;
  /** How many questions are not answered. */
  #asked = 0;

  constructor({ name, database, known, happen }: ModelNodeOptions) {
    this.name = name;
    this.database = database;
    this.#known = known;
    this.#happen = happen;
    const log = createLog({ level: "error", format: "json", write: () => {} });
    const times = { leaseMs: LEASE_MS, graceMs: GRACE_MS, visitsDays: 30 };
    this.presence = new Presence({ database, ...times, log, time: this.#time });
    this.presence.subscribe({
      databaseChanged() {},
      renamed() {},
      reaped: (clientIds) => this.#reaped = [...this.#reaped ?? [], ...clientIds],
      taken: (clientId) => this.#forget(clientId, CloseCode.nameTaken),
      moved: (clientId) => this.#forget(clientId, CloseCode.resumedElsewhere),
    });
  }

  /** A step begins. */
  begin(): void {
    const { commits, failures } = this.database;
    const elapsed = this.#time.elapsed();
    const held = [...this.held.keys()];
    this.#before = { isUp: this.presence.up, commits, failures, elapsed, held };
    this.#isTroubled = false;
    this.#registrations = this.#registrations.slice(0, 1);
  }

  /** A step ends: adds what the node did by itself. */
  end(): void {
    const { commits, failures, isUp } = this.#before;
    if (this.database.commits > commits) {
      const isReturn = commits + failures > 0;
      const newest = { at: this.#time.elapsed(), isReturn };
      this.#registrations = [newest, ...this.#registrations];
      this.#happen(registering(this.name, { takesOver: !isReturn }));
    }
    // Where it could not hear of it, it may have removed some.
    if (this.#reaped || isUp && this.#isFaulty) this.#happen(reaping(this.name, this.#reaped));
    const had = this.#reaped ? [...this.#before.held, ...this.held.keys()] : [];
    for (const id of new Set(had)) {
      const wanted = { text: "", node: this.name, id, chain: `${this.name} reaps` };
      this.#happen(writing(wanted, (kept) => kept?.row === "is to come again" ? kept : undefined));
    }
    this.#reaped = undefined;
    if (this.is === "gone") this.held.clear();
    const mustAnswer = this.is === "awake";
    if (mustAnswer && this.#asked > 0) this.#known.faults.push(`${this.name} has not answered`);
  }

  /** How it fares in the step. */
  get circumstances(): Circumstances {
    const moments = new Map<string, Moment>();
    const elapsed = this.#time.elapsed();
    for (const at of new Set([elapsed, this.#before.elapsed])) {
      for (const registration of this.#registrations) {
        const reaps = at - registration.at >= LEASE_MS;
        const moment = { elapsed: at, takesOver: reaps || !registration.isReturn, reaps };
        moments.set(JSON.stringify(moment), moment);
      }
    }
    const isAsleep = this.is === "asleep";
    return { isFaulty: this.#isFaulty, isAsleep, moments: [...moments.values()] };
  }

  /** Whether it would renew its lease rather than begin anew, whatever the database's clock says. */
  get trustsItsLease(): boolean {
    return this.is !== "gone" && this.presence.up && this.#sleptMs < LEASE_MS;
  }

  /** Time passes; not for who sleeps. */
  pass(ms: number): void {
    if (this.is === "asleep") this.#sleptMs += ms;
    else this.#time.advance(ms);
  }

  /** Its time passes, all that has passed meanwhile, and it makes sure. */
  wake(): void {
    this.is = "awake";
    this.database.isAsleep = false;
    this.#time.advance(this.#sleptMs);
    this.#sleptMs = 0;
    if (!this.presence.isSure) void this.presence.makeSure();
  }

  start(): void {
    this.#say("starts");
    void this.presence.start();
  }

  /** Something befalls it. */
  befall(trouble: Trouble): void {
    const { presence, database, name } = this;
    this.#isTroubled = true;
    if (trouble === "closes") {
      this.#happen(closing(name, !presence.up || database.fault !== undefined));
      void presence.close();
      this.is = "gone";
    } else if (trouble === "dies") {
      this.#say(trouble);
      database.kill();
      for (const id of this.#sought) this.#known.unheard.add(id);
      this.is = "gone";
    } else if (trouble === "sleeps") {
      this.#say(trouble);
      database.isAsleep = true;
      this.is = "asleep";
    } else {
      this.#say(`is ${trouble}`);
      database.fault = trouble === "well" ? undefined : trouble;
    }
  }

  /** Claims a session, a new one or one that it has. */
  claim(id: string): void {
    const { version, connectedAt } = this.held.get(id) ?? { version: 0, connectedAt: undefined };
    const wanted = { text: `${this.name} claims ${id}`, node: this.name, id };
    const event = this.#ask(id, writing(wanted, () => ({ version, leftAt: undefined })));
    this.held.set(id, { version, connectedAt, isAway: false });
    const claim = { ...claimant(id, nameOf(id)), version, connectedAt };
    this.#asked++;
    void this.presence.claim(claim).then((outcome) => {
      this.#asked--;
      event.outcome = outcome;
      const held = this.held.get(id);
      if (held === undefined || held.version !== version) return;
      if (outcome.is === "taken") return void this.held.delete(id);
      if (outcome.is === "held") this.#known.add(id, { version, connectedAt: outcome.connectedAt });
      else if (held.connectedAt === undefined) this.#known.doubt(id);
      const connectedAt = outcome.is === "held"
        ? outcome.connectedAt
        : held.connectedAt ?? new Date(this.#time.now());
      this.held.set(id, { ...held, connectedAt });
    });
  }

  leave(id: string): void {
    const leftAt = this.#time.elapsed();
    const wanted = { text: `${this.name} leaves ${id}`, node: this.name, id };
    this.#ask(
      id,
      writing(
        wanted,
        (kept) => kept && !kept.leftAt && kept.row !== "is to go" ? { ...kept, leftAt } : undefined,
      ),
    );
    this.held.set(id, { ...this.held.get(id)!, isAway: true });
    this.presence.leave(id, CloseCode.tooSlow);
  }

  release(id: string): void {
    this.#ask(id, releasing(this.name, id));
    this.#forget(id, CloseCode.goodbye);
  }

  /** Returns whether it may look for it. */
  resume(id: string): boolean {
    if (this.held.has(id) || this.#sought.has(id)) return false;
    this.#sought.add(id);
    const event = this.#ask(id, resuming(this.name, id));
    this.#asked++;
    void this.presence.resume(claimant(id).sessionHash).then((resumed) => {
      this.#asked--;
      this.#sought.delete(id);
      event.outcome = resumed ?? null;
      if (resumed === "away") this.#known.unheard.add(id);
      if (typeof resumed !== "object") return;
      const { clientId, username, version, connectedAt } = resumed;
      if (clientId !== id || username !== nameOf(id)) this.#known.faults.push(`${clientId}: ${id}`);
      this.#known.add(id, { version, connectedAt });
      this.held.set(id, { version, connectedAt, isAway: false });
    });
    return true;
  }

  /** Learns which of its sessions others have resumed, and which of its sockets are gone. */
  hear(): void {
    for (const [id, { version, isAway }] of this.held) {
      if (version < this.#known.newest(id)) this.release(id);
      else if (!isAway && this.#known.unheard.has(id)) this.leave(id);
    }
  }

  get #isFaulty(): boolean {
    return this.#isTroubled || !this.#before.isUp || this.database.fault !== undefined;
  }

  #forget(id: string, code: CloseCode): void {
    this.held.delete(id);
    this.presence.release(id, code);
  }

  #say(what: string): void {
    const text = `${this.name} ${what}`;
    this.#happen({ text, node: this.name, chain: text });
  }

  #ask(id: string, event: Event): Event {
    const before = this.#newest.get(id);
    if (before !== undefined) before.isReplaced = true;
    this.#newest.set(id, event);
    this.#happen(event);
    return event;
  }
}
