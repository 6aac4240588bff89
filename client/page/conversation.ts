/**
 * The conversation: what is said, how far it has been read, what is being written, and what a screen reader is told.
 *
 * @module
 */

import type { ServerMessageOf } from "../../lib/protocol.ts";
import type { CaughtUp, StoredSession } from "../connection.ts";
import type { OutgoingChat } from "../outbox.ts";
import type { Place } from "../position.ts";
import { Announcer } from "./announcer.ts";
import type { KeptChat, RoomSurroundings } from "./browser.ts";
import { Composition } from "./composition.ts";
import type { Language } from "./language.ts";
import { Older } from "./older.ts";
import type { Moves } from "./people.ts";
import { Reading } from "./reading.ts";
import type { RoomProps } from "./room_props.ts";
import { Talk } from "./talk.ts";

/** How many chats of one's own are kept over a reload: those that can wait, and as many that failed. */
const CHATS_KEPT = 200;

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
  /** What the page came with. */
  readonly props: Pick<RoomProps, "messages" | "epoch" | "offset" | "limits">;
  readonly mouth: Mouth;
  /** Called where something may be missing. */
  readonly missed: () => void;
  /** Called where nothing is, with how much of what others said has come by late or had to be fetched. */
  readonly caughtUp: (count: number) => void;
  readonly language: () => Language;
  /** Whether the server would tell what was said before; may read signals. */
  readonly mayAsk: () => boolean;
}

/** How a conversation begins. */
export interface Beginning {
  /** What has been typed into the field already. */
  readonly typed: string;
  /** The session of before the reload. */
  readonly stored: StoredSession | undefined;
}

/** The state of the conversation. */
export class Conversation {
  readonly #surroundings: RoomSurroundings;
  readonly #mouth: Mouth;
  readonly #caughtUp: ConversationOptions["caughtUp"];
  /** One's own chats that wait or failed, in their order. */
  readonly #unsent = new Map<string, KeptChat>();
  /**
   * Those of them that were on their way before the reload, and that session: in another one, or in another order, they may
   * be there already.
   */
  #doubtful = new Set<string>();
  #stored: StoredSession | undefined;
  /** The position at the last greeting. */
  #leftAt = 0;

  readonly talk: Talk;
  readonly older: Older;
  readonly reading: Reading;
  readonly composition: Composition;
  readonly announcer: Announcer;

  constructor(options: ConversationOptions) {
    const { surroundings, props, mouth, missed, language, mayAsk } = options;
    this.#caughtUp = options.caughtUp;
    this.#surroundings = surroundings;
    this.#mouth = mouth;
    this.talk = new Talk({ props, missed });
    this.older = new Older({ ...surroundings, talk: this.talk, mayAsk });
    this.reading = new Reading(surroundings);
    this.composition = new Composition({
      surroundings,
      memory: surroundings.memory,
      limit: props.limits.message_length,
    });
    this.announcer = new Announcer({
      surroundings,
      mayTell: () => this.reading.isAtNewest.value && !surroundings.isHidden(),
      language,
    });
  }

