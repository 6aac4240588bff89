/**
 * How values become text on the page whatever its language: times, durations, initials, links. Pure; the rest is in
 * `language.ts`.
 *
 * Invariant: the same value gives the same text on the server and in the browser, so that hydration finds what it
 * expects; what depends on the reader's time zone takes a {@linkcode Zone}.
 *
 * @module
 */

import { parseName } from "../../lib/names.ts";

export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** What is added to a UTC time, in ms, to read it as local time. */
export type Zone = (at: number) => number;

/** The reader's own time zone, with its daylight saving time. */
export const READERS_ZONE: Zone = (at) => -new Date(at).getTimezoneOffset() * MINUTE_MS;

/** `14:30`, of a time in ms since the epoch. */
export function formatMinute(at: number, zone: Zone): string {
  return new Date(at + zone(at)).toISOString().slice(11, 16);
}

/** `14:30:25`, of a time in ms since the epoch. */
export function formatSecond(at: number, zone: Zone): string {
  return new Date(at + zone(at)).toISOString().slice(11, 19);
}

/** `14:30:25.003`, of a time in ms since the epoch. */
export function formatMilliseconds(at: number, zone: Zone): string {
  return new Date(at + zone(at)).toISOString().slice(11, 23);
}

/** `2026-11-20`, of a time in ms since the epoch. */
export function isoDate(at: number, zone: Zone): string {
  return new Date(at + zone(at)).toISOString().slice(0, 10);
}

/** The date before a date: days are counted and not hours, of which some days have 23 or 25. */
export function dateBefore(date: string): string {
  return isoDate(Date.parse(date) - DAY_MS, () => 0);
}

/** How long something lasted, in its two largest units: `3 s`, `42 min`, `1 h 42 min`, `2 d 3 h`. */
export function formatDuration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  const days = Math.floor(hours / 24);
  if (minutes < 1) return `${seconds}\u00a0s`;
  if (hours < 1) return `${minutes}\u00a0min`;
  if (days < 1) return joinUnits(`${hours}\u00a0h`, { n: minutes % 60, unit: "min" });
  return joinUnits(`${days}\u00a0d`, { n: hours % 24, unit: "h" });
}

function joinUnits(large: string, { n, unit }: { n: number; unit: string }): string {
  return n === 0 ? large : `${large} ${n}\u00a0${unit}`;
}

const graphemes = new Intl.Segmenter();

/** One or two letters that stand for a name: `Ana Clara` is `AC`. */
export function monogram(name: string): string {
  // Every guest's would be the same.
  const guest = /^guest-(\w{2})/.exec(name)?.[1];
  if (guest !== undefined) return guest.toUpperCase();
  const initials = name.split(/[ _.-]+/).filter(Boolean).slice(0, 2).map((word) => {
    const [first] = graphemes.segment(word);
    return first?.segment ?? "";
  });
  return initials.join("").toUpperCase();
}

/**
 * The colour of a name, 0 to 9: the same for every spelling that is the same name.
 *
 * @see http://www.isthe.com/chongo/tech/comp/fnv/#FNV-1a
 */
export function hueOf(name: string): number {
  const parsed = parseName(name);
  const key = parsed.ok ? parsed.value.key : name;
  let hash = 0x811c9dc5;
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
  return (hash >>> 0) % 10;
}

// What begins a line: the server takes all of them.
const LINE_END = /\r\n|[\n\v\f\r\u0085\u2028\u2029]/;
/** A text with more lines or characters than that is folded. */
const FOLDED_OVER_LINES = 12;
const FOLDED_OVER_LENGTH = 1500;

/** A text without empty lines but one at a time. */
export function withoutEmptyRuns(text: string): string {
  const lines = text.split(LINE_END);
  const isEmpty = (line: string | undefined) => line?.trim() === "";
  return lines.filter((line, n) => !isEmpty(line) || !isEmpty(lines[n - 1])).join("\n");
}

/** Whether a text is too long to be shown at once. */
export function isLong(text: string): boolean {
  return text.length > FOLDED_OVER_LENGTH || text.split("\n").length > FOLDED_OVER_LINES;
}

/** A piece of a text: as it stands, or with the address that it is. */
export interface TextPart {
  readonly text: string;
  readonly href?: string;
  /** Where the address leads, if that is not what it looks like: homographs, other spellings of a number. */
  readonly host?: string;
}

// Neither spaces nor quotes, nor what is not seen and turns the direction of what is.
const ADDRESS = /https?:\/\/[^\s<>"“”\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]+/gi;

/** A text of nothing but short addresses would be more elements than all others in the document. */
const LINKS_MOST = 20;

/** Tells the web addresses in a text from the rest. Only http and https are made links, and none that pretends. */
export function splitLinks(text: string): readonly TextPart[] {
  const parts: TextPart[] = [];
  let from = 0;
  let links = 0;
  for (const match of text.matchAll(ADDRESS)) {
    const link = linkOf(withoutSentenceEnd(match[0]));
    if (link === undefined) continue;
    if (links++ === LINKS_MOST) break;
    if (match.index > from) parts.push({ text: text.slice(from, match.index) });
    parts.push(link);
    from = match.index + link.text.length;
  }
  if (from < text.length) parts.push({ text: text.slice(from) });
  return parts;
}

function linkOf(text: string): TextPart | undefined {
  if (!URL.canParse(text)) return undefined;
  const { href, host } = new URL(text);
  const [written = ""] = text.slice(text.indexOf("//") + 2).split(/[/?#\\]/);
  // What stands before an @ looks like the host and is not.
  if (written.includes("@")) return undefined;
  return written.toLowerCase() === host ? { text, href } : { text, href, host };
}

/**
 * Without what ends a sentence, or closes a bracket that opened before the address. In one pass from the end: the text is
 * anybody's, and its length must cost no more than that.
 */
function withoutSentenceEnd(address: string): string {
  let open = 0;
  for (const character of address) open += Number(character === "(") - Number(character === ")");
  let end = address.length;
  for (; end > 0; end--) {
    const last = address[end - 1] ?? "";
    if (last === ")" && open < 0) open++;
    else if (!".,;:!?'*_".includes(last)) break;
  }
  return address.slice(0, end);
}
