/**
 * The arguments of the console client. Pure.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { parseName } from "../../lib/names.ts";
import type { Result } from "../../lib/result.ts";
import { socketAddress } from "../address.ts";

/** What the console client is to do. */
export interface Arguments {
  readonly help: boolean;
  /** The wished name; none for a guest. */
  readonly name: string | undefined;
  /** The address of the socket. */
  readonly url: string;
  /** The token to show, where the server asks for one. */
  readonly token: string | undefined;
  readonly json: boolean;
  readonly plain: boolean;
  readonly clock: boolean;
}

/** Where a server listens that was started as the README says. */
export const DEFAULT_ADDRESS = "ws://127.0.0.1:8000/api/ws";

/** What `--help` prints. */
export const USAGE = `Pulso in the terminal

Usage: deno task client [NAME] [--url ADDRESS] [--token TOKEN] [--json] [--plain] [--no-clock]

  NAME           the name to appear under; without it the server gives one
  --url ADDRESS  where the server is: http, https, ws or wss; /api/ws is added where there is no path
                 (${DEFAULT_ADDRESS})
  --token TOKEN  the token, where the server asks for one; better in the variable PULSO_TOKEN, since others on this
                 machine can see arguments
  --json         shows the server's messages as they are on the wire, one a line
  --plain        works line by line also in a terminal
  --no-clock     without the status line; /clock turns it on
  --help         shows this

In a terminal, /help lists the commands.

With standard input or output elsewhere it is a filter. Each line of standard input is sent as a chat, as it stands;
blank ones are left out, and "/fib N" asks for Fibonacci(N). Chats come out as "username: text", Fibonacci numbers as
lines of digits, and with --json all messages as they are on the wire. What went wrong goes to standard error.

Exit code: 0 when standard input has ended and everything was acknowledged, 1 when something was not delivered or the
server turned the client away, 2 when the arguments make no sense.
`;

/** Reads the arguments. Never throws: what is wrong with them comes back as one line. */
export function parseArguments(args: readonly string[]): Result<Arguments, string> {
  let parsed;
  try {
    parsed = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        help: { type: "boolean", short: "h", default: false },
        url: { type: "string", default: DEFAULT_ADDRESS },
        token: { type: "string" },
        json: { type: "boolean", default: false },
        plain: { type: "boolean", default: false },
        "no-clock": { type: "boolean", default: false },
      },
    });
  } catch (error) {
    // Its first sentence says it; the others explain the syntax of options.
    return problem(error instanceof Error ? error.message.split(/\.\s/)[0] ?? "" : String(error));
  }
  const { values, positionals } = parsed;
  if (positionals.length > 1) {
    return problem(`one name at most; one with spaces goes in quotes: ${positionals.join(" ")}`);
  }
  const url = parseAddress(values.url);
  if (!url.ok) return url;
  const typed = positionals[0]?.trim() || undefined;
  const name = typed === undefined ? undefined : parseName(typed);
  if (name?.ok === false) return problem(`could not use the name: ${name.error.message}: ${typed}`);
  const { help, json, plain, token } = values;
  const clock = !values["no-clock"];
  return {
    ok: true,
    value: { help, json, plain, clock, url: url.value, token, name: name?.value.name },
  };
}

function parseAddress(address: string): Result<string, string> {
  try {
    return { ok: true, value: socketAddress(address) };
  } catch {
    return problem(
      `could not use the address: it is not one of http, https, ws or wss: ${address}`,
    );
  }
}

function problem(message: string): Result<never, string> {
  return { ok: false, error: message };
}
