/**
 * What is promised for the time in which the database is away, judged by what everybody noticed of it.
 *
 * @module
 */

import { type Crowd, quantile, type Witness } from "./outage_crowd.ts";
import type { Outage } from "./outage_faults.ts";
import type { Answer, Polls } from "./outage_polls.ts";
import { FOREIGN_NAME } from "./outage_world.ts";

/** How large a scenario is, and how exact. */
export interface OutageSize {
  readonly nodes: 1 | 2;
  readonly clients: number;
  readonly chatEveryMs: number;
  /** How long it is watched before and after, and for how long the database is away. */
  readonly calmMs: number;
  readonly awayMs: number;
  readonly leaseMs: number;
  /** How often `/ready` and `/api/users` are asked for. */
  readonly askEveryMs: number;
  /** The most that the p99 of a chat may be while it is away: in ms, and, to be exact, in times of what it is else. */
  readonly mostP99Ms: number;
  readonly mostP99Times?: number;
  /** The longest wait for the clock; and for a newcomer, once it is known that the database is away. */
  readonly mostTickMs: number;
  readonly mostAtOnceMs: number;
}

/** What was measured, in ms, and what was not as promised. */
export interface OutageFigures {
  readonly chats: number;
  /** The p99 of a chat: while the database is away; and before or after, in times as long, whichever is more. */
  readonly p99AwayMs: number;
  readonly p99Ms: number;
  /** From the fault until the last client, and the last node's `/ready`, said that the database is away. */
  readonly downMs: number;
  readonly unreadyMs: number;
  /** From its return until they said that it is back, and until the rows were right. */
  readonly upMs: number;
  readonly readyMs: number;
  readonly rightMs: number;
  /** The slowest newcomer right after the fault, and once it was known. */
  readonly earlyMs: number;
  readonly lateMs: number;
  /** The slowest answer of `/api/users` while it was away. */
  readonly usersMs: number;
  /** The longest wait for the clock. */
  readonly tickMs: number;
  readonly findings: readonly string[];
}

/** What everybody noticed. Times by `performance.now()`. */
export interface OutageRecord {
  readonly how: Outage;
  readonly size: OutageSize;
  /** Those who were there from the beginning to the end. */
  readonly crowd: Crowd;
  readonly newcomers: readonly Witness[];
  /** Those of them who came right after the fault, and when it was known. */
  readonly early: readonly Witness[];
  readonly late: readonly Witness[];
  /** One of each node, and its log. */
  readonly polls: readonly Polls[];
  readonly logs: readonly (readonly Readonly<Record<string, unknown>>[])[];
  /** When the times began with which it is compared. */
  readonly calmAt: readonly number[];
  /** When the fault began, and was complete; when it began to go, and was gone; when the rows were right. */
  readonly faultAt: number;
  readonly struckAt: number;
  readonly healingAt: number;
  readonly healedAt: number;
  readonly rightAt: number;
  /** What is wrong in the end with the rows and the lists, in words. */
  readonly wrongRows: readonly string[];
  readonly wrongUsers: readonly string[];
  readonly foreignRows: number;
}

/** What is promised, in ms. */
const DOWN_WITHIN_MS = 3000;
const UP_WITHIN_MS = 5000;
const NEWCOMER_WITHIN_MS = 3000;
const USERS_WITHIN_MS = 2500;
/** By so much two times differ on a quiet machine in which nothing happens, in ms: 1.2 times 2 ms is nobody's news. */
const NOISE_MS = 2;
/** Fewer deliveries say nothing of their hundredth part. */
const LEAST_DELIVERIES = 200;

const NAME_TAKEN = 4009;

/** More findings than this say nothing new. */
const MOST_SHOWN = 10;

