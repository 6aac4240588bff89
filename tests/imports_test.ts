/**
 * The arrows and doors of docs/ARCHITECTURE.md, over the real tree: who may import whom, and which module alone may touch
 * which thing outside. What imports what is asked of Deno itself; what else a file says is read from it here.
 *
 * @module
 */

import assert from "node:assert/strict";

const ROOT = new URL("../", import.meta.url);

// ------------------------------------------------------------------------------------------------------- the tree

/** One import of a file of ours. */
interface Import {
  /** The importing file, from the root of the project. */
  readonly from: string;
  readonly line: number;
  /** As it is written. */
  readonly specifier: string;
  /** The imported file from the root of the project, or what it is outside, such as `npm:zod@^4`. */
  readonly to: string;
  readonly typeOnly: boolean;
}

/** Where something is that should not be. */
type Finding = `${string}:${number}: ${string}`;

async function filesBelow(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(new URL(`${folder}/`, ROOT))) {
    const path = `${folder}/${name}`;
    if (isDirectory) found.push(...await filesBelow(path));
    else if (/\.tsx?$/.test(name)) found.push(path);
  }
  return found.sort();
}

/** Everything that runs: not the tests, not the benchmarks. */
const FILES: readonly string[] = [
  "main.ts",
  "dev.ts",
  ...(await Promise.all(["routes", "islands", "components", "client", "lib"].map(filesBelow)))
    .flat(),
];

async function readImports(): Promise<Import[]> {
  const entry = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    const lines = FILES.map((file) => `import ${JSON.stringify(new URL(file, ROOT).href)};`);
    await Deno.writeTextFile(entry, lines.join("\n"));
    const config = new URL("deno.json", ROOT).pathname;
    const { stdout, stderr, success } = await new Deno.Command(Deno.execPath(), {
      args: ["info", "--json", "--config", config, entry],
    }).output();
    assert.ok(success, new TextDecoder().decode(stderr));
    return JSON.parse(new TextDecoder().decode(stdout)).modules.flatMap(importsOf);
  } finally {
    await Deno.remove(entry);
  }
}

interface Resolved {
  readonly specifier?: string;
  readonly error?: string;
  readonly span: { readonly start: { readonly line: number } };
}

interface GraphModule {
  readonly specifier: string;
  readonly error?: string;
  readonly dependencies?: readonly {
    readonly specifier: string;
    readonly code?: Resolved;
    readonly type?: Resolved;
  }[];
}

function importsOf({ specifier: module, error, dependencies = [] }: GraphModule): Import[] {
  assert.equal(error, undefined);
  const from = pathOf(module);
  if (!FILES.includes(from)) return [];
  return dependencies.flatMap(({ specifier, code, type }) => {
    const { specifier: to, error, span } = (code ?? type)!;
    assert.equal(error, undefined, `${from}: ${specifier}`);
    // Deno counts lines from 0.
    const line = span.start.line + 1;
    return [{ from, line, specifier, to: pathOf(to!), typeOnly: code === undefined }];
  });
}

function pathOf(url: string): string {
  return url.startsWith(ROOT.href) ? url.slice(ROOT.href.length) : url;
}

const IMPORTS = await readImports();

// --------------------------------------------------------------------------------------------------------- arrows

const LAYERS = [
  "main",
  "dev",
  "routes",
  "islands",
  "components",
  "client",
  "fresh",
  "lib",
] as const;
type Layer = typeof LAYERS[number];

/** The layer of a file, or `undefined` of what is none of ours. */
function layerOf(path: string): Layer | undefined {
  if (path === "main.ts") return "main";
  if (path === "dev.ts") return "dev";
  if (path.startsWith("lib/fresh/")) return "fresh";
  return LAYERS.find((layer) => path.startsWith(`${layer}/`));
}

const ARROWS: { readonly [From in Layer]: readonly Layer[] } = {
  main: ["routes", "lib"],
  dev: ["main", "lib"],
  routes: ["lib", "components", "islands"],
  islands: ["components", "client", "lib"],
  components: ["components", "client", "lib"],
  client: ["client", "lib"],
  fresh: ["fresh"],
  lib: ["lib"],
};

/** Those of which parts go to the browser or run in a terminal far from the server. */
const FAR: readonly Layer[] = ["islands", "components", "client"];

