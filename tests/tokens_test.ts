/**
 * Tokens: which are taken, what they are good for, and what a server that asks for them shows to whoever has none.
 *
 * @module
 */

import assert from "node:assert/strict";
import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT } from "jose";
import { when } from "../lib/clock.ts";
import { parseName } from "../lib/names.ts";
import { type Identity, Tokens } from "../lib/tokens.ts";
import { runFilter } from "./cli_process.ts";
import { TestClient } from "./client.ts";
import { eventually } from "./eventually.ts";
import { settle, setUp } from "./fake_hub.ts";
import { FakeTime } from "./fakes.ts";
import { startServer, type TestServer } from "./server.ts";

const SECRET = "0123456789abcdef0123456789abcdef";
const KEY = new TextEncoder().encode(SECRET);
const NOW = Date.parse("2026-11-20T14:30:25.000Z");

interface Claims {
  readonly [name: string]: unknown;
}

function sign(claims: Claims, key: Parameters<SignJWT["sign"]>[0] = KEY, alg = "HS256") {
  return new SignJWT(claims).setProtectedHeader({ alg }).sign(key);
}

/** A token that is good for an hour. */
function tokenOf(sub: string, more: Claims = {}): Promise<string> {
  return sign({ sub, exp: Math.floor(Date.now() / 1000) + 3600, ...more });
}

// ------------------------------------------------------------------------------------------------------- which are taken

const SHARED = Tokens.for({ AUTH_SECRET: SECRET }, () => NOW)!;
const EXP = NOW / 1000 + 60;

Deno.test("Tokens.read() takes sub for the name and exp for the end", async () => {
  assert.deepEqual(await SHARED.read(await sign({ sub: " Ana ", exp: EXP })), {
    ok: true,
    value: { name: { name: "Ana", key: "ana" }, expiresAt: NOW + 60_000 },
  });
});

Deno.test("Tokens.for() asks for no tokens where nothing is set", () => {
  assert.equal(Tokens.for({}), undefined);
});

const REFUSED: readonly (readonly [says: RegExp, what: string, token: () => unknown])[] = [
  [/expired/, "an expired one", () => sign({ sub: "ana", exp: NOW / 1000 })],
  [/exp of the token is in ms/, "an end in ms", () => sign({ sub: "ana", exp: NOW + 60_000 })],
  [/exp of the token is missing/, "one without an end", () => sign({ sub: "ana" })],
  [/sub of the token is missing/, "one without a name", () => sign({ exp: EXP })],
  [/sub of the token: /, "a name that is none", () => sign({ sub: "a@b", exp: EXP })],
  [/reserved/, "a reserved name", () => sign({ sub: "Admin", exp: EXP })],
  [/nbf of the token is wrong/, "one of later", () => sign({ sub: "ana", exp: EXP, nbf: EXP })],
  [/not valid/, "another key", () => sign({ sub: "ana", exp: EXP }, KEY.toReversed())],
  [/not valid/, "HS512", () => sign({ sub: "ana", exp: EXP }, new Uint8Array(64), "HS512")],
  [/not valid/, "none at all", () => new UnsecuredJWT({ sub: "ana", exp: EXP }).encode()],
  [/not valid/, "nonsense", () => "nonsense"],
  [/not valid/, "a changed one", async () => {
    const [head, , signature] = (await sign({ sub: "ana", exp: EXP })).split(".");
    const body = btoa(JSON.stringify({ sub: "root", exp: EXP })).replaceAll("=", "");
    return `${head}.${body}.${signature}`;
  }],
];

for (const [says, what, token] of REFUSED) {
  Deno.test(`Tokens.read() refuses ${what}, and says nothing of the token`, async () => {
    const text = String(await token());
    const read = await SHARED.read(text);
    assert.ok(!read.ok, JSON.stringify(read));
    assert.match(read.error, says);
    for (const part of text.split(".").slice(1)) assert.ok(!part || !read.error.includes(part));
  });
}

