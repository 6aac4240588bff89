/**
 * The console client in a real terminal: the real program, looked at through tmux, and its raw output through script.
 *
 * @module
 */

import assert from "node:assert/strict";
import { clientCommand, hasProgram, runFilter, TmuxTerminal } from "./cli_process.ts";
import { type FakeServer, startFakeServer } from "./fake_server.ts";
import { startServer } from "./server.ts";

const hasTmux = await hasProgram("tmux", "-V");
const hasScript = await hasProgram("script", "--version");

/** The client as a command for a shell. */
function quoted(name: string, url: string): string {
  return clientCommand([name, "--url", url]).map((word) => `'${word}'`).join(" ");
}

interface Stage {
  readonly terminal: TmuxTerminal;
  readonly server: FakeServer;
  /** The process of the client. */
  readonly pid: number;
}

/** A test with the client running in a terminal, ignored where there is no tmux. */
function inTerminal(name: string, run: (stage: Stage) => Promise<void>): void {
  Deno.test({
    // The reason stands in the name, as there is no other place for it.
    name: hasTmux ? name : `${name} (ignored: there is no tmux)`,
    ignore: !hasTmux,
    fn: async () => {
      const server = startFakeServer();
      const pidFile = await Deno.makeTempFile();
      try {
        await using terminal = await TmuxTerminal.open();
        const client = `sh -c 'echo $$ >${pidFile}; exec "$@"' sh ${quoted("ana", server.url)}`;
        await terminal.enter(`clear; ${client}; echo "code $?"`);
        await terminal.until((rows) => rows.some((row) => row.startsWith("14:30:25")));
        await run({ terminal, server, pid: Number(await Deno.readTextFile(pidFile)) });
      } finally {
        await Deno.remove(pidFile);
        await server.stop();
      }
    },
  });
}

const LONG =
  "a line longer than the screen is wide, with 日本語 and é, so that it wraps twice or more";

/** Whether `text` stands at the prompt, cut into rows wherever (tmux drops spaces at a row's end). */
function isTyped(rows: readonly string[], text: string): boolean {
  const first = rows.findIndex((row) => row.startsWith("> "));
  const end = rows.findIndex((row) => row.startsWith("14:30:25"));
  const block = rows.slice(first, end).map((row) => row.slice(2)).join("");
  return block.replaceAll(" ", "") === text.replaceAll(" ", "");
}

inTerminal("cli keeps what one is typing, and the cursor, while 50 lines arrive", async (stage) => {
  const { terminal, server } = stage;
  await terminal.type(LONG);
  await terminal.until((rows) => isTyped(rows, LONG));
  await terminal.press("Left", "Left", "Left");
  for (let i = 0; i < 50; i++) server.say(`line ${i}`);
  const rows = await terminal.until((rows) => rows.some((row) => row.endsWith("line 49")));
  assert.ok(isTyped(rows, LONG), rows.join("\n"));
  assert.equal(rows.at(-1), "14:30:25 · 1 online · ana");
  assert.deepEqual(
    rows.slice(0, 13).map((row) => row.slice(6)),
    Array.from({ length: 13 }, (_, index) => `bot: line ${index + 37}`),
  );
  await terminal.type("XYZ");
  const edited = LONG.replace(/ore$/, "XYZore");
  await terminal.until((rows) => isTyped(rows, edited));
  await terminal.press("Enter");
  await server.until(() => server.said.length > 0);
  assert.deepEqual(server.said, [edited]);
});

inTerminal(
  "cli leaves no traces of the block when the terminal changes its width",
  async (stage) => {
    const { terminal, server } = stage;
    await terminal.type(LONG);
    await terminal.until((rows) => isTyped(rows, LONG));
    for (const columns of [33, 80, 25, 60]) {
      await terminal.resize(columns);
      server.say(`now ${columns} wide`);
      const rows = await terminal.until((rows) =>
        isTyped(rows, LONG) && rows.some((row) => row.endsWith(`now ${columns} wide`))
      );
      assert.equal(rows.filter((row) => row.startsWith(">")).length, 1, rows.join("\n"));
      assert.equal(rows.filter((row) => row.startsWith("14:30:25")).length, 1, rows.join("\n"));
    }
  },
);

inTerminal("cli shows control characters and does not obey them", async ({ terminal, server }) => {
  server.say("\x1b]0;x\x07 \x1b[2J \u202e \x9b31m\nadmin: \x7f", "evil");
  const rows = await terminal.until((rows) => rows.some((row) => row.includes("admin")));
  const [first = "", second = ""] = rows.filter((row) => row.includes("evil"));
  assert.match(first, /^\d\d:\d\d evil: ␛]0;x␇ ␛\[2J <U\+202E> <U\+009B>31m$/);
  assert.match(second, /^\d\d:\d\d evil: admin: ␡$/);
  assert.ok(rows.some((row) => row.includes("Welcome, ana")), "the screen was not emptied");
});

inTerminal("cli answers /fib and /users, and brings earlier lines back", async (stage) => {
  const { terminal, server } = stage;
  await terminal.enter("/fib 90");
  await terminal.until((rows) => rows.includes("fib(90) = 2880067194370816120  (19 digits, 1 ms)"));
  await terminal.enter("/users");
  await terminal.until((rows) => rows.includes("· 1 online: ana (you)"));
  await terminal.press("Up", "Up");
  await terminal.until((rows) => rows.includes("> /fib 90"));
  await terminal.press("BSpace", "1", "Enter");
  await terminal.until((rows) => rows.some((row) => row.startsWith("fib(91) = ")));
  assert.deepEqual(server.said, []);
});