/** What is wrong with where an import points, or `undefined`. */
function wrongArrow({ from, specifier, to }: Import): string | undefined {
  const layer = layerOf(from)!;
  const target = layerOf(to);
  if (target === undefined) return undefined;
  if (target === "fresh" && layer !== "fresh") {
    if (!/^fresh(\/|$)/.test(specifier)) return "Fresh goes by its name, not by its path";
    return layer === "client" ? "client knows nothing of Fresh" : undefined;
  }
  return ARROWS[layer].includes(target) ? undefined : `${layer} may not import ${target}`;
}

/** The files and packages that a file brings with it when it runs, and the import by which each comes. */
function closureOf(file: string, imports: readonly Import[]): Map<string, Import> {
  const found = new Map<string, Import>();
  const open = [file];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const one of imports) {
      if (one.from !== next || one.typeOnly || found.has(one.to)) continue;
      found.set(one.to, one);
      open.push(one.to);
    }
  }
  return found;
}

/** Whether a file of lib needs neither a package nor the server's platform when it runs. */
function isPure(file: string, imports: readonly Import[]): boolean {
  return [...closureOf(file, imports).keys()].every((to) => layerOf(to) === "lib") &&
    [file, ...closureOf(file, imports).keys()].every((path) =>
      !/\bDeno\b/.test(splitSource(Deno.readTextFileSync(new URL(path, ROOT))).code)
    );
}

function findWrongArrows(imports: readonly Import[]): Finding[] {
  return imports.flatMap((one) => {
    const why = wrongArrow(one);
    return why === undefined ? [] : [`${one.from}:${one.line}: ${why}: ${one.to}` as const];
  });
}

