/**
 * `lib/fresh` against the behaviour that Fresh documents.
 *
 * Here: the package's public names, on apps of a line or two. Not here: builds
 * (fresh_build_test.ts), Pulso.
 * Invariant: nothing here imports a module of the package that the published one does not have, but
 * the two halves of the islands' props.
 *
 * @module
 */
import assert from "node:assert/strict";
import { computed, Signal, signal } from "@preact/signals";
import { App, type Context, csp, type CSPOptions, HttpError, page } from "fresh";
import { asset, Head, IS_BROWSER } from "fresh/runtime";
import { type ComponentChildren, h } from "preact";
import { encodeProps } from "../lib/fresh/props.ts";
import { decodeProps } from "../lib/fresh/runtime/decode_props.ts";

interface State {
  trail?: string;
}

async function ask(app: App<State>, path: string, init?: RequestInit) {
  const response = await app.handler()(new Request(`http://app.example${path}`, init));
  const { status, headers } = response;
  return { status, headers, body: await response.text() };
}

function leave(mark: string) {
  return (ctx: Context<State>): Promise<Response> => {
    ctx.state.trail = (ctx.state.trail ?? "") + mark;
    return ctx.next();
  };
}

const tell = (ctx: Context<State>): Response => ctx.text(ctx.state.trail ?? "");

/** Runs with `console.error` replaced; returns what was logged. */
async function silently(run: () => Promise<void>): Promise<unknown[]> {
  const { error } = console;
  const logged: unknown[] = [];
  // deno-lint-ignore no-console -- the log is what is looked at here
  console.error = (...values: unknown[]) => logged.push(...values);
  try {
    await run();
  } finally {
    // deno-lint-ignore no-console -- and then put back
    console.error = error;
  }
  return logged;
}

Deno.test("App.use() runs middlewares in order, and only for what is registered later", async () => {
  const app = new App<State>().use(leave("a"), leave("b")).get("/1", tell)
    .use(leave("c")).get("/2", leave("d"), tell);
  assert.equal((await ask(app, "/1")).body, "ab");
  assert.equal((await ask(app, "/2")).body, "abcd");
});

Deno.test("App.use() with a path runs middlewares at that path and below it alone", async () => {
  const app = new App<State>().use("/a", leave("x"))
    .get("/a", tell).get("/a/b/c", tell).get("/ab", tell);
  assert.equal((await ask(app, "/a")).body, "x");
  assert.equal((await ask(app, "/a/b/c")).body, "x");
  assert.equal((await ask(app, "/ab")).body, "");
});

Deno.test("App.get() gives pattern and decoded params, and prefers a static path", async () => {
  const app = new App<State>()
    .get("/:id", (ctx) => ctx.json([ctx.route, ctx.params]))
    .get("/files/*", (ctx) => ctx.text(`rest ${ctx.params[0]}`))
    .get("/me", (ctx) => ctx.text("static"));
  assert.deepEqual(JSON.parse((await ask(app, "/a%20b")).body), ["/:id", { id: "a b" }]);
  assert.equal((await ask(app, "/me/")).body, "static");
  assert.equal((await ask(app, "/files/a/b")).body, "rest a/b");
  assert.equal((await ask(app, "/%ff")).status, 200);
});

Deno.test("App.handler() answers 405 or Allow for other methods, and HEAD by GET", async () => {
  const app = new App<State>().get("/x", (ctx) => ctx.text("body", { headers: { a: "b" } }))
    .post("/x", tell).all("/all", (ctx) => ctx.text(ctx.req.method));
  assert.equal((await ask(app, "/x", { method: "DELETE" })).status, 405);
  const options = await ask(app, "/x", { method: "OPTIONS" });
  assert.deepEqual([options.status, options.headers.get("allow")], [204, "GET, POST"]);
  const head = await ask(app, "/x", { method: "HEAD" });
  assert.deepEqual([head.status, head.headers.get("a")], [200, "b"]);
  assert.equal((await ask(app, "/all", { method: "PATCH" })).body, "PATCH");
});

Deno.test("App.handler() answers an HttpError with its status and message, and logs only from 500", async () => {
  const app = new App<State>()
    .get("/gone", () => Promise.reject(new HttpError(410, "Gone for good")))
    .get("/bare", () => Promise.reject(new HttpError(403)));
  const logged = await silently(async () => {
    const gone = await ask(app, "/gone");
    assert.deepEqual([gone.status, gone.body], [410, "Gone for good"]);
    assert.deepEqual((await ask(app, "/bare")).body, "Forbidden");
    assert.deepEqual((await ask(app, "/nowhere")).body, "Not Found");
  });
  assert.deepEqual(logged, []);
});

