/**
 * What the one banner says: of everything that is not as it should be, the most severe. Pure.
 *
 * @module
 */

import type { ServerMessageOf } from "../../lib/protocol.ts";
import { CloseCode } from "../../lib/close_codes.ts";
import type { ConnectionState } from "../connection.ts";

/** What a banner is about, and what its words need. */
export type Banner =
  | { readonly kind: "taken"; readonly suggestions: readonly string[] }
  | { readonly kind: "invalid" | "elsewhere" | "disconnected" | "rename" | "offline" }
  | { readonly kind: "closed"; readonly code: number }
  | { readonly kind: "waiting"; readonly code: number; readonly retryAt: number | undefined }
  | { readonly kind: "draining"; readonly afterMs: number | undefined }
  | { readonly kind: "broker" | "database" };

/** What {@linkcode chooseBanner} looks at. */
export interface Situation {
  readonly state: ConnectionState;
  /** Why the connection was lost, until there is one again. */
  readonly lostBy: number | undefined;
  readonly status: ServerMessageOf<"status"> | undefined;
  readonly isOffline: boolean;
  readonly isRenaming: boolean;
  /** The kind of banner that has been dismissed. */
  readonly dismissed: Banner["kind"] | undefined;
}

/** The banner for a situation, or none. */
export function chooseBanner(situation: Situation): Banner | undefined {
  const { state, isRenaming, dismissed } = situation;
  if (state.phase === "refused") return refusal(state);
  if (isRenaming) return { kind: "rename" };
  if (state.phase === "idle") return { kind: "disconnected" };
  const banner = state.phase === "online" ? degradation(situation.status) : loss(situation);
  return banner?.kind === dismissed ? undefined : banner;
}

function refusal({ code, error }: Extract<ConnectionState, { phase: "refused" }>): Banner {
  if (code === CloseCode.nameTaken) {
    return { kind: "taken", suggestions: error?.suggestions ?? [] };
  }
  if (code === CloseCode.nameNotAllowed) return { kind: "invalid" };
  if (code === CloseCode.resumedElsewhere) return { kind: "elsewhere" };
  return { kind: "closed", code };
}

function loss({ state, lostBy, isOffline }: Situation): Banner | undefined {
  if (isOffline) return { kind: "offline" };
  if (lostBy === undefined) return undefined;
  const retryAt = state.phase === "waiting" ? state.retryAt : undefined;
  return { kind: "waiting", code: lostBy, retryAt };
}

function degradation(status: Situation["status"]): Banner | undefined {
  if (status === undefined) return undefined;
  if (status.draining) return { kind: "draining", afterMs: status.reconnect_after_ms };
  if (status.broker === "down") return { kind: "broker" };
  return status.database === "down" ? { kind: "database" } : undefined;
}
