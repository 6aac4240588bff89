/**
 * Every word of the page, in one record, so that another language is another record. `{…}` are values.
 *
 * Plain and short: what is, then what to do. Message types (`chat`, `time`, …) are the protocol's words and stay as they are.
 *
 * @module
 */

import { formatNumber } from "./text.ts";

/** The words in English. */
export const words = {
  title: "Pulso",
  description: "A real-time room: chat with everybody here, on the server’s clock.",
  skip: "Skip to the message field",

  // Top bar
  connected: "Connected",
  connecting: "Connecting",
  reconnecting: "Reconnecting",
  offline: "Offline",
  refused: "Refused",
  degraded: "Degraded",
  restarting: "Restarting",
  disconnected: "Disconnected",
  connect: "Connect",
  disconnect: "Disconnect",
  your_name: "Your name",
  change_name: "Change name: {name}",
  guest: "guest",

  // Clock
  server_clock: "Server clock",
  server_time: "Server time",
  tick_late: "{late} late, {missing} missing",
  tick_late_short: "{n} missed",
  tick_none: "No tick for {s} s",
  tick_none_short: "{s} s ago",
  clock_own: "This device’s time, not the server’s",
  clock_own_short: "local time",
  minute_summary: "This minute: {ok} on time, {late} late, {missing} missing",

  // Views
  views: "Views",
  chat: "Chat",
  broadcasts_short: "Broadcasts",
  people_short: "People",
  metrics: "Metrics",

  // Chat
  messages: "Messages",
  n_online: "{n} online",
  today: "Today",
  yesterday: "Yesterday",
  you: "you",
  joined: "{names} joined",
  joined_two: "{names} and {other} joined",
  joined_many: "{names} and {n} others joined",
  went: "{names} left",
  went_two: "{names} and {other} left",
  went_many: "{names} and {n} others left",
  gap: "Some messages may be missing",
  waiting: "Waiting",
  waiting_offline: "Waiting, goes out once connected",
  sent_to: "Sent to {n}",
  sent_nobody: "Sent, nobody else was here",
  failed: "Not sent",
  failed_unknown: "Maybe not sent: the connection was lost",
  send_again: "Send again",
  discard: "Discard",
  older: "Show older messages",
  new_n: "{n} new",
  jump: "Jump to newest",
  unread: "{n} unread",
  announce_many: "{n} new messages from {names}",
  announce_more: "{n} new messages from {names} and others",

  // Composer
  message: "Message",
  message_to: "Message to the {n} others here",
  message_to_one: "Message to the other one here",
  message_alone: "Message, for whoever comes",
  send: "Send",
  keys_hint: "Enter sends, Shift+Enter starts a line",
  left: "{n} left",
  too_long: "{n} too many",
  connect_to_send: "Connect to send. The draft is kept.",
  will_wait: "Sends once connected",

  // Broadcasts received
  broadcasts: "Broadcasts received",
  pause: "Pause",
  resume: "Resume · {n}",
  clear: "Clear",
  clear_note: "Clearing keeps the metrics",
  type: "Type",
  all: "All",
  answers: "to you",
  shown_of: "Newest {n} of {total}",
  n_joined: "{n} joined",
  n_left: "{n} left",
  to_recipients: "to {n}",
  database_is: "database {state}",
  broker_is: "broker {state}",
  broadcasts_empty: "Nothing received yet",
  broadcasts_empty_text:
    "Every chat, tick and notice from the server lands here as it came. Open one to see its JSON.",
  filter_none: "Nothing matches the filter",
  filter_reset: "Show all",

  // People
  people: "People online",
  find_person: "Find a person",
  and_more: "{n} more, search to find them",
  people_unknown: "Not known while disconnected. As of {time}.",
  people_stale: "May be out of date",
  nobody_found: "Nobody by that name",
  only_you: "Only you so far",
  invite: "Others join at this address:",

  // Metrics
  events: "Events",
  received: "Received",
  sent: "Sent",
  time_online: "Time online",

  // Fibonacci
  fibonacci: "Fibonacci",
  fib_n: "n",
  fib_range: "0 to {max}",
  compute: "Compute",
  computing: "Computing",
  digits: "{n} digits",
  one_digit: "1 digit",
  at_server: "{ms} ms at the server",
  show_all: "Show all",
  fold: "Fold",
  last_results: "Last results",
  fib_out: "n goes from 0 to {max}",
  fib_integer: "Whole numbers only",
  fib_lost: "Not answered: the connection was lost. Compute it again.",
  fib_empty: "Computed by the server, sent to you alone. Try",

  // Banners
  b_disconnected: "You are not connected",
  b_disconnected_text: "Nothing is sent or received until you connect.",
  b_reconnecting: "Connection lost. Next try in {s} s",
  b_reconnecting_now: "Connection lost. Trying now",
  b_reconnecting_text: "What you write waits and goes out in order.",
  try_now: "Try now",
  b_offline: "This device is offline",
  b_offline_text: "Pulso connects again as soon as the network is back.",
  b_taken: "The name “{name}” is taken",
  b_taken_text: "One name, one connection. These are free:",
  b_taken_text_none: "One name, one connection. Choose another.",
  b_invalid: "Choose another name",
  b_invalid_text: "Pulso shows the name to everybody, so it has to be plain.",
  b_rename_text: "Others see the new name as soon as you connect by it.",
  b_elsewhere: "You are connected in another tab",
  b_elsewhere_text: "The same session went on there, so this tab stopped.",
  use_here: "Use here",
  b_draining: "The server restarts in a moment",
  b_draining_text: "You will be back by yourself in about {s} s.",
  b_draining_text_soon: "You will be back by yourself.",
  b_database: "The database is away",
  b_database_text: "Chat and clock go on. The list of people may be out of date.",
  b_broker: "The link between servers is down",
  b_broker_text: "Messages cannot be put in order now. What you write can be sent again.",
  dismiss: "Dismiss",

  // Name field, live
  name_rule_guest: "Empty for a guest, or 1 to 32 letters, digits, spaces and _ . -",
  name_char: "“{c}” is not allowed. Use letters, digits, spaces and _ . -",
  name_long: "Too long: {n} over the limit of 32",
  name_reserved: "{name} is reserved",
  name_scripts: "One alphabet in a name, please",

  // Close codes
  c1001: "The server restarts. Pulso connects again by itself.",
  c1003: "This page sent something that the server does not read. Reload the page.",
  c1008: "Disconnected for sending too fast. Wait a moment, then connect.",
  c1009: "That message was too large. Shorten it, then connect.",
  c1011: "Something failed at the server.",
  c1013: "The server is full.",
  c4001: "You have no access here. Ask whoever runs this server.",
  c4008: "This connection could not keep up.",
  c_other: "The server closed the connection with code {code}.",

  // Error codes
  e_invalid: "The server could not read that. Reload the page.",
  e_message_too_long: "Longer than {max} characters. Shorten it, then send again.",
  e_rate_limited: "Too fast. Try again in a moment.",
  e_busy: "The server is still computing the one before. Try again in a moment.",
  e_unavailable: "Not sent: messages cannot be put in order now. Send again in a moment.",
  e_internal: "The server made a mistake. Try again in a moment.",

  // Empty room, and without JavaScript
  empty_title: "The room is quiet",
  empty_text:
    "What you write reaches everybody else here. Open a second window, or join from somewhere else:",
  from_terminal: "From a terminal",
  from_code: "From code",
  copy: "Copy",
  copied: "Copied",
  no_script: "This page needs JavaScript to take part. Below is what was said last.",
} as const;

/** Puts values into a text of {@linkcode words}: numbers with grouped digits, everything else as it stands. */
export function fill(text: string, values: Readonly<Record<string, string | number>>): string {
  return text.replace(/\{(\w+)\}/g, (place, key: string) => {
    const value = values[key];
    if (value === undefined) return place;
    return typeof value === "number" ? formatNumber(value) : value;
  });
}
