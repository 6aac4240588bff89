/**
 * Who may connect at all: how many connections there are, in all and from one address, and how fast they come.
 *
 * Invariant: an address that has no connection and has not come lately costs nothing.
 *
 * @module
 */

import { isIPv6 } from "node:net";
import type { Result } from "./result.ts";
import { TokenBucket } from "./token_bucket.ts";

/** The limits; 0 for none. */
export interface AdmissionLimits {
  readonly connections: number;
  readonly perAddress: number;
  readonly perSecondPerAddress: number;
  /** Whether loopback addresses are limited like others: they are a proxy's clients only where one is trusted. */
  readonly limitsLoopback: boolean;
}

/** Why a connection was not admitted. */
export interface Refusal {
  readonly is: "full" | "too_many" | "too_fast";
  readonly retryAfterSeconds: number;
}

interface Visitor {
  open: number;
  readonly bucket: TokenBucket;
}

/** Addresses that have gone are forgotten when so many are known. */
const SWEEP_AT = 10_000;

/** The gate of one node. */
export class Admission {
  readonly #limits: AdmissionLimits;
  readonly #elapsed: () => number;
  readonly #visitors = new Map<string, Visitor>();
  #open = 0;
  #emptied: PromiseWithResolvers<void> | undefined;
  #sweepAt = SWEEP_AT;

  /**
   * @param elapsed Ms since any moment; never set back.
   */
  constructor(limits: AdmissionLimits, elapsed: () => number = () => performance.now()) {
    this.#limits = limits;
    this.#elapsed = elapsed;
  }

  /** How many admitted connections have not ended, sockets that are still closing among them. */
  get open(): number {
    return this.#open;
  }

  /** How many may be so at once; `Infinity` where there is no limit. */
  get most(): number {
    return this.#limits.connections || Infinity;
  }

  /**
   * Admits a connection, or says why not.
   *
   * @param address The IP address of the client.
   * @returns What is to be called when the connection has ended; idempotent.
   */
  admit(address: string): Result<() => void, Refusal> {
    const refused = this.peek(address);
    if (refused !== undefined) return { ok: false, error: refused };
    if (this.#isExempt(address)) return { ok: true, value: this.#enter() };
    const visitor = this.#visitor(networkOf(address));
    visitor.bucket.take(this.#elapsed());
    return { ok: true, value: this.#enter(visitor) };
  }

  /** Why {@linkcode Admission.admit} would refuse just now, if it would; costs the address nothing. */
  peek(address: string): Refusal | undefined {
    const { perAddress } = this.#limits;
    if (this.#open >= this.most) return { is: "full", retryAfterSeconds: 5 };
    // Those who are exempt are no visitors.
    const visitor = this.#visitors.get(networkOf(address));
    if (visitor === undefined) return undefined;
    if (perAddress > 0 && visitor.open >= perAddress) {
      return { is: "too_many", retryAfterSeconds: 60 };
    }
    const waitMs = visitor.bucket.peek(this.#elapsed());
    if (waitMs === 0) return undefined;
    return { is: "too_fast", retryAfterSeconds: Math.ceil(waitMs / 1000) };
  }

  /** Resolves when every admitted connection has ended. */
  emptied(): Promise<void> {
    if (this.#open === 0) return Promise.resolve();
    return (this.#emptied ??= Promise.withResolvers<void>()).promise;
  }

  #isExempt(address: string): boolean {
    return isLoopback(address) && !this.#limits.limitsLoopback;
  }

  #enter(visitor?: Visitor): () => void {
    this.#open++;
    if (visitor !== undefined) visitor.open++;
    let left = false;
    return () => {
      if (left) return;
      left = true;
      this.#open--;
      if (visitor !== undefined) visitor.open--;
      if (this.#open > 0) return;
      this.#emptied?.resolve();
      this.#emptied = undefined;
    };
  }

  #visitor(network: string): Visitor {
    let visitor = this.#visitors.get(network);
    if (visitor === undefined) {
      if (this.#visitors.size >= this.#sweepAt) this.#sweep();
      const perSecond = this.#limits.perSecondPerAddress;
      const bucket = new TokenBucket({ perSecond, burst: 2 * perSecond }, this.#elapsed());
      visitor = { open: 0, bucket };
      this.#visitors.set(network, visitor);
    }
    return visitor;
  }

  #sweep(): void {
    const now = this.#elapsed();
    for (const [network, { open, bucket }] of this.#visitors) {
      if (open === 0 && bucket.isFull(now)) this.#visitors.delete(network);
    }
    // Where few could be forgotten, the next sweep waits until there are twice as many.
    this.#sweepAt = Math.max(SWEEP_AT, 2 * this.#visitors.size);
  }
}

/** Whether an IP address is of this machine. */
export function isLoopback(address: string): boolean {
  return address === "::1" || /^(::ffff:)?127\./.test(address);
}

/** What counts as one address: of IPv6 the first 64 bits, since one customer has them all. */
function networkOf(address: string): string {
  const written = address.toLowerCase();
  if (!isIPv6(written) || written.startsWith("::ffff:")) return written.replace("::ffff:", "");
  const [head = "", tail = ""] = written.replace(/\b0+(?=[0-9a-f])/g, "").split("::");
  const groups = head.split(":");
  const rest = tail === "" ? [] : tail.split(":");
  while (groups.length + rest.length < 8) groups.push("0");
  return [...groups, ...rest].slice(0, 4).join(":");
}