Deno.test("Tokens.read() wants the issuer and the audience where they are set", async () => {
  const config = { AUTH_SECRET: SECRET, AUTH_ISSUER: "us", AUTH_AUDIENCE: "pulso" };
  const tokens = Tokens.for(config, () => NOW)!;
  const read = async (claims: Claims) => {
    const result = await tokens.read(await sign({ sub: "ana", exp: EXP, ...claims }));
    return result.ok ? "fine" : result.error;
  };
  assert.equal(await read({ iss: "us", aud: ["x", "pulso"] }), "fine");
  assert.equal(await read({ iss: "us" }), "the aud of the token is missing");
  assert.equal(await read({ iss: "us", aud: "x" }), "the aud of the token is wrong");
  assert.equal(await read({ iss: "them", aud: "pulso" }), "the iss of the token is wrong");
});

for (const alg of ["RS256", "ES256", "Ed25519"]) {
  Deno.test(`Tokens.read() takes ${alg} of a public key, and not what that key signs as a secret`, async () => {
    const { publicKey, privateKey } = await generateKeyPair(alg);
    const jwk = await exportJWK(publicKey);
    const tokens = Tokens.for({ AUTH_JWKS_FILE: { keys: [{ ...jwk }] } }, () => NOW)!;
    const claims = { sub: "ana", exp: EXP };
    assert.equal((await tokens.read(await sign(claims, privateKey, alg))).ok, true);
    const other = await generateKeyPair(alg);
    for (
      const token of [
        await sign(claims, other.privateKey, alg),
        await sign(claims, new TextEncoder().encode(JSON.stringify(jwk))),
        new UnsecuredJWT(claims).encode(),
      ]
    ) {
      assert.equal((await tokens.read(token)).ok, false);
    }
  });
}

Deno.test("Tokens.identify() reads the header, or else the parameter", async () => {
  const token = await sign({ sub: "ana", exp: EXP });
  const asked = (query: string, authorization?: string) =>
    SHARED.identify(
      new Request(`http://a/${query}`, authorization ? { headers: { authorization } } : {}),
    );
  assert.equal((await asked(`?token=${token}`)).ok, true);
  assert.equal((await asked("", `Bearer ${token}`)).ok, true);
  assert.equal((await asked("?token=x", `Bearer ${token}`)).ok, true);
  for (const query of ["", "?token=", "?token=x"]) {
    const refused = await asked(query);
    assert.ok(!refused.ok);
    assert.equal(refused.error.status, 401);
    assert.match(refused.error.headers?.["www-authenticate"] ?? "", /^Bearer realm="pulso"/);
  }
});

// ------------------------------------------------------------------------------------------------------ how long they last

Deno.test("when() calls once, at its moment, however far away that is and whatever is done to the clock", () => {
  const time = new FakeTime(NOW);
  let calls = 0;
  const days = 60 * 86_400_000;
  when(NOW + days, { time, callback: () => calls++ });
  time.advance(days - 1);
  assert.equal(calls, 0);
  time.advance(1);
  assert.deepEqual([calls, time.pending], [1, 0]);
  when(NOW, { time, callback: () => calls++ });
  assert.equal(calls, 1, "not before it has returned");
  time.advance(0);
  assert.deepEqual([calls, time.pending], [2, 0]);
  const cancel = when(time.now() + 7_200_000, { time, callback: () => calls++ });
  time.advance(3_600_000);
  cancel();
  cancel();
  time.advance(days);
  assert.deepEqual([calls, time.pending], [2, 0]);
});

function identityOf(name: string, forMs = 60_000): Identity {
  const parsed = parseName(name);
  assert.ok(parsed.ok);
  return { name: parsed.value, expiresAt: NOW + forMs };
}

Deno.test("Hub closes with 4001 when the token has expired, not before, and its name is free at once", async () => {
  const { connect, time, hub } = setUp();
  const client = await connect(undefined, "ndjson", undefined, { identity: identityOf("ana") });
  assert.equal(client.take()[0]?.username, "ana");
  time.advance(59_999);
  await settle();
  assert.equal(client.socket.closedWith?.code, undefined);
  time.advance(1);
  await settle();
  assert.equal(client.take().at(-1)?.code, "unauthorized");
  assert.equal(client.socket.closedWith?.code, 4001);
  assert.equal(hub.online, 0);
  const again = await connect("ana");
  assert.equal(again.take()[0]?.type, "welcome");
});

