import assert from "node:assert/strict";
import { RecentIds } from "../lib/recent_ids.ts";

const place = (offset: number, id?: string, clientId = "a") => ({
  clientId,
  id,
  offset,
  timestamp: "2026-11-20T14:30:25.000Z",
  recipients: 1,
});

Deno.test("RecentIds.find() knows a place by its sender and its id", () => {
  const ids = new RecentIds(10);
  ids.add(place(1, "x"));
  ids.add(place(2, "x", "b"));
  assert.equal(ids.find({ clientId: "a", id: "x" })?.offset, 1);
  assert.equal(ids.find({ clientId: "b", id: "x" })?.offset, 2);
  assert.equal(ids.find({ clientId: "c", id: "x" }), undefined);
  ids.add(place(3));
  assert.equal(ids.find({ clientId: "a", id: undefined }), undefined);
});

Deno.test("RecentIds keeps at least its size, at most twice as many, and no texts", () => {
  const ids = new RecentIds(10);
  for (let offset = 1; offset <= 95; offset++) {
    ids.add({ ...place(offset, `${offset}`), message: "text" } as ReturnType<typeof place>);
  }
  const known = Array.from({ length: 95 }, (_, n) => ids.find({ clientId: "a", id: `${n + 1}` }))
    .filter((found) => found !== undefined);
  assert.ok(known.length >= 10 && known.length <= 20, String(known.length));
  assert.equal(known.at(-1)?.offset, 95);
  assert.deepEqual(known[0], place(known[0]!.offset, `${known[0]!.offset}`));
});
