/**
 * What the console client shows of the server's messages, as styled lines. Pure.
 *
 * Invariant: each line of a chat carries the time and the name of who said it.
 *
 * @module
 */

import { CloseCode } from "../../lib/close_codes.ts";
import type { ServerMessage, ServerMessageOf, User } from "../../lib/protocol.ts";
import { type Line, plainLine, type Span, type Style } from "./layout.ts";
import { HELP } from "./commands.ts";
import type { Recovery } from "./missed.ts";
import { visibleJson } from "./width.ts";
import { describeCaughtUp, describeFailure, describeRefusal, type Refusal } from "./reasons.ts";
import type { OutgoingChat } from "../outbox.ts";

const NAME_STYLES: readonly Style[] = ["cyan", "green", "yellow", "blue", "magenta"];
/** How many names one line of joins and leaves lists. */
const NAMES_SHOWN = 8;
/** The digits up to which a Fibonacci number is shown whole, and how many of each end otherwise. */
const DIGITS_WHOLE = 120;
const DIGITS_SHOWN = 20;

/**
 * What is shown of a message in a conversation that `welcome` began; nothing of those that are told otherwise: acks and
 * Fibonacci numbers by what they answer, the clock in the status line.
 */
export function messageLines(
  message: ServerMessage,
  welcome: ServerMessageOf<"welcome"> | undefined,
): Line[] {
  switch (message.type) {
    case "chat":
      return chatLines(message);
    case "presence":
      return presenceLines(message, welcome);
    case "users":
      return [usersLine(message, welcome)];
    case "error": {
      // One with an id is told as its chat's; one before the welcome as the reason of the refusal.
      const isTold = message.id !== undefined || welcome === undefined;
      return isTold ? [] : [warning(message.message)];
    }
    default:
      return [];
  }
}

function chatLines(chat: ServerMessageOf<"chat">): Line[] {
  const { message, username, timestamp } = chat;
  return said({ message, username, timestamp, style: nameStyle(username) });
}

/** A chat of one's own that the server has taken. */
export function ownChatLines(text: string, username: string, ack: ServerMessageOf<"ack">): Line[] {
  const { timestamp, recipients } = ack;
  const lines = said({ message: text.trim(), username, timestamp, style: "bold" });
  return lines.map((line, index) =>
    index < lines.length - 1
      ? line
      : { ...line, spans: [...line.spans, { text: `  (sent to ${recipients})`, style: "dim" }] }
  );
}

/** A chat of one's own that was not sent, with the reason. */
export function failedChatLine(chat: OutgoingChat & { state: { at: "failed" } }): Line {
  const shown = chat.text.length > 60 ? `${chat.text.slice(0, 60)}…` : chat.text;
  const { why } = chat.state;
  const doubt = why === "unknown" ? "perhaps not sent" : "not sent";
  const hint = why === "full" || why === "unavailable" ? "; Up brings it back" : "";
  return warning(`${doubt}: "${shown}": ${describeFailure(why)}${hint}`);
}

function presenceLines(
  { joined, left }: ServerMessageOf<"presence">,
  welcome: ServerMessageOf<"welcome"> | undefined,
): Line[] {
  const isOther = (user: User) => user.client_id !== welcome?.client_id;
  // Those who were there before oneself were met, not seen coming; or they were away for a moment.
  const isNew = (user: User) => welcome === undefined || user.connected_at >= welcome.timestamp;
  const groups = [
    { users: joined.filter(isOther).filter(isNew), before: "→ ", behind: " joined" },
    { users: left.filter(isOther), before: "← ", behind: " left" },
  ];
  return groups.filter(({ users }) => users.length > 0)
    .map(({ users, before, behind }) => notice(before + names(users) + behind));
}

function usersLine(
  { users, online }: ServerMessageOf<"users">,
  welcome: ServerMessageOf<"welcome"> | undefined,
): Line {
  const all = users.map(({ username, client_id }) =>
    client_id === welcome?.client_id ? `${username} (you)` : username
  );
  const more = online > users.length ? ` and ${online - users.length} more` : "";
  return notice(`${online} online: ${all.join(", ")}${more}`);
}

