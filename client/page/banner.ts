/**
 * What the one banner says: of everything that is not as it should be, the most severe. Pure.
 *
 * @module
 */

import type { ServerMessageOf } from "../../lib/protocol.ts";
import { CloseCode } from "../../lib/close_codes.ts";
import type { ConnectionState } from "../connection.ts";
import type { Barrier } from "./inquiry.ts";
import { keyOf } from "./naming.ts";
import type { TokenWant } from "./pass.ts";

/** What a banner is about, and what its words need. */
export type Banner =
  /** Names that are offered: the one that was given up for the refused one, and what the server suggests. */
  | { readonly kind: "taken" | "invalid"; readonly suggestions: readonly string[] }
  /** The name of one's token is taken, and there is no other. */
  | { readonly kind: "token_taken" }
  | { readonly kind: "elsewhere" | "disconnected" | "offline" }
  | { readonly kind: "rename"; readonly isOnline: boolean }
  | { readonly kind: "closed"; readonly code: number }
  /** The server asks for a token; or the person would change it. */
  | { readonly kind: "token"; readonly isChange: boolean }
  | { readonly kind: "token_refused"; readonly isOver: boolean }
  /** The server does not let the page in, and may do so later. */
  | { readonly kind: "barred"; readonly by: Exclude<Barrier, 503>; readonly retryAt: RetryAt }
  /** `code` is a close code, or 503. */
  | {
    readonly kind: "waiting";
    readonly code: number;
    readonly retryAt: RetryAt;
    readonly wasOnline: boolean;
  }
  | { readonly kind: "draining"; readonly afterMs: number | undefined }
  | { readonly kind: "broker" | "database" }
  | { readonly kind: "missed"; readonly awayMs: number }
  /** What others said meanwhile has come by, so many chats. */
  | { readonly kind: "caught_up"; readonly messages: number; readonly awayMs: number }
  /** The wanted name is taken, and one is here by another. */
  | { readonly kind: "substitute"; readonly wanted: string }
  | { readonly kind: "rate"; readonly until: number; readonly perSecond: number };

/** When the next attempt begins, in ms since the epoch; `undefined` while one is under way. */
type RetryAt = number | undefined;

/** What {@linkcode chooseBanner} looks at. */
export interface Situation {
  readonly state: ConnectionState;
  /** Why the connection was lost, until there is one again. */
  readonly lostBy: number | undefined;
  /** Whether there was a connection before the one that is tried. */
  readonly wasOnline: boolean;
  /** The name that is tried, or that one has. */
  readonly name: string | undefined;
  /** By what name there was a connection last. */
  readonly formerName: string | undefined;
  readonly barrier: Barrier | undefined;
  readonly status: ServerMessageOf<"status"> | undefined;
  readonly isOffline: boolean;
  readonly isRenaming: boolean;
  /** Whether one comes in by a token, and why one is asked for now, if so. */
  readonly needsToken: boolean;
  readonly tokenWanted: TokenWant | undefined;
  /** For how long one was away when something was missed. */
  readonly missedMs: number | undefined;
  /** How much was said while one was away and nothing was missed. */
  readonly caughtUp: Extract<Banner, { kind: "caught_up" }> | undefined;
  /** The name that one would have, which may be taken. */
  readonly wanted: string | undefined;
  /** Until when the server takes nothing more, in ms since the epoch. */
  readonly limitedUntil: number | undefined;
  /** Whether the banner about the database has been dismissed. */
  readonly isDatabaseDismissed: boolean;
}

/** The banner for a situation, or none. */
export function chooseBanner(situation: Situation): Banner | undefined {
  const { state, tokenWanted } = situation;
  if (tokenWanted === "missing") return { kind: "token", isChange: false };
  if (tokenWanted !== undefined) return { kind: "token_refused", isOver: tokenWanted === "over" };
  // The person has just asked for it.
  if (situation.isRenaming && situation.needsToken) return { kind: "token", isChange: true };
  if (situation.isRenaming) return { kind: "rename", isOnline: state.phase === "online" };
  switch (state.phase) {
    case "refused":
      return refusal(state, situation);
    case "idle":
      return { kind: "disconnected" };
    case "online":
      return degradation(situation) ?? trifle(state.welcome, situation);
    default:
      return loss(state, situation);
  }
}

/** Whether a banner may be put away: what it says then stays true, and the pill or the talk goes on saying it. */
export function isDismissible(banner: Banner): boolean {
  if (banner.kind === "token") return banner.isChange;
  return ["rename", "database", "missed", "caught_up", "substitute"].includes(banner.kind);
}

function refusal(
  { code, error }: Extract<ConnectionState, { phase: "refused" }>,
  { formerName, name, needsToken }: Situation,
): Banner {
  if (code === CloseCode.nameTaken && needsToken) return { kind: "token_taken" };
  const former = isOtherName(formerName, name) ? [formerName] : [];
  const suggestions = [...new Set([...former, ...error?.suggestions ?? []])];
  if (code === CloseCode.nameTaken) return { kind: "taken", suggestions };
  if (code === CloseCode.nameNotAllowed) return { kind: "invalid", suggestions };
  if (code === CloseCode.resumedElsewhere) return { kind: "elsewhere" };
  return { kind: "closed", code };
}

function loss(
  state: Extract<ConnectionState, { phase: "waiting" | "connecting" }>,
  { lostBy, wasOnline, barrier, isOffline }: Situation,
): Banner | undefined {
  if (isOffline) return { kind: "offline" };
  if (lostBy === undefined) return undefined;
  const retryAt = state.phase === "waiting" ? state.retryAt : undefined;
  if (barrier !== undefined && barrier !== 503) return { kind: "barred", by: barrier, retryAt };
  return { kind: "waiting", code: barrier ?? lostBy, retryAt, wasOnline };
}

function degradation({ status, isDatabaseDismissed }: Situation): Banner | undefined {
  if (status === undefined) return undefined;
  if (status.draining) return { kind: "draining", afterMs: status.reconnect_after_ms };
  if (status.broker === "down") return { kind: "broker" };
  return status.database === "down" && !isDatabaseDismissed ? { kind: "database" } : undefined;
}

function trifle(
  { limits, username }: ServerMessageOf<"welcome">,
  { missedMs, limitedUntil, caughtUp, wanted }: Situation,
): Banner | undefined {
  if (missedMs !== undefined) return { kind: "missed", awayMs: missedMs };
  const perSecond = limits.messages_per_second;
  if (limitedUntil !== undefined && perSecond !== null) {
    return { kind: "rate", until: limitedUntil, perSecond };
  }
  // That one was caught up goes by itself, the substitute name stays.
  if (caughtUp !== undefined) return caughtUp;
  return isOtherName(wanted, username) ? { kind: "substitute", wanted } : undefined;
}

/** Whether there is a name, and it is not the same as `other`. */
function isOtherName(name: string | undefined, other: string | undefined): name is string {
  return name !== undefined && keyOf(name) !== keyOf(other ?? "");
}
