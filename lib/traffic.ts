/**
 * What goes over the sockets, in sums. Sizes are those of the texts in UTF-8, without the heads of frames.
 *
 * Invariant: what everybody gets is counted by the turn; who takes it apart is counted by what it is sent.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import type { Turn } from "./turn.ts";

/** The traffic of one node, since its start. */
export class Traffic {
  framesReceived = 0;
  bytesReceived = 0;
  framesSent = 0;
  bytesSent = 0;
  /** Chats, once for each connection that they were handed to, those that it had missed among them. */
  deliveries = 0;

  /** A client sent a frame, of any kind. */
  receive(data: unknown): void {
    this.framesReceived++;
    if (typeof data === "string") this.bytesReceived += Buffer.byteLength(data);
    else if (data instanceof ArrayBuffer) this.bytesReceived += data.byteLength;
  }

  /** One connection is sent a frame of its own. */
  send(frame: string): void {
    this.framesSent++;
    this.bytesSent += Buffer.byteLength(frame);
  }

  /**
   * A turn was written, to whoever got it as it is. The bytes are in proportion to those of its first frame: to look
   * through all of them would cost as much as to send them.
   */
  sendTurn(turn: Turn): void {
    for (const { frames, length, receivers } of turn.shares) {
      const first = frames[0];
      if (first === undefined || receivers === 0) continue;
      this.framesSent += receivers * frames.length;
      this.bytesSent += receivers * Math.round(length * (Buffer.byteLength(first) / first.length));
      this.deliveries += receivers * turn.chats;
    }
  }
}