  /**
   * Fetches what this tab remembers: the draft, which chats are its own, and those that were not sent before a reload,
   * which wait again.
   *
   * @returns The session of before the reload, with the position up to which the page has everything.
   */
  start({ typed, stored }: Beginning): StoredSession | undefined {
    this.composition.recall(typed);
    this.#claim();
    this.#stored = stored;
    const { memory } = this.#surroundings;
    // Of some the page itself shows that the server has them.
    const waiting = memory.waiting.slice(0, CHATS_KEPT).filter(({ id }) => !this.talk.hasOwn(id));
    memory.waiting = waiting;
    const isDoubtful = ({ isTransmitted, why }: KeptChat) => isTransmitted && why === undefined;
    this.#doubtful = new Set(waiting.filter(isDoubtful).map(({ id }) => id));
    const name = stored?.username ?? memory.name ?? "";
    for (const { id, text, why } of waiting) {
      if (why === undefined) this.#mouth.say(text, id);
      else {
        this.went({ id, text, state: { at: "waiting", isTransmitted: false } }, name);
        this.went({ id, text, state: { at: "failed", why } }, name);
      }
    }
    if (stored === undefined || stored.epoch !== this.talk.epoch) return stored;
    // The page may come from a server that was a moment behind.
    void this.older.catchUp(stored);
    return { ...stored, position: this.talk.position };
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

  /**
   * Sends a chat that failed once more, by the same id: the server takes it once, if it is in the session in which it was
   * sent before. In another one those who have it already have it twice then.
   */
  sendAgain(key: string, text: string): void {
    if (!this.#mouth.carries()) return;
    this.#remove(key);
    this.#mouth.say(text, key);
    this.reading.jump();
  }

  /** Gives up a chat that waits or failed. */
  discard(key: string): void {
    this.#doubtful.delete(key);
    if (this.#mouth.discard(key)) return;
    this.#remove(key);
    this.talk.publish();
  }

  /** Takes the greeting of a connection, before what waits goes out. What it has missed is fetched. */
  welcomed(welcome: ServerMessageOf<"welcome">): void {
    const { memory } = this.#surroundings;
    const { client_id, epoch, offset: position } = welcome;
    memory.ownIds = [...memory.ownIds.filter((id) => id !== client_id), client_id];
    this.#claim();
    this.#leftAt = this.talk.position;
    if (client_id !== this.#stored?.clientId || epoch !== this.#stored.epoch) {
      for (const id of this.#doubtful) this.#mouth.discard(id);
    }
    this.#doubtful.clear();
    this.composition.limit.value = welcome.limits.message_length ?? Infinity;
    if (!welcome.resumed || epoch !== this.talk.epoch) void this.#catchUp({ epoch, position });
  }

  /** Takes how coming back went. What the connection could not get may be had otherwise. */
  cameBack(outcome: CaughtUp): void {
    if (outcome.is === "caught_up") this.#caughtUp(outcome.messages);
    else void this.#catchUp({ epoch: this.talk.epoch, position: outcome.upTo });
  }

  /** Marks what had been missed at the last greeting, and has come by since: so many chats of others. */
  markMissed(count: number): void {
    const key = this.talk.firstAfter(this.#leftAt);
    if (key !== undefined) this.reading.mark(key, count);
  }

  /** Takes what somebody said. */
  heard(message: ServerMessageOf<"chat">): void {
    const key = this.talk.heard(message, this.#surroundings.now());
    if (key === undefined) return;
    this.#settle(message.id);
    this.reading.came(key);
    this.announcer.hear(message.username, message.message);
  }

  /** Takes that a chat of one's own has got its place. */
  acknowledged({ offset }: ServerMessageOf<"ack">): void {
    this.talk.passed(offset, this.#surroundings.now());
  }

  /** Takes what became of a chat of one's own. */
  went(chat: OutgoingChat, name: string): void {
    const isTakenBack = chat.state.at === "failed" && this.#doubtful.has(chat.id);
    const told: OutgoingChat = isTakenBack
      ? { ...chat, state: { at: "failed", why: "unknown" } }
      : chat;
    this.talk.went(told, name, this.#surroundings.now());
    this.#keep(told);
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

  /** Fetches what the page lacks up to a place; of what cannot be had it says that it is missing. Never rejects. */
  async #catchUp(place: Place): Promise<void> {
    const count = await this.older.catchUp(place);
    for (const id of [...this.#unsent.keys()]) this.#settle(id);
    this.talk.publish();
    if (count !== undefined) this.#caughtUp(count);
  }

  /** Looks whether the server has a chat of one's own after all, which then stands there twice. */
  #settle(id: string | undefined): void {
    if (id !== undefined && this.#unsent.has(id) && this.talk.hasOwn(id)) this.#remove(id);
  }

  #remove(key: string): void {
    this.talk.remove(key);
    this.#unsent.delete(key);
    this.#surroundings.memory.waiting = [...this.#unsent.values()];
  }

  /** Keeps a chat for after a reload, until it is sent or given up. */
  #keep({ id, text, state }: OutgoingChat): void {
    const why = state.at === "failed" ? state.why : undefined;
    const isTransmitted = state.at !== "waiting" || state.isTransmitted || this.#doubtful.has(id);
    if (state.at === "sent" || why === "discarded") this.#unsent.delete(id);
    else if (this.#unsent.has(id) || this.#unsent.size < CHATS_KEPT) {
      this.#unsent.set(id, { id, text, isTransmitted, ...why === undefined ? {} : { why } });
    }
    this.#surroundings.memory.waiting = [...this.#unsent.values()];
  }

  #claim(): void {
    this.talk.claim(new Set(this.#surroundings.memory.ownIds));
  }
}