Deno.test("Hub waits for no token of a connection that has gone", async () => {
  const { connect, time } = setUp();
  await connect("bob");
  // Who came and went is told within a second.
  time.advance(2000);
  const before = time.pending;
  const identity = identityOf("ana", 3_000_000);
  const client = await connect(undefined, "ndjson", undefined, { identity });
  time.advance(2000);
  assert.equal(time.pending, before + 1);
  client.socket.end(1000);
  await settle();
  time.advance(2000);
  assert.equal(time.pending, before);
});

Deno.test("Hub takes the name of the token, whatever was typed, and offers no other where it is taken", async () => {
  const { connect } = setUp();
  const identity = identityOf("ana");
  const first = await connect("bob", "ndjson", undefined, { identity });
  assert.equal(first.take()[0]?.username, "ana");
  const second = await connect(undefined, "ndjson", undefined, { identity });
  assert.deepEqual(second.take()[0]?.suggestions, []);
  assert.equal(second.socket.closedWith?.code, 4009);
});

Deno.test("Hub gives a session back to the same sub alone", async () => {
  const { connect, hub, journal } = setUp();
  const ana = { identity: identityOf("Ana") };
  const first = await connect(undefined, "ndjson", undefined, ana);
  const [{ session, client_id }] = first.take() as [Record<string, string>];
  first.socket.end(1006);
  await settle();
  const resume = { session: session!, epoch: journal.epoch, after: 0 };
  const thief = await connect(undefined, "ndjson", resume, { identity: identityOf("eve") });
  const [stolen] = thief.take();
  assert.deepEqual([stolen?.username, stolen?.resumed], ["eve", false]);
  assert.notEqual(stolen?.client_id, client_id);
  const nobody = await connect(undefined, "ndjson", resume);
  assert.notEqual(nobody.take()[0]?.client_id, client_id);
  const back = await connect(undefined, "ndjson", resume, { identity: identityOf("ANA") });
  const [welcome] = back.take();
  assert.deepEqual([welcome?.resumed, welcome?.client_id], [true, client_id]);
  assert.equal(hub.online, 3);
});

Deno.test("Hub takes a session over from another node for the same sub alone", async () => {
  const { connect, presence } = setUp();
  const hashes: string[] = [];
  presence.resume = (hash) => {
    hashes.push(hash);
    return Promise.resolve(undefined);
  };
  const resume = { session: "s", epoch: "e", after: 0 };
  for (const name of ["ana", "eve", "ANA"]) {
    const client = await connect(undefined, "ndjson", resume, { identity: identityOf(name) });
    client.socket.end(1000);
    await settle();
  }
  assert.equal(hashes[0], hashes[2]);
  assert.equal(new Set(hashes).size, 2);
});

// ------------------------------------------------------------------------------------------------------- on a true server

async function status(server: TestServer, path: string, headers: HeadersInit = {}) {
  const response = await fetch(`${server.url}${path}`, { headers });
  const text = await response.text();
  return { status: response.status, text, headers: response.headers };
}

