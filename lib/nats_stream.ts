/**
 * The stream of chats on one connection to NATS: its settings, publishing, following, reading. What is made of it is
 * `lib/journal_nats.ts`'s business.
 *
 * Invariant: a stream's sequence is the offset of a chat; nothing else is ever put into it.
 *
 * @module
 */

import {
  AckPolicy,
  DeliverPolicy,
  type JetStreamManager,
  jetstreamManager,
  ReplayPolicy,
} from "@nats-io/jetstream";
import {
  createInbox,
  headers,
  type Msg,
  type NatsConnection,
  type Subscription,
} from "@nats-io/transport-node";
import type { Time } from "./clock.ts";
import type { StoredMessage } from "./journal_entry.ts";
import { describeError, type Log } from "./log.ts";
import { type PageOptions, readPage, type StreamPage } from "./nats_page.ts";
import { readPlace, toMs } from "./nats_place.ts";
import { describeOrder, type Order, orderOf } from "./stream_order.ts";
import { ensureStream, type StreamSettings, subjectOf, toNanos } from "./nats_settings.ts";

/** How the stream is now. */
export interface StreamState {
  /** One that was made anew, or is known to have lost chats, has another. */
  readonly order: Order;
  /** The oldest offset that is kept; one beyond the newest where nothing is. */
  readonly first: number;
  /** The newest offset, 0 where there was none yet. */
  readonly last: number;
}

/** A chat as the stream tells it. */
export interface Delivery extends StoredMessage {
  /** Under which it was published; empty where it had none. */
  readonly messageId: string;
  /** How many more there were then. */
  readonly pending: number;
}

/** Who hears what comes of the stream. */
export interface StreamListener {
  /** What was published under this number had its place already. */
  readonly duplicate: (number: number, offset: number) => void;
  /** What was published under this number has no place, and will not get one. */
  readonly refused: (number: number, reason: string) => void;
  /** Nothing more is heard; whoever wants to go on opens it anew. */
  readonly broken: (reason: unknown) => void;
}

/** How long the broker may take for an answer, in ms. */
const ANSWER_MS = 2000;
/** How often it shows that it still delivers, in ms. */
const HEARTBEAT_MS = 1000;
/** After which silence what is followed is taken for lost, in ms. */
const SILENCE_MS = 2500;
/** How often that is looked at, in ms. */
const WATCH_MS = 500;

/** The stream, while its connection lasts. */
export class NatsStream {
  readonly #connection: NatsConnection;
  readonly #manager: JetStreamManager;
  readonly #name: string;
  readonly #listener: StreamListener;
  readonly #inbox: string;
  readonly #subscriptions: Subscription[] = [];
  readonly #time: Time;
  #cancelWatch = () => {};
  #heardAt = 0;
  #delivered = 0;

  private constructor(
    connection: NatsConnection,
    options: { manager: JetStreamManager; name: string; listener: StreamListener; time: Time },
  ) {
    this.#connection = connection;
    this.#manager = options.manager;
    this.#name = options.name;
    this.#listener = options.listener;
    this.#time = options.time;
    this.#inbox = createInbox();
    this.#listen(`${this.#inbox}.*`, (error, message) => this.#receipt(error, message));
  }

  /**
   * Opens it; made where it is missing. With `change`, its settings are changed where they differ and can be.
   *
   * @throws {Error} If it cannot be had.
   */
  static async open(
    connection: NatsConnection,
    options: {
      readonly settings: StreamSettings;
      readonly change: boolean;
      readonly listener: StreamListener;
      readonly log: Log;
      readonly time: Time;
    },
  ): Promise<NatsStream> {
    const { settings, listener, time } = options;
    // Nats-server 2.9 would take the change of a stream, and give the stream up at its next start.
    if (settings.replicas > 1 && connection.info?.cluster === undefined) {
      throw new Error(
        `could not keep ${settings.replicas} replicas (NATS_REPLICAS): this server is in no cluster`,
      );
    }
    const manager = await jetstreamManager(connection, { checkAPI: false, timeout: ANSWER_MS });
    await ensureStream(manager, options);
    return new NatsStream(connection, { manager, name: settings.stream, listener, time });
  }

  /** How it is now. @throws {Error} If that cannot be found out. */
  async state(): Promise<StreamState> {
    const info = await this.#manager.streams.info(this.#name);
    return { order: orderOf(info), first: info.state.first_seq, last: info.state.last_seq };
  }

  /** Tells all nodes, also those that come later, which order it holds. @throws {Error} If it cannot. */
  async setOrder(order: Order): Promise<void> {
    await this.#manager.streams.update(this.#name, { description: describeOrder(order) });
  }

  /** What has an offset, `undefined` where it is gone. @throws {Error} If that cannot be found out. */
  async get(offset: number): Promise<StoredMessage | undefined> {
    const found = await this.#manager.streams.getMessage(this.#name, { seq: offset });
    if (found === null) return undefined;
    return { offset, timestamp: toMs(found.timestamp), data: found.data };
  }

