/**
 * What is checked of a request before it becomes a socket.
 *
 * @module
 */

import assert from "node:assert/strict";
import { BlockList } from "node:net";
import fc from "fast-check";
import {
  checkHost,
  clientAddress,
  type HandshakeRules,
  isUpgrade,
  pageOrigin,
  parseHandshake,
} from "../lib/handshake.ts";

const LOCAL: HandshakeRules = { HOST: "127.0.0.1", ALLOWED_ORIGINS: [] };
const OPEN: HandshakeRules = { HOST: "0.0.0.0", ALLOWED_ORIGINS: [] };

/** Of the example of RFC 6455, section 1.2, as a browser sends it. */
const PROPER: Readonly<Record<string, string>> = {
  "host": "localhost:8000",
  "upgrade": "websocket",
  "connection": "Upgrade",
  "sec-websocket-version": "13",
  "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
  "origin": "http://localhost:8000",
};

/** A proper handshake but for some headers; `undefined` for none. */
function handshake(
  changes: Readonly<Record<string, string | undefined>> = {},
  options: { readonly query?: string; readonly method?: string } = {},
): Request {
  const headers = new Headers(PROPER);
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined) headers.delete(name);
    else headers.set(name, value);
  }
  const { query = "", method = "GET" } = options;
  return new Request(`http://localhost:8000/api/ws${query}`, { headers, method });
}

/** The status of what is refused, or `undefined`. */
function statusOf(request: Request, rules = LOCAL): number | undefined {
  const parsed = parseHandshake(request, rules, "json");
  return parsed.ok ? undefined : parsed.error.status;
}

// ----------------------------------------------------------------------------------------------------------- host

const ALWAYS_SERVED = [
  "localhost",
  "localhost:8000",
  "LocalHost:8000",
  "127.0.0.1",
  "127.0.0.1:8000",
  "192.168.1.10:8000",
  "[::1]",
  "[::1]:8000",
  "[2001:db8::1]:8000",
];
const NEVER_SERVED_LOCALLY = [
  "evil.example",
  "evil.example:8000",
  "localhost.evil.example",
  "evil-localhost",
  "127.0.0.1.evil.example",
  "127.0.0.1.evil.example:8000",
  "evil.example:127.0.0.1",
  "[evil.example]",
  "1.2.3",
  "256.1.1.1",
  "",
  " ",
  ":8000",
];

function host(value: string): Headers {
  return new Headers({ host: value });
}

for (const given of ALWAYS_SERVED) {
  Deno.test(`checkHost() serves ${given}, whatever the rules`, () => {
    for (const HOST of ["127.0.0.1", "::1", "localhost", "0.0.0.0", "::", "192.0.2.1"]) {
      for (const ALLOWED_HOSTS of [undefined, [], ["chat.example"]]) {
        assert.equal(checkHost(host(given), { ...LOCAL, HOST, ALLOWED_HOSTS }), undefined);
      }
    }
  });
}

for (const given of NEVER_SERVED_LOCALLY) {
  Deno.test(`checkHost() refuses ${JSON.stringify(given)} on loopback with 421`, () => {
    for (const HOST of ["127.0.0.1", "127.0.0.2", "::1", "localhost"]) {
      assert.equal(checkHost(host(given), { ...LOCAL, HOST })?.status, 421, HOST);
    }
  });
}

Deno.test("checkHost() refuses a request without a host on loopback", () => {
  assert.equal(checkHost(new Headers(), LOCAL)?.status, 421);
});

Deno.test("checkHost() serves any host where HOST is not loopback and none is named", () => {
  for (const HOST of ["0.0.0.0", "::", "192.0.2.1", "chat.example"]) {
    assert.equal(checkHost(host("evil.example:8000"), { ...OPEN, HOST }), undefined, HOST);
  }
  assert.equal(checkHost(new Headers(), OPEN), undefined);
});

