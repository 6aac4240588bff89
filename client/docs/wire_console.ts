/**
 * The console of the page of documents: one raw connection, what is sent on it as it was typed, and every message that comes,
 * each checked. It does not come back by itself, as client/connection.ts does: who learns the protocol is to see its ends.
 *
 * Invariant: at most {@linkcode ENTRIES_KEPT} entries are kept; nothing is heard of a socket that was left.
 *
 * @module
 */

import { type ReadonlySignal, signal } from "@preact/signals";
import { withParameters } from "../address.ts";
import { REAL, type Surroundings } from "../surroundings.ts";
import type { DocsMessage, DocsProps } from "./docs_props.ts";
import { SchemaCheck, typeOf, type Verdict } from "./schema_check.ts";

/** How many entries the log keeps. */
export const ENTRIES_KEPT = 200;

/** A message on the wire, or the end of a connection. */
export interface Entry {
  readonly key: number;
  readonly way: "sent" | "received";
  readonly text: string;
  /** Its type, where it has one. */
  readonly type: string | undefined;
  readonly verdict: Verdict;
  /** So many ticks in a row are one entry, the newest. */
  readonly times: number;
}

/** Where the connection stands; `code` is what it was closed with last. */
export type Standing =
  | { readonly phase: "connecting" | "open" }
  | { readonly phase: "closed"; readonly code?: number };

/** What {@linkcode WireConsole} takes. */
export interface WireConsoleOptions {
  readonly url: () => string;
  readonly messages: Pick<DocsProps, "sent" | "received">;
  readonly surroundings?: Pick<Surroundings, "createSocket">;
}

/** The console of one page. */
export class WireConsole {
  readonly #url: () => string;
  readonly #createSocket: Surroundings["createSocket"];
  readonly #sent: SchemaCheck;
  readonly #received: SchemaCheck;
  readonly #standing = signal<Standing>({ phase: "closed" });
  readonly #entries = signal<readonly Entry[]>([]);
  readonly #answers = signal<ReadonlyMap<string, Entry>>(new Map());
  #socket: WebSocket | undefined;
  /** The message that was sent last, until it is answered. */
  #asked: DocsMessage | undefined;
  #count = 0;

  constructor({ url, messages, surroundings = REAL }: WireConsoleOptions) {
    this.#url = url;
    this.#createSocket = surroundings.createSocket;
    this.#sent = new SchemaCheck(messages.sent);
    this.#received = new SchemaCheck(messages.received);
  }

  get standing(): ReadonlySignal<Standing> {
    return this.#standing;
  }

  /** What went over the wire, the newest first. */
  get entries(): ReadonlySignal<readonly Entry[]> {
    return this.#entries;
  }

  /** What answered each kind of message last, by the name of what was sent. */
  get answers(): ReadonlySignal<ReadonlyMap<string, Entry>> {
    return this.#answers;
  }

  /** Connects, in the place of the connection that there is; what is left empty is not asked for. */
  connect({ username, token }: { readonly username?: string; readonly token?: string }): void {
    this.disconnect();
    const wishes = { username: username?.trim() || undefined, token: token?.trim() || undefined };
    const socket = this.#createSocket(withParameters(this.#url(), wishes));
    this.#socket = socket;
    this.#standing.value = { phase: "connecting" };
    socket.onopen = () => this.#standing.value = { phase: "open" };
    socket.onmessage = ({ data }) => this.#heard(String(data));
    socket.onclose = ({ code }) => this.#left({ phase: "closed", code });
  }

  /** Says goodbye, if there is a connection. */
  disconnect(): void {
    const socket = this.#socket;
    if (socket === undefined) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close(1000);
    this.#left({ phase: "closed", code: 1000 });
  }

  /** Sends a text as it stands; has no effect without a connection. */
  send(message: DocsMessage, text: string): void {
    if (this.#standing.value.phase !== "open") return;
    this.#socket?.send(text);
    this.#asked = message;
    this.#add({ way: "sent", text, type: message.name, verdict: this.check(message, text) });
  }

  /** Whether a text is what the schema of a message says. */
  check({ name }: DocsMessage, text: string): Verdict {
    return this.#sent.check(text, name);
  }

  /** Empties the log. */
  clear(): void {
    this.#entries.value = [];
  }

  #left(standing: Standing): void {
    this.#socket = undefined;
    this.#asked = undefined;
    this.#standing.value = standing;
  }

  #heard(text: string): void {
    const verdict = this.#received.check(text);
    const type = verdict.is === "no_json" ? undefined : typeOf(JSON.parse(text));
    const entry = this.#add({ way: "received", text, type, verdict });
    const asked = this.#asked;
    if (asked === undefined || type !== asked.answer && type !== "error") return;
    this.#asked = undefined;
    this.#answers.value = new Map(this.#answers.value).set(asked.name, entry);
  }

  #add(entry: Omit<Entry, "key" | "times">): Entry {
    const [last, ...before] = this.#entries.value;
    const isTick = entry.type === "time" && last?.type === "time" && last.way === entry.way;
    const added: Entry = isTick
      ? { ...entry, key: last.key, times: last.times + 1 }
      : { ...entry, key: this.#count++, times: 1 };
    const kept = isTick || last === undefined ? before : [last, ...before];
    this.#entries.value = [added, ...kept].slice(0, ENTRIES_KEPT);
    return added;
  }
}
