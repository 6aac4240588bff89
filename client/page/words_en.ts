/**
 * Every word of the page in English, and what a record of words is. `{…}` are values.
 *
 * Plain and short: what is, then what to do. Message types (`chat`, `time`, …) are the protocol's words and stay as they are.
 * A text that counts has a form for each plural that the language tells apart, chosen by `{n}`.
 *
 * @module
 */

/** A text, or its plural forms by `Intl.PluralRules`; `other` serves where there is no form. */
export type Text = string | { readonly one: string; readonly other: string };

/** The words in English. */
export const english = {
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
  change: "Change",
  change_name: "Change name: {name}",
  token: "Your token",
  token_help: "It is kept in this tab until you close it.",
  change_token: "Change token: {name}",
  guest: "guest",
  preferences: "Preferences",

  // Clock
  server_clock: "Server clock",
  server_time: "Server time {quality}",
  round_trip: "round trip {ms}\u00a0ms",
  measuring: "Measuring the clock",
  ticks_late: { one: "{n} tick late", other: "{n} ticks late" },
  ticks_missing: { one: "{n} tick missing", other: "{n} ticks missing" },
  ticks_off: "{n} not on time",
  tick_none: "No tick for {s}\u00a0s",
  tick_none_short: "{s}\u00a0s ago",
  clock_own: "This device’s time, not the server’s",
  clock_own_short: "local time",
  clock_details: "Clock details",
  minute_summary: "This minute: {ok} on time, {late}, {missing}",

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
  failed_full: "Not sent: too many are waiting already. Send again when those have gone out.",
  send_again: "Send again",
  discard: "Discard",
  unsent: "{n} not sent",
  unsent_maybe: "{n} maybe not sent",
  show: "Show",
  send_all_again: "Send all again",
  older: "Show older messages",
  older_failed: "The older messages could not be fetched.",
  older_gone: "Older messages are no longer kept here",
  times_ago: "Tell how long ago instead of when",
  new_n: "{n} new",
  jump: "Jump to newest",
  unread: "{n} unread",
  ago_now: "just now",
  ago_min: "{n}\u00a0min ago",
  ago_h: "{n}\u00a0h ago",
  ago_d: "{n}\u00a0d ago",
  announce_many: "{n} new messages from {names}",
  announce_more: "{n} new messages from {names} and others",

  // Composer
  message: "Message",
  message_to: {
    one: "Message to the one other person here",
    other: "Message to the {n} others here",
  },
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
  resume_more: "Resume · {n}+",
  clear: "Clear",
  clear_note: "Clearing keeps the metrics",
  type: "Type",
  all: "All",
  answers: "to you",
  filter_sender: "Sender or text",
  shown_of: "Newest {n} of {total}",
  fitting_of: "{n} of the newest {total}",
  raw_json: "Raw JSON",
  late_ms: "{ms}\u00a0ms late",
  n_joined: "{n} joined",
  n_left: "{n} left",
  names_more: "{names} and {n} more",
  your_message: "your message",
  to_recipients: { one: "to 1 other", other: "to {n} others" },
  to_nobody: "nobody else was here",
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
  and_more: "{n} more, scroll or search",
  n_more: "{n} more",
  people_unknown: "Not known while disconnected. As of {time}.",
  people_stale: "As of {time}, may be out of date",
  nobody_found: "Nobody by that name",
  only_you: "Only you so far",
  invite: "Others join at this address:",
  invite_local: "A second window joins at:",

  // Metrics
  events: "Events",
  received: "Received",
  sent: "Sent",
  time_online: "Time online",
  reconnects: "Reconnects",
  gaps: "Gaps",
  rtt_p50: "Round trip p50",
  rtt_p95: "Round trip p95",
  one_way: "One way",
  messages_per_s: "Messages a second",
  rtt_plot: "Round trip,\u00a0ms",
  highest: "highest {n}",
  minutes_ago: "5\u00a0min ago",
  now_axis: "now",
  plot_empty: "Fills as messages come",
  plot_text: "{name}: now {now}, highest {max} in five minutes",

  // Fibonacci
  fibonacci: "Fibonacci",
  fib_n: "n",
  fib_range: "0 to {max}",
  compute: "Compute",
  computing: "Computing",
  digits: { one: "1 digit", other: "{n} digits" },
  at_server: "{ms}\u00a0ms at the server",
  show_all: "Show all",
  fold: "Fold",
  last_results: "Last results",
  fib_out: "n goes from 0 to {max}",
  fib_integer: "Whole numbers only",
  fib_lost: "Not answered: the connection was lost. Compute it again.",
  fib_connect: "Connect to compute",
  fib_empty: "Computed by the server, sent to you alone. Try",

  // Banners
  b_disconnected: "You are not connected",
  b_disconnected_text: "Nothing is sent or received until you connect.",
  b_reconnecting: "Connection lost",
  b_connecting: "Not connected yet",
  next_try: "{what}. Next try in {s}\u00a0s",
  trying_now: "{what}. Trying now",
  b_reconnecting_text: "What you write waits and goes out in order.",
  try_now: "Try now",
  b_offline: "This device is offline",
  b_offline_text: "Pulso connects again as soon as the network is back.",
  b_taken: "The name “{name}” is taken",
  b_taken_text: "One name, one connection. These are free:",
  b_taken_text_none: "One name, one connection. Choose another.",
  b_token: "This room asks for a token",
  b_token_text: "Paste the one that you were given.",
  b_token_change: "Change token",
  b_token_refused: "The token was not accepted",
  b_token_over: "Your token has expired",
  b_token_taken: "The name of your token is in use",
  b_token_taken_text:
    "One token, one connection: the other one may be in another tab, or just closed. Connect once it is gone.",
  b_token_again: "Paste another one.",
  b_invalid: "Choose another name",
  b_invalid_text: "Pulso shows the name to everybody, so it has to be plain.",
  b_rename_text: "Others see it at once.",
  b_rename_text_away: "Others see the new name as soon as you connect by it.",
  b_rate: "Too fast. Write again in {s}\u00a0s",
  b_rate_text: {
    one:
      "The server takes 1 message a second from each connection. What is left waits and goes out in order.",
    other:
      "The server takes {n} messages a second from each connection. What is left waits and goes out in order.",
  },
  b_closed: "The server closed the connection",
  b_barred: "The server refused the connection",
  b_origin: "The server is there but lets no connection in",
  b_origin_text:
    "Whoever runs it can look whether ALLOWED_ORIGINS has {origin}, and whether a proxy blocks WebSockets.",
  b_elsewhere: "You are connected in another tab",
  b_elsewhere_text: "The same session went on there, so this tab stopped.",
  use_here: "Use here",
  b_draining: "The server restarts in a moment",
  b_draining_text: "You will be back by yourself in about {s}\u00a0s.",
  b_draining_text_soon: "You will be back by yourself.",
  b_database: "The database is away",
  b_database_text: "Chat and clock go on. The list of people may be out of date.",
  b_broker: "The link between servers is down",
  b_broker_text:
    "Messages cannot be put in order now. What you write waits for some seconds; what is not out by then can be sent again.",
  b_missed: "Some messages may be missing",
  b_missed_text: "You were away for {t}.",
  b_missed_text_here: "They did not arrive here.",
  b_caught_up: { one: "Caught up, 1 message", other: "Caught up, {n} messages" },
  b_caught_up_text: "You were away for {t}. Nothing was missed.",
  b_caught_up_text_here: "Nothing was missed.",
  b_substitute: "You are here as {name}",
  b_substitute_text: "{wanted} was in use, perhaps by you in another tab. Try it again:",
  dismiss: "Dismiss",

  // Name field, live
  name_rule_guest: "Empty for a guest, or 1 to 32 letters, digits, spaces and _\u00a0.\u00a0-",
  name_char: "“{c}” is not allowed. Use letters, digits, spaces and _\u00a0.\u00a0-",
  name_long: {
    one: "1 character over the limit of 32",
    other: "{n} characters over the limit of 32",
  },
  name_reserved: "{name} is reserved",
  name_scripts: "One alphabet in a name, please",
  name_free: "Looks fine",
  name_online: "{name} is online already",

  // Close codes
  c1001: "The server restarts",
  c1003: "This page sent something that the server does not read. Reload the page.",
  c1008: "Sent too fast, or disconnected by whoever runs the server.",
  c1009: "That message was too large. Shorten it, then connect.",
  c1011: "Something failed at the server.",
  c1013: "The server cannot take this connection just now.",
  c4001: "You have no access here. Ask whoever runs this server.",
  c4008: "This connection could not keep up. Catching up now.",
  c_other: "It gave the code {code} and no reason. Connect again, or ask whoever runs this server.",

  // Refused before the socket opens
  h421: "This server does not answer at this address. Open it by the one its administrator gave.",
  h429: "Too many connections from this address. Close another tab or wait a minute.",
  h503: "The server is full or restarting.",

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
  empty_text_local:
    "What you write reaches everybody else here. This address works on this machine only; others need one on the network (HOST=0.0.0.0). Open a second window, or join from here:",
  closed_title: "Nothing is shown without a token",
  not_in_title: "You are not in yet",
  closed_text: "What is said here and who is here appears once you are in.",
  their_token: "TOKEN stands for the token of whoever joins.",
  from_terminal: "From a terminal",
  from_code: "From code",
  copy: "Copy",
  copied: "Copied",
  no_script: "This page needs JavaScript to take part.",
  no_script_below: "Below is what was said last.",
  offline_page: "Pulso cannot be reached. This page tries again when the network is back.",
} as const satisfies Readonly<Record<string, Text>>;

/** The name of a text. */
export type TextKey = keyof typeof english;
/** The words of a language. */
export type Words = { readonly [Key in TextKey]: Text };