Deno.test("A server that asks for tokens lets nobody in without one, and shows nothing of the room", async (t) => {
  const keyFile = await Deno.makeTempFile();
  await Deno.writeTextFile(keyFile, "an-api-key-of-ours\n");
  const server = await startServer({
    AUTH_SECRET: SECRET,
    API_KEY_FILE: keyFile,
    ALLOWED_ORIGINS: "https://ours.example",
  });
  try {
    const ana = await TestClient.join(`${server.socketUrl}?token=${await tokenOf("Ana Lovelace")}`);
    ana.send({ message: "a secret of the room", id: "1" });
    await ana.next(({ type }) => type === "ack");

    await t.step("401 before the upgrade, on every path of a socket", async () => {
      for (const path of ["/api/ws", "/ws", "/ws/events", "/api/users", "/api/messages"]) {
        for (const query of ["", "?token=nonsense"]) {
          const answer = await status(server, `${path}${query}`);
          assert.equal(answer.status, 401, path);
          assert.equal(answer.headers.get("content-type"), "application/problem+json");
          assert.match(answer.headers.get("www-authenticate") ?? "", /^Bearer/);
        }
      }
      for (const path of ["/api/ws", "/ws", "/ws/events", "/"]) {
        const url = `${server.url.replace("http", "ws")}${path}?username=eve`;
        await assert.rejects(TestClient.open(url), path);
      }
    });

    await t.step(
      "with one the lists are to be had, and a plain GET says that an upgrade would do",
      async () => {
        const authorization = `Bearer ${await tokenOf("bob")}`;
        const users = await status(server, "/api/users", { authorization });
        assert.match(users.text, /Ana Lovelace/);
        const messages = await status(server, `/api/messages?token=${await tokenOf("bob")}`);
        assert.match(messages.text, /a secret of the room/);
        assert.equal((await status(server, "/api/ws", { authorization })).status, 426);
      },
    );

    await t.step("the page has nothing of the room", async () => {
      const { text, status: code } = await status(server, "/");
      assert.equal(code, 200);
      assert.doesNotMatch(text, /a secret of the room|Ana Lovelace/);
    });

    await t.step("POST /api/messages wants the key, and no token", async () => {
      const post = (key: string) =>
        fetch(`${server.url}/api/messages`, {
          method: "POST",
          headers: { authorization: `Bearer ${key}` },
          body: '{"message": "from outside", "id": "x"}',
        });
      const refused = await post(await tokenOf("bob"));
      assert.equal(refused.status, 401);
      await refused.body?.cancel();
      for (let time = 0; time < 2; time++) {
        const taken = await post("an-api-key-of-ours");
        assert.deepEqual([taken.status, await taken.json()], [202, { offset: 2 }]);
      }
      const chat = await ana.next(({ message }) => message === "from outside");
      assert.equal(chat.username, "server");
      assert.equal(
        ana.messages.filter(({ offset, type }) => type === "chat" && offset === 2).length,
        1,
      );
    });

    await t.step(
      "the console client comes in by --token or PULSO_TOKEN, and says what it lacks",
      async () => {
        const run = (args: string[], env?: Record<string, string>) =>
          runFilter(["--url", server.url, ...args], "from the console\n", env);
        const lacking = await run([]);
        assert.equal(lacking.code, 1);
        assert.match(lacking.err, /asks for a token, or for another one: PULSO_TOKEN or --token/);
        for (const given of ["argument", "variable"]) {
          const token = await tokenOf(`by ${given}`);
          const came = given === "argument"
            ? await run(["--token", token])
            : await run([], { PULSO_TOKEN: token });
          assert.deepEqual([came.code, came.err.includes(token)], [0, false], came.err);
          await ana.next(({ type, username }) => type === "chat" && username === `by ${given}`);
        }
      },
    );

    await t.step("the connection ends with its token", async () => {
      const exp = Math.ceil(Date.now() / 1000) + 1;
      const eve = await TestClient.join(
        `${server.socketUrl}?token=${await tokenOf("eve", { exp })}`,
      );
      const { code } = await eve.closed();
      assert.equal(code, 4001);
      assert.ok(Date.now() >= exp * 1000);
      assert.equal(eve.messages.at(-1)?.code, "unauthorized");
    });

    await t.step("no token, key or secret is in the log", async () => {
      await ana.close();
      await eventually(() => assert.ok(server.log.some(({ action }) => action === "LOGOUT")));
      const log = JSON.stringify(server.log);
      assert.match(log, /"status":401/);
      assert.doesNotMatch(log, /eyJ|an-api-key|0123456789abcdef/);
    });
  } finally {
    await server.stop();
    await Deno.remove(keyFile);
  }
});
