/**
 * Who bears the right key.
 *
 * @module
 */

import assert from "node:assert/strict";
import { bearerOf, checkBearer, isSame } from "../lib/bearer.ts";

const KEY = "0123456789abcdef";
const bearing = (authorization: string) => new Headers({ authorization });

Deno.test("bearerOf() reads the scheme in any case, and no other scheme", () => {
  for (const text of [`Bearer ${KEY}`, `bearer ${KEY}`, `BEARER   ${KEY} `]) {
    assert.equal(bearerOf(bearing(text)), KEY, text);
  }
  for (
    const text of [KEY, `Basic ${KEY}`, "Bearer", "Bearer ", `Bearer ${KEY} more`, `xBearer a`]
  ) {
    assert.equal(bearerOf(bearing(text)), undefined, text);
  }
  assert.equal(bearerOf(new Headers()), undefined);
});

Deno.test("checkBearer() lets the key pass and nothing else, and says how to ask", () => {
  assert.equal(checkBearer(bearing(`Bearer ${KEY}`), KEY), undefined);
  const none = checkBearer(new Headers(), KEY);
  assert.equal(none?.status, 401);
  assert.equal(none?.headers?.["www-authenticate"], 'Bearer realm="pulso"');
  for (const wrong of [`${KEY}x`, KEY.slice(1), KEY.toUpperCase(), "x"]) {
    const refused = checkBearer(bearing(`Bearer ${wrong}`), KEY);
    assert.equal(refused?.status, 401, wrong);
    assert.match(refused?.headers?.["www-authenticate"] ?? "", /error="invalid_token"$/);
    assert.ok(!refused?.detail.includes(wrong));
  }
});

Deno.test("isSame() compares texts of any length", () => {
  assert.ok(isSame("", ""));
  assert.ok(isSame("ü".repeat(5000), "ü".repeat(5000)));
  for (const other of ["", "a", "ab", "abcd", "abC"]) assert.ok(!isSame(other, "abc"), other);
});