Deno.test("App.handler() answers an unexpected error with 500, logs it and tells the client nothing", async () => {
  const error = new Error("secret");
  const app = new App<State>().get("/", () => Promise.reject(error));
  const logged = await silently(async () => {
    const { status, body } = await ask(app, "/");
    assert.deepEqual([status, body], [500, "Internal server error"]);
  });
  assert.deepEqual(logged, [error]);
});

Deno.test("App.onError() catches below its path, the innermost first, with ctx.error set", async () => {
  const say = (who: string) => (ctx: Context<State>) =>
    ctx.text(`${who}: ${(ctx.error as Error).message}`, { status: 500 });
  const app = new App<State>().onError("*", say("outer")).onError("/a", say("inner"))
    .get("/a/x", () => Promise.reject(new Error("x")))
    .get("/b", () => Promise.reject(new Error("b")));
  assert.equal((await ask(app, "/a/x")).body, "inner: x");
  assert.equal((await ask(app, "/b")).body, "outer: b");
});

Deno.test("App.notFound() takes every 404, thrown ones too, before onError() does", async () => {
  const app = new App<State>().onError("*", (ctx) => ctx.text("error"))
    .notFound((ctx) => ctx.text("lost", { status: 404 }))
    .get("/thrown", () => Promise.reject(new HttpError(404)));
  for (const path of ["/nowhere", "/thrown"]) {
    const { status, body } = await ask(app, path);
    assert.deepEqual([status, body], [404, "lost"]);
  }
});

Deno.test("App with trustProxy shows the proxy's scheme and host in ctx.url, otherwise the request's", async () => {
  const headers = { "x-forwarded-proto": "https", "x-forwarded-host": "pub.example" };
  const show = (ctx: Context<State>) => ctx.text(ctx.url.href);
  const trusting = new App<State>({ trustProxy: true }).get("/", show);
  assert.equal((await ask(trusting, "/", { headers })).body, "https://pub.example/");
  const wary = new App<State>().get("/", show);
  assert.equal((await ask(wary, "/", { headers })).body, "http://app.example/");
});

Deno.test("Context.redirect() never leaves the site by a path", async () => {
  const cases = [
    ["/new?to=//x#//y", "/new?to=//x#//y"],
    ["//evil.com//a", "/evil.com/a"],
    ["/\\evil.com", "/evil.com"],
    ["https://deno.com//a", "https://deno.com//a"],
  ] as const;
  for (const [target, location] of cases) {
    const { status, headers } = await ask(
      new App<State>().get("/", (ctx) => ctx.redirect(target)),
      "/",
    );
    assert.deepEqual([status, headers.get("location")], [302, location]);
  }
});

Deno.test("Context.render() completes the document and keeps status and headers", async () => {
  const app = new App<State>().get(
    "/",
    (ctx) => ctx.render(h("h1", null, "<Hi>"), { status: 418, headers: { a: "b" } }),
  );
  const { status, headers, body } = await ask(app, "/");
  assert.deepEqual([status, headers.get("a")], [418, "b"]);
  assert.equal(headers.get("content-type"), "text/html; charset=utf-8");
  assert.equal(
    body,
    '<!DOCTYPE html><html><head><meta charset="utf-8"/></head><body><h1>&lt;Hi></h1></body></html>',
  );
});

Deno.test("Context.render() gives a kept vnode a new nonce each time", async () => {
  const kept = h("script", null, "1");
  const app = new App<State>().get("/", (ctx) => ctx.render(h("p", null, [kept, kept])));
  const first = /nonce="(\w+)"/.exec((await ask(app, "/")).body)?.[1];
  const second = /nonce="(\w+)"/.exec((await ask(app, "/")).body)?.[1];
  assert.ok(first !== undefined && second !== undefined);
  assert.notEqual(first, second);
});

Deno.test("Head replaces the same element of the document's head and appends others", async () => {
  const Page = ({ children }: { children?: ComponentChildren }) => h(Head, null, children);
  const app = new App<State>().get("/", (ctx) =>
    ctx.render(
      h("html", null, [
        h("head", null, [h("title", null, "app"), h("link", { rel: "icon", href: "/1" })]),
        h("body", null, [
          h(Page, null, [h("title", null, "one"), h("meta", { name: "a", content: "1" })]),
          h(Page, null, [h("title", null, "$& two"), h("meta", { name: "a", content: "2" })]),
        ]),
      ]),
    ));
  assert.match(
    (await ask(app, "/")).body,
    /<head><title>\$&amp; two<\/title><link rel="icon" href="\/1"\/><meta name="a" content="2"\/><\/head>/,
  );
});

