/**
 * What the page needs from the browser beside sockets and time: frames, and a memory, which keeps the name for the next
 * visit and the rest for this tab.
 *
 * Invariant: remembering never throws; where the browser forbids storage, nothing is remembered.
 *
 * @module
 */

import { REAL, type Surroundings } from "../surroundings.ts";

/** What the page can remember. */
export interface Memory {
  /** The chosen name, for every tab. */
  name: string | undefined;
  /** Whether this tab was disconnected by hand. */
  away: boolean;
  /** What has been written and not sent. */
  draft: string;
  /** The `client_id` of this tab's connections, newest last: what they said is one's own. */
  ownIds: readonly string[];
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
}

/** What the room needs from the page; tests give fakes. */
export interface RoomSurroundings extends Surroundings {
  /** Calls back before the next painting. */
  readonly frame: (callback: () => void) => void;
  readonly memory: Memory;
  /** Whether nobody can see the page. */
  readonly isHidden: () => boolean;
}

/** The surroundings of the page in a browser. */
export const BROWSER: RoomSurroundings = {
  ...REAL,
  // A hidden page has no frames, and nobody to show them to.
  frame: (callback) => {
    if (document.hidden) setTimeout(callback, 1000);
    else requestAnimationFrame(callback);
  },
  memory: new BrowserMemory(),
  isHidden: () => document.hidden,
};

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
    if (value === undefined) storage().removeItem(`pulso.${key}`);
    else storage().setItem(`pulso.${key}`, value);
  } catch {
    // Forbidden or full: then it is not remembered.
  }
}
