/**
 * One client of the hub: what it asked for, its connection, and what it said before it could be heard.
 *
 * @module
 */

import { Connection, type ConnectionOptions } from "./connection.ts";
import type { Speaker } from "./dispatch.ts";
import type { ConnectRequest } from "./handshake.ts";
import type { Session } from "./sessions.ts";

/** A client, from its socket's opening to its end. */
export class Member {
  readonly request: ConnectRequest;
  readonly connection: Connection;
  /** Set while it is online. */
  online: (Speaker & { readonly session: Session }) | undefined;
  /** Whether it has everything up to now, hears what is announced and is heard. */
  follows = false;
  /** Its token is not waited for any more. */
  forgetToken: () => void = () => {};
  #early: unknown[] = [];
  #earlyLength = 0;

  constructor(request: ConnectRequest, options: Omit<ConnectionOptions, "format">) {
    this.request = request;
    this.connection = new Connection({ ...options, format: request.format });
  }

  /** Whether it knows its session, and could come back. */
  get mayReturn(): boolean {
    const { format, resume } = this.request;
    return format === "json" || format === "ndjson" ||
      (resume !== undefined && resume.session === this.online?.session.secret);
  }

  /**
   * Keeps what came too early: a client cannot speak until its name is claimed and it has what it missed, but it need not
   * wait either.
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
    this.#earlyLength = 0;
    return this.#early.splice(0);
  }
}