Deno.test("checkHost() serves the named hosts on any port and in any case, and no others", () => {
  for (const HOST of ["127.0.0.1", "0.0.0.0"]) {
    const rules = { ...LOCAL, HOST, ALLOWED_HOSTS: ["chat.example", "www.chat.example"] };
    for (const given of ["chat.example", "chat.example:8000", "Chat.Example", "www.chat.example"]) {
      assert.equal(checkHost(host(given), rules), undefined, given);
    }
    for (
      const given of ["evil.example", "a.chat.example", "chat.example.evil", "xchat.example", ""]
    ) {
      assert.equal(checkHost(host(given), rules)?.status, 421, given);
    }
  }
});

Deno.test("checkHost() names the remedy, and shows the host so that it can break nothing", () => {
  const { detail } = checkHost(host('evil".example'), LOCAL)!;
  assert.match(detail, /ALLOWED_HOSTS/);
  assert.match(detail, /"evil\\".example"/);
});

// ------------------------------------------------------------------------------------------------------ handshake

Deno.test("parseHandshake() takes a proper handshake", () => {
  const parsed = parseHandshake(handshake(), LOCAL, "json");
  assert.deepEqual(parsed, { ok: true, value: { username: undefined, format: "json" } });
});

Deno.test("parseHandshake() answers what is no upgrade with 426 and what to upgrade to", () => {
  for (
    const changes of [
      { upgrade: undefined, connection: undefined, "sec-websocket-key": undefined },
      { upgrade: undefined },
      { upgrade: "h2c" },
      { upgrade: "websockets" },
      { connection: undefined },
      { connection: "keep-alive" },
      { connection: "no-upgrade" },
      { connection: "upgraded" },
    ]
  ) {
    const parsed = parseHandshake(handshake(changes), LOCAL, "json");
    assert.ok(!parsed.ok, JSON.stringify(changes));
    assert.equal(parsed.error.status, 426);
    assert.equal(new Headers(parsed.error.headers).get("upgrade"), "websocket");
  }
});

Deno.test("isUpgrade() reads its headers without regard to case, and connection as a list", () => {
  for (const upgrade of ["websocket", "WebSocket", "WEBSOCKET"]) {
    for (
      const connection of [
        "Upgrade",
        "upgrade",
        "keep-alive, Upgrade",
        "Upgrade,keep-alive",
        "a ,upgrade , b",
      ]
    ) {
      assert.equal(isUpgrade(new Headers({ upgrade, connection })), true, connection);
    }
  }
  assert.equal(isUpgrade(new Headers()), false);
});

Deno.test("parseHandshake() speaks version 13 only, and says so with 426", () => {
  for (const version of [undefined, "", "8", "12", "14", "013", "13, 8", "thirteen"]) {
    const parsed = parseHandshake(handshake({ "sec-websocket-version": version }), LOCAL, "json");
    assert.ok(!parsed.ok, version);
    assert.equal(parsed.error.status, 426);
    const headers = new Headers(parsed.error.headers);
    assert.equal(headers.get("sec-websocket-version"), "13");
    assert.equal(headers.get("upgrade"), "websocket");
  }
});

Deno.test("parseHandshake() refuses a key that is not 16 bytes in base64 with 400", () => {
  for (
    const key of [
      undefined,
      "",
      "x",
      "dGhlIHNhbXBsZSBub25jZQ",
      "dGhlIHNhbXBsZSBub25jZQ=",
      "dGhlIHNhbXBsZSBub25jZQ===",
      "dGhlIHNhbXBsZSBub25jZTEy",
      "dGhlIHNhbXBsZSBub25j*Q==",
      "dGhlIHNhbXBsZSBub25jZQ==, dGhlIHNhbXBsZSBub25jZQ==",
      "A".repeat(10_000),
    ]
  ) {
    assert.equal(statusOf(handshake({ "sec-websocket-key": key })), 400, key);
  }
  for (let i = 0; i < 20; i++) {
    const key = crypto.getRandomValues(new Uint8Array(16)).toBase64();
    assert.equal(statusOf(handshake({ "sec-websocket-key": key })), undefined, key);
  }
});

Deno.test("parseHandshake() refuses a method that is not GET: Deno would upgrade it", () => {
  for (const method of ["POST", "HEAD", "PUT", "DELETE"]) {
    assert.notEqual(statusOf(handshake({}, { method })), undefined, method);
  }
});

// --------------------------------------------------------------------------------------------------------- origin

const ORIGINS: readonly (readonly [
  what: string,
  origin: string | undefined,
  host: string,
  allowed: boolean,
])[] = [
  ["none, as of a console", undefined, "localhost:8000", true],
  ["our own", "http://localhost:8000", "localhost:8000", true],
  ["our own by https, before which a proxy stands", "https://chat.example", "chat.example", true],
  ["our own with a port", "https://chat.example:8443", "chat.example:8443", true],
  ["our own where the host is in capitals", "http://localhost:8000", "LOCALHOST:8000", true],
  ["our own where the host names the default port", "http://a.example", "a.example:80", true],
  ["our own by IPv6", "http://[::1]:8000", "[::1]:8000", true],
  ["another host", "http://evil.example", "localhost:8000", false],
  ["another port", "http://localhost:3000", "localhost:8000", false],
  ["the default port, ours is another", "http://localhost", "localhost:8000", false],
  ["a port, ours is the default", "http://localhost:8000", "localhost", false],
  ["another name of this machine", "http://127.0.0.1:8000", "localhost:8000", false],
  ["a name that begins like ours", "http://localhost:8000.evil.example", "localhost:8000", false],
  ["a name that ends like ours", "http://evil-chat.example", "chat.example", false],
  ["a part of our domain", "http://a.chat.example", "chat.example", false],
  ["our name as a user", "http://localhost:8000@evil.example", "localhost:8000", false],
  ["our name as a path", "http://evil.example/localhost:8000", "localhost:8000", false],
  ["null", "null", "localhost:8000", false],
  ["null where the host is null too", "null", "null", false],
  ["an empty one", "", "localhost:8000", false],
  ["no URL", "localhost:8000", "localhost:8000", false],
  ["a file", "file://", "localhost:8000", false],
  ["two of them", "http://localhost:8000, http://evil.example", "localhost:8000", false],
  ["our host by a scheme that is not the web's", "evil://localhost:8000", "localhost:8000", false],
];

for (const [what, origin, host, allowed] of ORIGINS) {
  Deno.test(`parseHandshake() ${allowed ? "allows" : "refuses"} the origin that is ${what}`, () => {
    const rules = { ...OPEN, ALLOWED_HOSTS: undefined };
    assert.equal(statusOf(handshake({ origin, host }), rules), allowed ? undefined : 403);
  });
}

Deno.test("parseHandshake() refuses any origin where the request has no host", () => {
  assert.equal(statusOf(handshake({ host: undefined }), OPEN), 403);
});

Deno.test("parseHandshake() allows the origins of ALLOWED_ORIGINS besides its own, and no others", () => {
  const rules = { ...LOCAL, ALLOWED_ORIGINS: ["https://friend.example", "http://localhost:3000"] };
  for (const origin of [...rules.ALLOWED_ORIGINS, "http://localhost:8000", undefined]) {
    assert.equal(statusOf(handshake({ origin }), rules), undefined, origin);
  }
  for (
    const origin of [
      "http://friend.example",
      "https://friend.example:8443",
      "https://a.friend.example",
      "https://friend.example.evil",
      "null",
    ]
  ) {
    assert.equal(statusOf(handshake({ origin }), rules), 403, origin);
  }
});

Deno.test("parseHandshake() names the remedy for a foreign origin", () => {
  const parsed = parseHandshake(handshake({ origin: "http://evil.example" }), LOCAL, "json");
  assert.ok(!parsed.ok);
  assert.match(parsed.error.detail, /ALLOWED_ORIGINS.*http:\/\/evil\.example/);
});

// ----------------------------------------------------------------------------------------------------- parameters

function parametersOf(query: string) {
  const parsed = parseHandshake(handshake({}, { query }), LOCAL, "text");
  return parsed.ok ? parsed.value : parsed.error.status;
}

const PARAMETERS: readonly (readonly [query: string, is: ReturnType<typeof parametersOf>])[] = [
  ["", { username: undefined, format: "text" }],
  ["?format=json", { username: undefined, format: "json" }],
  ["?format=ndjson", { username: undefined, format: "ndjson" }],
  ["?format=text", { username: undefined, format: "text" }],
  ["?format=events", { username: undefined, format: "events" }],
  ["?format=xml", 400],
  ["?format=JSON", 400],
  ["?format=", 400],
  ["?format=__proto__", 400],
  ["?username=ana", { username: "ana", format: "text" }],
  ["?username=", { username: undefined, format: "text" }],
  ["?username", { username: undefined, format: "text" }],
  ["?username=%20%09", { username: undefined, format: "text" }],
  ["?username=Jo%C3%A3o+Maria", { username: "João Maria", format: "text" }],
  ["?username=%FF", { username: "\ufffd", format: "text" }],
  // What is no name is refused after the upgrade, with a close code that the client can read.
  ["?username=server", { username: "server", format: "text" }],
  ["?username=%3Cb%3E", { username: "<b>", format: "text" }],
  ["?after=0&username=ana", { username: "ana", format: "text" }],
  ["?after=17&epoch=e&session=s", {
    username: undefined,
    format: "text",
    resume: { session: "s", epoch: "e", after: 17 },
  }],
  ["?session=s", {
    username: undefined,
    format: "text",
    resume: { session: "s", epoch: undefined, after: undefined },
  }],
  ["?session=&after=17&epoch=e", { username: undefined, format: "text" }],
  ["?after=9007199254740991", { username: undefined, format: "text" }],
  ["?after=", 400],
  ["?after=-1", 400],
  ["?after=1.5", 400],
  ["?after=1e3", 400],
  ["?after=%2B1", 400],
  ["?after=0x10", 400],
  ["?after=ten", 400],
  ["?after=%201", 400],
  ["?after=%D9%A1", 400],
  ["?other=1&format=json", { username: undefined, format: "json" }],
];

for (const [query, is] of PARAMETERS) {
  const verb = typeof is === "number" ? `refuses with ${is}` : "reads";
  Deno.test(`parseHandshake() ${verb} the parameters ${query || "of none"}`, () => {
    assert.deepEqual(parametersOf(query), is);
  });
}

Deno.test("parseHandshake() never throws, whatever the headers and parameters", () => {
  const value = fc.oneof(
    fc.constantFrom(...Object.values(PROPER), "null", "http://", "http://[", "%", "13"),
    fc.string({ unit: fc.integer({ min: 0x20, max: 0x7e }).map((c) => String.fromCharCode(c)) }),
  );
  const headers = fc.dictionary(
    fc.constantFrom(...Object.keys(PROPER), "x-forwarded-for"),
    fc.option(value, { nil: undefined }),
  );
  fc.assert(
    fc.property(headers, fc.webQueryParameters(), (changes, query) => {
      const request = handshake(changes, { query: `?${query}` });
      const parsed = parseHandshake(request, LOCAL, "json");
      if (!parsed.ok) assert.ok([400, 403, 426].includes(parsed.error.status));
      const refused = checkHost(request.headers, LOCAL);
      assert.ok(refused === undefined || refused.status === 421);
    }),
    { numRuns: 1000 },
  );
});

// -------------------------------------------------------------------------------------------------------- address

function proxies(): BlockList {
  const trusted = new BlockList();
  trusted.addSubnet("10.0.0.0", 8, "ipv4");
  trusted.addSubnet("fc00::", 7, "ipv6");
  return trusted;
}

const ADDRESSES: readonly (readonly [
  what: string,
  peer: string,
  forwarded: string | undefined,
  address: string,
])[] = [
  ["the peer where nothing was forwarded", "192.0.2.1", undefined, "192.0.2.1"],
  ["the peer where it is not trusted, whatever it says", "192.0.2.1", "8.8.8.8", "192.0.2.1"],
  ["the hop before a trusted peer", "10.0.0.1", "192.0.2.1", "192.0.2.1"],
  ["the rightmost hop that is not trusted", "10.0.0.1", "8.8.8.8, 192.0.2.1", "192.0.2.1"],
  ["the hop before two proxies", "10.0.0.1", "8.8.8.8, 192.0.2.1, 10.0.0.2", "192.0.2.1"],
  ["not one before a foreign hop", "10.0.0.1", "10.0.0.9, 192.0.2.1, 10.0.0.2", "192.0.2.1"],
  ["the first hop where all are trusted", "10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"],
  ["the proxy where it forwarded nothing", "10.0.0.1", undefined, "10.0.0.1"],
  ["the proxy where it forwarded an empty list", "10.0.0.1", "", "10.0.0.1"],
  ["the proxy where the hop is no address", "10.0.0.1", "8.8.8.8, unknown", "10.0.0.1"],
  ["the proxy where the hop is a name", "10.0.0.1", "8.8.8.8, evil.example", "10.0.0.1"],
  ["the last proxy where the hop before is none", "10.0.0.1", "8.8.8.8, x, 10.0.0.2", "10.0.0.2"],
  ["a hop with spaces around it", "10.0.0.1", "8.8.8.8 ,  192.0.2.1  ", "192.0.2.1"],
  [
    "the proxy where the hop has an endless zone",
    "10.0.0.1",
    `fe80::1%${"a".repeat(60)}`,
    "10.0.0.1",
  ],
  ["a hop by IPv6", "fc00::1", "2001:db8::1", "2001:db8::1"],
  ["a hop without its port", "10.0.0.1", "192.0.2.1:5678", "192.0.2.1"],
  ["a hop by IPv6 without its port", "10.0.0.1", "[2001:db8::1]:5678", "2001:db8::1"],
  ["a hop before proxies of both kinds", "10.0.0.1", "2001:db8::1, fc00::1", "2001:db8::1"],
  ["a hop before a proxy that is IPv4 in IPv6", "::ffff:10.0.0.1", "192.0.2.1", "192.0.2.1"],
  ["the hop itself where it has a zone", "10.0.0.1", "fe80::1%eth0", "fe80::1%eth0"],
];

for (const [what, peer, forwarded, address] of ADDRESSES) {
  Deno.test(`clientAddress() is ${what}`, () => {
    const headers = new Headers();
    if (forwarded !== undefined) headers.set("x-forwarded-for", forwarded);
    assert.equal(clientAddress(peer, headers, proxies()), address);
  });
}

Deno.test("clientAddress() reads several headers of the name as one list", () => {
  const headers = new Headers([
    ["x-forwarded-for", "8.8.8.8"],
    ["x-forwarded-for", "192.0.2.1, 10.0.0.2"],
  ]);
  assert.equal(clientAddress("10.0.0.1", headers, proxies()), "192.0.2.1");
});

Deno.test("pageOrigin() is by https where a proxy that is trusted says so, and nobody else", () => {
  const ask = (hostname: string, proto?: string) => {
    const headers = new Headers(proto === undefined ? {} : { "x-forwarded-proto": proto });
    const remoteAddr = { transport: "tcp", hostname, port: 1 } as const;
    const url = new URL("http://chat.example:8443/docs");
    return pageOrigin({ req: { headers }, url, info: { remoteAddr } }, proxies());
  };
  assert.equal(ask("10.0.0.1", "https"), "https://chat.example:8443");
  assert.equal(ask("10.0.0.1", "http"), "http://chat.example:8443");
  assert.equal(ask("10.0.0.1"), "http://chat.example:8443");
  assert.equal(ask("192.0.2.1", "https"), "http://chat.example:8443");
});

Deno.test("clientAddress() is the peer where no proxy is trusted", () => {
  for (const peer of ["10.0.0.1", "127.0.0.1", "::1", "2001:db8::1", ""]) {
    const headers = new Headers({ "x-forwarded-for": "8.8.8.8" });
    assert.equal(clientAddress(peer, headers, undefined), peer);
    assert.equal(clientAddress(peer, headers, new BlockList()), peer);
  }
});

Deno.test("clientAddress() cannot be changed by what a client puts before its proxy's own hop", () => {
  const hop = fc.oneof(fc.ipV4(), fc.ipV6(), fc.constantFrom("", "x", "10.0.0.5", "::1", "1:2"));
  fc.assert(
    fc.property(fc.array(hop, { maxLength: 5 }), fc.nat(2), (forged, proxiesBetween) => {
      const own = ["192.0.2.1", ...Array.from({ length: proxiesBetween }, () => "10.0.0.7")];
      const headers = new Headers({ "x-forwarded-for": [...forged, ...own].join(", ") });
      assert.equal(clientAddress("10.0.0.1", headers, proxies()), "192.0.2.1");
    }),
  );
});
