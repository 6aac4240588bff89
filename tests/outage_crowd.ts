/**
 * Clients that talk at a steady rate and keep what reaches them, and the times. What of it is right is presence_outage.ts's
 * business.
 *
 * @module
 */

import { within } from "./server.ts";

type PresenceNews = Readonly<Record<"joined" | "left", readonly { readonly client_id: unknown }[]>>;

/** One client. Times by `performance.now()`. */
export class Witness {
  readonly #socket: WebSocket;
  readonly #crowd: Crowd;
  readonly #entered = Promise.withResolvers<void>();
  readonly #askedAt = performance.now();
  readonly #ended = Promise.withResolvers<void>();
  /** The name that it asked for. */
  readonly wishes: string | undefined;
  clientId = "";
  username = "";
  /** How long it took until it was let in. */
  enteredMs: number | undefined;
  /** What it was told of the database, and when. */
  readonly statuses: { readonly at: number; readonly database: unknown }[] = [];
  /** When the clock came. */
  readonly ticks: number[] = [];
  /** Whom it was ever told to have left, and whom it takes for gone now, by client_id. */
  readonly left = new Set<unknown>();
  readonly gone = new Set<unknown>();
  /** How often each chat came, by its number. */
  readonly heard = new Map<number, number>();
  /** The code with which it was closed. */
  code: number | undefined;

  private constructor(url: string, crowd: Crowd, wishes: string | undefined) {
    this.#crowd = crowd;
    this.wishes = wishes;
    this.#socket = new WebSocket(wishes === undefined ? url : `${url}?username=${wishes}`);
    this.#socket.onmessage = ({ data }) => this.#take(JSON.parse(data), performance.now());
    this.#socket.onerror = (event) => event.preventDefault();
    this.#socket.onclose = ({ code }) => {
      this.code = code;
      this.#entered.resolve();
      this.#ended.resolve();
    };
  }

  /**
   * Connects; resolves when it is let in, or closed.
   *
   * @param username Without it it is a guest.
   */
  static async join(url: string, crowd: Crowd, username?: string): Promise<Witness> {
    const witness = new Witness(url, crowd, username);
    await within(10_000, `${username ?? "a guest"} comes in`, witness.#entered.promise);
    return witness;
  }

  get isOnline(): boolean {
    return this.enteredMs !== undefined && this.code === undefined;
  }

  /** What it was told of the database last, where it was told anything. */
  get database(): unknown {
    return this.statuses.at(-1)?.database;
  }

  say(number: number): void {
    this.#socket.send(JSON.stringify({ message: `${number} ${performance.now()}` }));
  }

  async close(): Promise<void> {
    this.#socket.close(1000);
    await within(10_000, "the socket closes", this.#ended.promise);
  }

  #take(message: Readonly<Record<string, unknown>>, at: number): void {
    if (message.type === "chat") this.#hear(String(message.message), at);
    else if (message.type === "time") this.ticks.push(at);
    else if (message.type === "status") this.statuses.push({ at, database: message.database });
    else if (message.type === "presence") this.#notice(message as unknown as PresenceNews);
    else if (message.type === "welcome") {
      this.clientId = String(message.client_id);
      this.username = String(message.username);
      this.enteredMs = at - this.#askedAt;
      this.#entered.resolve();
    }
  }

  #notice({ joined, left }: PresenceNews): void {
    for (const { client_id } of left) {
      this.left.add(client_id);
      this.gone.add(client_id);
    }
    for (const { client_id } of joined) this.gone.delete(client_id);
  }

  #hear(text: string, at: number): void {
    const [number = NaN, sentAt = NaN] = text.split(" ").map(Number);
    this.heard.set(number, 1 + (this.heard.get(number) ?? 0));
    this.#crowd.heard(sentAt, at - sentAt);
  }
}

/** Those who are there from the beginning to the end, and what they say to each other in turn. */
export class Crowd {
  readonly witnesses: Witness[] = [];
  /** When each chat was sent that reached anybody, and how long it took; not in pairs, which would be millions of objects. */
  readonly #sentAt: number[] = [];
  readonly #tookMs: number[] = [];
  /** Who has said each chat. */
  readonly #speakers: Witness[] = [];
  #timer: ReturnType<typeof setInterval> | undefined;

  /** How many chats were said. */
  get said(): number {
    return this.#speakers.length;
  }

  /** A chat has reached somebody. */
  heard(sentAt: number, tookMs: number): void {
    this.#sentAt.push(sentAt);
    this.#tookMs.push(tookMs);
  }

  /** How long those took that were sent in a time. */
  tookMs(from: number, lengthMs: number): number[] {
    return this.#tookMs.filter((_, index) => {
      const afterMs = this.#sentAt[index]! - from;
      return afterMs >= 0 && afterMs < lengthMs;
    });
  }

  /** Talks from now on, one chat in so many ms. */
  talk(everyMs: number): void {
    let turn = 0;
    this.#timer = setInterval(() => {
      const speaker = this.witnesses[turn++ % this.witnesses.length];
      if (!speaker?.isOnline) return;
      speaker.say(this.#speakers.length);
      this.#speakers.push(speaker);
    }, everyMs);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Those who are there and whom not every chat of the others has reached exactly once, in words. */
  misheard(): string[] {
    return this.witnesses.filter(({ isOnline }) => isOnline).flatMap((witness) => {
      const wrong = this.#speakers.flatMap((speaker, number) =>
        (witness.heard.get(number) ?? 0) === (speaker === witness ? 0 : 1) ? [] : [number]
      );
      const { username } = witness;
      return wrong.length === 0
        ? []
        : [`${username} has not heard once: ${wrong.length} chats, such as ${wrong[0]}`];
    });
  }
}

/** The value that a share of the values is at most; `NaN` of none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.ceil(share * sorted.length) - 1] ?? NaN;
}
