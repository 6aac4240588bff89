/**
 * The order of chats over all nodes: {@linkcode Journal} on a JetStream stream. How the stream is talked to is
 * `lib/nats_stream.ts`; what waits for its place `lib/pending_publishes.ts`; what was heard `lib/stream_position.ts`; what
 * is read back `lib/stream_reader.ts`.
 *
 * Invariant: the subscriber hears an entry only when the stream delivers it, in the stream's order, also this node's own.
 *
 * A place that cannot be told, since it was removed before this node heard of it or holds no chat, counts and is told to
 * nobody: offsets jump there, and {@linkcode Journal.reaches} is false for all positions before it. What a stream held before
 * this node began to hear it is history: it can be read, and is not told.
 *
 * @module
 */

import type { NatsConnection } from "@nats-io/transport-node";
import { systemTime, type Time } from "./clock.ts";
import {
  type Chat,
  type Journal,
  type JournalEntry,
  JournalError,
  type JournalSubscriber,
} from "./journal.ts";
import { encodeChat } from "./journal_entry.ts";
import { describeError, type Log } from "./log.ts";
import type { StreamSettings } from "./nats_settings.ts";
import { type Delivery, NatsStream } from "./nats_stream.ts";
import { type PendingPublish, PendingPublishes } from "./pending_publishes.ts";
import { continueFrom, StreamPosition } from "./stream_position.ts";
import { OtherOrderError, stateOf, StreamReader } from "./stream_reader.ts";

/** What {@linkcode NatsJournal} takes. */
export interface NatsJournalOptions extends StreamSettings {
  /** How many chats are held in memory. */
  readonly historySize: number;
  readonly log: Log;
  readonly time?: Time;
  /** The stream orders and delivers, all that it held is loaded. */
  readonly back: () => void;
  /** It cannot be had, or no longer. */
  readonly away: (reason: unknown) => void;
}

/** How often the stream is looked at, in ms: what comes from it does not say of which order it is. */
const LOOK_MS = 2000;
/** How long before the stream is tried again, in ms. */
const RETRY_MS = 250;

const NOBODY: JournalSubscriber = {
  entry: () => {},
  repeated: () => {},
  unavailable: () => {},
  changed: () => {},
};

/** The journal of a node among several. */
export class NatsJournal implements Journal {
  readonly #options: NatsJournalOptions;
  readonly #time: Time;
  readonly #pending: PendingPublishes;
  readonly #reader = new StreamReader();
  /** Names this process in the ids of chats that have none. */
  readonly #self = crypto.randomUUID();
  #nameless = 0;
  #position: StreamPosition;
  /** Orders and delivers now; without it the broker is down. */
  #stream: NatsStream | undefined;
  #hasServed = false;
  /** Until then the epoch is a stand-in. */
  #hasStarted = false;
  #saidUnreadable = false;
  #subscriber = NOBODY;
  #isClosed = false;

