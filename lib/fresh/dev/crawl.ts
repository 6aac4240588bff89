/**
 * The files of a project.
 *
 * Here: finding islands, routes and static files. Not here: what becomes of them.
 * Invariant: the same directory gives the same list, in the same order.
 *
 * @module
 */
import { basename, join, relative } from "node:path";

/** A file that was found. */
export interface FoundFile {
  /** Its path on the disk. */
  readonly file: string;
  /** Its path below the directory, with "/" and without the extension if it is a module. */
  readonly path: string;
}

const MODULE = /\.(?:tsx?|jsx?|mjs|mts)$/;
const TEST = /[._]test\.\w+$/;

/** The modules below a directory, tests left out. None if there is no such directory. */
export async function findModules(directory: string): Promise<FoundFile[]> {
  const found = await findFiles(directory);
  return found
    .filter(({ file }) => MODULE.test(file) && !TEST.test(file))
    .map(({ file, path }) => ({ file, path: path.replace(MODULE, "") }));
}

/** The files below a directory, sorted by path. None if there is no such directory. */
export async function findFiles(directory: string): Promise<FoundFile[]> {
  const files: FoundFile[] = [];
  for (const file of await walk(directory)) {
    files.push({ file, path: relative(directory, file).replaceAll("\\", "/") });
  }
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}

async function walk(directory: string): Promise<string[]> {
  const files: string[] = [];
  try {
    for await (const { name, isDirectory } of Deno.readDir(directory)) {
      const path = join(directory, name);
      if (isDirectory) files.push(...await walk(path));
      else files.push(path);
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return files;
}

/**
 * A JavaScript identifier for each island, after its file's name.
 *
 * @throws {Error} If two islands' files have the same name.
 */
export function nameIslands(files: readonly FoundFile[]): Map<string, string> {
  const names = new Map<string, string>();
  for (const { file, path } of files) {
    const name = basename(path).replaceAll(/\W/g, "_").replace(/^(?=\d)/, "_");
    if (names.has(name)) {
      throw new Error(`Could not name an island: another file is called the same: ${file}`);
    }
    names.set(name, file);
  }
  return names;
}