/** A cycle of imports, those of types among them, as the imports along it; `undefined` where there is none. */
function findCycle(imports: readonly Import[]): Import[] | undefined {
  const done = new Set<string>();
  const visit = (file: string, path: readonly Import[]): Import[] | undefined => {
    const back = path.findIndex(({ from }) => from === file);
    if (back >= 0) return path.slice(back);
    if (done.has(file)) return undefined;
    for (const one of imports.filter(({ from }) => from === file)) {
      const cycle = visit(one.to, [...path, one]);
      if (cycle !== undefined) return cycle;
    }
    done.add(file);
    return undefined;
  };
  for (const { from } of imports) {
    const cycle = visit(from, []);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
}

function show(imports: readonly Import[]): string {
  return imports.map(({ from, line, to }) => `${from}:${line}: imports ${to}`).join("\n");
}

function edge(from: string, to: string, options: Partial<Import> = {}): Import {
  return { from, to, line: 1, specifier: `./${to}`, typeOnly: false, ...options };
}

Deno.test("The reader of imports sees the tree: files, lines, packages, types apart", () => {
  assert.ok(FILES.length > 100, `${FILES.length} files`);
  const source = Deno.readTextFileSync(new URL("lib/handshake.ts", ROOT)).split("\n");
  const seen = IMPORTS.filter(({ from }) => from === "lib/handshake.ts");
  assert.ok(seen.length >= 5);
  for (const { line, specifier } of seen) assert.ok(source[line - 1]!.includes(specifier));
  const isType = (to: string) => seen.find((one) => one.to === to)?.typeOnly;
  assert.equal(isType("lib/result.ts"), true);
  assert.equal(isType("lib/protocol.ts"), false);
  assert.ok(IMPORTS.some(({ from, to }) => from === "lib/settings.ts" && to.startsWith("npm:")));
});

Deno.test("Imports point one way: main, routes, islands, components, client, lib", () => {
  assert.deepEqual(findWrongArrows(IMPORTS), []);
});

const WRONG_ARROWS: readonly Import[] = [
  edge("main.ts", "client/room.ts"),
  edge("routes/index.tsx", "client/room.ts"),
  edge("routes/index.tsx", "routes/health.ts"),
  edge("islands/Room.tsx", "routes/index.tsx"),
  edge("islands/Room.tsx", "islands/Other.tsx"),
  edge("components/Chat.tsx", "islands/Room.tsx"),
  edge("client/room.ts", "components/Chat.tsx"),
  edge("client/room.ts", "lib/fresh/runtime/mod.ts", { specifier: "fresh/runtime" }),
  edge("lib/hub.ts", "client/room.ts"),
  edge("lib/hub.ts", "main.ts", { typeOnly: true }),
  edge("lib/app.ts", "lib/fresh/mod.ts"),
  edge("lib/fresh/app.ts", "lib/log.ts"),
  edge("dev.ts", "client/room.ts"),
];

Deno.test("The rule of the arrows finds each wrong one", () => {
  assert.deepEqual(WRONG_ARROWS.filter((one) => wrongArrow(one) === undefined), []);
  assert.equal(findWrongArrows(WRONG_ARROWS).length, WRONG_ARROWS.length);
});

/** Whether an import stays within our stand-in for Fresh, or outside of it. */
function isWithinFresh({ from }: Import): boolean {
  return layerOf(from) === "fresh";
}

Deno.test("Imports make no cycle, those of types among them", () => {
  assert.equal(show(findCycle(IMPORTS.filter((one) => !isWithinFresh(one))) ?? []), "");
});

// The types of Fresh's own interface know each other: a route's handler takes a Context, which renders routes.
Deno.test("Imports within lib/fresh make no cycle when they run", () => {
  const imports = IMPORTS.filter((one) => isWithinFresh(one) && !one.typeOnly);
  assert.equal(show(findCycle(imports) ?? []), "");
});

Deno.test("The rule of the cycles finds one, also through types, and none where there is none", () => {
  const chain = [edge("a", "b"), edge("b", "c"), edge("a", "c"), edge("x", "b")];
  assert.equal(findCycle(chain), undefined);
  const back = edge("c", "b", { typeOnly: true });
  assert.deepEqual(findCycle([...chain, back]), [edge("b", "c"), back]);
  assert.deepEqual(findCycle([edge("a", "a")]), [edge("a", "a")]);
});

/** What goes over a socket, as schemas: their types are for both ends. */
const MESSAGES: readonly string[] = ["lib/protocol.ts", "lib/admin_message.ts"];

/** The imports by which something of lib that is not pure comes to the browser or the console. */
function findImpure(imports: readonly Import[]): Finding[] {
  return imports
    .filter(({ from, to }) => FAR.includes(layerOf(from)!) && layerOf(to) === "lib")
    .filter(({ to, typeOnly }) => !isPure(to, imports) && !(typeOnly && MESSAGES.includes(to)))
    .map(({ from, line, to }) => `${from}:${line}: ${to} is not pure` as const);
}

Deno.test("Islands, components and client import of lib only what is pure, and types of the protocol", () => {
  assert.deepEqual(findImpure(IMPORTS), []);
});

Deno.test("The rule of pure modules knows what is pure and what is not", () => {
  for (const pure of ["names", "close_codes", "result", "turn", "roster"]) {
    const file = `lib/${pure}.ts`;
    const isSo = pure !== "turn";
    assert.equal(isPure(file, IMPORTS), isSo, file);
  }
  for (const impure of ["protocol", "config", "database", "hub", "admission", "app"]) {
    const file = `lib/${impure}.ts`;
    assert.equal(isPure(file, IMPORTS), false, file);
    const found = findImpure([...IMPORTS, edge("client/room.ts", file)]);
    assert.deepEqual(found, [`client/room.ts:1: ${file} is not pure`]);
  }
});

/** The imports by which a package comes to files of some layers when they run. */
function findAtRunTime(
  layers: readonly Layer[],
  named: string,
  imports: readonly Import[],
): Finding[] {
  const files = new Set(imports.map(({ from }) => from));
  return [...files].filter((file) => layers.includes(layerOf(file)!)).flatMap((file) => {
    const last = [...closureOf(file, imports).values()].find(({ specifier }) =>
      specifier === named
    );
    return last === undefined
      ? []
      : [`${last.from}:${last.line}: brings ${named} to ${file}` as const];
  });
}

Deno.test("Islands, components and client carry no zod when they run", () => {
  assert.deepEqual(findAtRunTime(FAR, "zod", IMPORTS), []);
});

Deno.test("The rule of zod finds it behind any number of files, and not behind types", () => {
  const far = edge("client/a.ts", "client/b.ts");
  const near = edge("client/b.ts", "lib/protocol.ts");
  const zod = edge("lib/protocol.ts", "npm:zod@^4", { specifier: "zod", line: 10 });
  assert.deepEqual(findAtRunTime(FAR, "zod", [far, near, zod]), [
    "lib/protocol.ts:10: brings zod to client/a.ts",
    "lib/protocol.ts:10: brings zod to client/b.ts",
  ]);
  assert.deepEqual(findAtRunTime(FAR, "zod", [far, { ...near, typeOnly: true }, zod]), []);
});

// ---------------------------------------------------------------------------------------------------------- doors

/** A source in two halves of the same length, so that lines and columns stay. */
interface Split {
  /** Comments, and what stands in strings, templates and regular expressions, are blank. */
  readonly code: string;
  /** Only what stands in strings and templates. */
  readonly texts: string;
}

/** Where a `/` begins a regular expression and does not divide, nor end a tag. */
const BEFORE_REGEXP = /(^|[(,=:[!&|?;]|\breturn|=>)\s*$/;
const TOKEN =
  /\/\/[^\n]*|\/\*[\s\S]*?\*\/|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`|\/(?:[^/\\\n[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/|[{}]/g;

function splitSource(source: string): Split {
  const blank = (text: string) => text.replace(/[^\n]/g, " ");
  let code = "";
  let texts = "";
  let at = 0;
  const take = (end: number, as: "code" | "text" | "neither") => {
    const part = source.slice(at, end);
    code += as === "code" ? part : blank(part);
    texts += as === "text" ? part : blank(part);
    at = end;
  };
  /** The depth of braces at which each template that is open goes on. */
  const templates: number[] = [];
  let depth = 0;
  const takeTemplate = () => {
    const end = /(?:[^`\\$]|\\[\s\S]|\$(?!\{))*/y;
    end.lastIndex = at;
    end.exec(source);
    take(end.lastIndex, "text");
    if (source[at] === "$") {
      take(at + 1, "neither");
      templates.push(depth);
    } else take(at + 1, "code");
  };
  for (;;) {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(source);
    if (match === null) break;
    const [token] = match;
    take(match.index, "code");
    if (token === "`") {
      take(at + 1, "code");
      takeTemplate();
    } else if (token === "{" || token === "}") {
      if (token === "{") depth++;
      else depth--;
      take(at + 1, "code");
      if (token === "}" && templates.at(-1) === depth) {
        templates.pop();
        takeTemplate();
      }
    } else if (token.startsWith("//") || token.startsWith("/*")) {
      take(at + token.length, "neither");
    } else if (token.startsWith("/")) {
      if (BEFORE_REGEXP.test(code)) take(at + token.length, "neither");
      else take(at + 1, "code");
    } else {
      take(at + 1, "code");
      take(at + token.length - 2, "text");
      take(at + 1, "code");
    }
  }
  take(source.length, "code");
  return { code, texts };
}

