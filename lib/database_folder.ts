/**
 * The folder of the embedded database: whose it is, how it is made and opened, and what becomes of one that is damaged.
 *
 * Invariant: it is open in at most one process, because PGlite would let two write into it; a folder by its name was made
 * whole; and none is lost: one that cannot be opened is set aside by one rename, and only where nothing else is to blame.
 *
 * @module
 */

import { EmbeddedWorker } from "./embedded_worker.ts";
import { describeError, type Log } from "./log.ts";
import { DatabaseError } from "./queries.ts";

/** Another process holds the folder. */
export class FolderLockedError extends Error {
  override readonly name = "FolderLockedError";
  /** The process that holds it, as it wrote itself down. */
  readonly holder: string;

  constructor(folder: string, holder: string) {
    super(`Could not open the folder of the database: process ${holder} holds it: ${folder}`);
    this.holder = holder;
  }
}

/** So many files are open at once in an embedded database at most, and some more. */
const DESCRIPTORS = 128;
/** More than a new database takes. */
const SPACE_BYTES = 64 * 1024 * 1024;

const RIGHTS = "let the user of this process read and write all that is in it";
/** By the system's error code. */
const REMEDIES: Readonly<Record<string, string>> = {
  EACCES: RIGHTS,
  EPERM: RIGHTS,
  EROFS: "mount it for writing",
  ENOSPC: "make room: a new database takes 64 MB",
  EDQUOT: "make room: a new database takes 64 MB",
  EMFILE: "raise ulimit -n",
  ENFILE: "raise fs.file-max",
};

/**
 * What to do where a folder could not be opened.
 *
 * @param error What {@linkcode DatabaseFolder} threw.
 * @param folder As it was given.
 */
export function openingRemedy(error: unknown, folder: string): string {
  if (error instanceof FolderLockedError) {
    return "stop that process, or set DATA_DIR to another folder";
  }
  const { code = "", message = "" } = error as { code?: string; message?: string };
  // Of a WebAssembly.Memory there is no code.
  if (/memory/i.test(message)) return "give this process more memory: 600 MB";
  const remedy = REMEDIES[code];
  return remedy === undefined
    ? `set DATA_DIR (${folder}) to a folder that can be written`
    : `${remedy}, or set DATA_DIR (${folder}) to another folder`;
}

/** A folder that is this process's until it is unlocked. */
export class DatabaseFolder {
  readonly #folder: string;
  readonly #lock: Deno.FsFile;
  readonly #log: Log | undefined;
  /** The database itself. */
  readonly #path: string;
  /** One that is being made; what is found here was cut short. */
  readonly #unfinished: string;
  /** Whether the database was open: then it is not missing but away, with the disk that it is on. */
  #wasOpen = false;

  private constructor(folder: string, lock: Deno.FsFile, log: Log | undefined) {
    this.#folder = folder;
    this.#lock = lock;
    this.#log = log;
    this.#path = `${folder}/pglite`;
    this.#unfinished = `${folder}/pglite.new`;
  }

  /**
   * Takes a folder, which is made if it is missing.
   *
   * @throws {FolderLockedError} If another process holds it.
   */
  static async lock(folder: string, log: Log | undefined): Promise<DatabaseFolder> {
    await Deno.mkdir(folder, { recursive: true });
    const path = `${folder}/pulso.lock`;
    const file = await Deno.open(path, { read: true, write: true, create: true });
    if (!await file.tryLock(true)) {
      file.close();
      const holder = (await Deno.readTextFile(path)).trim() || "unknown";
      throw new FolderLockedError(folder, holder);
    }
    await file.truncate();
    await file.write(new TextEncoder().encode(`${Deno.pid}\n`));
    return new DatabaseFolder(folder, file, log);
  }

  /** Gives it to whoever wants it next. */
  unlock(): void {
    this.#lock.close();
  }

  /**
   * Opens the database, which is made if it is missing from the beginning. One that is damaged is set aside and a new
   * one made, where such a one can be opened here.
   *
   * @param damage Why it is known to be damaged.
   * @throws {DatabaseError|Error} If it cannot be opened, and is not to blame for it.
   */
  async open(damage?: string): Promise<EmbeddedWorker> {
    const worker = await this.#open(damage);
    this.#wasOpen = true;
    return worker;
  }

  /** Whether the database can be found and read at this moment. */
  async isThere(): Promise<boolean> {
    return await Deno.readTextFile(`${this.#path}/PG_VERSION`).then(() => true, () => false);
  }

