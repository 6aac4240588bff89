/**
 * The settings as they are: environment and files in, frozen Config out. The only reader of Deno.env. What can be set is in
 * `lib/settings.ts`.
 *
 * Invariant: a Config that exists is right; whatever is wrong is said at once, each with its setting and the remedy, and no
 * secret is in what is said.
 *
 * @module
 */

import { hidePasswords } from "./log.ts";
import type { Result } from "./result.ts";
import { showUrls } from "./secret_url.ts";
import { type Lookalike, lookalikes } from "./lookalikes.ts";
import {
  type Config,
  defaultOf,
  isGuard,
  isSecret,
  meaningOf,
  SETTING_NAMES,
  type SettingName,
  settingsSchema,
} from "./settings.ts";

export type { Config };

/** Variables by name. */
type Environment = Readonly<Record<string, string>>;
/** Gives a file's text, or throws. */
type ReadFile = (path: string) => string;

/** A setting as it is, to be shown. */
export interface ShownSetting {
  readonly name: SettingName;
  /** Empty where there is none; of a secret not the value, of a URL not what is secret in it. */
  readonly value: string;
  readonly from: "default" | "environment" | "file";
  /** Which file. */
  readonly path?: string;
  /** In Markdown. */
  readonly meaning: string;
}

/** What was found of one setting. */
interface Found {
  /** The variable by which it was given. */
  readonly variable: string;
  /** `undefined` where it cannot be had. */
  readonly text: string | undefined;
  readonly problem?: string;
}

/**
 * Reads the settings.
 *
 * @param environment By default that of the process.
 * @returns The Config, or one line for each thing that is wrong. Never throws.
 */
export function loadConfig(
  environment: Environment = environmentOfProcess(),
  readFile: ReadFile = Deno.readTextFileSync,
): Result<Config, string[]> {
  return parse(environment, findAll(environment, readFile));
}

/** How the log is to be written also where other settings are wrong; as by default where that is. Never throws. */
export function logFormat(environment: Environment = environmentOfProcess()): Config["LOG_FORMAT"] {
  const { LOG_FORMAT } = settingsSchema.shape;
  const given = findAll(environment, () => "").get("LOG_FORMAT")?.text;
  const { data } = LOG_FORMAT.safeParse(given);
  return data ?? LOG_FORMAT.parse(undefined);
}

/**
 * Has Deno write the frames of sockets without copying them; for the process, to be called before its first socket. A copy
 * goes through a buffer that each socket keeps for good, as long as its longest frame.
 */
export function writeFramesDirectly(): void {
  Deno.env.set("DENO_USE_WRITEV", "1");
}

/** The variables that are no settings, but that somebody has probably taken for one. Never throws. */
export function misspelt(environment: Environment = Deno.env.toObject()): readonly Lookalike[] {
  return lookalikes(Object.keys(environment));
}

/** Every setting as it is, and what {@linkcode loadConfig} says of them. Never throws. */
export function showConfig(
  environment: Environment = environmentOfProcess(),
  readFile: ReadFile = Deno.readTextFileSync,
): { readonly settings: readonly ShownSetting[]; readonly problems: readonly string[] } {
  const found = findAll(environment, readFile);
  const parsed = parse(environment, found);
  const settings = SETTING_NAMES.map((name): ShownSetting => {
    const meaning = meaningOf(name);
    const given = found.get(name);
    if (given === undefined) return { name, value: defaultOf(name), from: "default", meaning };
    const { variable } = given;
    const text = environment[variable] ?? "";
    const value = isSecret(name) && text.trim() ? showSecret(name, given) : hidePasswords(text);
    if (variable === name) return { name, value, from: "environment", meaning };
    return { name, value, from: "file", path: hidePasswords(text), meaning };
  });
  return { settings, problems: parsed.ok ? [] : parsed.error };
}

function showSecret(name: SettingName, { text }: Found): string {
  const { success, data = "" } = settingsSchema.shape[name].safeParse(text);
  const shown = success && name.endsWith("_URL") ? showUrls(String(data)) : undefined;
  return shown ?? "(hidden)";
}

