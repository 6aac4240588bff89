/**
 * Who somebody is by a token (JWT): its `sub` is the name, its `exp` the end. The only module that knows how tokens are
 * signed.
 *
 * Invariant: only the algorithms of the configured kind of key are taken, so that no token chooses how it is verified.
 *
 * @see https://www.rfc-editor.org/rfc/rfc8725
 * @module
 */

import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTPayload, jwtVerify } from "jose";
import { bearerOf, unauthorized } from "./bearer.ts";
import type { Config } from "./config.ts";
import { type Name, parseName } from "./names.ts";
import type { Problem } from "./problem.ts";
import type { Result } from "./result.ts";

/** Who somebody is, and until when that is known. */
export interface Identity {
  readonly name: Name;
  /** Ms since the epoch. */
  readonly expiresAt: number;
}

const SHARED = ["HS256"];
const PUBLIC = [
  ..."RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA Ed25519".split(" "),
];

/** No token lasts for so long, in s since the epoch: such an `exp` is in ms, and would never come. */
const FAR_AWAY = 100_000_000_000;

type Verify = (token: string) => Promise<{ payload: JWTPayload }>;

/** What verifies tokens. */
export class Tokens {
  readonly #verify: Verify;

  private constructor(verify: Verify) {
    this.#verify = verify;
  }

  /**
   * For the settings of a server; `undefined` where it asks for no tokens.
   *
   * @param now Ms since the epoch.
   */
  static for(
    config: Pick<Config, "AUTH_SECRET" | "AUTH_JWKS_FILE" | "AUTH_ISSUER" | "AUTH_AUDIENCE">,
    now: () => number = Date.now,
  ): Tokens | undefined {
    const { AUTH_SECRET: secret, AUTH_JWKS_FILE: keys } = config;
    const options = (algorithms: string[]) => ({
      algorithms,
      requiredClaims: ["sub", "exp"],
      currentDate: new Date(now()),
      ...config.AUTH_ISSUER !== undefined && { issuer: config.AUTH_ISSUER },
      ...config.AUTH_AUDIENCE !== undefined && { audience: config.AUTH_AUDIENCE },
    });
    if (secret !== undefined) {
      const key = new TextEncoder().encode(secret);
      return new Tokens((token) => jwtVerify(token, key, options(SHARED)));
    }
    if (keys === undefined) return undefined;
    const find = createLocalJWKSet(keys as JSONWebKeySet);
    return new Tokens((token) => jwtVerify(token, find, options(PUBLIC)));
  }

  /** Reads a token; the error is for people, and has nothing of the token in it. Never rejects. */
  async read(token: string): Promise<Result<Identity, string>> {
    try {
      const { payload: { sub = "", exp = 0 } } = await this.#verify(token);
      if (exp >= FAR_AWAY) {
        return { ok: false, error: "the exp of the token is in ms; it is to be in seconds" };
      }
      const name = parseName(sub);
      if (!name.ok) return { ok: false, error: `the sub of the token: ${name.error.message}` };
      return { ok: true, value: { name: name.value, expiresAt: exp * 1000 } };
    } catch (error) {
      return { ok: false, error: describe(error) };
    }
  }

  /** Who sends a request, by its `Authorization: Bearer` or else its parameter `token`. Never rejects. */
  async identify(request: Request): Promise<Result<Identity, Problem>> {
    const token = bearerOf(request.headers) ?? new URL(request.url).searchParams.get("token");
    if (!token) return { ok: false, error: unauthorized("a token is needed") };
    const read = await this.read(token);
    return read.ok ? read : { ok: false, error: unauthorized(read.error, "invalid_token") };
  }
}

function describe(error: unknown): string {
  if (error instanceof errors.JWTExpired) return "the token has expired";
  // Its claim is one of those that are asked for.
  if (error instanceof errors.JWTClaimValidationFailed) {
    return `the ${error.claim} of the token is ${error.reason === "missing" ? "missing" : "wrong"}`;
  }
  return "the token is not valid here";
}
