/**
 * One dashboard: its socket, from the opening to the end. What it is told of every node comes from admin_exchange.ts.
 *
 * Invariant: a dashboard that reads slowly is closed and costs no more than its queue.
 *
 * @module
 */

import type { AdminExchange } from "./admin_exchange.ts";
import { firstRows } from "./admin_list.ts";
import {
  type DashboardMessage,
  type ListRequest,
  parseDashboardMessage,
  type ToDashboard,
} from "./admin_message.ts";
import { AdminSight } from "./admin_sight.ts";
import { CloseCode } from "./close_codes.ts";
import type { Time } from "./clock.ts";
import { Connection } from "./connection.ts";
import { describeError, type Log } from "./log.ts";

/** A socket that has not opened by then never will: of a handshake that is broken off Deno may never tell. */
const OPEN_WITHIN_MS = 10_000;
/** The largest frame of a dashboard, and how many it may send. */
const FRAME_BYTES = 4096;
const RATE = { perSecond: 10, burst: 40 } as const;
/** What may wait for a dashboard: twice what all that is kept of ten nodes takes. */
const QUEUE_BYTES = 8 * 1024 * 1024;

/** What {@linkcode AdminSession} takes. */
export interface AdminSessionOptions {
  readonly version: string;
  readonly exchange: AdminExchange;
  readonly nodeId: string;
  readonly time: Time;
  readonly log: Log;
  /** Whether as many dashboards are served as may be. */
  readonly isFull: () => boolean;
  /** Called when it is to be told nothing more, perhaps more than once. */
  readonly left: () => void;
  /** Called when its socket is gone, perhaps more than once. */
  readonly ended: () => void;
}

/** A dashboard that is connected to this node. */
export class AdminSession {
  readonly #options: AdminSessionOptions;
  readonly #connection: Connection;
  #isOpen = false;
  /** Ends the wait for the socket to open. */
  readonly #cancelWait: () => void;
  /** What it watches. */
  #sight: AdminSight | undefined;
  /** Whether a list is being asked for; of what is wished meanwhile only the last is done. */
  #isListing = false;
  #nextList: ListRequest | undefined;

  /** Begins to listen at once. */
  constructor(socket: WebSocket, address: string, options: AdminSessionOptions) {
    this.#options = options;
    const { time, log } = options;
    const connection = this.#connection = new Connection({
      socket,
      format: "json",
      address,
      frameBytes: FRAME_BYTES,
      queueBytes: QUEUE_BYTES,
      rate: RATE,
      elapsed: time.elapsed,
    });
    this.#cancelWait = time.after(OPEN_WITHIN_MS, () => {
      this.#leave();
      options.ended();
    });
    connection.listen({
      opened: () => this.#opened(),
      received: (data) => this.#received(data),
      ended: (code) => {
        if (this.#isOpen) log.info("admin_left", { address, code });
        this.#leave();
        options.ended();
      },
      failed: (error) => this.#fault(error),
    });
  }

  /** Whether its socket is open. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /**
   * Tells it something, once it is open.
   *
   * @param line {@linkcode ToDashboard} as JSON.
   */
  tell(line: string): void {
    if (this.#isOpen) this.#sendLine(line);
  }

  /** Feeds it what waits, and asks again for what it watches; for each second. */
  tick(): void {
    this.#drain();
    this.#sight?.tick();
  }

  /** Ends it; idempotent. */
  close(code: CloseCode, reason: string): void {
    this.#connection.close(code, reason);
    this.#leave();
  }

  #leave(): void {
    this.#cancelWait();
    this.#connection.leave();
    this.#endSight();
    this.#options.left();
  }

  /** A bug of ours costs this dashboard alone. */
  #fault(error: unknown): void {
    const { address } = this.#connection;
    this.#options.log.error("fault", { reason: describeError(error), admin: address });
    this.close(CloseCode.fault, "a fault in the server");
  }

  #carryOut(work: Promise<unknown>): void {
    work.catch((error) => this.#fault(error));
  }

  #send(message: ToDashboard): void {
    this.#sendLine(JSON.stringify(message));
  }

  #sendLine(line: string): void {
    if (this.#connection.closed) return;
    this.#connection.writer.keepLine(line);
    this.#drain();
  }

  #drain(): void {
    if (this.#connection.writer.drain() === "ok") return;
    this.close(CloseCode.tooSlow, "reads too slowly");
  }

  #received(data: unknown): void {
    const accepted = this.#connection.accept(data);
    if (accepted.is === "refused") return this.close(accepted.code, accepted.reason);
    if (this.#connection.countMessage().is !== "passed") {
      return this.close(CloseCode.overRate, "too many messages");
    }
    const parsed = parseDashboardMessage(accepted.lines[0] ?? "");
    if (parsed.ok) return this.#do(parsed.value);
    this.close(CloseCode.fault, "this server does not know that message");
  }

  #opened(): void {
    const { log, nodeId, version, exchange, isFull } = this.#options;
    this.#cancelWait();
    if (isFull()) return this.close(CloseCode.full, "too many dashboards");
    this.#isOpen = true;
    log.info("admin_entered", { address: this.#connection.address });
    this.#send({ type: "open", node: nodeId, version });
    for (const news of exchange.kept) this.#send(news);
  }

  #do(message: DashboardMessage): void {
    switch (message.type) {
      case "list":
        return this.#list(message);
      case "close":
        return this.#carryOut(this.#closeOne(message.node, message.client_id));
      case "watch":
        return this.#watch(message.node, message.client_id);
      case "unwatch":
        return this.#endSight();
    }
  }

  #list(request: ListRequest): void {
    this.#nextList = request;
    if (!this.#isListing) this.#carryOut(this.#answerLists());
  }

  async #answerLists(): Promise<void> {
    const { exchange } = this.#options;
    this.#isListing = true;
    for (let order = this.#nextList; order !== undefined; order = this.#nextList) {
      this.#nextList = undefined;
      const { nodes } = exchange;
      const answers = await exchange.ask(nodes, order);
      const lists = [...answers.values()];
      this.#send({
        type: "list",
        rows: firstRows(lists.flatMap(({ rows }) => rows), order),
        total: lists.reduce((sum, { total }) => sum + total, 0),
        silent: nodes.filter((node) => !answers.has(node)),
      });
    }
    this.#isListing = false;
  }

  async #closeOne(node: string, client_id: string): Promise<void> {
    const { exchange } = this.#options;
    const by = this.#connection.address;
    const answers = await exchange.ask([node], { type: "close", client_id, by });
    const answer = answers.get(node);
    const outcome = answer === undefined ? "silent" : answer.total > 0 ? "done" : "unknown";
    this.#send({ type: "closed", client_id, outcome });
  }

  #watch(node: string, client_id: string): void {
    this.#endSight();
    const { exchange } = this.#options;
    this.#sight = new AdminSight({
      ...{ node, client_id, exchange, by: this.#connection.address },
      tell: (message) => this.#send(message),
      failed: (error) => this.#fault(error),
    });
  }

  #endSight(): void {
    this.#sight?.end();
    this.#sight = undefined;
  }
}