/** What stands in a text for what is no UTF-8. */
const UNREADABLE = "\ufffd";

/** The variables of the process. Deno leaves those out that are no Unicode: a secret would be as good as unset. */
function environmentOfProcess(): Environment {
  const environment = Deno.env.toObject();
  for (const name of SETTING_NAMES.flatMap((name) => [name, `${name}_FILE`])) {
    try {
      Deno.env.get(name);
    } catch {
      environment[name] = UNREADABLE;
    }
  }
  return environment;
}

function parse(
  environment: Environment,
  found: ReadonlyMap<string, Found>,
): Result<Config, string[]> {
  // What cannot be had counts as given, or others would be said to lack it.
  const texts = [...found].map(([name, { text }]) => [name, text ?? ""]);
  const parsed = settingsSchema.safeParse(Object.fromEntries(texts));
  const lines = [...found.values()].flatMap(({ problem }) => problem ?? []);
  const issues = parsed.error?.issues ?? [];
  for (const { path, message } of issues) {
    const name = String(path[0]) as SettingName;
    const { variable = name, problem } = found.get(name) ?? {};
    if (problem !== undefined) continue;
    // A password may stand where no pattern finds it.
    const value = isSecret(name) ? "" : `: ${show(environment[variable] ?? "")}`;
    lines.push(`${variable}: ${message}${value}`);
  }
  if (parsed.success && lines.length === 0) return { ok: true, value: Object.freeze(parsed.data) };
  return { ok: false, error: [...new Set(lines)] };
}

/** The settings that are given; an empty one is as good as unset, but where it was to keep somebody out. */
function findAll(
  environment: Environment,
  readFile: ReadFile,
): ReadonlyMap<string, Found> {
  const all = findTexts(environment, readFile).map(([name, found]): [string, Found] => {
    if (!found.text?.includes(UNREADABLE)) return [name, found];
    // Of random bytes there would be hardly any secret left.
    const problem = `${found.variable}: expected text in UTF-8`;
    return [name, { ...found, text: undefined, problem }];
  });
  return new Map(all);
}

function findTexts(environment: Environment, readFile: ReadFile): [string, Found][] {
  const given = (variable: string) => {
    const text = Object.hasOwn(environment, variable) ? environment[variable] : undefined;
    return text?.trim() ? text : undefined;
  };
  return SETTING_NAMES.flatMap((name): [string, Found][] => {
    const isFile = name.endsWith("_FILE");
    const variable = isFile ? name : `${name}_FILE`;
    const path = isFile || isSecret(name) ? given(variable) : undefined;
    const text = isFile ? undefined : given(name);
    if (path === undefined && text === undefined) {
      const blank = [name, variable].find((one) => Object.hasOwn(environment, one));
      if (blank === undefined || !isGuard(name)) return [];
      const problem =
        `${blank}: expected a value, or that it is not set at all: empty it guards nothing`;
      return [[name, { variable: blank, text, problem }]];
    }
    if (path === undefined) return [[name, { variable: name, text }]];
    if (text === undefined) return [[name, readFrom({ variable, path, readFile })]];
    const problem = `${variable}: expected it or ${name}, not both`;
    return [[name, { variable, text: undefined, problem }]];
  });
}

function readFrom({ variable, path, readFile }: {
  readonly variable: string;
  readonly path: string;
  readonly readFile: ReadFile;
}): Found {
  const cannot = (rule: string): Found => {
    const problem = `${variable}: expected a file that ${rule}: ${show(path)}`;
    return { variable, text: undefined, problem };
  };
  try {
    const text = readFile(path).trim();
    // Not as good as unset: who names a file means to have something there.
    return text === "" ? cannot("is not empty") : { variable, text };
  } catch (error) {
    return cannot(`can be read (${error instanceof Error ? error.name : "unknown"})`);
  }
}

function show(text: string): string {
  return JSON.stringify(hidePasswords(text));
}
