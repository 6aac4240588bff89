/**
 * The console client: `deno task client NAME`. In a terminal a room to talk in, elsewhere a filter.
 *
 * @module
 */

import { parseArguments, USAGE } from "./console/arguments.ts";
import type { Arguments } from "./console/arguments.ts";
import { Filter } from "./console/filter.ts";
import { withParameters } from "./address.ts";
import { bearing, fetchJson } from "./fetch_json.ts";
import { readLines } from "./console/lines.ts";
import { Screen } from "./console/screen.ts";
import { Session } from "./console/session.ts";
import { visible } from "./console/width.ts";
import { REAL, type Surroundings } from "./surroundings.ts";
import { Terminal, writeText } from "./console/terminal.ts";

/** The token, where it is not given as an argument. */
const TOKEN_VARIABLE = "PULSO_TOKEN";
/** How long it is waited for whether the server asks for a token. */
const ANSWERS_WITHIN_MS = 1000;
/** How long leaving waits for the server to confirm the goodbye. */
const GOODBYE_MS = 1000;

/** Real surroundings that remember their sockets, so that the program need not end before its goodbye is out. */
function openSurroundings(): { surroundings: Surroundings; allClosed: () => Promise<void> } {
  const closing = new Set<Promise<void>>();
  const createSocket = (url: string) => {
    const socket = REAL.createSocket(url);
    const closed = new Promise<void>((resolve) =>
      socket.addEventListener("close", () => resolve(), { once: true })
    );
    closing.add(closed);
    closed.then(() => closing.delete(closed));
    return socket;
  };
  const allClosed = async () => {
    const deadline = new Promise((resolve) => setTimeout(resolve, GOODBYE_MS));
    await Promise.race([Promise.all(closing), deadline]);
  };
  return { surroundings: { ...REAL, createSocket }, allClosed };
}

function complain(line: string): void {
  writeText(`pulso: ${line}\n`, Deno.stderr);
}

/** After a fault of the program: restores the terminal first, says what it was, and ends. */
function onFault(restore: () => void): void {
  const end = (event: ErrorEvent | PromiseRejectionEvent) => {
    event.preventDefault();
    const reason = event instanceof ErrorEvent ? event.error : event.reason;
    restore();
    complain(`a fault of this program: ${visible(String(reason))}`);
    Deno.exit(1);
  };
  addEventListener("error", end);
  addEventListener("unhandledrejection", end);
}

/** The address of something else of the same server. */
function overHttp(url: string, path = ""): string {
  return new URL(path, url.replace(/^ws/, "http")).href;
}

/** The token of the environment, where that may be read. */
function environmentToken(): string | undefined {
  const permission = { name: "env", variable: TOKEN_VARIABLE } as const;
  if (Deno.permissions.querySync(permission).state !== "granted") return undefined;
  return Deno.env.get(TOKEN_VARIABLE)?.trim() || undefined;
}

/** Whether a server asks for another token than this one: of an upgrade that it refuses a WebSocket does not tell. */
async function isUnauthorized({ url, token }: Arguments): Promise<boolean> {
  try {
    const signal = AbortSignal.timeout(ANSWERS_WITHIN_MS);
    const response = await fetch(overHttp(url), { signal, headers: bearing(token) });
    await response.body?.cancel();
    return response.status === 401;
  } catch {
    // It may be there in a moment.
    return false;
  }
}

async function runFilter({ url, token, name, json }: Arguments): Promise<number> {
  onFault(() => {});
  const { surroundings, allClosed } = openSurroundings();
  const code = await new Filter({
    url: withParameters(url, { token }),
    name,
    json,
    lines: readLines(Deno.stdin.readable),
    output: (line) => writeText(`${line}\n`),
    complain,
    surroundings,
  }).run();
  await allClosed();
  return code;
}

async function runSession({ url, token, name, json, clock }: Arguments): Promise<number> {
  const { surroundings, allClosed } = openSurroundings();
  const terminal = new Terminal();
  const screen = new Screen({
    write: (text) => terminal.write(text),
    size: () => terminal.size(),
    colours: !Deno.noColor,
  });
  const done = Promise.withResolvers<number>();
  const restore = () => {
    try {
      screen.close();
    } catch {
      // The terminal has gone away.
    }
    terminal.close();
  };
  const session = new Session({
    url: withParameters(url, { token }),
    name,
    json,
    clock,
    screen,
    surroundings,
    fetchJson: (path) => fetchJson(overHttp(url, path), token),
    ended: () => done.resolve(0),
  });
  onFault(restore);
  terminal.open({
    key: (key) => session.press(key),
    resize: () => screen.refresh(),
    end: (code) => {
      session.stop();
      done.resolve(code);
    },
  });
  session.start();
  const code = await done.promise;
  restore();
  await allClosed();
  return code;
}

/** Runs the console client; returns the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const parsed = parseArguments(args);
  if (!parsed.ok) {
    complain(`${visible(parsed.error)} (--help shows the usage)`);
    return 2;
  }
  if (parsed.value.help) {
    writeText(USAGE);
    return 0;
  }
  const given = { ...parsed.value, token: parsed.value.token ?? environmentToken() };
  if (await isUnauthorized(given)) {
    complain("the server asks for a token, or for another one: PULSO_TOKEN or --token");
    return 1;
  }
  const isTerminal = Deno.stdin.isTerminal() && Deno.stdout.isTerminal();
  return await (isTerminal && !parsed.value.plain ? runSession : runFilter)(given);
}

// Not by the end of the event loop: a read from the terminal cannot be called back.
if (import.meta.main) Deno.exit(await main(Deno.args));