/** Judges a scenario. */
export function judge(record: OutageRecord): OutageFigures {
  const { size: { mostP99Ms, mostP99Times, mostAtOnceMs, mostTickMs }, crowd } = record;
  const figures = measure(record);
  const { p99Ms, p99AwayMs, downMs, unreadyMs, upMs, readyMs, rightMs } = figures;
  const { earlyMs, lateMs, usersMs, tickMs } = figures;
  const mostAwayMs = mostP99Times === undefined
    ? mostP99Ms
    : Math.min(mostP99Ms, Math.max(mostP99Times * p99Ms, p99Ms + NOISE_MS));
  const promises: readonly (readonly [string, number, number])[] = [
    ["chats while away, p99", p99AwayMs, mostAwayMs],
    ["status down", downMs, DOWN_WITHIN_MS],
    ["/ready 503", unreadyMs, DOWN_WITHIN_MS],
    ["status up", upMs, UP_WITHIN_MS],
    ["/ready 200", readyMs, UP_WITHIN_MS],
    ["rows right", rightMs, UP_WITHIN_MS],
    ["newcomers right after the fault", earlyMs, NEWCOMER_WITHIN_MS],
    ["newcomers while away", lateMs, mostAtOnceMs],
    ["/api/users while away", usersMs, USERS_WITHIN_MS],
    ["the clock", tickMs, mostTickMs],
  ];
  const late = promises.filter(([, ms, mostMs]) => !(ms <= mostMs))
    .map(([what, ms, mostMs]) => `${what}: ${ms} ms, not ${mostMs}`);
  const findings = [
    ...late,
    ...judgeEnds(record),
    ...judgeAnswers(record),
    ...record.logs.flatMap(judgeLog),
    ...record.wrongRows.map((what) => `the rows: ${what}`),
    ...record.wrongUsers.map((what) => `/api/users: ${what}`),
    ...record.foreignRows === 1 ? [] : ["the foreign node has lost its row"],
    ...crowd.misheard(),
  ];
  const rest = findings.length - MOST_SHOWN;
  if (rest > 0) findings.splice(MOST_SHOWN, rest, `and ${rest} more`);
  return { ...figures, findings };
}

function measure(record: OutageRecord): Omit<OutageFigures, "findings"> {
  const { size, crowd, polls, faultAt, healedAt, rightAt, healingAt } = record;
  const tolds = (database: string, since: number) =>
    crowd.witnesses.map(({ statuses }) =>
      statuses.find((status) => status.at >= since && status.database === database)?.at
    );
  const isAbsent = record.how === "absent";
  const usersAway = polls.flatMap(({ users }) => users)
    .filter(({ askedAt }) => askedAt >= faultAt && askedAt < healingAt);
  const ends = ({ ready }: Polls, status: number, since: number) =>
    endOf(ready.find((one) => one.status === status && one.askedAt >= since));
  return {
    chats: crowd.said,
    p99AwayMs: p99(record, faultAt, size.awayMs),
    // On a machine that others use as well it drifts.
    p99Ms: Math.max(...record.calmAt.map((at) => p99(record, at, size.calmMs))),
    downMs: slowest(tolds("down", isAbsent ? 0 : faultAt), faultAt),
    unreadyMs: slowest(polls.map((one) => ends(one, 503, faultAt)), faultAt),
    upMs: slowest(tolds("up", healingAt), healedAt),
    readyMs: slowest(polls.map((one) => ends(one, 200, healingAt)), healedAt),
    rightMs: rightAt - healedAt,
    earlyMs: slowestEntrance(record.early),
    lateMs: slowestEntrance(record.late),
    usersMs: Math.max(...usersAway.map(({ tookMs }) => tookMs)),
    tickMs: Math.max(
      ...crowd.witnesses.flatMap(({ ticks }) =>
        ticks.slice(1).map((at, index) => at - ticks[index]!)
      ),
    ),
  };
}

/** `NaN` where there is too little to tell. */
function p99({ crowd }: OutageRecord, from: number, lengthMs: number): number {
  const times = crowd.tookMs(from, lengthMs);
  return times.length < LEAST_DELIVERIES ? NaN : quantile(times, 0.99);
}

/** How long after `since` the last of them was; infinite where one was not. */
function slowest(times: readonly (number | undefined)[], since: number): number {
  return Math.max(0, ...times.map((at = Infinity) => at - since));
}

