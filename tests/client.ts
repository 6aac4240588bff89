/**
 * A small WebSocket client for tests: keeps what it receives, and waits for what is to come.
 *
 * @module
 */

import { within } from "./server.ts";

/** A message as it was received. */
export type Message = Record<string, unknown>;

/** A connected client. */
export class TestClient {
  readonly messages: Message[] = [];
  readonly frames: string[] = [];
  readonly #socket: WebSocket;
  readonly #closed = Promise.withResolvers<CloseEvent>();
  #look = () => {};

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.onmessage = ({ data }) => {
      this.frames.push(data);
      for (const line of String(data).split("\n")) this.messages.push(readMessage(line));
      this.#look();
    };
    socket.onclose = (event) => this.#closed.resolve(event);
  }

  /** Connects, with headers beside those of the handshake, and waits for the socket to open. */
  static async open(url: string, headers: Record<string, string> = {}): Promise<TestClient> {
    // A browser's socket takes none, and these are its types.
    const socket = new WebSocket(url, { headers } as object as string[]);
    const client = new TestClient(socket);
    await within(
      10_000,
      `a socket opens: ${url}`,
      new Promise<void>((resolve, reject) => {
        socket.onopen = () => resolve();
        socket.onerror = (event) => {
          event.preventDefault();
          reject(new Error(`no socket: ${url}`));
        };
      }),
    );
    socket.onerror = (event) => event.preventDefault();
    return client;
  }

  /** Connects and waits for the welcome. */
  static async join(url: string): Promise<TestClient> {
    const client = await TestClient.open(url);
    await client.next(({ type }) => type === "welcome");
    return client;
  }

  send(message: unknown): void {
    this.#socket.send(typeof message === "string" ? message : JSON.stringify(message));
  }

  sendBinary(bytes: Uint8Array<ArrayBuffer>): void {
    this.#socket.send(bytes);
  }

  /** The first message, past or coming, that fits. */
  async next(fits: (message: Message) => boolean, ms = 10_000): Promise<Message> {
    const found = Promise.withResolvers<Message>();
    this.#look = () => {
      const message = this.messages.find(fits);
      if (message !== undefined) found.resolve(message);
    };
    this.#look();
    return await within(ms, `a message: ${fits}`, found.promise);
  }

  /** Waits until the condition holds, looking after each message. */
  async until(holds: () => boolean, ms = 20_000): Promise<void> {
    const reached = Promise.withResolvers<void>();
    this.#look = () => {
      if (holds()) reached.resolve();
    };
    this.#look();
    await within(ms, `holds: ${holds}`, reached.promise);
  }

  /** How it was closed. */
  closed(ms = 10_000): Promise<CloseEvent> {
    return within(ms, "the socket closes", this.#closed.promise);
  }

  async close(code = 1000): Promise<void> {
    this.#socket.close(code);
    await this.closed();
  }
}

function readMessage(line: string): Message {
  try {
    const value = JSON.parse(line);
    if (typeof value === "object" && value !== null) return value;
  } catch {
    // It is a bare text.
  }
  return { text: line };
}
