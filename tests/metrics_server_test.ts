/**
 * What a real server says of itself: `/metrics` behind its token, the names that `deploy/` and the documents use, and the
 * spans that Deno sends to a collector.
 *
 * @module
 */

import assert from "node:assert/strict";
import { TestClient } from "./client.ts";
import { RawSocket } from "./raw_socket.ts";
import { ignoreWithout, PROMTOOL } from "./requirements.ts";
import { startServer, within } from "./server.ts";

const TOKEN = "a-token-of-a-test-0123456789";

const read = (path: string) => Deno.readTextFile(new URL(`../${path}`, import.meta.url));

interface Span {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly links?: readonly { readonly traceId: string; readonly spanId: string }[];
  readonly parentSpanId?: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly status: { readonly code: number };
  readonly attributes: readonly {
    readonly key: string;
    readonly value: Readonly<Record<string, unknown>>;
  }[];
}

/** OTLP's word for a span that has failed. */
const ERROR = 2;

/** What a span tells, by the names of its attributes. */
function toldBy({ attributes }: Span): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
}

/** A collector of OpenTelemetry that speaks OTLP over HTTP, in JSON. */
function startCollector() {
  const spans: Span[] = [];
  const texts: string[] = [];
  let look = () => {};
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, async (request) => {
    const text = await request.text();
    texts.push(text);
    if (new URL(request.url).pathname === "/v1/traces") {
      for (const { scopeSpans } of JSON.parse(text).resourceSpans) {
        for (const scope of scopeSpans) spans.push(...scope.spans);
      }
      look();
    }
    return Response.json({});
  });
  /** The spans of these names, when there are so many of each as it is named. */
  const of = async (...names: readonly string[]) => {
    const all = Promise.withResolvers<void>();
    const ofName = (name: string) => spans.filter((span) => span.name === name);
    look = () => {
      const hasAll = names.every((name) =>
        ofName(name).length >= names.filter((other) => other === name).length
      );
      if (hasAll) all.resolve();
    };
    look();
    await within(20_000, `spans: ${names}`, all.promise);
    return [...new Set(names)].flatMap(ofName);
  };
  return { url: `http://127.0.0.1:${server.addr.port}`, spans, texts, of, server };
}

/** The names of measures in a text. */
function namesIn(text: string): Set<string> {
  return new Set(text.match(/\b(?:pulso|process)_[a-z_]+[a-z]\b/g));
}