/** A thing outside, and the only files that may touch it. */
interface Door {
  readonly name: string;
  /** Where it shows: in the code, or in the texts of the program. */
  readonly half: keyof Split;
  readonly pattern: RegExp;
  readonly files: readonly string[];
}

const DOORS: readonly Door[] = [
  {
    name: "the environment",
    half: "code",
    pattern: /\bDeno\s*\.\s*env\b|\bprocess\s*\.\s*env\b/g,
    files: ["lib/config.ts", "client/cli.ts"],
  },
  {
    name: "console",
    half: "code",
    pattern: /\bconsole\b\s*[.[;,)]/g,
    files: ["lib/log.ts", "lib/fresh/**", "client/terminal.ts"],
  },
  {
    name: "SQL",
    half: "texts",
    pattern:
      /\bselect\b[^.]*?\bfrom\s+\w|\binsert\s+into\s+\w|\bupdate\s+\w+\s+set\s|\bdelete\s+from\s+\w|\b(create|alter|drop|truncate)\s+(unique\s+)?(table|index|view|type)\b|\bpg_\w+\s*\(/gi,
    files: ["lib/*_sql.ts", "lib/migrate.ts", "lib/database*.ts"],
  },
];

const PACKAGES: readonly { readonly name: RegExp; readonly files: readonly string[] }[] = [
  { name: /^postgres$/, files: ["lib/database*.ts"] },
  { name: /^@electric-sql\//, files: ["lib/database*.ts"] },
  {
    name: /^zod$/,
    files: [
      "lib/protocol.ts",
      "lib/peer_message.ts",
      "lib/admin_message.ts",
      "lib/settings.ts",
      // What documents are made of, and what makes them.
      "lib/http_schemas.ts",
      "lib/http_operations.ts",
      "lib/json_schema.ts",
      "lib/socket_messages.ts",
      "lib/openapi.ts",
    ],
  },
  { name: /^jose$/, files: ["lib/tokens.ts"] },
  { name: /^prom-client$/, files: ["lib/exposition.ts"] },
  { name: /^@opentelemetry\//, files: ["lib/tracing.ts"] },
  { name: /^@nats-io\//, files: ["lib/nats*.ts", "lib/journal_nats.ts"] },
  { name: /^uplot$/, files: ["components/dashboard/time_plot.ts"] },
  { name: /^swagger-ui-dist/, files: ["lib/swagger_ui.ts"] },
  { name: /^@cfworker\/json-schema$/, files: ["client/docs/schema_check.ts"] },
  {
    name: /^(playwright-core|axe-core|fast-check|@seriousme\/openapi-schema-validator)$/,
    files: [],
  },
];

function isAmong(file: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) => globMatches(pattern, file));
}

function globMatches(pattern: string, file: string): boolean {
  const expression = pattern.split("**").map((part) =>
    part.split("*").map((text) => text.replace(/[.+^$()|[\]\\]/g, "\\$&")).join("[^/]*")
  ).join(".*");
  return new RegExp(`^${expression}$`).test(file);
}

/** The uses of a door in a file that may not use it. */
function findBehind({ name, half, pattern, files }: Door, file: string, source: string): Finding[] {
  if (isAmong(file, files)) return [];
  const text = splitSource(source)[half];
  return [...text.matchAll(pattern)].map(({ index }) => {
    const line = text.slice(0, index).split("\n").length;
    return `${file}:${line}: ${name} belongs to ${files.join(", ")}` as const;
  });
}

for (const door of DOORS) {
  Deno.test(`The only door to ${door.name} is ${door.files.join(", ")}`, async () => {
    const found: Finding[] = [];
    let used = 0;
    for (const file of FILES) {
      const source = await Deno.readTextFile(new URL(file, ROOT));
      found.push(...findBehind(door, file, source));
      if (isAmong(file, door.files)) {
        used += findBehind({ ...door, files: [] }, file, source).length;
      }
    }
    assert.deepEqual(found, []);
    assert.ok(used > 0, `nobody uses ${door.name}: the rule looks for the wrong thing`);
  });
}

for (const { name, files } of PACKAGES) {
  Deno.test(`The only door to ${name.source} is ${files.join(", ") || "no file that runs"}`, () => {
    const imports = IMPORTS.filter(({ specifier }) => name.test(specifier));
    const found = imports.filter(({ from }) => !isAmong(from, files));
    assert.equal(show(found), "");
    assert.equal(imports.length > 0, files.length > 0);
  });
}

const TRICKY = `// console.log("a comment")
/* Deno.env
   console.log() */
const text = "console.log() \\" Deno.env";
const other = 'it is console.log';
const template = \`console.log(\${Deno.env.get(\`\${"x"}\`)} select a from b\`;
const regexp = /["'\`]/.test("select x from y");
const half = 10 / 2; const quarter = half / 2; // console.log()
const tag = <p>don't console</p>;
console.error(text);
`;

Deno.test("The reader of sources tells code from comments, texts and regular expressions", () => {
  const [environment, log, sql] = DOORS.map(({ name }) =>
    findBehind({ ...DOORS.find((door) => door.name === name)!, files: [] }, "x.ts", TRICKY)
      .map((finding) => finding.split(":")[1])
  );
  assert.deepEqual(environment, ["6"]);
  assert.deepEqual(log, ["10"]);
  assert.deepEqual(sql, ["6", "7"]);
});

Deno.test("The reader of sources keeps lengths and lines, of every file", async () => {
  for (const file of FILES) {
    const source = await Deno.readTextFile(new URL(file, ROOT));
    const { code, texts } = splitSource(source);
    assert.equal(code.length, source.length, file);
    assert.equal(texts.length, source.length, file);
    assert.equal(code.split("\n").length, source.split("\n").length, file);
    const braces = (brace: string) => code.split(brace).length;
    assert.equal(braces("{"), braces("}"), `${file}: the reader lost its way`);
  }
});

// ------------------------------------------------------------------------------------------------- importing is free

Deno.test("Importing any module but main.ts and dev.ts opens nothing and keeps no process alive", async () => {
  const files = FILES.filter((file) => !["main.ts", "dev.ts"].includes(file));
  const code = files.map((file) => `await import(${JSON.stringify(new URL(file, ROOT).href)});`);
  const entry = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    await Deno.writeTextFile(entry, code.join("\n"));
    const config = new URL("deno.json", ROOT).pathname;
    const child = new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        // Downloads are not what is looked for.
        "--quiet",
        "--no-check",
        "--no-prompt",
        "--allow-read",
        "--allow-env",
        "--config",
        config,
        entry,
      ],
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    // Without rights to the network, and ended by the end of its work: packages read the environment, which is free.
    // A process that is kept alive by a timer or a socket would not end by itself.
    const timer = setTimeout(() => child.kill("SIGKILL"), 30_000);
    const { code: status, stdout, stderr } = await child.output();
    clearTimeout(timer);
    const said = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
    assert.equal(status, 0, said);
    assert.equal(said, "");
  } finally {
    await Deno.remove(entry);
  }
});
