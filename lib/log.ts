/**
 * The log: one event a line on standard error, as JSON or for people. The only module that writes there.
 *
 * Invariant: an event is exactly one line, whatever its fields hold, and no password is in it.
 *
 * @module
 */

/** From the most to the least talkative. */
export const LOG_LEVELS = ["debug", "info", "warning", "error"] as const;
/** How much an event matters. */
export type LogLevel = typeof LOG_LEVELS[number];

/** What an event carries; `undefined` is left out. */
export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** Writes events of one level each; never throws. */
export type Log = Readonly<Record<LogLevel, (event: string, fields?: LogFields) => void>>;

/** An event as it is shown beside the log itself. */
export interface LogEntry {
  /** In ms since the epoch. */
  readonly at: number;
  readonly level: LogLevel;
  readonly event: string;
  /** Its fields, `key=value` with spaces between them, cut to 600 characters. */
  readonly detail: string;
}

/** What {@linkcode createLog} takes. */
export interface LogOptions {
  /** What is below it is left out. */
  readonly level: LogLevel;
  /** `json` for machines, `pretty` for people. */
  readonly format: "json" | "pretty";
  /** Takes a line without its end. */
  readonly write?: (line: string) => void;
  /** Hears of warnings and errors, whatever `level` leaves out. Must not throw, nor log. */
  readonly heard?: (entry: LogEntry) => void;
  readonly now?: () => number;
}

// deno-lint-ignore no-console -- this is the one door to it
const toStandardError = (line: string) => console.error(line);

/** Creates a log. */
export function createLog(options: LogOptions): Log {
  const { level, format, write = toStandardError, now = Date.now } = options;
  const isFrom = (of: LogLevel, least: LogLevel) =>
    LOG_LEVELS.indexOf(of) >= LOG_LEVELS.indexOf(least);
  const compose = format === "json" ? composeJson : composePretty;
  const writer = (of: LogLevel) => {
    const heard = isFrom(of, "warning") ? options.heard : undefined;
    if (!isFrom(of, level) && heard === undefined) return () => {};
    return (event: string, fields: LogFields = {}) => {
      const at = now();
      if (isFrom(of, level)) write(compose(at, of, event, fields));
      heard?.({ at, level: of, event: hideUnseen(event), detail: composeDetail(fields) });
    };
  };
  return {
    debug: writer("debug"),
    info: writer("info"),
    warning: writer("warning"),
    error: writer("error"),
  };
}

function composeJson(at: number, level: LogLevel, event: string, fields: LogFields): string {
  const line = { time: new Date(at).toISOString(), level, event, ...fields };
  return hideUnseen(JSON.stringify(line, (_key, value) => redact(value)));
}

function composePretty(at: number, level: LogLevel, event: string, fields: LogFields): string {
  const time = new Date(at).toTimeString().slice(0, 8);
  const head = [time, level.toUpperCase().padEnd(7), hidePasswords(event)];
  return hideUnseen([...head, ...pairsOf(fields)].join(" "));
}

function pairsOf(fields: LogFields): string[] {
  return Object.entries(fields).filter(([, value]) => value !== undefined)
    .map(([key, value]) => {
      const text = JSON.stringify(redact(value));
      return `${key}=${/^"[^\s"\\=]+"$/.test(text) ? text.slice(1, -1) : text}`;
    });
}

/** The longest text beside the log itself. */
const DETAIL_LENGTH = 600;

function composeDetail(fields: LogFields): string {
  const detail = hideUnseen(pairsOf(fields).join(" "));
  if (detail.length <= DETAIL_LENGTH) return detail;
  return `${detail.slice(0, DETAIL_LENGTH).toWellFormed()}…`;
}

function redact(value: unknown): unknown {
  return typeof value === "string" ? hidePasswords(value) : value;
}

/** The longest text of a field; what is anybody's must not make a line long, nor its reading. */
const FIELD_LENGTH = 1000;

/** A text without the passwords of the URLs in it, cut to what a field may hold. */
export function hidePasswords(text: string): string {
  const isCut = text.length > FIELD_LENGTH;
  const kept = isCut ? `${text.slice(0, FIELD_LENGTH).toWellFormed()}…` : text;
  // To the last @ of the word, since a password may have one; of a text that was cut it may be missing.
  const password = isCut ? /(\w+:\/\/[^\s:/@]*):(?:\S*@|\S*…$)/g : /(\w+:\/\/[^\s:/@]*):\S*@/g;
  return kept.replace(password, "$1:***@");
}

// JSON leaves DEL, C1, line separators and bidi controls as they are, which a terminal may obey.
function hideUnseen(line: string): string {
  return line.replace(
    // deno-lint-ignore no-control-regex -- these are the characters meant
    /[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    (character) => "\\u" + character.charCodeAt(0).toString(16).padStart(4, "0"),
  );
}

/** What of an unknown error may stand in a log line: its class and message, no stack. */
export function describeError(error: unknown): string {
  if (error instanceof Error) return `${error.name}: ${error.message}`;
  // Not String(): of an object without a prototype it would throw.
  return typeof error === "string" ? error : Deno.inspect(error);
}