/** A Fibonacci number, its middle left out where it is long. */
export function fibonacciLine(answer: ServerMessageOf<"fibonacci">): Line {
  const { input, digits, elapsed_ms } = answer;
  const whole = String(answer.result);
  const shown = whole.length <= DIGITS_WHOLE
    ? whole
    : `${whole.slice(0, DIGITS_SHOWN)}…${whole.slice(-DIGITS_SHOWN)}`;
  const detail = `  (${digits} ${digits === 1 ? "digit" : "digits"}, ${elapsed_ms} ms)`;
  return {
    spans: [{ text: `fib(${input}) = ` }, { text: shown, style: "bold" }, {
      text: detail,
      style: "dim",
    }],
    prefix: 1,
  };
}

/** The server's date and time. */
export function timeLine({ date, time, timestamp }: ServerMessageOf<"time">): Line {
  return notice(`the server's clock: ${date} ${time} (${timestamp})`);
}

/** What the server says of its own state, and nothing where all is well. */
export function describeStatus(status: ServerMessageOf<"status">): string | undefined {
  const troubles = [
    ...status.draining ? ["it is about to restart"] : [],
    ...status.database === "down"
      ? ["its database is away: who is online may not be up to date"]
      : [],
    ...status.broker === "down" ? ["it has lost touch with the other servers"] : [],
  ];
  return troubles.length === 0 ? undefined : `the server: ${troubles.join("; ")}`;
}

/** The commands and keys. */
export function helpLines(): Line[] {
  const width = Math.max(...HELP.map(({ usage }) => usage.length));
  return [
    ...HELP.map(({ usage, purpose }): Line => ({
      spans: [{ text: `  ${usage.padEnd(width)}  `, style: "cyan" }, { text: purpose }],
      prefix: 1,
    })),
    notice("Up and Down: earlier lines · Alt-Enter: a new line in the text · Ctrl-L: empty screen"),
  ];
}

/** Why the server turned one away, and what one can do. */
export function refusalLines(refusal: Refusal): Line[] {
  const { code } = refusal;
  const isName = code === CloseCode.nameTaken || code === CloseCode.nameNotAllowed;
  return [
    warning(`turned away: ${describeRefusal(refusal)}`),
    notice(isName ? "/name NEW connects under another name" : "/connect tries again"),
  ];
}

/** How coming back after a loss went, below the chats that had to be fetched; those as on the wire where `isJson`. */
export function recoveryLines({ outcome, chats }: Recovery, isJson: boolean): Line[] {
  const text = describeCaughtUp(outcome);
  return [
    ...chats.flatMap((chat) =>
      isJson ? [plainLine(visibleJson(JSON.stringify(chat)))] : chatLines(chat)
    ),
    outcome.is === "caught_up" ? notice(text) : warning(text),
  ];
}

/** Something worth knowing that nobody said. */
export function notice(text: string): Line {
  return { spans: [{ text: "· ", style: "dim" }, { text, style: "dim" }], prefix: 1 };
}

/** Something that went wrong. */
export function warning(text: string): Line {
  return { spans: [{ text: "! ", style: "red" }, { text, style: "red" }], prefix: 1 };
}

function said(
  chat: { message: string; username: string; timestamp: string; style: Style },
): Line[] {
  const prefix: Span[] = [
    { text: `${clockTime(chat.timestamp)} `, style: "dim" },
    { text: chat.username, style: chat.style },
    { text: ": " },
  ];
  return chat.message.split("\n").map((text) => ({
    spans: [...prefix, { text }],
    prefix: prefix.length,
  }));
}

/** Hours and minutes in this machine's time zone. */
function clockTime(timestamp: string): string {
  const date = new Date(timestamp);
  if (Number.isNaN(date.getTime())) return "--:--";
  return [date.getHours(), date.getMinutes()].map((n) => String(n).padStart(2, "0")).join(":");
}

/** The same colour for the same name, whoever looks. */
function nameStyle(name: string): Style {
  let sum = 0;
  for (const character of name) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) % 65_521;
  return NAME_STYLES[sum % NAME_STYLES.length] ?? "cyan";
}

function names(users: readonly User[]): string {
  const shown = users.slice(0, NAMES_SHOWN).map((user) => user.username).join(", ");
  return users.length > NAMES_SHOWN ? `${shown} and ${users.length - NAMES_SHOWN} more` : shown;
}
