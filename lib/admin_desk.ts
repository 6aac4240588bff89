/**
 * What a node answers about its own connections, whichever node's dashboard asks: who they are, one to be closed, one to be
 * watched. Who may ask is admin_session.ts's business.
 *
 * Invariant: a connection that nobody watches costs nothing but counting; what is held for a watcher is bounded, and a watch
 * that is not asked for again ends by itself.
 *
 * @module
 */

import { firstRows } from "./admin_list.ts";
import {
  type AdminAnswer,
  type AdminRequest,
  FRAMES,
  type ListRequest,
  type Row,
  type Watched,
  type WatchedFrame,
} from "./admin_message.ts";
import type { Time } from "./clock.ts";
import type { Hub } from "./hub.ts";
import type { Log } from "./log.ts";
import type { Member } from "./member.ts";

/** How long a watch lasts that is not asked for again. */
const LEASE_MS = 15_000;
/** How long frames are gathered before they are told. */
const GATHER_MS = 250;
/** The most watches of one node. */
const WATCHES = 16;

/** What {@linkcode AdminDesk} takes. */
export interface AdminDeskOptions {
  readonly hub: Pick<Hub, "members" | "dismiss">;
  /** The node that this is, by its name of now. */
  readonly nodeId: string;
  readonly time: Time;
  readonly log: Log;
  /** Tells what has passed to the node that watches. */
  readonly watched: (to: string, watched: Watched) => void;
}

const NOTHING: AdminAnswer = { rows: [], total: 0 };
const TOO_MANY: AdminAnswer = { ...NOTHING, too_many: true };

/** The desk of one node. */
export class AdminDesk {
  readonly #options: AdminDeskOptions;
  readonly #watches = new Map<string, Watch>();

  constructor(options: AdminDeskOptions) {
    this.#options = options;
  }

  /**
   * Does what is asked, and answers: of a list the first rows, else the row of the connection, or none where there is none
   * by that client_id.
   *
   * @param from The node that asks.
   */
  answer(request: AdminRequest, from: string): AdminAnswer {
    switch (request.type) {
      case "list":
        return this.#list(request);
      case "close":
        return this.#close(request);
      case "watch":
        return this.#watch(request, from);
      case "unwatch":
        this.#end(request.watch);
        return NOTHING;
    }
  }

  /** Ends the watches that nobody has asked for again, and tells of the connections that are gone; for each second. */
  tick(): void {
    const now = this.#options.time.elapsed();
    for (const [id, watch] of this.#watches) {
      if (watch.member.connection.closed) watch.ended();
      else if (now < watch.until) continue;
      this.#end(id);
    }
  }

  /** Ends all watches. */
  stop(): void {
    for (const id of [...this.#watches.keys()]) this.#end(id);
  }

  #list(order: ListRequest): AdminAnswer {
    const text = order.text.trim().toLowerCase();
    const rows: Row[] = [];
    for (const member of this.#options.hub.members.values()) {
      const row = this.#rowOf(member);
      if (text === "" || isAbout(row, text)) rows.push(row);
    }
    return { rows: firstRows(rows, order), total: rows.length };
  }

  #close({ client_id, by }: Extract<AdminRequest, { type: "close" }>): AdminAnswer {
    const { hub, log } = this.#options;
    const member = hub.members.get(client_id);
    if (member === undefined) return NOTHING;
    const row = this.#rowOf(member);
    const { username, address } = row;
    log.warning("closed_by_admin", { username, client_id, address, by });
    hub.dismiss(member);
    return { rows: [row], total: 1 };
  }

  #watch(
    { client_id, watch: id, by }: Extract<AdminRequest, { type: "watch" }>,
    from: string,
  ): AdminAnswer {
    const { hub, time, log, watched } = this.#options;
    const member = hub.members.get(client_id);
    if (member === undefined) return NOTHING;
    const answer = { rows: [this.#rowOf(member)], total: 1 };
    const until = time.elapsed() + LEASE_MS;
    const known = this.#watches.get(id);
    if (known !== undefined) known.until = until;
    else if (this.#watches.size >= WATCHES) return TOO_MANY;
    else {
      const tell = (seen: Omit<Watched, "watch">) => watched(from, { watch: id, ...seen });
      this.#watches.set(id, new Watch(member, { time, tell, until }));
      this.#observe(member);
      log.info("watched_by_admin", { username: member.online?.user.username, client_id, by });
    }
    return answer;
  }

  #end(id: string): void {
    const watch = this.#watches.get(id);
    if (watch === undefined) return;
    watch.stop();
    this.#watches.delete(id);
    this.#observe(watch.member);
  }

  /** Gives a connection the observer of those who watch it, or none. */
  #observe({ connection }: Member): void {
    const watches = [...this.#watches.values()].filter(({ member }) =>
      member.connection === connection
    );
    connection.observer = watches.length === 0 ? undefined : {
      received: (data) => {
        for (const watch of watches) watch.see("in", data);
      },
      sent: (frame) => {
        for (const watch of watches) watch.see("out", frame);
      },
    };
  }

  #rowOf({ connection, online }: Member): Row {
    const { nodeId, time } = this.#options;
    return {
      username: online?.user.username ?? "",
      client_id: online?.user.client_id ?? "",
      node: nodeId,
      address: connection.address,
      age_ms: Math.round(time.elapsed() - connection.openedAt),
      queue_bytes: connection.writer.queueBytes,
      round_trip_ms: connection.roundTripMs ?? null,
      chats_in: connection.chatsIn,
      chats_out: connection.writer.chatsOut,
    };
  }
}

function isAbout({ username, address, client_id }: Row, text: string): boolean {
  return [username, address, client_id].some((value) => value.toLowerCase().includes(text));
}

interface WatchOptions {
  readonly time: Time;
  readonly tell: (seen: Omit<Watched, "watch">) => void;
  readonly until: number;
}

/** Somebody who watches a connection: gathers its frames and tells them a few times a second. */
class Watch {
  readonly member: Member;
  until: number;
  readonly #options: WatchOptions;
  #frames: WatchedFrame[] = [];
  #dropped = 0;
  #cancel: (() => void) | undefined;

  constructor(member: Member, options: WatchOptions) {
    this.member = member;
    this.until = options.until;
    this.#options = options;
  }

  see(direction: "in" | "out", data: unknown): void {
    const { time } = this.#options;
    this.#cancel ??= time.after(GATHER_MS, () => this.#tell(false));
    if (this.#frames.length >= FRAMES.most) {
      this.#dropped++;
      return;
    }
    const text = typeof data === "string" ? data : "(binary)";
    const shown = hideSession(text.slice(0, FRAMES.length)).slice(0, FRAMES.length);
    this.#frames.push({ at: time.now(), direction, text: shown, length: text.length });
  }

  ended(): void {
    this.#tell(true);
  }

  stop(): void {
    this.#cancel?.();
  }

  #tell(ended: boolean): void {
    this.#cancel?.();
    this.#cancel = undefined;
    const [frames, dropped] = [this.#frames, this.#dropped];
    this.#frames = [];
    this.#dropped = 0;
    this.#options.tell({ frames, dropped, ended });
  }
}

/** Whoever has a session's secret may take it over. Within a text its quotes would be escaped. */
function hideSession(text: string): string {
  return text.replace(/"session":"[^"]*"?/g, '"session":"***"');
}
