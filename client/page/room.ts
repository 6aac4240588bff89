/**
 * The state of the page: a {@linkcode Connection} on one side, signals on the other. It knows nothing of markup.
 *
 * What arrives is taken in at once and shown once a frame, so that a busy room costs frames and not messages.
 *
 * Invariant: everything that grows is bounded by the part that holds it.
 *
 * @module
 */

import { batch, computed, type ReadonlySignal, signal } from "@preact/signals";
import type { ServerMessage, ServerMessageOf } from "../../lib/protocol.ts";
import { CloseCode } from "../../lib/close_codes.ts";
import { socketAddress } from "../address.ts";
import { BROWSER, type RoomSurroundings } from "./browser.ts";
import { Casts } from "./casts.ts";
import { Conversation } from "./conversation.ts";
import { Connection, type ConnectionState } from "../connection.ts";
import { dispatch } from "./dispatch.ts";
import { Fibonacci } from "./fibonacci.ts";
import { Inquiry } from "./inquiry.ts";
import { type Language, languageOf } from "./language.ts";
import { Link } from "./link.ts";
import { Meter } from "./meter.ts";
import { Naming } from "./naming.ts";
import type { OutgoingChat } from "../outbox.ts";
import { Pass } from "./pass.ts";
import { People } from "./people.ts";
import { Preferences } from "../preferences.ts";
import { zoneShiftOf } from "./pulse.ts";
import type { RoomProps } from "./room_props.ts";
import { isSound } from "./soundness.ts";
import { MINUTE_MS, READERS_ZONE, type Zone } from "./text.ts";

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
  readonly #inquiry: Inquiry;
  readonly #naming: Naming;
  readonly pass: Pass;
  readonly link: Link;
  readonly conversation: Conversation;
  readonly casts = new Casts();
  readonly people: People;
  readonly meter: Meter;
  readonly fibonacci: Fibonacci;
  readonly preferences: Preferences;
  /** Which part is shown where there is no room for all. */
  readonly view = signal<View>("chat");

  constructor(props: RoomProps, surroundings: Partial<RoomSurroundings> = {}) {
    this.#surroundings = { ...BROWSER, ...surroundings };
    const { timestamp } = props.time;
    const zoneShiftMs = zoneShiftOf(props.time, timestamp);
    this.#now = signal(Date.parse(timestamp));
    this.#zone = signal<Zone>(() => zoneShiftMs);
    this.meter = new Meter({
      ...this.#surroundings,
      zoneShiftMs,
      ping: (id, ms) => this.#connection?.ping(id, ms) ?? false,
      waitMs: () => this.#connection?.waitMs ?? 0,
    });
    this.#address = signal(props.address);
    this.#inquiry = new Inquiry({
      surroundings: this.#surroundings,
      mayAsk: () => !this.link.isOffline.value && !this.#surroundings.isHidden(),
      unauthorized: () => this.#unauthorized(),
    });
    this.pass = new Pass(this.#surroundings.memory, props.asksForToken);
    this.#naming = new Naming(this.#surroundings.memory);
    this.link = new Link(this.#inquiry.found, this.pass);
    this.people = new People({
      users: props.users,
      online: props.online,
      fetchJson: this.#surroundings.fetchJson,
    });
    this.fibonacci = new Fibonacci(props.limits.fibonacci_input);
    this.preferences = new Preferences(props.preferences);
    this.conversation = new Conversation({
      surroundings: this.#surroundings,
      props,
      mouth: {
        say: (text, id) => this.#connection?.say(text, id),
        discard: (id) => this.#connection?.discard(id) ?? false,
        carries: () => this.link.carries.value,
      },
      missed: () => {
        this.meter.counters.missed();
        this.link.missed();
      },
      caughtUp: (count) => this.#caughtUp(count),
      language: () => this.language.value,
      mayAsk: () => this.isTold.value && (!this.pass.isNeeded.value || this.pass.isHeld.value),
    });
  }

  /** Now, to the second: by the server's clock until the page runs, then by this device's. */
  get now(): ReadonlySignal<number> {
    return this.#now;
  }

  /** Now, to the minute, counted since the epoch. */
  readonly minute: ReadonlySignal<number> = computed(() => Math.floor(this.now.value / MINUTE_MS));

  /** The language of everything. */
  readonly language: ReadonlySignal<Language> = computed(() =>
    languageOf(this.preferences.language.value)
  );

  /** Whether the server has told what goes on here: to who needs a token, once it has let them in. */
  readonly isTold: ReadonlySignal<boolean> = computed(() =>
    !this.pass.isNeeded.value || this.people.view.value.own !== undefined
  );

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
   * @param typed What has been typed into the composer while the page was not running yet.
   */
  start(address: string, typed = ""): void {
    const { memory } = this.#surroundings;
    this.#connection = new Connection({
      url: socketAddress(address),
      surroundings: this.#surroundings,
      token: () => this.pass.token,
      listeners: {
        state: (state) => this.#entered(state),
        message: (message, line) => this.#take(message, line),
        chat: (chat) => this.#chatWent(chat),
        caughtUp: (outcome) => this.conversation.cameBack(outcome),
      },
      isSound,
    });
    batch(() => {
      this.#address.value = address;
      this.#zone.value = READERS_ZONE;
      const lacksToken = this.pass.recall();
      if (!this.pass.isNeeded.value) this.#naming.recall();
      const stored = memory.session;
      memory.session = undefined;
      this.link.wish(stored?.username ?? this.#naming.wished, this.#naming.wished);
      const resume = this.conversation.start({ typed, stored });
      if (memory.away || lacksToken) this.#entered({ phase: "idle" });
      else this.#connection?.connect(this.#naming.wished, resume);
      this.beat();
    });
  }

  /** Ends every timer and the connection. */
  stop(): void {
    this.#cancelBeat();
    this.#connection?.disconnect();
    this.meter.stop();
    this.conversation.stop();
  }

  /** Connects by a token, at once; returns whether it may be one. */
  enter(token: string): boolean {
    if (!this.pass.give(token)) return false;
    this.connect("");
    return true;
  }

  /**
   * Connects by `name`, at once; an empty one is a guest's, or the token's. Remembers it once the server has given it.
   */
  connect(name: string): void {
    this.#surroundings.memory.away = false;
    this.#naming.choose(this.pass.isNeeded.value ? "" : name);
    this.link.wish(this.#naming.wished);
    this.#connection?.connect(this.#naming.wished);
  }

  /** Connects as somebody new, who may have to take another name: by one's own the session went on elsewhere. */
  connectAnew(): void {
    if (!this.pass.isNeeded.value) this.#naming.recall();
    this.link.wish(this.#naming.wished);
    this.#connection?.connect(this.#naming.wished);
  }

  /** Disconnects, and stays so over reloads of this tab. */
  disconnect(): void {
    this.#surroundings.memory.away = true;
    this.#connection?.disconnect();
  }

  /** Tries now instead of at the end of the wait; a connection that has been silent for too long counts as lost. */
  retry(): void {
    this.#connection?.wake();
  }

  /** The browser puts the page aside, perhaps to show it again later, perhaps to load it anew, perhaps for good. */
  rest(): void {
    this.conversation.composition.keep();
    this.#surroundings.memory.session = this.#connection?.storedSession;
    this.#connection?.rest();
  }

  /** The page is back that was put aside. */
  back(): void {
    this.#surroundings.memory.session = undefined;
    this.retry();
  }

  /** The page is shown, or hidden. */
  turned(): void {
    if (!this.#surroundings.isHidden()) this.retry();
    this.beat();
  }

  /** Takes whether this device has a network. */
  network(isThere: boolean): void {
    this.link.isOffline.value = !isThere;
    if (isThere) this.retry();
  }

  /** Asks for the Fibonacci number of what stands in the field. */
  compute(): void {
    this.fibonacci.ask((input, id) => this.#connection?.fibonacci(input, id) ?? false);
    this.#show();
  }

  /** Looks at the time, now and on each second. A hidden page does not, until it is looked at again. */
  beat(): void {
    const { after, isHidden, now: clock } = this.#surroundings;
    const now = clock();
    this.#cancelBeat();
    if (isHidden()) return;
    this.#cancelBeat = after(this.meter.untilSecondMs, () => this.beat());
    batch(() => {
      this.#now.value = now;
      this.link.passed(now);
      this.meter.look();
      this.conversation.announcer.tell();
      this.#publish();
    });
  }

  /** Without another token no attempt will do. */
  #unauthorized(): void {
    batch(() => {
      this.pass.refused();
      this.#connection?.disconnect();
    });
  }

  #entered(state: ConnectionState): void {
    const isOver = state.phase === "refused" && state.code === CloseCode.notAuthenticated;
    if (isOver) this.pass.refused(true);
    const now = this.#surroundings.now();
    batch(() => {
      this.#inquiry.entered(state);
      this.link.entered(state, now);
      this.meter.entered(state, this.link.expectsTicks.value);
      if (state.phase === "online") this.#welcomed(state.welcome);
      else this.#disconnected(now);
      const substitute = this.#naming.substituteFor(state);
      if (substitute === undefined) return;
      this.link.wish(substitute, this.#naming.wished);
      this.#connection?.connect(substitute);
    });
    this.#show();
  }

  #welcomed(welcome: ServerMessageOf<"welcome">): void {
    this.#naming.given();
    this.people.welcomed(welcome);
    this.conversation.welcomed(welcome);
    this.fibonacci.limit.value = welcome.limits.fibonacci_input ?? Number.MAX_SAFE_INTEGER;
    this.#connection?.requestUsers();
  }

  #caughtUp(count: number): void {
    if (count === 0 || !this.link.caughtUp(count, this.#surroundings.now())) return;
    this.meter.counters.missed();
    this.conversation.markMissed(count);
    this.#show();
  }

  #disconnected(now: number): void {
    this.fibonacci.lost();
    // The first attempt by itself says nothing of those whom the server has just told of.
    if (!this.link.isFirstTry.value) this.people.lost(now);
  }

  #chatWent(chat: OutgoingChat): void {
    this.conversation.went(chat, this.link.name.value ?? "");
    this.#show();
  }

  #take(message: ServerMessage, line: string): void {
    const now = this.#surroundings.now();
    const lateMs = this.meter.took(message);
    if (message.type === "pong") return this.beat();
    this.casts.add({ message, line, arrivedAt: now, lateMs });
    dispatch(message, { parts: this, now });
    this.#show();
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
    // The tab's title counts what is unread; all else is for eyes.
    if (this.#surroundings.isHidden()) return this.conversation.reading.publish();
    this.meter.publish(this.#connection?.sentCount ?? 0);
    this.conversation.publish();
    this.casts.publish();
    this.people.publish();
  }
}
