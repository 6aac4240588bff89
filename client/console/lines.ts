/**
 * From bytes to lines. Pure but for the stream it reads.
 *
 * @module
 */

/** A line longer than this is cut off, in UTF-16 units: far more than a server takes. */
const LINE_LENGTH = 65_536;

/**
 * The lines of a stream of UTF-8, without their ends, LF or CR LF; a last one without an end is a line too. Reads no
 * further than is asked for, and holds no more of a line than a server would refuse.
 */
export async function* readLines(stream: ReadableStream<BufferSource>): AsyncGenerator<string> {
  let pending = "";
  for await (const chunk of stream.pipeThrough(new TextDecoderStream())) {
    const [first = "", ...rest] = chunk.split("\n");
    pending = (pending + first).slice(0, LINE_LENGTH);
    for (const next of rest) {
      yield pending.replace(/\r$/, "");
      pending = next.slice(0, LINE_LENGTH);
    }
  }
  if (pending !== "") yield pending;
}