  constructor(options: NatsJournalOptions) {
    this.#options = options;
    this.#time = options.time ?? systemTime;
    const order = { id: this.#self.slice(0, 13), generation: 0 };
    this.#position = new StreamPosition({ order, offset: 0, size: options.historySize });
    this.#pending = new PendingPublishes({
      time: this.#time,
      expired: (waiting) => this.#refuse(waiting),
    });
  }

  get epoch(): string {
    return this.#position.epoch;
  }

  get offset(): number {
    return this.#position.offset;
  }

  get broker(): "up" | "down" {
    return this.#stream === undefined ? "down" : "up";
  }

  subscribe(subscriber: JournalSubscriber): void {
    this.#subscriber = subscriber;
  }

  append(chat: Chat): void {
    if (this.#isClosed) return;
    const known = this.#position.find(chat);
    if (known !== undefined) {
      return queueMicrotask(() => this.#subscriber.repeated(known));
    }
    const waiting = this.#pending.add({
      chat,
      messageId: this.#messageIdOf(chat),
      data: encodeChat(chat),
    });
    if (waiting === "full") queueMicrotask(() => this.#subscriber.unavailable(chat));
    else if (waiting !== "joined") this.#stream?.publish(waiting);
  }

  recent(after: number, limit: number): readonly JournalEntry[] | undefined {
    return after >= this.offset ? [] : this.#position.recent.after(after, limit);
  }

  async read(after: number, limit: number): Promise<readonly JournalEntry[]> {
    const held = this.recent(after, limit);
    if (held !== undefined) return held;
    try {
      const stream = this.#stream;
      if (stream === undefined) throw new Error("the broker is away");
      return await this.#reader.read({ stream, position: this.#position, after, limit });
    } catch (error) {
      throw new JournalError(`Could not read the journal: ${describeError(error)}`);
    }
  }

  async reaches(epoch: string, after: number): Promise<boolean | undefined> {
    const position = this.#position;
    if (!this.#hasStarted) return undefined;
    if (epoch !== position.epoch || after < position.newestGap) return false;
    const isNewer = after > position.offset;
    if (!isNewer && this.recent(after, 1) !== undefined) return true;
    const unknown = isNewer ? true : undefined;
    if (this.#stream === undefined) return unknown;
    try {
      const { first, last } = await stateOf(this.#stream, position);
      return first <= after + 1 && after <= last;
    } catch (error) {
      return error instanceof OtherOrderError ? false : unknown;
    }
  }

  /** Orders and delivers over a connection for as long as it lasts. Never rejects. */
  async serve(connection: NatsConnection): Promise<void> {
    // One for all that waits for it: a connection may last for months.
    let end: (reason: Error) => void = () => {};
    void connection.closed().then((error) => end(error ?? new Error("the connection was lost")));
    while (!connection.isClosed()) {
      const lost = Promise.withResolvers<never>();
      end = lost.reject;
      try {
        await this.#attend(connection, lost);
      } catch (error) {
        this.#options.away(error);
      }
      this.#stop();
      if (connection.isClosed()) return;
      const waited = Promise.withResolvers<void>();
      end = () => waited.resolve();
      const cancel = this.#time.after(RETRY_MS, waited.resolve);
      await waited.promise;
      cancel();
    }
  }

  /** Tells nobody anything from now on. */
  close(): void {
    this.#isClosed = true;
    this.#subscriber = NOBODY;
    this.#pending.clear();
  }

  // ------------------------------------------------------------------------------------------------ the stream

  /** Opens the stream and delivers, until it is lost; then it rejects. */
  async #attend(connection: NatsConnection, lost: PromiseWithResolvers<never>): Promise<void> {
    lost.promise.catch(() => {});
    const stream = await NatsStream.open(connection, {
      settings: this.#options,
      // Once: nodes whose settings differ must not change the stream at each reconnecting.
      change: !this.#hasServed,
      log: this.#options.log,
      time: this.#time,
      listener: {
        duplicate: (number, offset) => void this.#repeat(number, offset),
        refused: (number, reason) => {
          this.#options.log.warning("chat_not_ordered", { reason });
          this.#refuse(this.#pending.find(number));
        },
        broken: lost.reject,
      },
    });
    this.#hasServed = true;
    try {
      this.#start(stream, await this.#follow(stream, lost.promise));
      await this.#attendTo(stream, lost.promise);
    } finally {
      stream.close();
    }
  }

  /** Looks from time to time whether another node has found the order to be another one; never resolves. */
  async #attendTo(stream: NatsStream, lost: Promise<never>): Promise<void> {
    for (;;) {
      const waited = Promise.withResolvers<void>();
      const cancel = this.#time.after(LOOK_MS, waited.resolve);
      await Promise.race([waited.promise, lost]).finally(cancel);
      // Where it is, that gives the stream up.
      await stateOf(stream, this.#position).catch(() => {});
    }
  }

  /** Delivers what comes; where that is another order of chats, all that was before is loaded first. */
  async #follow(stream: NatsStream, lost: Promise<never>): Promise<StreamPosition> {
    const state = await stream.state();
    const position = await continueFrom(this.#position, {
      stream,
      state,
      size: this.#options.historySize,
    });
    // Where the newest was removed, nothing more to come is all there is to wait for.
    const isNewestKept = position.offset >= state.last ||
      await stream.get(state.last) !== undefined;
    const isLoaded = ({ offset, pending }: Pick<Delivery, "offset" | "pending">) =>
      isNewestKept ? offset >= state.last : pending === 0;
    const loaded = Promise.withResolvers<void>();
    const pending = await stream.follow(position.offset + 1, (delivery) => {
      this.#hear(position, delivery);
      if (isLoaded(delivery)) loaded.resolve();
    });
    if (position === this.#position) return position;
    if (!isLoaded({ offset: position.offset, pending })) await Promise.race([loaded.promise, lost]);
    position.skipTo(state.last);
    return position;
  }

  /** The stream delivers: what waits is published, in its order, before anything newer. */
  #start(stream: NatsStream, position: StreamPosition): void {
    this.#position = position;
    this.#stream = stream;
    this.#hasStarted = true;
    for (const waiting of this.#pending.all()) stream.publish(waiting);
    this.#options.back();
    this.#subscriber.changed();
  }

  #stop(): void {
    if (this.#stream === undefined) return;
    this.#stream = undefined;
    this.#subscriber.changed();
  }

  // ------------------------------------------------------------------------------------------------- the chats

  #hear(position: StreamPosition, delivery: Delivery): void {
    const entry = position.take(delivery);
    if (entry === undefined) this.#sayUnreadable(delivery.offset);
    // What is being loaded was before: it is history, and nobody's news.
    if (position !== this.#position) return;
    const waiting = this.#pending.take(delivery.messageId);
    if (entry === undefined) return this.#refuse(waiting);
    const heardAt = waiting?.chat.heardAt;
    this.#subscriber.entry(heardAt === undefined ? entry : { ...entry, heardAt });
    for (let time = 1; time < (waiting?.times ?? 1); time++) this.#subscriber.repeated(entry);
  }

  /** Answers what had its place already, and was told; else it will be told. */
  async #repeat(number: number, offset: number): Promise<void> {
    const [entry] = await this.read(offset - 1, 1).catch(() => []);
    const waiting = this.#pending.find(number);
    // What has not come round yet is not to be had; what could not be read, or holds no chat, waits for its deadline.
    if (entry?.offset !== offset || waiting === undefined) return;
    this.#pending.take(waiting.messageId);
    for (let time = 0; time < waiting.times; time++) this.#subscriber.repeated(entry);
  }

  #refuse(waiting: PendingPublish | undefined): void {
    if (waiting === undefined) return;
    this.#pending.take(waiting.messageId);
    for (let time = 0; time < waiting.times; time++) this.#subscriber.unavailable(waiting.chat);
  }

  #messageIdOf({ clientId, id }: Chat): string {
    if (id === undefined) return `${this.#self} ${++this.#nameless}`;
    // An id may hold line ends, a header may not.
    return `${clientId} ${encodeURIComponent(id)}`;
  }

  #sayUnreadable(offset: number): void {
    if (this.#saidUnreadable) return;
    this.#saidUnreadable = true;
    this.#options.log.warning("journal_entry_unreadable", {
      stream: this.#options.stream,
      offset,
      remedy: "let nobody but Pulso publish to it",
    });
  }
}
