/**
 * Every word of the dashboard in English. `{…}` are values. Apart from those of the room's page, which need not carry them.
 *
 * @module
 */

/** The words in English. */
export const english = {
  title: "Dashboard",
  skip: "Skip to the connections",
  no_script:
    "This page needs JavaScript. Without it, /metrics has the figures of this node as text.",
  forget: "Leave",
  forget_long: "Leave, and forget the token in this tab",

  // How it is connected
  live: "Live",
  connecting: "Connecting",
  cut: "Cut off",
  cut_text: "Cut off from the server. What is shown is from before. Next try in {s}\u00a0s.",
  cut_now: "Cut off from the server. What is shown is from before. Trying now.",
  try_now: "Try now",

  // Token
  token: "Token",
  token_text:
    "The server shows its inside to whoever has its ADMIN_TOKEN. This tab keeps it until it is closed.",
  token_wrong: "The server did not take this token.",
  open: "Open",

  // Nodes
  nodes: "Nodes",
  all_nodes: "All nodes",
  this_node: "this one",
  silent: "silent for {t}",
  connections: "Connections",
  chats: "Chats in, /s",
  deliveries: "Deliveries, /s",
  deliveryMs: "Delivery p99, ms",
  tickMs: "Ticks late p99, ms",
  lagMs: "Event loop p99, ms",
  memoryBytes: "Memory, MB",

  // Plots
  plots: "The last 15 minutes",
  plot_text: "{name}: now {now}, highest {max} in 15 minutes",
  highest: "highest {n}",
  now: "now",

  // Table of connections
  list: "Connections",
  list_of: "{n} of {total}",
  list_empty: "Nobody is connected",
  list_none: "No connection matches",
  find: "Name, address or id",
  list_silent: "No answer from {nodes}",
  name: "Name",
  address: "Address",
  node: "Node",
  age: "Age",
  queue: "Queue, bytes",
  round_trip: "Round trip, ms",
  chats_in: "Chats in",
  chats_out: "Chats out",
  look_at: "Look at {name}",
  table_text: "Connections, {n} of {total}. Press a heading to sort by it.",

  // One connection
  one: "Connection of {name}",
  frames: "Frames",
  frames_none: "Nothing has passed yet",
  frames_dropped: "{n} more passed than can be shown",
  frame_in: "from the client",
  frame_out: "to the client",
  frame_length: "{n} characters",
  one_ended: "This connection is gone.",
  one_unknown: "There is no such connection any more.",
  one_silent: "Its node does not answer just now; it is asked again.",
  one_too_many: "As many connections of this node are being watched as may be; it is asked again.",
  pause: "Pause",
  resume: "Resume",
  done: "Done",
  close_it: "Close connection",
  close_sure: "Close it? {name} is told, and may not come back by itself.",
  close_yes: "Close it now",
  close_no: "Keep it",
  closed: "{name} was closed.",
  closed_not: "{name} was gone already.",
  closed_silent: "The node of {name} did not answer, so {name} may still be connected.",

  // Log
  log: "Warnings and errors",
  log_empty: "Nothing to worry about so far",
} as const;

/** The name of a text. */
export type TextKey = keyof typeof english;
/** The words of a language. */
export type Words = { readonly [Key in TextKey]: string };
