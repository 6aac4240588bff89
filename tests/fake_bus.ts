/**
 * A bus in memory that the nodes of a test share: nothing arrives before the test says so, what one node said arrives in
 * its order, and the test chooses whose turn it is and what is lost.
 *
 * @module
 */

import type { Bus, BusListener } from "../lib/bus.ts";

/** One message of one publisher on its way to one listener. */
interface OnTheWay {
  readonly from: FakeBusEnd;
  readonly to: FakeBusEnd;
  readonly text: string;
}

/** One node's end of the bus. */
export class FakeBusEnd implements Bus {
  readonly #bus: FakeBus;
  #listener: BusListener | undefined;
  /** Whether the broker is there for this node: otherwise what it says is lost, and it hears nothing. */
  #isUp = true;

  constructor(bus: FakeBus) {
    this.#bus = bus;
  }

  publish(text: string): void {
    this.#bus.published.push(text);
    if (this.#isUp) this.#bus.carry(this, text);
  }

  subscribe(listener: BusListener): void {
    this.#listener = listener;
  }

  /** Hears a text, from anybody. */
  hear(text: string): void {
    if (this.#isUp) this.#listener?.message(text);
  }

  /** The broker goes, or comes back. */
  set(isUp: boolean): void {
    this.#isUp = isUp;
    this.#listener?.changed(isUp);
  }
}

/** The bus that all ends are on. */
export class FakeBus {
  readonly #ends: FakeBusEnd[] = [];
  #onTheWay: OnTheWay[] = [];
  /** Everything that was published, oldest first. */
  readonly published: string[] = [];

  /** One more node. */
  end(): FakeBusEnd {
    const end = new FakeBusEnd(this);
    this.#ends.push(end);
    return end;
  }

  /** What was published, as JSON; takes it out. */
  // deno-lint-ignore no-explicit-any -- a test looks into it as it likes
  take(): any[] {
    return this.published.splice(0).map((text) => JSON.parse(text));
  }

  /** Sends a text on its way from one end to all, that one among them. */
  carry(from: FakeBusEnd, text: string): void {
    for (const to of this.#ends) this.#onTheWay.push({ from, to, text });
  }

  /**
   * Delivers what is on its way, and what is said in answer.
   *
   * @param options `from`, `to`: only that; the rest stays on its way.
   */
  deliver(options: { readonly from?: FakeBusEnd; readonly to?: FakeBusEnd } = {}): void {
    for (let next = this.#shift(options); next !== undefined; next = this.#shift(options)) {
      next.to.hear(next.text);
    }
  }

  /** Delivers the first message between two ends, which are chosen by a number, so that publishers overtake each other. */
  deliverSome(choice: number): void {
    const { from, to } = this.#onTheWay[choice % this.#onTheWay.length] ?? {};
    if (from && to) to.hear(this.#shift({ from, to })!.text);
  }

  /** Loses what is on its way; all of it, or only from or to one end. */
  lose(options: { readonly from?: FakeBusEnd; readonly to?: FakeBusEnd } = {}): void {
    while (this.#shift(options) !== undefined);
  }

  #shift({ from, to }: { readonly from?: FakeBusEnd; readonly to?: FakeBusEnd }) {
    const at = this.#onTheWay.findIndex((one) =>
      (from === undefined || one.from === from) && (to === undefined || one.to === to)
    );
    return at < 0 ? undefined : this.#onTheWay.splice(at, 1)[0];
  }
}
