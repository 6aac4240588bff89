/**
 * A WebSocket by hand, for what a proper one would not do: wrong handshakes, reading nothing, breaking off.
 *
 * @module
 */

/** What a server answered to a request, up to the end of the headers. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** What came of the body by then, or of the first frames. */
  readonly rest: string;
}

const KEY = "dGhlIHNhbXBsZSBub25jZQ==";

/** The headers of a proper handshake; `undefined` leaves one out. */
export type RawHeaders = Record<string, string | undefined>;

/** A connection that has sent a request. */
export class RawSocket {
  readonly connection: Deno.Conn;

  private constructor(connection: Deno.Conn) {
    this.connection = connection;
  }

  /** Connects and sends a handshake, without waiting for the answer. */
  static async request(
    port: number,
    path: string,
    headers: RawHeaders = {},
    line = `GET ${path} HTTP/1.1`,
  ): Promise<RawSocket> {
    const connection = await Deno.connect({ hostname: "127.0.0.1", port });
    return await RawSocket.over(connection, line, { Host: `127.0.0.1:${port}`, ...headers });
  }

  /** Sends a handshake over a connection, without waiting for the answer. */
  static async over(
    connection: Deno.Conn,
    line: string,
    headers: RawHeaders,
  ): Promise<RawSocket> {
    const all: RawHeaders = {
      Upgrade: "websocket",
      Connection: "Upgrade",
      "Sec-WebSocket-Version": "13",
      "Sec-WebSocket-Key": KEY,
      ...headers,
    };
    const lines = Object.entries(all).filter(([, value]) => value !== undefined)
      .map(([name, value]) => `${name}: ${value}`);
    const socket = new RawSocket(connection);
    await socket.write(new TextEncoder().encode([line, ...lines, "", ""].join("\r\n")));
    return socket;
  }

  /** Reads the answer's status and headers. */
  async answer(): Promise<RawAnswer> {
    let text = "";
    const buffer = new Uint8Array(4096);
    while (!text.includes("\r\n\r\n")) {
      const length = await this.connection.read(buffer);
      if (length === null) break;
      text += new TextDecoder().decode(buffer.subarray(0, length));
    }
    const end = text.indexOf("\r\n\r\n");
    const [first = "", ...lines] = text.slice(0, end).split("\r\n");
    return {
      status: Number(first.split(" ")[1]),
      headers: new Headers(
        lines.map((line) => line.split(/: ?(.*)/s).slice(0, 2) as [string, string]),
      ),
      rest: text.slice(end + 4),
    };
  }

  async write(bytes: Uint8Array): Promise<void> {
    for (let sent = 0; sent < bytes.length;) {
      sent += await this.connection.write(bytes.subarray(sent));
    }
  }

  /** Sends one masked frame of fewer than 65536 bytes; `opcode` 1 is a text, 2 binary, 8 a close. */
  async send(opcode: number, payload: string | Uint8Array): Promise<void> {
    await this.write(frame(opcode, payload));
  }

  /** Reads until the other end closes; returns the code of the last close frame, or `undefined`. */
  async readToEnd(): Promise<number | undefined> {
    let tail = new Uint8Array();
    const buffer = new Uint8Array(65_536);
    for (;;) {
      const length = await this.connection.read(buffer).catch(() => null);
      if (length === null) break;
      tail = new Uint8Array([...tail.slice(-200), ...buffer.subarray(0, length)]);
      const code = closeCode(tail);
      if (code !== undefined) return code;
    }
    return undefined;
  }

  close(): void {
    this.connection.close();
  }
}

/** One masked frame of a client, of fewer than 65536 bytes. */
export function frame(
  opcode: number,
  payload: string | Uint8Array,
  place: "the last" | "not the last" = "the last",
): Uint8Array {
  const bytes = typeof payload === "string" ? new TextEncoder().encode(payload) : payload;
  const length = bytes.length < 126
    ? [0x80 | bytes.length]
    : [0x80 | 126, bytes.length >> 8, bytes.length & 255];
  const mask = [1, 2, 3, 4];
  const masked = bytes.map((byte, index) => byte ^ mask[index % 4]!);
  return new Uint8Array([
    (place === "the last" ? 0x80 : 0) | opcode,
    ...length,
    ...mask,
    ...masked,
  ]);
}

// A close frame of the server is its last: 0x88, a length of 2 or more, the code.
function closeCode(tail: Uint8Array): number | undefined {
  for (let at = tail.length - 4; at >= 0; at--) {
    const length = tail[at + 1]!;
    if (tail[at] === 0x88 && at + 2 + length === tail.length) {
      return tail[at + 2]! * 256 + tail[at + 3]!;
    }
  }
  return undefined;
}
