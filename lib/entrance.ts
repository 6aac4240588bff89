/**
 * How somebody comes in: a session, opened or resumed; the welcome; what was missed. From then on the member follows, and
 * what it said too early is heard. What ends a member is the hub's business.
 *
 * Invariant: of a client_id there is one member online; whoever resumes it takes it over from the one before.
 *
 * @module
 */

import type { Attendance } from "./attendance.ts";
import { CloseCode, LOST } from "./close_codes.ts";
import type { Time } from "./clock.ts";
import type { Condition } from "./condition.ts";
import type { Config } from "./config.ts";
import type { Delivery } from "./delivery.ts";
import type { FanOut } from "./fan_out.ts";
import { type Journal, JournalError } from "./journal.ts";
import type { Log } from "./log.ts";
import type { Member } from "./member.ts";
import type { Metrics, ResumeOutcome } from "./metrics.ts";
import type { PresencePort } from "./presence.ts";
import type { ServerMessage, User } from "./protocol.ts";
import type { EntryError, Opened, Session, Sessions } from "./sessions.ts";

/** How a connection is closed that cannot come in. */
const REFUSED_WITH: Readonly<Record<EntryError["code"], CloseCode>> = {
  username_taken: CloseCode.nameTaken,
  username_invalid: CloseCode.nameNotAllowed,
  unavailable: CloseCode.full,
};

/** What {@linkcode Entrance} takes. */
export interface EntranceOptions {
  readonly limits: Pick<Config, "MESSAGE_LENGTH" | "FIBONACCI_MAX" | "MESSAGES_PER_SECOND">;
  readonly journal: Journal;
  readonly presence: PresencePort;
  readonly sessions: Sessions;
  readonly attendance: Attendance;
  readonly delivery: Delivery;
  readonly condition: Condition;
  readonly fanOut: FanOut;
  /** Those who are online, by client_id. */
  readonly members: Map<string, Member>;
  readonly close: (
    member: Member,
    end: { readonly code: CloseCode; readonly reason: string; readonly last?: ServerMessage },
  ) => void;
  readonly log: Log;
  readonly time: Time;
  readonly metrics: Pick<Metrics, "resumes" | "refusedConnections">;
}

/** The entrance of a hub. */
export class Entrance {
  readonly #options: EntranceOptions;

  constructor(options: EntranceOptions) {
    this.#options = options;
  }

  /**
   * Lets a member in, or closes it; resolves when it follows, is closed or has gone.
   *
   * @returns Why it was refused, where it was.
   */
  async admit(member: Member): Promise<EntryError["code"] | undefined> {
    const { sessions, attendance } = this.#options;
    const { identity, resume } = member.request;
    const username = identity?.name.name ?? member.request.username;
    const opened = await sessions.open({
      username,
      secret: resume?.session,
      owner: identity?.name.key,
    });
    if (!opened.ok) {
      this.#countResume(member, opened.error.code === "unavailable" ? "unavailable" : "unknown");
      return this.refuse(member, opened.error);
    }
    const { session, isKnown } = opened.value;
    const reaches = isKnown ? await this.#reaches(member) : false;
    if (sessions.holds(session) && reaches !== undefined && !member.connection.closed) {
      this.#countResume(member, reaches ? "whole" : isKnown ? "incomplete" : "unknown");
      return await this.#enter(member, opened.value, reaches ? resume?.after : undefined);
    }
    // It has gone meanwhile, of a new session without having heard; or it is asked to try again.
    if (!isKnown) sessions.end(session, LOST);
    else if (sessions.leave(session, LOST)) attendance.away(session);
    this.#countResume(member, "unavailable");
    const message = "could not resume: what was missed cannot be had now; try again";
    return this.refuse(member, { code: "unavailable", message });
  }

  /**
   * Closes a member that cannot come in, or cannot stay by its name; whoever has gone by itself is refused nothing.
   *
   * @returns The code of the error, where it hears it.
   */
  refuse(member: Member, error: EntryError): EntryError["code"] | undefined {
    if (member.connection.closed) return undefined;
    const code = REFUSED_WITH[error.code];
    if (!member.online) this.#options.metrics.refusedConnections.add(error.code);
    this.#options.close(member, { code, reason: error.code, last: { type: "error", ...error } });
    return error.code;
  }

  #countResume({ request, connection }: Member, outcome: ResumeOutcome): void {
    if (request.resume && !connection.closed) this.#options.metrics.resumes.add(outcome);
  }

  /** Whether it can have all that it missed; `undefined` where that cannot be found out now, but perhaps soon. */
  async #reaches({ request: { resume } }: Member): Promise<boolean | undefined> {
    const { epoch, after } = resume ?? {};
    if (epoch === undefined || after === undefined) return false;
    const { journal, condition } = this.#options;
    const reaches = await journal.reaches(epoch, after);
    // Where the broker stays away, the clock and who is here are better than nothing.
    return reaches ?? (condition.stillLacksBroker ? false : undefined);
  }

  /** @param after Up to where it has everything; `undefined` where it begins anew. */
  async #enter(
    member: Member,
    { session, isKnown }: Opened,
    after: number | undefined,
  ): Promise<EntryError["code"] | undefined> {
    const { journal, members, attendance, delivery, condition, fanOut, log } = this.#options;
    const { clientId, name, key, version } = session;
    const { connection } = member;
    const former = members.get(clientId);
    const user = this.#userOf(session);
    member.online = { connection, user, computing: false, session };
    members.set(clientId, member);
    if (former) {
      this.#options.close(former, {
        code: CloseCode.resumedElsewhere,
        reason: "resumed elsewhere",
      });
    }
    attendance.here({ user, key, version });
    const resumed = after !== undefined;
    const { address, format } = connection;
    const fields = { username: name, client_id: clientId, address, format };
    log.info("connected", { action: "LOGIN", ...fields, ...(isKnown && { resumed }) });
    try {
      const welcome = this.#welcome(session, resumed);
      await delivery.begin(member, { welcome, after: after ?? journal.offset });
    } catch (error) {
      if (!(error instanceof JournalError)) throw error;
      return this.refuse(member, { code: "unavailable", message: error.message });
    }
    if (!condition.isWell) fanOut.send(connection, condition.status);
  }

  #userOf(session: Session): User {
    const { time, presence } = this.#options;
    return {
      username: session.name,
      client_id: session.clientId,
      connected_at: (session.connectedAt ??= new Date(time.now())).toISOString(),
      node: presence.nodeId,
    };
  }

  #welcome(session: Session, resumed: boolean): ServerMessage {
    const { limits, journal, presence, attendance, time } = this.#options;
    return {
      type: "welcome",
      message: `Welcome, ${session.name}`,
      client_id: session.clientId,
      username: session.name,
      session: session.secret,
      epoch: journal.epoch,
      offset: journal.offset,
      resumed,
      online: attendance.online,
      node: presence.nodeId,
      limits: {
        message_length: limits.MESSAGE_LENGTH,
        fibonacci_input: limits.FIBONACCI_MAX,
        messages_per_second: limits.MESSAGES_PER_SECOND || null,
      },
      timestamp: new Date(time.now()).toISOString(),
    };
  }
}
