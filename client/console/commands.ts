/**
 * What one hands in at the prompt: a text for everybody, or a command. Pure.
 *
 * @module
 */

/** What was handed in, understood. */
export type Input =
  | { readonly kind: "nothing" }
  | { readonly kind: "chat"; readonly text: string }
  | { readonly kind: "fib"; readonly input: number }
  | { readonly kind: "clock"; readonly on: boolean | undefined }
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "users" | "time" | "connect" | "help" | "quit" }
  | { readonly kind: "mistake"; readonly hint: string };

interface Command {
  readonly usage: string;
  readonly purpose: string;
  /** `undefined` where the arguments are not what the command takes. */
  readonly parse: (argument: string) => Input | undefined;
}

function withoutArgument(kind: "users" | "time" | "connect" | "help" | "quit", purpose: string) {
  return { usage: `/${kind}`, purpose, parse: (a: string) => a === "" ? { kind } : undefined };
}

const COMMANDS: ReadonlyMap<string, Command> = new Map<string, Command>([
  ["fib", { usage: "/fib N", purpose: "asks the server for Fibonacci(N)", parse: parseFib }],
  ["users", withoutArgument("users", "lists who is online")],
  ["time", withoutArgument("time", "shows the server's date and time")],
  ["clock", {
    usage: "/clock on|off",
    purpose: "shows or hides the status line",
    parse: parseClock,
  }],
  ["name", { usage: "/name NAME", purpose: "connects under another name", parse: parseName }],
  ["connect", withoutArgument("connect", "connects now, without waiting for the next try")],
  ["help", withoutArgument("help", "shows this")],
  ["quit", withoutArgument("quit", "says goodbye and leaves (also Ctrl-D)")],
]);

/** The commands with their purposes, as rows of a table. */
export const HELP: readonly { usage: string; purpose: string }[] = [
  ...COMMANDS.values(),
  { usage: "//TEXT", purpose: "sends a text that begins with a slash" },
];

/** Understands what was handed in. Never throws; what begins with a slash and is no command is a mistake, not a chat. */
export function parseInput(text: string): Input {
  if (text.trim() === "") return { kind: "nothing" };
  if (text.startsWith("//")) return { kind: "chat", text: text.slice(1) };
  if (!text.startsWith("/")) return { kind: "chat", text };
  const [, name = "", argument = ""] = /^\/(\S*)\s*([^]*)$/.exec(text.trimEnd()) ?? [];
  const command = COMMANDS.get(name.toLowerCase());
  if (command === undefined) {
    return {
      kind: "mistake",
      hint: `there is no command /${name}; /help lists them, //${name} sends it as a text`,
    };
  }
  return command.parse(argument) ??
    { kind: "mistake", hint: `${command.usage}: ${command.purpose}` };
}

/** Completes the command that is being typed, as far as only one is meant; returns the text unchanged otherwise. */
export function completeCommand(text: string): string {
  if (!/^\/[a-z]+$/i.test(text)) return text;
  const found = [...COMMANDS.keys()].filter((name) => name.startsWith(text.slice(1).toLowerCase()));
  const command = found.length === 1 ? COMMANDS.get(found[0] ?? "") : undefined;
  if (command === undefined) return text;
  return `/${found[0]}${command.usage.includes(" ") ? " " : ""}`;
}

function parseFib(argument: string): Input | undefined {
  const input = argument === "" ? NaN : Number(argument);
  return Number.isInteger(input) ? { kind: "fib", input } : undefined;
}

function parseClock(argument: string): Input | undefined {
  if (argument === "") return { kind: "clock", on: undefined };
  return argument === "on" || argument === "off"
    ? { kind: "clock", on: argument === "on" }
    : undefined;
}

function parseName(argument: string): Input | undefined {
  return argument === "" ? undefined : { kind: "name", name: argument };
}