function endOf(answer: Answer | undefined): number | undefined {
  return answer && answer.askedAt + answer.tookMs;
}

/** How long the slowest waited; who hears at once that the name is taken has not waited. */
function slowestEntrance(witnesses: readonly Witness[]): number {
  return Math.max(
    ...witnesses.map(({ enteredMs = Infinity, code }) => code === NAME_TAKEN ? 0 : enteredMs),
  );
}

/** Nobody is sent away, and nobody is said to have left, but for those whose names turned out to be others'. */
function judgeEnds({ crowd, newcomers, late }: OutageRecord): string[] {
  const claimed = (name: string) => late.filter((one) => one.wishes === name);
  const losers = new Set([...claimed(FOREIGN_NAME), ...claimed("old-0")]);
  const twins = claimed("twin");
  const [loser] = twins.filter(({ code }) => code === NAME_TAKEN);
  if (loser) losers.add(loser);
  const findings: string[] = [];
  if (twins.length > 0 && loser === undefined) findings.push("two have one name");
  const all = [...crowd.witnesses, ...newcomers];
  const stay = all.filter((one) => !losers.has(one));
  for (const one of losers) {
    if (one.code !== NAME_TAKEN) findings.push(`${one.wishes}, taken, was closed with ${one.code}`);
  }
  for (const { username, wishes, code } of stay) {
    if (code !== undefined) findings.push(`${wishes ?? "a guest"} was closed with ${code}`);
    else if (wishes !== undefined && username !== wishes) findings.push(`${wishes}: ${username}`);
  }
  for (const { username, clientId } of stay) {
    // A list has a name once: while two have it, it shows the one who came last.
    const isShared = claimed(username).length > 0;
    const isLost = all.some(({ isOnline, left, gone }) =>
      isShared ? isOnline && gone.has(clientId) : left.has(clientId)
    );
    if (isLost) findings.push(`${username} is said to have left`);
  }
  return findings;
}

/** What each node answered is what was so at that time. */
function judgeAnswers(record: OutageRecord): string[] {
  const { how, polls, faultAt, struckAt, healingAt, healedAt, rightAt } = record;
  const findings = new Set<string>();
  for (const { ready, users } of polls) {
    const unreadyAt = endOf(ready.find((one) => one.status === 503 && one.askedAt >= faultAt));
    // Who may only not write can still read, as long as nobody has noticed.
    const awayAt = (how === "read-only" ? unreadyAt : struckAt) ?? Infinity;
    for (const [path, answers] of [["/ready", ready], ["/api/users", users]] as const) {
      const knownAt = (path === "/ready" ? unreadyAt : awayAt) ?? Infinity;
      for (const answer of answers) {
        const { askedAt, status, type } = answer;
        const isAway = askedAt >= knownAt && askedAt < healingAt;
        const isThere = askedAt >= Math.max(rightAt, healedAt) ||
          (how !== "absent" && endOf(answer)! < faultAt);
        if ((isAway && status !== 503) || (isThere && status !== 200)) {
          findings.add(`${path} was ${status} while the database was ${isAway ? "away" : "there"}`);
        }
        if (isAway && type !== "application/problem+json") findings.add(`${path} was ${type}`);
      }
    }
  }
  return [...findings];
}

/**
 * It is said that it is away, again only where what keeps it away is another thing some time later, and once that it is
 * back; nobody was taken for dead, and nothing else failed.
 */
function judgeLog(log: readonly Readonly<Record<string, unknown>>[]): string[] {
  const count = (event: string) => log.filter((line) => line.event === event).length;
  const findings = log.filter(({ event, lost }) => event === "fault" || (lost as number) > 0)
    .map((line) => `the log: ${JSON.stringify(line)}`);
  for (const [event, most] of [["database_away", 3], ["database_back", 1]] as const) {
    if (count(event) === 0 || count(event) > most) {
      findings.push(`the log: ${event} ${count(event)} times`);
    }
  }
  return findings;
}
