/**
 * Writes docs/PROTOCOL.md and the settings in README.md: `deno task docs`. The prose is docs/PROTOCOL.template.md; the
 * tables, the examples and the codes come from the schemas. The settings are settings_table.ts's.
 *
 * @module
 */

import { CLOSE_CODE_MEANINGS, CloseCode } from "../lib/close_codes.ts";
import { OPERATIONS } from "../lib/http_operations.ts";
import { toJsonSchema } from "../lib/json_schema.ts";
import { type Field, fieldsOf, type JsonSchema } from "../lib/schema_fields.ts";
import { connectParametersSchema, ERROR_CODES } from "../lib/protocol.ts";
import { type DocumentedMessage, socketMessages } from "../lib/socket_messages.ts";
import { withSettings } from "./settings_table.ts";

const TEMPLATE = new URL("../docs/PROTOCOL.template.md", import.meta.url);
/** The page that is written. */
export const PAGE = new URL("../docs/PROTOCOL.md", import.meta.url);
const README = new URL("../README.md", import.meta.url);

const { sent, received } = socketMessages();

/** What stands in the place of each mark of the template. */
const PARTS: Readonly<Record<string, () => string>> = {
  "connect parameters": () => parameterTable(toJsonSchema(connectParametersSchema)),
  "sent messages": () => sent.map(messageSection).join("\n\n"),
  "received messages": () => received.map(messageSection).join("\n\n"),
  "close codes": () =>
    table(
      ["code", "when", "reconnect?"],
      Object.entries(CLOSE_CODE_MEANINGS).map(([name, { when, comesBack }]) => [
        String(CloseCode[name as keyof typeof CloseCode]),
        when,
        comesBack,
      ]),
    ),
  "error codes": () =>
    table(
      ["code", "when"],
      Object.entries(ERROR_CODES).map(([code, when]) => [`\`${code}\``, when]),
    ),
  "http paths": () =>
    table(
      ["path", "answer", "errors"],
      OPERATIONS.map(({ method, path, query, summary, errors }) => [
        `\`${method.toUpperCase()} ${path}${queryOf(path, query?.shape)}\``,
        summary,
        Object.entries(errors).map(([status, when]) => `${status}: ${when}`).join("; "),
      ]),
    ),
  "http bodies": () => bodies().map(([name, schema]) => bodySection(name, schema)).join("\n\n"),
};

/** The page as it should be, before it is formatted. */
async function makePage(): Promise<string> {
  const template = await Deno.readTextFile(TEMPLATE);
  const used = new Set<string>();
  const page = template.replaceAll(/^<!-- part: (.+) -->$/gm, (mark, name: string) => {
    const part = PARTS[name];
    if (part === undefined) throw new Error(`Could not make the page: no such part: ${mark}`);
    used.add(name);
    return part();
  });
  const unused = Object.keys(PARTS).filter((name) => !used.has(name));
  if (unused.length > 0) {
    throw new Error(`Could not make the page: parts without a place: ${unused}`);
  }
  return page.replace(/^<!-- source: .+ -->\n\n/, "");
}

/** The page as it should be, as `deno fmt` leaves it. */
export async function makeFormattedPage(): Promise<string> {
  const config = new URL("../deno.json", import.meta.url).pathname;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["fmt", "--config", config, "--ext", "md", "-"],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(await makePage()));
  await writer.close();
  const { stdout, success } = await child.output();
  if (!success) throw new Error("Could not format the page");
  return new TextDecoder().decode(stdout);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

function parameterTable(schema: JsonSchema): string {
  const rows = fieldsOf(schema).map(({ name, type, description, default: fallback = "" }) => [
    `\`${name}\``,
    type,
    description,
    fallback && `\`${fallback}\``,
  ]);
  return table(["name", "value", "meaning", "default"], rows);
}

function fieldTable(fields: readonly Field[]): string {
  const rows = fields.map(({ name, type, isOptional, description }) => [
    `\`${name}\``,
    isOptional ? `${type}; optional` : type,
    description,
  ]);
  return table(["field", "value", "meaning"], rows);
}

function messageSection({ name, schema }: DocumentedMessage): string {
  return section(name === "cmd" ? '`{"cmd": "fib"}`' : `\`${name}\``, schema);
}

function bodySection(name: string, schema: JsonSchema): string {
  return section(`\`${name}\``, schema);
}

function section(title: string, schema: JsonSchema): string {
  const { description = "", examples = [] } = schema;
  const example = examples.map((one) => `\`\`\`json\n${JSON.stringify(one)}\n\`\`\``).join("\n\n");
  return [`### ${title}`, description, fieldTable(fieldsOf(schema)), example].join("\n\n");
}

function queryOf(path: string, shape: Readonly<Record<string, unknown>> | undefined): string {
  // The sockets' are in section 1.
  if (shape === undefined || path.includes("ws")) return "";
  return `?${Object.keys(shape).map((name) => `${name}=`).join("&")}`;
}

/** What goes over HTTP, each once, by name; the documents themselves are loose. */
function bodies(): [string, JsonSchema][] {
  const named = OPERATIONS.flatMap(({ answer, body }) =>
    Object.entries({ ...body, ...answer.schemas })
  )
    .map(([name, schema]): [string, JsonSchema] => [name, toJsonSchema(schema)])
    .filter(([, { properties = {} }]) => Object.keys(properties).length > 0);
  return [...new Map(named)];
}

if (import.meta.main) {
  await Deno.writeTextFile(PAGE, await makeFormattedPage());
  await Deno.writeTextFile(README, withSettings(await Deno.readTextFile(README)));
}
