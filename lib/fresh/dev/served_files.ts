/**
 * The files that an app will serve.
 *
 * Here: their hashes, types and URL paths, and the build id. Not here: serving
 * (../static_files.ts).
 * Invariant: the build id depends on the static files alone, so that several servers that build the
 * same tree understand each other's URLs.
 *
 * @module
 */
import mime from "mime";
import { Buffer } from "node:buffer";
import { lookupKey } from "../static_files.ts";
import type { ServedFile } from "../snapshot.ts";
import { findFiles } from "./crawl.ts";

/** By URL path. */
export type ServedFiles = Map<
  string,
  ServedFile & { readonly content: Uint8Array<ArrayBuffer> }
>;

/** The files of a static directory. */
export async function readStaticDirectory(directory: string): Promise<ServedFiles> {
  const files: ServedFiles = new Map();
  for (const { file, path } of await findFiles(directory)) {
    files.set(lookupKey(`/${path}`), await toServedFile(path, await Deno.readFile(file), false));
  }
  return files;
}

/** A file with its hash and type. */
export async function toServedFile(
  path: string,
  content: Uint8Array<ArrayBuffer>,
  immutable: boolean,
): Promise<ServedFile & { readonly content: Uint8Array<ArrayBuffer> }> {
  const hash = await sha256(content);
  return {
    hash,
    contentType: contentTypeOf(path),
    sizeBytes: content.length,
    content,
    immutable,
  };
}

/** A name for the whole of the files. */
export async function buildIdOf(files: ServedFiles): Promise<string> {
  const list = [...files].map(([path, { hash }]) => `${path} ${hash}\n`).join("");
  return await sha256(new TextEncoder().encode(list));
}

async function sha256(content: Uint8Array<ArrayBuffer>): Promise<string> {
  return Buffer.from(await crypto.subtle.digest("SHA-256", content)).toString("hex");
}

const TEXT = /^(?:text\/|application\/(?:json|javascript|manifest\+json)$)/;

function contentTypeOf(path: string): string {
  const type = mime.getType(path) ?? "text/plain";
  return TEXT.test(type) ? `${type}; charset=UTF-8` : type;
}
