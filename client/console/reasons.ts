/**
 * In plain words: why a connection ended, how coming back went, and why a chat was not sent. Pure.
 *
 * @module
 */

import { CloseCode } from "../../lib/close_codes.ts";
import { GIVEN_UP } from "../channel.ts";
import type { CaughtUp, ConnectionState } from "../connection.ts";
import type { ChatFailure } from "../outbox.ts";

/** A connection that the server refused. */
export type Refusal = Extract<ConnectionState, { phase: "refused" }>;

const ENDS: ReadonlyMap<number, string> = new Map<number, string>([
  [CloseCode.goodbye, "the server said goodbye"],
  [CloseCode.leaving, "the server is restarting"],
  [CloseCode.binaryFrame, "the server took what was sent for binary data"],
  [
    CloseCode.overRate,
    "too many messages in too short a time, or whoever runs the server ended it",
  ],
  [CloseCode.frameTooBig, "a message was too big for the server"],
  [CloseCode.fault, "the server had a fault"],
  [CloseCode.full, "the server cannot take the connection now"],
  [
    CloseCode.notAuthenticated,
    "the server asks for a token, or for a new one: PULSO_TOKEN or --token",
  ],
  [CloseCode.tooSlow, "this end read too slowly"],
  [CloseCode.nameTaken, "the name is taken"],
  [CloseCode.resumedElsewhere, "the connection was taken over from elsewhere"],
  [CloseCode.nameNotAllowed, "the name is not allowed"],
  [GIVEN_UP, "something did not arrive"],
]);

/** Why a connection was lost. */
export function describeLoss(code: number): string {
  return ENDS.get(code) ?? "the server cannot be reached";
}

/** How coming back after a loss went. */
export function describeCaughtUp(outcome: CaughtUp): string {
  if (outcome.is === "may_have_missed") return "may have missed messages";
  const { messages } = outcome;
  return `caught up, ${messages || "no"} ${messages === 1 ? "message" : "messages"}`;
}

/** Why the server turned the connection away: one sentence, with the server's own detail and its suggestions. */
export function describeRefusal({ code, error }: Refusal): string {
  const reason = ENDS.get(code) ?? `the server closed the connection with code ${code}`;
  const detail = code === CloseCode.nameNotAllowed && error !== undefined
    ? `: ${error.message}`
    : "";
  const free = error?.suggestions ?? [];
  return `${reason}${detail}${free.length > 0 ? `; free ones: ${free.join(", ")}` : ""}`;
}

const FAILURES: { readonly [Why in ChatFailure]: string } = {
  invalid_json: "the server could not read it",
  invalid_message: "the server could not read it",
  unknown_type: "the server could not read it",
  message_too_long: "it is too long for the server",
  rate_limited: "too many messages in too short a time",
  fibonacci_out_of_range: "the number is out of range",
  busy: "the server is busy",
  username_taken: "the name is taken",
  username_invalid: "the name is not allowed",
  unauthorized: "the server asks for a token",
  unavailable: "the server could not take it now",
  internal: "the server had a fault",
  unknown: "the connection was lost before the server had confirmed it: it may have arrived or not",
  full: "too many are waiting already",
  discarded: "it was given up",
  renamed: "it was written under another name",
};

/** Why a chat was not sent, or is not known to have been. */
export function describeFailure(why: ChatFailure): string {
  return FAILURES[why] ?? why;
}
