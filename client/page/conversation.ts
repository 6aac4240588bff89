/**
 * The conversation: what is said, how far it has been read, what is being written, and what a screen reader is told.
 *
 * @module
 */

import type { ServerMessageOf } from "../../lib/protocol.ts";
import type { OutgoingChat } from "../outbox.ts";
import { Announcer } from "./announcer.ts";
import type { KeptChat, RoomSurroundings } from "./browser.ts";
import { Composition } from "./composition.ts";
import type { Language } from "./language.ts";
import { Older } from "./older.ts";
import type { Moves } from "./people.ts";
import { Reading } from "./reading.ts";
import { Talk } from "./talk.ts";

/** How many chats of one's own are kept over a reload. */
const CHATS_KEPT = 100;

/** The end of a connection that chats go out by; see {@linkcode Connection}. */
export interface Mouth {
  readonly say: (text: string, id?: string) => void;
  /** Gives up a chat that waits; returns whether there was one. */
  readonly discard: (id: string) => boolean;
  /** Whether what is said now will go out by itself. */
  readonly carries: () => boolean;
}

/** What {@linkcode Conversation} takes. */
export interface ConversationOptions {
  readonly surroundings: RoomSurroundings;
  /** What was said last, oldest first. */
  readonly messages: readonly ServerMessageOf<"chat">[];
  /** The longest message, in UTF-16 units after trimming. */
  readonly limit: number;
  readonly mouth: Mouth;
  readonly language: () => Language;
}

/** The state of the conversation. */
export class Conversation {
  readonly #surroundings: RoomSurroundings;
  readonly #mouth: Mouth;
  /** One's own chats of which nobody knows that they were sent, in their order. */
  readonly #unsent = new Map<string, KeptChat>();

  readonly talk: Talk;
  readonly older: Older;
  readonly reading: Reading;
  readonly composition: Composition;
  readonly announcer: Announcer;

  constructor({ surroundings, messages, limit, mouth, language }: ConversationOptions) {
    this.#surroundings = surroundings;
    this.#mouth = mouth;
    this.talk = new Talk(messages);
    this.older = new Older({ ...surroundings, talk: this.talk });
    this.reading = new Reading(surroundings);
    this.composition = new Composition({ surroundings, memory: surroundings.memory, limit });
    this.announcer = new Announcer({
      surroundings,
      mayTell: () => this.reading.isAtNewest.value && !surroundings.isHidden(),
      language,
    });
  }

  /**
   * Fetches what this tab remembers: the draft, which chats are its own, and those that were not sent before a reload.
   *
   * @param typed What has been typed already.
   * @param name One's name, as far as it is known.
   */
  start(typed: string, name: string): void {
    this.composition.recall(typed);
    this.#claim();
    const waiting = this.#surroundings.memory.waiting.slice(0, CHATS_KEPT);
    for (const { id, text, isTransmitted } of waiting) {
      if (!isTransmitted) {
        this.#mouth.say(text, id);
        continue;
      }
      this.went({ id, text, state: { at: "waiting", isTransmitted: false } }, name);
      this.went({ id, text, state: { at: "failed", why: "unknown" } }, name);
    }
  }

  /** Ends every timer; the draft is kept. */
  stop(): void {
    this.announcer.stop();
    this.reading.stop();
    this.composition.keep();
  }

  /** Sends what has been written, if it may be sent. */
  send(): void {
    if (!this.#mouth.carries()) return;
    const text = this.composition.take();
    if (text === undefined) return;
    this.#mouth.say(text);
    this.reading.jump();
  }

  /** Sends a chat that failed once more, by the same id. Where its fate was unknown, others may then have it twice. */
  sendAgain(key: string, text: string): void {
    if (!this.#mouth.carries()) return;
    this.#remove(key);
    this.#mouth.say(text, key);
    this.reading.jump();
  }

  /** Gives up a chat that waits or failed. */
  discard(key: string): void {
    if (this.#mouth.discard(key)) return;
    this.#remove(key);
    this.talk.publish();
  }

  /**
   * Takes the greeting of a connection.
   *
   * @returns Whether something was missed.
   */
  welcomed(welcome: ServerMessageOf<"welcome">): boolean {
    const { memory, now } = this.#surroundings;
    memory.ownIds = [...memory.ownIds, welcome.client_id];
    this.#claim();
    const hasMissed = this.talk.welcomed(welcome, now());
    void this.older.catchUp(welcome.offset);
    this.composition.limit.value = welcome.limits.message_length ?? Infinity;
    return hasMissed;
  }

  /** Takes what somebody said. */
  heard(message: ServerMessageOf<"chat">): void {
    const key = this.talk.heard(message, this.#surroundings.now());
    if (key === undefined) return;
    this.reading.came(key);
    this.announcer.hear(message.username, message.message);
  }

  /** Takes what became of a chat of one's own. */
  went(chat: OutgoingChat, name: string): void {
    this.talk.went(chat, name, this.#surroundings.now());
    this.#keep(chat);
  }

  /** Takes who came and who went; oneself is not told. */
  moved(moves: Moves, ownName: string | undefined): void {
    this.talk.moved(moves, ownName, this.#surroundings.now());
  }

  /** Shows what has been taken in. */
  publish(): void {
    this.talk.publish();
    this.reading.publish();
  }

  #remove(key: string): void {
    this.talk.remove(key);
    this.#unsent.delete(key);
    this.#surroundings.memory.waiting = [...this.#unsent.values()];
  }

  /** Keeps a chat for after a reload, until it is known what became of it. */
  #keep({ id, text, state }: OutgoingChat): void {
    const isOpen = state.at === "waiting" || state.at === "failed" && state.why === "unknown";
    const isTransmitted = state.at !== "waiting" || state.isTransmitted;
    if (!isOpen) this.#unsent.delete(id);
    else if (this.#unsent.has(id) || this.#unsent.size < CHATS_KEPT) {
      this.#unsent.set(id, { id, text, isTransmitted });
    }
    this.#surroundings.memory.waiting = [...this.#unsent.values()];
  }

  #claim(): void {
    this.talk.claim(new Set(this.#surroundings.memory.ownIds));
  }
}
