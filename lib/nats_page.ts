/**
 * A page of a stream, with one request for all of it.
 *
 * Invariant: a page is bounded by count and by bytes, whatever the stream holds.
 *
 * @module
 */

import { AckPolicy, DeliverPolicy, type JetStreamManager, ReplayPolicy } from "@nats-io/jetstream";
import { createInbox, type NatsConnection } from "@nats-io/transport-node";
import type { Time } from "./clock.ts";
import type { StoredMessage } from "./journal_entry.ts";
import { subjectOf, toNanos } from "./nats_settings.ts";
import { readPlace, toMs } from "./nats_place.ts";

/** So many bytes end a page before its limit. */
const PAGE_BYTES = 1_048_576;

/** What {@linkcode readPage} takes. */
export interface PageOptions {
  readonly connection: NatsConnection;
  readonly manager: JetStreamManager;
  readonly time: Time;
  readonly stream: string;
  /** The first offset that is wanted, and the last. */
  readonly from: number;
  readonly to: number;
  /** How many at the most. */
  readonly limit: number;
  /** How long the broker may take, in ms. */
  readonly withinMs: number;
}

/** A page of a stream. */
export interface StreamPage {
  /** Oldest first; empty only where there are none. */
  readonly messages: readonly StoredMessage[];
  /** Whether nothing more is kept up to where it was to end. */
  readonly isLast: boolean;
}

/**
 * The next ones that are kept from an offset on.
 *
 * @throws {Error} If that cannot be found out.
 */
export async function readPage(options: PageOptions): Promise<StreamPage> {
  const { from, to, limit } = options;
  const { found, isCut } = await pull(options);
  let at = (found.at(-1)?.offset ?? from - 1) + 1;
  let bytes = found.reduce((sum, { data }) => sum + data.length, 0);
  // Any copy of the stream may have answered, also one that does not have all yet; and one message may be larger than a
  // page. Of what is left the leader knows.
  while (!isCut && at <= to && found.length < limit && bytes < PAGE_BYTES) {
    const next = await nextOf(options, at);
    at = (next?.offset ?? to) + 1;
    if (next !== undefined) found.push(next);
    bytes += next?.data.length ?? 0;
  }
  return { messages: found.filter(({ offset }) => offset <= to), isLast: at > to };
}

/** Pulls a page from a consumer of its own; `isCut` where that has more. */
async function pull(
  options: PageOptions,
): Promise<{ readonly found: StoredMessage[]; readonly isCut: boolean }> {
  const { connection, manager, time, stream, from, limit, withinMs } = options;
  const inbox = createInbox();
  const found: StoredMessage[] = [];
  const pulled = Promise.withResolvers<boolean>();
  let pending = 0;
  const subscription = connection.subscribe(inbox, {
    callback: (error, message) => {
      if (error !== null) return pulled.reject(error);
      const place = readPlace(message.reply);
      // What is no delivery says that there are no more in this page.
      if (place === undefined) return pulled.resolve(pending > 0);
      const { offset, timestamp } = place;
      found.push({ offset, timestamp, data: message.data });
      pending = place.pending;
      if (pending === 0 || found.length >= limit) pulled.resolve(pending > 0);
    },
  });
  const late = new Error("could not read the stream: the broker does not answer");
  const cancel = time.after(withinMs, () => pulled.reject(late));
  pulled.promise.catch(() => {});
  try {
    const { name } = await manager.consumers.add(stream, {
      deliver_policy: DeliverPolicy.StartSequence,
      opt_start_seq: from,
      ack_policy: AckPolicy.None,
      replay_policy: ReplayPolicy.Instant,
      // Where its removal is not heard, it ends by itself.
      inactive_threshold: toNanos(withinMs),
      mem_storage: true,
      num_replicas: 1,
    });
    const request = { batch: limit, max_bytes: PAGE_BYTES, no_wait: true };
    connection.publish(`$JS.API.CONSUMER.MSG.NEXT.${stream}.${name}`, JSON.stringify(request), {
      reply: inbox,
    });
    const isCut = await pulled.promise;
    connection.publish(`$JS.API.CONSUMER.DELETE.${stream}.${name}`, "", { reply: createInbox() });
    return { found, isCut };
  } finally {
    cancel();
    subscription.unsubscribe();
  }
}

/** The next one from an offset on, of the leader; `undefined` where there is none. */
async function nextOf(
  { manager, stream }: PageOptions,
  at: number,
): Promise<StoredMessage | undefined> {
  const query = { seq: at, next_by_subj: subjectOf(stream) };
  const found = await manager.streams.getMessage(stream, query);
  if (found === null) return undefined;
  return { offset: found.seq, timestamp: toMs(found.timestamp), data: found.data };
}
