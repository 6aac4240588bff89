/**
 * What is known from all histories together: who said and asked what, and which chat has which place in the order.
 *
 * @module
 */

import type { History } from "./history.ts";

/** A chat that somebody sent. */
export interface Said {
  readonly by: string;
  readonly id: string;
  readonly text: string;
  /** How often it was sent under its id. */
  readonly times: number;
}

/** Who somebody is to the others. */
export interface Speaker {
  readonly client: string;
  readonly username: string;
}

/** What all clients together did, and the order as they have seen it. */
export class World {
  readonly #said = new Map<string, Said>();
  readonly #saidIds = new Set<string>();
  readonly #asked = new Map<string, number>();
  readonly #speakers = new Map<string, Speaker>();
  readonly #places = new Map<string, Said>();
  readonly #newest = new Map<string, number>();

  constructor(histories: readonly History[]) {
    for (const { client, events } of histories) {
      for (const event of events) {
        if (event.type === "said") this.#learn({ by: client, id: event.id, text: event.text });
        else if (event.type === "asked") this.#asked.set(keyOf(client, event.id), event.input);
        else if (event.type === "welcome") {
          this.#speakers.set(event.client_id, { client, username: event.username });
        }
      }
    }
  }

  /** How many chats were sent, each counted once. */
  get chats(): number {
    return this.#said.size;
  }

  /** What a client has sent under an id. */
  said(client: string, id: string): Said | undefined {
    return this.#said.get(keyOf(client, id));
  }

  /** Whether anybody has sent a chat under an id. */
  isSaid(id: string): boolean {
    return this.#saidIds.has(id);
  }

  /** What a client has asked under an id. */
  asked(client: string, id: string): number | undefined {
    return this.#asked.get(keyOf(client, id));
  }

  /** Whose a client_id is. */
  speaker(clientId: string): Speaker | undefined {
    return this.#speakers.get(clientId);
  }

  /** The newest offset of an epoch that anybody has seen. */
  newest(epoch: string): number {
    return this.#newest.get(epoch) ?? 0;
  }

  /** Somebody has seen a chat at an offset; returns the one that was seen there first. */
  place(epoch: string, offset: number, said: Said): Said {
    if (offset > this.newest(epoch)) this.#newest.set(epoch, offset);
    const key = keyOf(epoch, String(offset));
    const first = this.#places.get(key);
    if (first === undefined) this.#places.set(key, said);
    return first ?? said;
  }

  #learn(chat: Omit<Said, "times">): void {
    const key = keyOf(chat.by, chat.id);
    const times = 1 + (this.#said.get(key)?.times ?? 0);
    this.#said.set(key, { ...chat, times });
    this.#saidIds.add(chat.id);
  }
}

function keyOf(whose: string, id: string): string {
  return `${whose}\n${id}`;
}