  /**
   * The next ones that are kept from an offset on, up to another; fewer than the limit where they are large.
   *
   * @throws {Error} If that cannot be found out.
   */
  async read(page: Pick<PageOptions, "from" | "to" | "limit">): Promise<StreamPage> {
    return await readPage({
      ...page,
      connection: this.#connection,
      manager: this.#manager,
      time: this.#time,
      stream: this.#name,
      withinMs: ANSWER_MS,
    });
  }

  /** It is no longer what it was taken for: whoever hears it opens it anew. */
  giveUp(reason: Error): void {
    this.#listener.broken(reason);
  }

  /**
   * Asks for a place; what comes of it is told under the number, or delivered. What is published first comes first. Never
   * throws; on a connection that is gone nothing comes of it.
   */
  publish(options: { number: number; messageId: string; data: Uint8Array }): void {
    const { number, messageId, data } = options;
    const header = headers();
    header.set("Nats-Msg-Id", messageId);
    const reply = `${this.#inbox}.${number}`;
    try {
      this.#connection.publish(subjectOf(this.#name), data, { reply, headers: header });
    } catch (error) {
      if (this.#connection.isClosed()) return;
      // Too large for the broker.
      queueMicrotask(() => this.#listener.refused(number, describeError(error)));
    }
  }

  /**
   * Delivers everything from an offset on, in the order of offsets, and goes on delivering; to be called once.
   *
   * @returns How many there were to deliver.
   * @throws {Error} If it cannot.
   */
  async follow(from: number, deliver: (delivery: Delivery) => void): Promise<number> {
    const inbox = createInbox();
    this.#listen(inbox, (error, message) => {
      if (error !== null) return this.#listener.broken(error);
      const delivery = this.#hear(message);
      if (delivery !== undefined) deliver(delivery);
    });
    this.#heardAt = this.#time.elapsed();
    this.#watch();
    const { num_pending: pending } = await this.#manager.consumers.add(this.#name, {
      deliver_subject: inbox,
      deliver_policy: DeliverPolicy.StartSequence,
      opt_start_seq: from,
      ack_policy: AckPolicy.None,
      replay_policy: ReplayPolicy.Instant,
      flow_control: true,
      idle_heartbeat: toNanos(HEARTBEAT_MS),
      max_deliver: 1,
      mem_storage: true,
      num_replicas: 1,
    });
    return pending;
  }

  /** A broker that no longer delivers shows no heartbeats either. */
  #watch(): void {
    const { elapsed, after } = this.#time;
    const setAt = elapsed();
    this.#cancelWatch = after(WATCH_MS, () => {
      // Whoever looks late has not heard either: this node's own pause is not the broker's silence.
      if (elapsed() - setAt > 2 * WATCH_MS) this.#heardAt = elapsed();
      if (elapsed() - this.#heardAt <= SILENCE_MS) return this.#watch();
      this.#listener.broken(new Error("the stream has fallen silent"));
    });
  }

  /** Hears nothing more. Idempotent. */
  close(): void {
    this.#cancelWatch();
    for (const subscription of this.#subscriptions.splice(0)) subscription.unsubscribe();
  }

  #hear(message: Msg): Delivery | undefined {
    this.#heardAt = this.#time.elapsed();
    if (message.headers?.code === 100) return this.#answerStatus(message);
    const place = readPlace(message.reply);
    if (place === undefined) return undefined;
    // It counts what it delivers: where one is lost on the way, all is asked for anew.
    if (place.delivered !== ++this.#delivered) {
      this.close();
      throw new Error("could not follow the stream: a delivery was lost");
    }
    const messageId = message.headers?.get("Nats-Msg-Id") ?? "";
    return { ...place, messageId, data: message.data };
  }

  /** The broker delivers on when it has heard that its deliveries have arrived. */
  #answerStatus(message: Msg): undefined {
    const stalled = message.headers?.get("Nats-Consumer-Stalled");
    const answerTo = message.reply || stalled;
    if (answerTo) this.#connection.publish(answerTo);
  }

  #receipt(error: Error | null, message: Msg): void {
    if (error !== null) return this.#listener.broken(error);
    const number = Number(message.subject.slice(this.#inbox.length + 1));
    if (message.headers?.code === 503) {
      return this.#listener.broken(new Error("could not order chats: no stream takes them"));
    }
    const receipt = message.json<{
      seq?: number;
      duplicate?: boolean;
      error?: { code: number; description: string };
    }>();
    if (receipt.error !== undefined) {
      const reason = `could not order a chat: ${receipt.error.description}`;
      // What is wrong with a chat stays wrong; what is wrong with the broker may pass.
      if (receipt.error.code < 500) return this.#listener.refused(number, reason);
      return this.#listener.broken(new Error(reason));
    }
    if (receipt.duplicate === true) this.#listener.duplicate(number, receipt.seq ?? 0);
  }

  #listen(subject: string, take: (error: Error | null, message: Msg) => void): void {
    const callback = (error: Error | null, message: Msg) => {
      try {
        take(error, message);
      } catch (fault) {
        // What is thrown here would end the connection's reader.
        this.#listener.broken(fault);
      }
    };
    this.#subscriptions.push(this.#connection.subscribe(subject, { callback }));
  }
}