Deno.test("csp() puts the rendered page's nonce in the place of 'unsafe-inline', anew each time", async () => {
  const app = new App<State>().use(csp({ useNonce: true }))
    .get("/", (ctx) => ctx.render(h("style", null, "a"))).get("/text", (ctx) => ctx.text("t"));
  const policies = new Set<string>();
  for (let turn = 0; turn < 2; turn++) {
    const { headers, body } = await ask(app, "/");
    const policy = headers.get("content-security-policy") ?? "";
    const nonce = /<style nonce="(\w+)">/.exec(body)?.[1];
    assert.ok(policy.includes(`script-src 'self' 'nonce-${nonce}'`), policy);
    assert.ok(!policy.includes("unsafe-inline"), policy);
    policies.add(policy);
  }
  assert.equal(policies.size, 2);
  const plain = (await ask(app, "/text")).headers.get("content-security-policy") ?? "";
  assert.ok(plain.includes("script-src 'self' 'unsafe-inline'"));
});

Deno.test("csp() lets own directives take the place of defaults, reports, and only reports", async () => {
  const policyOf = async (options: CSPOptions) =>
    (await ask(new App<State>().use(csp(options)).get("/", tell), "/")).headers;
  const own = (await policyOf({ csp: ["img-src *"] })).get("content-security-policy") ?? "";
  assert.ok(own.endsWith("; upgrade-insecure-requests; img-src *"));
  assert.equal(own.split("img-src").length, 2);
  const reporting = await policyOf({ reportOnly: true, reportTo: "/r" });
  assert.equal(reporting.get("content-security-policy"), null);
  assert.match(reporting.get("content-security-policy-report-only") ?? "", /report-uri \/r$/);
  assert.equal(reporting.get("reporting-endpoints"), 'csp-endpoint="/r"');
});

Deno.test("page() carries data, status and headers", () => {
  assert.deepEqual(page({ a: 1 }, { status: 201 }), {
    data: { a: 1 },
    headers: undefined,
    status: 201,
  });
  assert.equal(page().data, undefined);
});

Deno.test("asset() marks paths of this site alone", () => {
  assert.match(asset("/a.css?b=1#c"), /^\/a\.css\?b=1&__frsh_c=\w*#c$/);
  for (const path of ["//x/y", "https://x/y", "a.css", "/a?__frsh_c=1"]) {
    assert.equal(asset(path), path);
  }
});

Deno.test("IS_BROWSER is whether there is a document", async () => {
  assert.equal(IS_BROWSER, false);
  const url: string = import.meta.resolve("../lib/fresh/runtime/mod.ts?browser");
  Object.assign(globalThis, { document: {} });
  try {
    assert.equal((await import(url)).IS_BROWSER, true);
  } finally {
    Reflect.deleteProperty(globalThis, "document");
  }
});

function roundTrip(props: Record<string, unknown>[]): Record<string, unknown>[] {
  return decodeProps(JSON.parse(encodeProps(props)));
}

Deno.test("Islands' props arrive as they were: values, shared objects and circles", () => {
  const shared: Record<string, unknown> = { text: "é\u2028" };
  shared.self = shared;
  const values = [1n, NaN, -0, Infinity, undefined, null, new Date(0), /a/g, new Uint8Array([1])];
  const more = [new Map([["k", new Set([1])]]), new URL("http://a.example/")];
  const [first, second] = roundTrip([{ shared, values, more }, { shared }]);
  assert.deepEqual(first?.values, values);
  assert.deepEqual(first?.more, more);
  assert.equal(first?.shared, second?.shared);
  assert.equal((first?.shared as typeof shared).self, first?.shared);
});

Deno.test("Islands' props keep signals alive and shared, and computed ones readable", () => {
  const count = signal<unknown>(null);
  const [first, second] = roundTrip([{ count }, { count, twice: computed(() => 6) }]);
  assert.ok(first?.count instanceof Signal);
  assert.equal(first.count.value, null);
  first.count.value = 4;
  assert.equal((second?.count as Signal).value, 4);
  assert.equal((second?.twice as Signal).value, 6);
});

Deno.test("Islands' props cannot end the script around them, and refuse what cannot be carried", () => {
  const written = encodeProps([{ ["</script>"]: "</script><!--" }]);
  assert.ok(!written.includes("<"), written);
  assert.throws(() => encodeProps([{ onClick: () => {} }]), /function/);
  assert.throws(() => encodeProps([{ child: h("b", null) }]), /elements as props.*<b>/);
  assert.throws(() => encodeProps([{ app: new App() }]), /non-POJO/);
});
