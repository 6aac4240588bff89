/**
 * The state of the page: a {@linkcode Connection} on one side, signals on the other. It knows nothing of markup.
 *
 * What arrives is taken in at once and shown once a frame, so that a busy room costs frames and not messages.
 *
 * Invariant: everything that grows is bounded by the part that holds it.
 *
 * @module
 */

import { batch, type ReadonlySignal, signal } from "@preact/signals";
import type { ServerMessage, ServerMessageOf, User } from "../../lib/protocol.ts";
import { socketAddress } from "../address.ts";
import { Announcer } from "./announcer.ts";
import { BROWSER, type RoomSurroundings } from "./browser.ts";
import { Casts } from "./casts.ts";
import { Composition } from "./composition.ts";
import { Connection, type ConnectionState } from "../connection.ts";
import { Counters } from "./counters.ts";
import { Fibonacci } from "./fibonacci.ts";
import { Link } from "./link.ts";
import type { OutgoingChat } from "../outbox.ts";
import { People } from "./people.ts";
import { Pulse } from "./pulse.ts";
import { Reading } from "./reading.ts";
import { Talk } from "./talk.ts";
import { READERS_ZONE, type Zone } from "./text.ts";

/** What the server renders the page with; JSON values, as they travel in the markup. */
export interface RoomProps {
  readonly users: User[];
  readonly online: number;
  readonly messages: ServerMessageOf<"chat">[];
  readonly limits: { readonly message_length: number; readonly fibonacci_input: number };
  readonly time: { readonly time: string; readonly date: string; readonly timestamp: string };
  /** The page's origin: `https://pulso.example`. */
  readonly address: string;
}

/** One of the parts of the page. */
export type View = "chat" | "broadcasts" | "people" | "metrics";

/** The room as one person sees it. Nothing happens before {@linkcode Room.start}. */
export class Room {
  readonly #surroundings: RoomSurroundings;
  #connection: Connection | undefined;
  #frameIsDue = false;
  #cancelBeat: () => void = () => {};
  readonly #now;
  readonly #zone;
  readonly #address;

  readonly link = new Link();
  readonly talk: Talk;
  readonly reading: Reading;
  readonly composition: Composition;
  readonly casts = new Casts();
  readonly people: People;
  readonly pulse = new Pulse();
  readonly counters = new Counters();
  readonly fibonacci: Fibonacci;
  readonly announcer: Announcer;
  /** Which part is shown where there is no room for all. */
  readonly view = signal<View>("chat");

