/**
 * The socket under a connection to NATS.
 *
 * Invariant: once it is over, no socket is left, whatever its peer does or does not do, and nothing is thrown to nobody.
 *
 * The package's own one takes its listeners away from a socket before the socket is done: a broker that refuses somebody, or
 * restarts, could end this process with an error that nobody catches; and it leaves open what a stopped broker accepted.
 *
 * @module
 */

import {
  type ConnectionOptions,
  type NatsConnection,
  NatsConnectionImpl,
  type Server,
  setTransportFactory,
  type Transport,
} from "@nats-io/transport-node";

/** What {@linkcode connectOnce} takes. */
export interface AttemptOptions extends ConnectionOptions {
  /** Ends the attempt, or what came of it. */
  readonly signal?: AbortSignal;
}

/**
 * Connects to one broker, once: a connection that is lost is not mended.
 *
 * @param options `servers`: one. `tls`, where it is given, is insisted on.
 * @throws {Error} If it does not let in, or not within `timeout`.
 */
export function connectOnce(options: AttemptOptions): Promise<NatsConnection> {
  setTransportFactory({ factory: () => new DenoTransport() });
  return NatsConnectionImpl.connect({ ...options, reconnect: false });
}

/** What of a broker's greeting matters here. */
interface Greeting {
  readonly tls_required?: boolean;
  readonly tls_available?: boolean;
}

/** The longest greeting, in bytes. */
const GREETING_BYTES = 65_536;

class DenoTransport implements Transport {
  readonly lang = "deno";
  readonly version = Deno.version.deno;
  closeError?: Error;
  readonly #abort = new AbortController();
  readonly #closed = Promise.withResolvers<void | Error>();
  readonly #queue: Uint8Array[] = [];
  #socket: Deno.TcpConn | Deno.TlsConn | undefined;
  #greeting: Uint8Array = new Uint8Array();
  #isConnected = false;
  #isEncrypted = false;
  #isWriting = false;

  get isClosed(): boolean {
    return this.#abort.signal.aborted;
  }

  async connect(server: Server, options: AttemptOptions): Promise<void> {
    const { signal } = this.#abort;
    const give = () => this.#end();
    options.signal?.addEventListener("abort", give);
    signal.addEventListener("abort", () => options.signal?.removeEventListener("abort", give));
    if (options.signal?.aborted) give();
    const { hostname, port } = server;
    const socket = await Deno.connect({ hostname, port, signal });
    this.#socket = socket;
    if (signal.aborted) this.#release();
    socket.setNoDelay(true);
    const { tls_required, tls_available } = await this.#greet(socket);
    if (options.tls || tls_required) {
      if (!tls_required && !tls_available) throw new Error("the broker does not speak TLS");
      this.#socket = await Deno.startTls(socket, { hostname: server.tlsName || hostname });
      if (signal.aborted) this.#release();
      this.#isEncrypted = true;
    }
    this.#isConnected = true;
  }

  /** Reads what a broker says first; it is also the first that is told. */
  async #greet(socket: Deno.TcpConn): Promise<Greeting> {
    const buffer = new Uint8Array(GREETING_BYTES);
    let length = 0;
    for (let end = -1; end < 0; end = buffer.subarray(0, length).indexOf(10)) {
      const read = length < buffer.length ? await socket.read(buffer.subarray(length)) : null;
      if (read === null) throw new Error("the broker hung up");
      length += read;
    }
    this.#greeting = buffer.slice(0, length);
    const [word, ...json] = new TextDecoder().decode(this.#greeting).split(" ");
    if (word !== "INFO") throw new Error("this is no broker");
    return JSON.parse(json.join(" "));
  }

  async *[Symbol.asyncIterator](): AsyncIterableIterator<Uint8Array> {
    yield this.#greeting;
    const buffer = new Uint8Array(65_536);
    try {
      for (;;) {
        const length = await this.#socket?.read(buffer) ?? null;
        if (length === null) return this.#end();
        yield buffer.slice(0, length);
      }
    } catch (error) {
      this.#end(error);
    } finally {
      this.#end();
    }
  }

  isEncrypted(): boolean {
    return this.#isEncrypted;
  }

  send(frame: Uint8Array): void {
    if (this.isClosed) return;
    this.#queue.push(frame);
    if (!this.#isWriting) void this.#write();
  }

  async #write(): Promise<void> {
    this.#isWriting = true;
    try {
      while (this.#queue.length > 0) {
        // What has come while the last was written is written together.
        const frame = concat(this.#queue.splice(0));
        for (let written = 0; written < frame.length && !this.isClosed;) {
          written += await this.#socket!.write(frame.subarray(written));
        }
      }
    } catch (error) {
      this.#end(error);
    }
    this.#isWriting = false;
  }

  close(error?: Error): Promise<void> {
    this.#end(error);
    return Promise.resolve();
  }

  disconnect(): void {
    this.#end();
  }

  discard(): void {
    this.#end();
  }

  closed(): Promise<void | Error> {
    return this.#closed.promise;
  }

  #end(error?: unknown): void {
    if (this.isClosed) return;
    if (error instanceof Error) this.closeError = error;
    this.#abort.abort();
    this.#release();
    this.#queue.length = 0;
    // Of one that never was connected its connecting tells.
    if (this.#isConnected) this.#closed.resolve(this.closeError);
  }

  #release(): void {
    try {
      this.#socket?.close();
    } catch {
      // Already closed.
    }
  }
}

function concat(frames: readonly Uint8Array[]): Uint8Array {
  const [first, ...more] = frames;
  if (first !== undefined && more.length === 0) return first;
  const all = new Uint8Array(frames.reduce((length, frame) => length + frame.length, 0));
  let length = 0;
  for (const frame of frames) {
    all.set(frame, length);
    length += frame.length;
  }
  return all;
}
