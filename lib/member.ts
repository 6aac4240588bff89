/**
 * One client of the hub: its identity, its connection, and what it said before it was welcomed.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { Connection, type ConnectionOptions } from "./connection.ts";
import type { Speaker } from "./dispatch.ts";

/** A client, from its socket's opening to its end. */
export class Member {
  /** The client_id. */
  readonly id: string;
  readonly connection: Connection;
  /** The secret by which the session may be resumed. */
  readonly session: string = randomId(18);
  /** The name that was asked for, as it was typed. */
  readonly wished: string | undefined;
  /** The newest offset when it came: what is announced after it is for it. */
  offset = 0;
  /** Set while it is online; `key` is that of its name. */
  online: (Speaker & { readonly key: string }) | undefined;
  #early: unknown[] = [];
  #earlyLength = 0;

  constructor(wished: string | undefined, options: Omit<ConnectionOptions, "id">) {
    this.id = randomId(9);
    this.wished = wished;
    this.connection = new Connection({ ...options, id: this.id });
  }

  /** SHA-256 of the session's secret, in hexadecimal digits: what the database may know. */
  get sessionHash(): string {
    return createHash("sha256").update(this.session).digest("hex");
  }

  /**
   * Keeps what came before the welcome: until its name is claimed a client cannot speak, but it need not wait either.
   *
   * @param most The bound, in UTF-16 units.
   * @returns Whether it was still within the bound.
   */
  keepEarly(data: unknown, most: number): boolean {
    this.#early.push(data);
    // A frame costs something even where it is empty.
    this.#earlyLength += 100 + (typeof data === "string" ? data.length : 0);
    return this.#earlyLength <= most;
  }

  /** Takes out what was kept. */
  takeEarly(): unknown[] {
    return this.#early.splice(0);
  }
}

function randomId(bytes: number): string {
  return crypto.getRandomValues(new Uint8Array(bytes)).toBase64({ alphabet: "base64url" });
}