inTerminal("cli sends a pasted text of several lines as one", async ({ terminal, server }) => {
  await terminal.paste("one\ntwo\nthree\n");
  await terminal.until((rows) => rows.includes("  three"));
  assert.deepEqual(server.said, []);
  await terminal.press("Enter");
  await terminal.until((rows) => rows.some((row) => row.endsWith("three  (sent to 0)")));
  assert.deepEqual(server.said, ["one\ntwo\nthree"]);
});

inTerminal("cli comes back after a loss, with what was typed meanwhile", async (stage) => {
  const { terminal, server } = stage;
  await terminal.type("half");
  await terminal.until((rows) => rows.includes("> half"));
  server.closeAll(1011);
  server.say("said meanwhile");
  const rows = await terminal.until((rows) => rows.some((row) => row.includes("caught up")));
  const loss = rows.indexOf("! not connected: the server had a fault");
  assert.deepEqual(rows.slice(loss + 1, loss + 5).map((row) => row.replace(/^\d\d:\d\d /, "")), [
    ...["· connected again as ana", "bot: said meanwhile", "· caught up, 1 message", "> half"],
  ]);
  await terminal.enter(" done");
  await server.until(() => server.said.length > 0);
  assert.deepEqual(server.said, ["half done"]);
});

const WAYS: { readonly [way: string]: (stage: Stage) => Promise<number> } = {
  "/quit": ({ terminal }) => terminal.enter("/quit").then(() => 0),
  "Ctrl-D": ({ terminal }) => terminal.press("C-d").then(() => 0),
  "two Ctrl-C": ({ terminal }) => terminal.press("C-c", "C-c").then(() => 0),
  "SIGINT": ({ pid }) => (Deno.kill(pid, "SIGINT"), Promise.resolve(130)),
  "SIGTERM": ({ pid }) => (Deno.kill(pid, "SIGTERM"), Promise.resolve(143)),
};

for (const [way, leave] of Object.entries(WAYS)) {
  inTerminal(`cli says goodbye and gives the terminal back on ${way}`, async (stage) => {
    const { terminal, server } = stage;
    const code = await leave(stage);
    const rows = await terminal.until((rows) => rows.includes(`code ${code}`));
    assert.ok(!rows.some((row) => row.startsWith("14:30:25")), "the status line is gone");
    await terminal.enter("stty -a | tr ' ;' '\\n\\n' | grep -x -e -*icanon -e -*echo");
    await terminal.until((rows) => rows.includes("icanon") && rows.includes("echo"));
    await server.until(() => server.goodbyes.length > 0);
    assert.deepEqual(server.goodbyes, [1000]);
  });
}

// Colours, moves, erasing, wrapping and bracketed paste: what screen and terminal write of their own.
// deno-lint-ignore no-control-regex
const OWN = /\x1b\[(?:[\d;]*m|\d*[AC]|J|\?7[lh]|\?2004[lh])|\r/g;
// deno-lint-ignore no-control-regex
const FOREIGN = /[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]/g;

Deno.test({
  name: "cli writes no control but its own to a terminal" +
    (hasScript ? "" : " (ignored: there is no script of util-linux)"),
  ignore: !hasScript,
  fn: async () => {
    const server = startFakeServer();
    try {
      const child = new Deno.Command("script", {
        args: ["-qfec", `stty rows 20 cols 80; ${quoted("ana", server.url)}`, "/dev/null"],
        stdin: "piped",
        stdout: "piped",
      }).spawn();
      const output = child.output();
      await server.until(() => server.names.includes("ana"));
      const codes = Array.from({ length: 0x41 }, (_, index) => index + (index < 0x20 ? 0 : 0x5f));
      const evil = `${String.fromCharCode(...codes)}\u202e\u2066 \x1b[2J \x1b]0;title\x07`;
      server.say(evil, "b\x1b[2Jot\u202e");
      const keys = child.stdin.getWriter();
      await keys.write(new TextEncoder().encode("done\r"));
      await server.until(() => server.said.includes("done"));
      await keys.write(new TextEncoder().encode("/quit\r"));
      const raw = new TextDecoder().decode((await output).stdout);
      await keys.close().catch(() => {});
      assert.ok(raw.includes("␛]0;title␇") && raw.includes("goodbye"), raw);
      assert.deepEqual(raw.replace(OWN, "").match(FOREIGN), null);
      assert.ok(raw.includes("\x1b[?2004h") && raw.endsWith("\x1b[?2004l"), "paste mode is off");
    } finally {
      await server.stop();
    }
  },
});

Deno.test({
  name: "cli talks to a true server, in a terminal and as a filter" +
    (hasTmux ? "" : " (ignored: there is no tmux)"),
  ignore: !hasTmux,
  fn: async () => {
    const server = await startServer();
    try {
      await using terminal = await TmuxTerminal.open();
      await terminal.enter(`clear; ${quoted("ana", server.url)}; echo "code $?"`);
      await terminal.until((rows) => rows.some((row) => / · 1 online · ana$/.test(row)));
      const lines = Array.from({ length: 50 }, (_, index) => `line ${index}`);
      const { code, err, out } = await runFilter(
        ["bob", "--url", server.url],
        ["/fib 300", ...lines].join("\n"),
      );
      assert.deepEqual({ code, err }, { code: 0, err: "" });
      assert.deepEqual(out, ["222232244629420445529739893461909967206666939096499764990979600"]);
      await terminal.until((rows) => rows.some((row) => row.endsWith("← bob left")));
      await terminal.enter("/fib 10");
      await terminal.until((rows) => rows.some((row) => row.startsWith("fib(10) = 55")));
      await terminal.enter("/quit");
      const rows = await terminal.until((rows) => rows.includes("code 0"));
      assert.ok(rows.some((row) => /^\d\d:\d\d bob: line 49$/.test(row)), rows.join("\n"));
    } finally {
      await server.stop();
    }
  },
});
