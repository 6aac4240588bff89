/**
 * Why a socket is closed, and whether its client may come back. Server, page and console client share
 * this table; it is free of other imports so that the page need not carry the schemas.
 *
 * @module
 */

/**
 * The close codes that the server sends.
 *
 * @see docs/PROTOCOL.md, section 6
 */
export const CloseCode = {
  goodbye: 1000,
  leaving: 1001,
  binaryFrame: 1003,
  overRate: 1008,
  frameTooBig: 1009,
  fault: 1011,
  full: 1013,
  notAuthenticated: 4001,
  tooSlow: 4008,
  nameTaken: 4009,
  resumedElsewhere: 4010,
  nameNotAllowed: 4011,
} as const;

/** When each code is sent, and whether and how a client comes back, in words; {@linkcode mayReconnect} decides. */
export const CLOSE_CODE_MEANINGS: Readonly<
  Record<keyof typeof CloseCode, { readonly when: string; readonly comesBack: string }>
> = {
  goodbye: { when: "the client said goodbye", comesBack: "no" },
  leaving: {
    when: "the server is leaving, after `status` with `draining`",
    comesBack: "yes, after `reconnect_after_ms`",
  },
  binaryFrame: { when: "a binary frame", comesBack: "no" },
  overRate: { when: "over the rate limit, or closed by the administrator", comesBack: "no" },
  frameTooBig: { when: "a frame over the size limit", comesBack: "no" },
  fault: { when: "a fault in the server", comesBack: "yes, with backoff" },
  full: {
    when: "the server is full, or cannot resume just now",
    comesBack: "yes, with backoff",
  },
  notAuthenticated: { when: "not authenticated: the token has expired", comesBack: "no" },
  tooSlow: { when: "reads too slowly: its queue is full", comesBack: "yes, with `after`" },
  nameTaken: { when: "the name is taken", comesBack: "no, choose another" },
  resumedElsewhere: { when: "resumed elsewhere", comesBack: "no" },
  nameNotAllowed: { when: "the name is not allowed", comesBack: "no, choose another" },
};

/** One of the codes of {@linkcode CloseCode}. */
export type CloseCode = typeof CloseCode[keyof typeof CloseCode];

/** How a socket ends that has gone without a word (RFC 6455, 7.4.1); it is never sent. */
export const LOST = 1006;

const FINAL: ReadonlySet<number> = new Set([
  CloseCode.goodbye,
  CloseCode.binaryFrame,
  CloseCode.overRate,
  CloseCode.frameTooBig,
  CloseCode.notAuthenticated,
  CloseCode.nameTaken,
  CloseCode.resumedElsewhere,
  CloseCode.nameNotAllowed,
]);

/**
 * Tells whether a client may connect again by itself after `code`. Codes that no server of ours sends (1005, 1006, a
 * proxy's own) are lost links: yes.
 */
export function mayReconnect(code: number): boolean {
  return !FINAL.has(code);
}

/**
 * Tells whether whoever closes with `code` does not mean to come back: a client that said goodbye, or one that the server
 * tells not to. 1005 is a close without a code, such as `socket.close()` in a browser.
 */
export function isGoodbye(code: number): boolean {
  return code === 1005 || FINAL.has(code);
}
