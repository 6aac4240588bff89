/**
 * The worker's side of embedded_worker.ts: holds the PGlite and answers one request after the other.
 *
 * Invariant: an answer without an error means that PostgreSQL itself said so; and once the worker is to be over, nothing
 * of it reads or writes the folder any more, whatever it is still doing.
 *
 * @module
 */

/// <reference lib="deno.worker" />
import { PGlite, type postgresMod } from "@electric-sql/pglite";
import { NodeFS } from "@electric-sql/pglite/nodefs";
import { dataDir } from "@electric-sql/pglite-prepopulatedfs";
import { parseTarGzip } from "nanotar";
import type { Row } from "./queries.ts";

/** Where a database is, and the word that says when its worker is to be over: not 0. */
export interface EmbeddedPlace {
  readonly folder: string;
  readonly over: Int32Array<SharedArrayBuffer>;
}

/** One thing that is asked of the worker. */
export interface EmbeddedRequest {
  /** The folder to open. */
  readonly open?: EmbeddedPlace;
  /** The folder to make, which must be missing or empty; it is not open then. */
  readonly make?: EmbeddedPlace;
  readonly query?: string;
  readonly parameters?: readonly unknown[];
  readonly script?: string;
  readonly close?: true;
}

/** The answer to the request of the same number. */
export interface EmbeddedAnswer {
  readonly number: number;
  readonly rows?: readonly Row[];
  readonly error?: {
    /** The SQLSTATE; `BROKEN` where it is not PostgreSQL that refuses: nothing this worker says is true any more. */
    readonly code: string;
    readonly message: string;
  };
}

/** What PostgreSQL's own errors throw through its WebAssembly on their way to the answer. */
const UNWIND = "unwind";

let database: PGlite | undefined;
/** What else was thrown in there. */
let fault: unknown;

/** A folder that cannot be touched any more once its worker is to be over: a thread that hangs cannot be ended. */
class FencedFolder extends NodeFS {
  readonly #over: Int32Array;

  constructor({ folder, over }: EmbeddedPlace) {
    super(folder);
    this.#over = over;
  }

  override async init(pg: PGlite, options: Partial<postgresMod.PostgresMod>) {
    const { emscriptenOpts } = await super.init(pg, options);
    const preRun = [this.#fence, ...emscriptenOpts.preRun ?? []];
    return { emscriptenOpts: { ...emscriptenOpts, preRun } };
  }

  readonly #fence = ({ FS }: postgresMod.PostgresMod): void => {
    const { node_ops, stream_ops } = FS.filesystems.NODEFS;
    for (const operations of [node_ops, stream_ops]) {
      for (const [name, operation] of Object.entries<(...args: unknown[]) => unknown>(operations)) {
        operations[name] = (...args: unknown[]) => {
          // No error that PostgreSQL knows: it might try again for ever.
          if (Atomics.load(this.#over, 0) !== 0) throw overError();
          return operation(...args);
        };
      }
    }
  };
}

async function open(place: EmbeddedPlace): Promise<void> {
  const opened = await PGlite.create({ fs: new FencedFolder(place) });
  watch(opened);
  database = opened;
}

/**
 * Notices what PGlite overlooks, and keeps it from going on: after a stack overflow it would answer everything with nothing
 * and with no error, after a full disk not at all.
 */
function watch({ Module }: PGlite): void {
  const { _PostgresMainLoopOnce: run, _pgl_setPGliteExitStatus: setStatus } = Module;
  // They are PGlite's own business: another version may be without.
  if (typeof run !== "function" || typeof setStatus !== "function") {
    throw new Error("this version of PGlite cannot be watched");
  }
  const rethrow = (): never => {
    throw fault;
  };
  Module._PostgresMainLoopOnce = () => {
    try {
      run();
    } catch (error) {
      if (error === UNWIND) throw error;
      fault = error;
      Module._PostgresMainLoopOnce = rethrow;
      // Called where PGlite catches it: leads out of there.
      Module._pgl_setPGliteExitStatus = rethrow;
      throw error;
    }
  };
}

async function make({ folder, over }: EmbeddedPlace): Promise<void> {
  // Unpacked and not initialised, and not by a PGlite, whose start and end would take more time than all of it.
  const archive = await (await dataDir()).arrayBuffer();
  for (const { name, type, data } of await parseTarGzip(archive)) {
    if (Atomics.load(over, 0) !== 0) throw overError();
    const path = `${folder}/${name}`;
    if (type === "directory") Deno.mkdirSync(path, { recursive: true });
    else Deno.writeFileSync(path, data ?? new Uint8Array());
  }
}

function overError(): Error {
  return new Error("its worker is over");
}

async function carryOut(request: EmbeddedRequest): Promise<readonly Row[]> {
  if (request.open !== undefined) await open(request.open);
  if (request.make !== undefined) await make(request.make);
  if (request.query !== undefined) {
    const result = await database?.query<Row>(request.query, [...request.parameters ?? []]);
    return result?.rows ?? [];
  }
  if (request.script !== undefined) await database?.exec(request.script);
  if (request.close) await database?.close();
  return [];
}

function describe(error: unknown): NonNullable<EmbeddedAnswer["error"]> {
  const { code, severity, message, errno } = Object(error) as Record<string, string | undefined>;
  // What ends a server's process, or was never PostgreSQL's, leaves PGlite in any state.
  const isRefusal = code !== undefined && severity === "ERROR";
  return { code: isRefusal ? code : "BROKEN", message: message ?? `PGlite failed: errno ${errno}` };
}

self.onmessage = async ({ data }: MessageEvent<EmbeddedRequest & { number: number }>) => {
  const { number } = data;
  let answer: EmbeddedAnswer;
  try {
    const rows = await carryOut(data);
    answer = fault === undefined ? { number, rows } : { number, error: describe(fault) };
  } catch (error) {
    answer = { number, error: describe(fault ?? error) };
  }
  self.postMessage(answer);
};