  constructor(props: RoomProps, surroundings: Partial<RoomSurroundings> = {}) {
    this.#surroundings = { ...BROWSER, ...surroundings };
    const { time, date, timestamp } = props.time;
    const serversShift = Date.parse(`${date}T${time}Z`) - Date.parse(timestamp);
    this.#now = signal(Date.parse(timestamp));
    this.#zone = signal<Zone>(() => Math.round(serversShift / 60_000) * 60_000);
    this.#address = signal(props.address);
    this.talk = new Talk(props.messages);
    this.people = new People(props.users, props.online);
    this.fibonacci = new Fibonacci(props.limits.fibonacci_input);
    this.reading = new Reading(this.#surroundings);
    this.composition = new Composition({
      surroundings: this.#surroundings,
      memory: this.#surroundings.memory,
      limit: props.limits.message_length,
    });
    this.announcer = new Announcer(
      this.#surroundings,
      () => this.reading.isAtNewest.value && !this.#surroundings.isHidden(),
    );
  }

  /** Now, to the second: by the server's clock until the page runs, then by this device's. */
  get now(): ReadonlySignal<number> {
    return this.#now;
  }

  /** The time zone of what is shown: the server's until the page runs, then the reader's. */
  get zone(): ReadonlySignal<Zone> {
    return this.#zone;
  }

  /** The page's origin. */
  get address(): ReadonlySignal<string> {
    return this.#address;
  }

  /**
   * Begins to live: connects, unless this tab was disconnected by hand.
   *
   * @param address The page's origin, as the browser has it.
   */
  start(address: string): void {
    const { memory } = this.#surroundings;
    this.#connection = new Connection({
      url: socketAddress(address),
      surroundings: this.#surroundings,
      listeners: {
        state: (state) => this.#entered(state),
        message: (message, line) => this.#take(message, line),
        chat: (chat) => this.#chatWent(chat),
      },
    });
    batch(() => {
      this.#address.value = address;
      this.#zone.value = READERS_ZONE;
      this.composition.recall();
      this.talk.claim(new Set(memory.ownIds));
      this.link.wish(memory.name);
      if (memory.away) this.link.entered({ phase: "idle" });
      else this.#connection?.connect(memory.name);
      this.beat();
    });
  }

  /** Ends every timer and the connection. */
  stop(): void {
    this.#cancelBeat();
    this.#connection?.disconnect();
    this.announcer.stop();
    this.reading.stop();
    this.composition.keep();
  }

  /** Connects by `name`, at once; an empty one is a guest's. Remembers both. */
  connect(name: string): void {
    const { memory } = this.#surroundings;
    const wished = name.trim() || undefined;
    memory.name = wished;
    memory.away = false;
    this.link.wish(wished);
    this.#connection?.connect(wished);
  }

  /** Disconnects, and stays so over reloads of this tab. */
  disconnect(): void {
    this.#surroundings.memory.away = true;
    this.#connection?.disconnect();
  }

  /** Tries now instead of at the end of the wait. */
  retry(): void {
    this.#connection?.retryNow();
  }

  /** Takes whether this device has a network. */
  network(isThere: boolean): void {
    this.link.isOffline.value = !isThere;
    if (isThere) this.retry();
  }

  /** Sends what has been written, if it may be sent. */
  send(): void {
    if (!this.link.carries.value) return;
    const text = this.composition.take();
    if (text === undefined) return;
    this.#connection?.say(text);
    this.reading.jump();
  }

  /** Sends a chat that failed once more. */
  sendAgain(key: string, text: string): void {
    if (!this.link.carries.value) return;
    this.talk.remove(key);
    this.#connection?.say(text);
    this.reading.jump();
  }

  /** Gives up a chat that waits or failed. */
  discard(key: string): void {
    if (this.#connection?.discard(key)) return;
    this.talk.remove(key);
    this.#show();
  }

  /** Asks for the Fibonacci number of what stands in the field. */
  compute(): void {
    this.fibonacci.ask((input, id) => this.#connection?.fibonacci(input, id) ?? false);
    this.#show();
  }

  /** Looks at the time, now and on each second. */
  beat(): void {
    const now = this.#surroundings.now();
    this.#cancelBeat();
    this.#cancelBeat = this.#surroundings.after(1000 - now % 1000, () => this.beat());
    if (this.#surroundings.isHidden()) return;
    batch(() => {
      this.#now.value = now;
      if (this.link.expectsTicks.value) this.pulse.passed(now);
      this.announcer.tell();
      this.#publish();
    });
  }

  #entered(state: ConnectionState): void {
    const now = this.#surroundings.now();
    batch(() => {
      this.link.entered(state);
      this.counters.connected(state.phase === "online", now);
      if (state.phase === "online") this.#welcomed(state.welcome, now);
      else this.#disconnected(now);
      if (!this.link.expectsTicks.value) this.pulse.rest();
    });
    this.#show();
  }

  #welcomed(welcome: ServerMessageOf<"welcome">, now: number): void {
    const { memory } = this.#surroundings;
    memory.ownIds = [...memory.ownIds, welcome.client_id];
    this.people.welcomed(welcome);
    this.talk.welcomed(welcome, now);
    this.pulse.resynchronize();
    this.composition.limit.value = welcome.limits.message_length ?? Infinity;
    this.fibonacci.limit.value = welcome.limits.fibonacci_input ?? Number.MAX_SAFE_INTEGER;
    this.#connection?.requestUsers();
  }

  #disconnected(now: number): void {
    this.fibonacci.lost();
    this.people.lost(now);
  }

  #chatWent(chat: OutgoingChat): void {
    this.talk.went(chat, this.link.name.value ?? "", this.#surroundings.now());
    this.#show();
  }

  #take(message: ServerMessage, line: string): void {
    const now = this.#surroundings.now();
    this.counters.received();
    this.casts.add(message, line, now);
    switch (message.type) {
      case "time":
        this.pulse.ticked(message, now);
        this.people.counted(message.online);
        break;
      case "chat":
        this.#heard(message);
        break;
      case "users":
        this.people.listed(message);
        break;
      case "presence":
        this.talk.moved(this.people.moved(message), this.link.name.value, now);
        break;
      case "fibonacci":
        this.fibonacci.answered(message);
        break;
      case "status":
        this.link.told(message);
        break;
      case "error":
        this.fibonacci.refused(message);
        break;
    }
    this.#show();
  }

  #heard(message: ServerMessageOf<"chat">): void {
    const key = this.talk.heard(message);
    if (key === undefined) return;
    this.reading.came(key);
    this.announcer.hear(message.username, message.message);
  }

  #show(): void {
    if (this.#frameIsDue) return;
    this.#frameIsDue = true;
    this.#surroundings.frame(() => {
      this.#frameIsDue = false;
      batch(() => this.#publish());
    });
  }

  #publish(): void {
    this.counters.sent(this.#connection?.sentCount ?? 0);
    this.counters.publish();
    this.talk.publish();
    this.casts.publish();
    this.people.publish();
    this.pulse.publish();
  }
}
