/**
 * One's name: which one is wished for, what is remembered of it, and what to make of one that is being typed.
 *
 * Invariant: only a name that the person has chosen and the server has given is remembered.
 *
 * @module
 */

import { CloseCode } from "../../lib/close_codes.ts";
import { type NameProblem, parseName } from "../../lib/names.ts";
import type { ConnectionState } from "../connection.ts";
import type { Memory } from "./browser.ts";
import type { People } from "./people.ts";

/** The state of the wish. */
export class Naming {
  readonly #memory: Pick<Memory, "name">;
  #wished: string | undefined;
  /** Whether the wish is only remembered, and not tried yet. */
  #isRemembered = false;

  constructor(memory: Pick<Memory, "name">) {
    this.#memory = memory;
  }

  /** The name that the person has chosen; none is a guest's. */
  get wished(): string | undefined {
    return this.#wished;
  }

  /** Fetches the name of the last visit, unless it can be none: the storage is anybody's. */
  recall(): void {
    const { name } = this.#memory;
    this.#wished = name !== undefined && parseName(name).ok ? name : undefined;
    this.#isRemembered = true;
  }

  /** Takes the name that the person chooses; an empty one is a guest's. */
  choose(name: string): void {
    this.#wished = name.trim() || undefined;
    this.#isRemembered = false;
  }

  /** Takes that the server has let the person in. */
  given(): void {
    this.#memory.name = this.#wished;
    this.#isRemembered = false;
  }

  /**
   * The free name to come in by, once, where the remembered one is taken: by the same person perhaps, in another tab. Who
   * has just chosen a name is to choose again.
   */
  substituteFor(state: ConnectionState): string | undefined {
    if (state.phase !== "refused" || state.code !== CloseCode.nameTaken) return undefined;
    if (!this.#isRemembered) return undefined;
    this.#isRemembered = false;
    return state.error?.suggestions?.[0];
  }
}

/** What to make of a name that is being typed; that somebody is online by it may have changed meanwhile. */
export type NameVerdict =
  | { readonly is: "empty" | "own" | "fine" }
  | { readonly is: "online"; readonly name: string }
  | { readonly is: "wrong"; readonly problem: NameProblem };

/** Judges a name that is being typed, by the server's rules and by who is online. */
export function judgeName(
  typed: string,
  { own, people }: { own: string | undefined; people: Pick<People, "view" | "lostAt"> },
): NameVerdict {
  const parsed = parseName(typed);
  if (!parsed.ok) {
    // An empty name is a guest's, whom the server names.
    return parsed.error.reason === "empty"
      ? { is: "empty" }
      : { is: "wrong", problem: parsed.error };
  }
  const { key } = parsed.value;
  if (own !== undefined && keyOf(own) === key) return { is: "own" };
  const { people: known, own: ownId } = people.view.value;
  // Of before the loss: nobody knows who of them is still there.
  const online = people.lostAt.value === undefined ? known : [];
  const holder = online.find((user) => user.client_id !== ownId && keyOf(user.username) === key);
  return holder === undefined ? { is: "fine" } : { is: "online", name: holder.username };
}

/** By what names are compared; `undefined` of what is none. */
export function keyOf(name: string): string | undefined {
  const parsed = parseName(name);
  return parsed.ok ? parsed.value.key : undefined;
}