  async #open(damage: string | undefined): Promise<EmbeddedWorker> {
    await removeAll(this.#unfinished);
    if (await isMissing(this.#path)) {
      if (this.#wasOpen) throw new Error("its folder is away; a new one is only made at the start");
      await this.#make();
      await Deno.rename(this.#unfinished, this.#path);
      return await start(this.#path);
    }
    const known = damage ?? await obviousDamage(this.#path);
    if (known !== undefined) return await this.#replace(known);
    try {
      return await start(this.#path);
    } catch (error) {
      if (isSlow(error)) throw error;
      return await this.#replace(describeError(error), "unless it opens now");
    }
  }

  /** Opens a new one in its place; where it is not known to be damaged, only if it cannot be opened once more. */
  async #replace(reason: string, unless?: "unless it opens now"): Promise<EmbeddedWorker> {
    await checkAccess(this.#path);
    await this.#make();
    (await start(this.#unfinished)).end({ reason: "it was only tried" });
    const other = await this.#otherVersion();
    if (unless !== undefined && other === undefined) {
      try {
        const worker = await start(this.#path);
        await removeAll(this.#unfinished);
        return worker;
      } catch (error) {
        // Else here is a database that opens, and there is one that does not.
        if (isSlow(error)) throw error;
      }
    }
    await this.#setAside(other ?? reason);
    await Deno.rename(this.#unfinished, this.#path);
    return await start(this.#path);
  }

  async #make(): Promise<void> {
    const worker = new EmbeddedWorker();
    try {
      await worker.make(this.#unfinished);
    } catch (error) {
      await this.#explain(error);
    } finally {
      worker.end({ reason: "it was only to make a folder" });
    }
  }

  /** Throws why none can be made, which PGlite does not tell; the room of what there is of it is given back. */
  async #explain(error: unknown): Promise<never> {
    try {
      await checkSpace(`${this.#folder}/pglite.space`);
      if (!await isMissing(this.#unfinished)) await checkAccess(this.#unfinished);
    } finally {
      await removeAll(this.#unfinished);
    }
    throw error;
  }

  /** What is wrong where it is of another version of PostgreSQL than a new one. */
  async #otherVersion(): Promise<string | undefined> {
    const [is, wanted] = await Promise.all(
      [this.#path, this.#unfinished].map(async (path) => {
        const text = await Deno.readTextFile(`${path}/PG_VERSION`).catch(() => "");
        return text.trim();
      }),
    );
    if (is === wanted || !/^\d+$/.test(is ?? "")) return undefined;
    return `it is of PostgreSQL ${is}, and this is PostgreSQL ${wanted}`;
  }

  async #setAside(reason: string): Promise<void> {
    const folder = await Deno.realPath(this.#folder);
    const at = new Date().toISOString().replace(/[-:]|\.\d+/g, "");
    let moved_to = `${folder}.bad-${at}`;
    try {
      await Deno.rename(this.#path, moved_to);
    } catch {
      // The folder is a mount point, or what it is in is not ours to write.
      moved_to = `${folder}/pglite.bad-${at}`;
      await Deno.rename(this.#path, moved_to);
    }
    this.#log?.error("data_set_aside", {
      folder: `${folder}/pglite`,
      moved_to,
      reason,
      remedy: "none is needed: a new one is begun, without what is known of who was here; " +
        "delete the old one, or have it repaired",
    });
  }
}

async function start(path: string): Promise<EmbeddedWorker> {
  // Of a dead process, since the folder is locked; cut short, it would keep PostgreSQL from starting.
  await removeAll(`${path}/postmaster.pid`);
  const worker = new EmbeddedWorker();
  try {
    await worker.open(path);
    return worker;
  } catch (error) {
    worker.end({ reason: describeError(error) });
    throw error;
  }
}

/** Whether a disk was too slow, which is no evidence of damage. */
function isSlow(error: unknown): boolean {
  return error instanceof DatabaseError && error.code === "DEADLINE";
}

/** Whether there is nothing, or a folder with nothing in it. */
async function isMissing(path: string): Promise<boolean> {
  try {
    const { isDirectory } = await Deno.stat(path);
    if (!isDirectory) return false;
    for await (const _entry of Deno.readDir(path)) return false;
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return true;
    throw error;
  }
}

/** What need not be tried: without PG_VERSION PGlite would begin a new one in the midst of the old one. */
async function obviousDamage(path: string): Promise<string | undefined> {
  if (!(await Deno.stat(path)).isDirectory) return "it is not a folder";
  try {
    await Deno.stat(`${path}/PG_VERSION`);
    return undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "PG_VERSION is missing";
    throw error;
  }
}

async function removeAll(path: string): Promise<void> {
  try {
    await Deno.remove(path, { recursive: true });
  } catch (error) {
    const isGone = error instanceof Deno.errors.NotFound;
    if (!isGone && !(error instanceof Deno.errors.NotADirectory)) throw error;
  }
}

/** Throws the system's error where something below a path cannot be read and written, or not as much of it at once. */
async function checkAccess(path: string): Promise<void> {
  const open: Deno.FsFile[] = [];
  const check = async (path: string): Promise<void> => {
    if (!(await Deno.stat(path)).isDirectory) {
      const file = await Deno.open(path, { read: true, write: true });
      if (open.length < DESCRIPTORS) open.push(file);
      else file.close();
      return;
    }
    await Deno.remove(await Deno.makeTempFile({ dir: path }));
    for await (const { name } of Deno.readDir(path)) await check(`${path}/${name}`);
  };
  try {
    await check(path);
  } finally {
    for (const file of open) file.close();
  }
}

/** Throws the system's error where there is no room for a new database. */
async function checkSpace(path: string): Promise<void> {
  try {
    await Deno.writeFile(path, new Uint8Array(SPACE_BYTES));
  } finally {
    await removeAll(path);
  }
}
