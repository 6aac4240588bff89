/**
 * What the page needs from the browser beside sockets and time: frames, and a memory, which keeps the name for the next
 * visit and the rest for this tab.
 *
 * Invariant: remembering never throws; where the browser forbids storage, nothing is remembered.
 *
 * @module
 */

import type { StoredSession } from "../connection.ts";
import { fetchJson, probe } from "../fetch_json.ts";
import type { ChatFailure } from "../outbox.ts";
import { REAL, type Surroundings } from "../surroundings.ts";
import { isStoredSession } from "./soundness.ts";

/** What the page can remember. */
export interface Memory {
  /** The chosen name, for every tab. */
  name: string | undefined;
  /** Whether this tab was disconnected by hand. */
  away: boolean;
  /** The token of this tab; a name has one connection, so that another tab would need another token anyway. */
  token: string | undefined;
  /** What has been written and not sent. */
  draft: string;
  /** The `client_id` of this tab's connections, newest last: what they said is one's own. */
  ownIds: readonly string[];
  /** This tab's chats that wait or failed, in their order. */
  waiting: readonly KeptChat[];
  /** What it takes to come back after a reload. Never there while a page lives: who duplicates the tab would have it too. */
  session: StoredSession | undefined;
}

/** A chat that outlives a reload. */
export interface KeptChat {
  readonly id: string;
  readonly text: string;
  /** Whether it has been on its way: then it may have been sent. */
  readonly isTransmitted: boolean;
  /** Why it failed, if it has. */
  readonly why?: ChatFailure;
}

const OWN_IDS_KEPT = 20;

/** What the browser stores. */
export class BrowserMemory implements Memory {
  get name(): string | undefined {
    return read(() => localStorage, "name");
  }
  set name(name: string | undefined) {
    write(() => localStorage, "name", name);
  }

  get away(): boolean {
    return read(() => sessionStorage, "away") !== undefined;
  }
  set away(away: boolean) {
    write(() => sessionStorage, "away", away ? "yes" : undefined);
  }

  get token(): string | undefined {
    return read(() => sessionStorage, "token");
  }
  set token(token: string | undefined) {
    write(() => sessionStorage, "token", token);
  }

  get draft(): string {
    return read(() => sessionStorage, "draft") ?? "";
  }
  set draft(draft: string) {
    write(() => sessionStorage, "draft", draft || undefined);
  }

  get ownIds(): readonly string[] {
    return read(() => sessionStorage, "own")?.split(" ") ?? [];
  }
  set ownIds(ids: readonly string[]) {
    write(() => sessionStorage, "own", ids.slice(-OWN_IDS_KEPT).join(" ") || undefined);
  }

  get waiting(): readonly KeptChat[] {
    return parseChats(read(() => sessionStorage, "waiting") ?? "[]");
  }
  set waiting(chats: readonly KeptChat[]) {
    const value = chats.length === 0 ? undefined : JSON.stringify(chats);
    write(() => sessionStorage, "waiting", value);
  }

  get session(): StoredSession | undefined {
    return parseSession(read(() => sessionStorage, "session") ?? "null");
  }
  set session(session: StoredSession | undefined) {
    write(() => sessionStorage, "session", session && JSON.stringify(session));
  }
}

/** What the room needs from the page; tests give fakes. */
export interface RoomSurroundings extends Surroundings {
  /** Calls back before the next painting. */
  readonly frame: (callback: () => void) => void;
  readonly memory: Memory;
  /** Whether nobody can see the page. */
  readonly isHidden: () => boolean;
  /** Fetches JSON of this server; rejects where the answer is not one of success. The value is to be checked. */
  readonly fetchJson: (path: string) => Promise<unknown>;
  /** Asks this server and returns the HTTP status; 0 where there was no answer. Never rejects. */
  readonly probe: (path: string) => Promise<number>;
}

const memory = new BrowserMemory();

/** The surroundings of the page in a browser. */
export const BROWSER: RoomSurroundings = {
  ...REAL,
  frame,
  memory,
  isHidden: () => document.hidden,
  fetchJson: (path) => fetchJson(path, memory.token),
  probe: (path) => probe(path, memory.token),
};

/** In a busy room every other frame is left to what else happens; what comes alone is shown at once. */
const FRAME_EVERY_MS = 30;
let framedAt = 0;

function frame(callback: () => void): void {
  // A hidden page has no frames, and nobody to show them to.
  if (document.hidden) setTimeout(callback, 1000);
  else {
    requestAnimationFrame((at) => {
      if (at - framedAt < FRAME_EVERY_MS) return frame(callback);
      framedAt = at;
      callback();
    });
  }
}

// Where storage is forbidden, reading `localStorage` throws already: hence functions.
function read(storage: () => Storage, key: string): string | undefined {
  try {
    return storage().getItem(`pulso.${key}`) ?? undefined;
  } catch {
    return undefined;
  }
}

function write(storage: () => Storage, key: string, value: string | undefined): void {
  try {
    // First, for where there is no room for the new one the old one is not true any more.
    storage().removeItem(`pulso.${key}`);
    if (value !== undefined) storage().setItem(`pulso.${key}`, value);
  } catch {
    // Forbidden or full: then it is not remembered.
  }
}

function parseChats(json: string): KeptChat[] {
  const chats = parse(json);
  return Array.isArray(chats) ? chats.filter(isKeptChat) : [];
}

function parseSession(json: string): StoredSession | undefined {
  const session = parse(json);
  return isStoredSession(session) ? session : undefined;
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

function isKeptChat(chat: Partial<KeptChat> | null): chat is KeptChat {
  return typeof chat?.id === "string" && typeof chat.text === "string" &&
    typeof chat.isTransmitted === "boolean" && typeof (chat.why ?? "") === "string";
}