Deno.test("A real server tells its measures and its spans", async (t) => {
  const collector = startCollector();
  const server = await startServer({
    METRICS_TOKEN: TOKEN,
    API_KEY: TOKEN,
    CONNECTS_PER_SECOND_PER_ADDRESS: "1",
    // Without it loopback is not limited.
    TRUST_PROXY: "loopback",
    OTEL_DENO: "true",
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
    OTEL_BSP_SCHEDULE_DELAY: "100",
  });
  const url = `${server.url}/metrics`;
  const ask = (authorization?: string) =>
    fetch(url, { headers: authorization === undefined ? {} : { authorization } });
  const begunAt = Date.now();
  const client = await TestClient.join(`${server.socketUrl}?username=Ana&session=a-secret-of-ana`);
  client.send({ type: "chat", message: "a text of ana", id: "1" });
  client.send({ type: "fibonacci", input: 30 });
  await client.next(({ type }) => type === "fibonacci");
  await client.next(({ type }) => type === "ack");
  await client.next(({ type }) => type === "time");
  const rival = await TestClient.open(`${server.socketUrl}?username=ana`);
  await rival.next(({ type }) => type === "error");
  const spans = await collector.of("connect", "connect", "claim", "append", "fibonacci");
  const [connect, refused, claim, append, fibonacci] = spans;

  await t.step("GET /metrics is for those with the token alone", async () => {
    for (const wrong of [undefined, "Bearer wrong", `Basic ${TOKEN}`, `Bearer ${TOKEN}x`, TOKEN]) {
      const response = await ask(wrong);
      assert.equal(response.status, 401, wrong);
      assert.match(response.headers.get("www-authenticate") ?? "", /^Bearer realm="pulso"/);
      assert.ok(!(await response.text()).includes("pulso_"));
    }
  });

  const response = await ask(`Bearer ${TOKEN}`);
  const text = await response.text();
  /** The measures that the server has, by their types. */
  const types = new Map(
    [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = "", type = ""]) => [name, type]),
  );
  /** The name of the measure that a series is of. */
  const measureOf = (series: string) => {
    const base = series.replace(/_(?:bucket|sum|count)$/, "");
    return types.get(base) === "histogram" ? base : series;
  };

  await t.step("GET /metrics has what happened, in Prometheus's words", () => {
    assert.equal(response.status, 200);
    assert.equal(response.headers.get("cache-control"), "no-store");
    for (
      const line of [
        "pulso_connections 1",
        "pulso_chats_received_total 1",
        "pulso_fibonacci_requests_total 1",
        'pulso_resumes_total{outcome="unknown"} 1',
        "pulso_database_up 1",
        "pulso_sockets_limit 10000",
      ]
    ) assert.ok(text.includes(`\n${line}\n`), line);
    const value = (series: string) => Number(text.match(new RegExp(`^${series} (.*)$`, "m"))?.[1]);
    assert.ok(value("pulso_tick_lateness_seconds_count") > 0);
    assert.ok(value("pulso_event_loop_lag_seconds_count") > 0);
    assert.ok(value('pulso_database_statement_duration_seconds_count{outcome="ok"}') > 0);
    assert.equal(value("pulso_delivery_duration_seconds_count"), 1);
    for (const [name, type] of types) {
      assert.match(name, /^(?:pulso|process)_[a-z_]+$/);
      assert.equal(name.endsWith("_total"), type === "counter", name);
    }
  });

  await t.step({
    name: "GET /metrics has nothing that promtool finds fault with",
    ignore: ignoreWithout("promtool", PROMTOOL),
    fn: async () => {
      const command = new Deno.Command(PROMTOOL!, {
        args: ["check", "metrics"],
        stdin: "piped",
        stderr: "piped",
      });
      const judge = command.spawn();
      const [{ success, stderr }] = await Promise.all([
        judge.output(),
        new Response(text).body!.pipeTo(judge.stdin),
      ]);
      assert.ok(success, new TextDecoder().decode(stderr));
    },
  });

  await t.step(
    "GET /metrics counts whom the server has turned away before the upgrade",
    async () => {
      const own = `127.0.0.1:${server.port}`;
      const statuses: number[] = [];
      for (const Host of [own, own, own, own, own, "elsewhere.example"]) {
        const socket = await RawSocket.request(server.port, "/api/ws", { Host });
        statuses.push((await socket.answer()).status);
        socket.connection.close();
      }
      const tooMany = statuses.filter((status) => status === 429).length;
      assert.ok(tooMany > 0, `${statuses}`);
      const now = await (await ask(`Bearer ${TOKEN}`)).text();
      for (
        const line of [
          `pulso_connections_refused_total{code="429"} ${tooMany}`,
          'pulso_connections_refused_total{code="421"} 1',
          `pulso_rate_limited_total{limit="connects"} ${tooMany}`,
        ]
      ) assert.ok(now.includes(`\n${line}\n`), line);
    },
  );

  await t.step(
    "deploy/ and docs/OPERATIONS.md use names that there are, the latter all of them",
    async () => {
      for (const path of ["deploy/grafana.json", "deploy/alerts.yml", "docs/OPERATIONS.md"]) {
        const names = namesIn(await read(path));
        assert.ok(names.size > 4, path);
        const unknown = [...names].filter((name) => !types.has(measureOf(name)));
        assert.deepEqual(unknown, [], path);
      }
      const documented = namesIn(await read("docs/OPERATIONS.md"));
      assert.deepEqual([...types.keys()].filter((name) => !documented.has(name)), []);
      const scrape = await read("deploy/prometheus.yml");
      assert.match(scrape, /metrics_path: \/metrics\n/);
      assert.match(scrape, /- alerts\.yml\n/);
    },
  );

  await t.step(
    "Deno sends spans of connecting, the claim in it, and of append and Fibonacci aside, with links to it",
    () => {
      assert.equal(spans.length, 5);
      for (const span of [append, fibonacci]) {
        // Deno writes none as an empty one.
        assert.equal(span?.parentSpanId || undefined, undefined, span?.name);
        const linked = span?.links?.map(({ traceId, spanId }) => [traceId, spanId]);
        assert.deepEqual(linked, [[connect?.traceId, connect?.parentSpanId]], span?.name);
      }
      assert.equal(new Set(spans.map(({ traceId }) => traceId)).size, 4);
      assert.equal(claim?.parentSpanId, connect?.spanId);
      assert.deepEqual(spans.map(toldBy), [
        { "pulso.format": "json", "pulso.online": true },
        { "pulso.format": "json", "pulso.online": false, "error.type": "username_taken" },
        { "pulso.outcome": "held" },
        { "pulso.offset": 1 },
        { "pulso.input": 30 },
      ]);
      assert.deepEqual(spans.filter(({ status }) => status.code === ERROR), [refused]);
    },
  );

  await t.step(
    "Deno sends spans that begin and end when that was, of connecting within the handshake's",
    async () => {
      const [begun, ended] = [
        (span?: Span) => Number(span?.startTimeUnixNano) / 1e6,
        (span?: Span) => Number(span?.endTimeUnixNano) / 1e6,
      ];
      assert.ok(begun(connect) <= begun(claim) && ended(claim) <= ended(connect));
      for (const span of spans) {
        const times = [begunAt, begun(span), ended(span), Date.now()];
        assert.deepEqual(times.toSorted((one, other) => one - other), times, span?.name);
      }
      const handshake = (await collector.of("GET")).find(({ spanId }) =>
        spanId === connect?.parentSpanId
      );
      assert.equal(toldBy(handshake!)["http.response.status_code"], "101");
    },
  );

  await t.step(
    "Deno sends a span of the append of a chat from outside, with a link to its request",
    async () => {
      const posted = await fetch(`${server.url}/api/messages`, {
        method: "POST",
        headers: { authorization: `Bearer ${TOKEN}` },
        body: '{"message": "a text of the outside"}',
      });
      assert.equal(posted.status, 202);
      await posted.body?.cancel();
      const found = await collector.of("append", "append", "POST");
      const outside = found.find(({ name, spanId }) =>
        name === "append" && spanId !== append?.spanId
      );
      const request = found.find(({ name }) => name === "POST");
      assert.deepEqual(toldBy(outside!), { "pulso.offset": 2 });
      assert.deepEqual(outside?.links?.map(({ spanId }) => spanId), [request?.spanId]);
    },
  );

  await client.close();
  await server.stop();
  await t.step(
    "No span of ours holds a secret or what was said, and nothing that is sent a token",
    () => {
      const ours = JSON.stringify(collector.spans.filter(({ name }) => name !== "GET"));
      for (const secret of ["a-secret-of-ana", "a text of", "Ana", '"ana']) {
        assert.ok(!ours.includes(secret), secret);
      }
      const all = collector.texts.join("\n");
      const session = String(client.messages.find(({ type }) => type === "welcome")?.session);
      for (const secret of [TOKEN, session, "a text of ana"]) {
        assert.ok(secret.length > 12 && !all.includes(secret), secret);
      }
      // Where Deno learns to leave it out, deploy/otel-collector.yml and docs/OPERATIONS.md ("Spans", "Known limits") is to be changed.
      assert.ok(all.includes("a-secret-of-ana"));
    },
  );
  await t.step(
    "deploy/otel-collector.yml deletes whatever Deno's spans tell of a session, and it is nowhere else",
    async () => {
      const settings = await read("deploy/otel-collector.yml");
      const deleted = [...settings.matchAll(/- key: (\S+)\n +action: delete\n/g)]
        .map(([, key]) => key);
      const passed = collector.spans.map((span) => ({
        ...span,
        attributes: span.attributes.filter(({ key }) => !deleted.includes(key)),
      }));
      const others = collector.texts.filter((text) => !text.includes('"resourceSpans"'));
      assert.ok(others.some((text) => text.includes('"resourceLogs"')));
      for (const text of [JSON.stringify(passed), ...others]) {
        assert.ok(!text.includes("a-secret-of-ana"));
      }
    },
  );
  await collector.server.shutdown();
});
