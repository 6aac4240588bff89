/**
 * The server's end of a dashboard's socket, for its pictures: two nodes with fifteen minutes behind them, the same each time.
 *
 * @module
 */

import type { Page } from "playwright-core";
import {
  type ListRequest,
  type News,
  type Row,
  ROWS,
  type ToDashboard,
} from "../lib/admin_message.ts";
import { SAMPLES_KEPT, toSample } from "../lib/sample.ts";
import { Chance } from "../tests/chance.ts";
import { CROWD } from "../tests/conversation.ts";

const NODES = ["7f3a91c2", "c04d58e6"] as const;
/** How much of the crowd is on the second node. */
const SECOND_SHARE = 0.4;

/**
 * Answers a page's dashboard in place of the server.
 *
 * @param now When the last sample was taken, in ms since the epoch.
 */
export async function liveDashboard(page: Page, now: number): Promise<void> {
  await page.routeWebSocket(/\/api\/admin\/ws$/, (socket) => {
    const tell = (message: ToDashboard) => socket.send(JSON.stringify(message));
    socket.onMessage((text) => {
      const message = JSON.parse(String(text));
      if (message.type === "list") tell(listOf(message));
    });
    tell({ type: "open", node: NODES[0], version: "0.1.0" });
    for (const index of NODES.keys()) tell(newsOf(index, now));
  });
}

function newsOf(index: number, now: number): News {
  const chance = new Chance(index + 1);
  const samples = Array.from(
    { length: SAMPLES_KEPT },
    (_, second) =>
      sampleOf(second, { index, chance, at: now - (SAMPLES_KEPT - 1 - second) * 1000 }),
  );
  const line = (secondsBefore: number, event: string, detail: string) => ({
    at: now - secondsBefore * 1000,
    level: "warning" as const,
    event,
    detail,
  });
  const lines = index === 0
    ? [
      line(412, "admin_refused", 'address=10.0.0.7 detail="this is not the key"'),
      line(
        95,
        "closed_by_admin",
        "username=guest-09xe client_id=c41 address=10.0.3.42 by=10.0.0.7",
      ),
    ]
    : [line(240, "presence_not_released", "reason=the database is away")];
  return { type: "news", node: NODES[index] ?? "", whole: true, samples, lines };
}

/** A room that fills for ten minutes, talks in waves, and is held up once. */
function sampleOf(
  second: number,
  { index, chance, at }: { readonly index: number; readonly chance: Chance; readonly at: number },
): News["samples"][number] {
  const share = index === 0 ? 1 - SECOND_SHARE : SECOND_SHARE;
  const noise = (from: number, to: number) => from + (to - from) * chance.draw();
  const filled = Math.min(1, 0.3 + second / 850);
  const connections = Math.round(CROWD.length * share * filled + noise(-2, 2));
  const chats = Math.round(
    20 * share * filled * (0.6 + 0.4 * Math.sin(second / 37)) * noise(0.6, 1),
  );
  const isHeldUp = index === 0 && second >= 655 && second < 661;
  return [...toSample({
    at,
    connections,
    chats,
    deliveries: Math.round(chats / share * connections),
    deliveryMs: noise(0.8, 1.6) + (isHeldUp ? noise(9, 14) : 0),
    tickMs: noise(0.6, 1.4) + (isHeldUp ? noise(12, 20) : 0),
    lagMs: noise(0.8, 2.4) + (isHeldUp ? noise(10, 18) : 0),
    memoryBytes: 1e6 * (150 + 40 * filled + 6 * Math.sin(second / 60 + index)),
  })];
}

function listOf({ text }: ListRequest): Extract<ToDashboard, { type: "list" }> {
  const chance = new Chance(3);
  const rows = CROWD.map((username, index): Row => ({
    username,
    client_id: `c${index}`,
    node: NODES[chance.draw() < SECOND_SHARE ? 1 : 0],
    address: `10.0.${index % 7}.${index % 250 + 1}`,
    age_ms: Math.round(chance.draw() * 800_000),
    queue_bytes: index === 3 ? 18_432 : index === 8 ? 1210 : 0,
    round_trip_ms: Math.round(3 + chance.draw() * 40),
    chats_in: Math.round(chance.draw() * 40),
    chats_out: 5200 - index,
  }));
  const found = rows.filter(({ username }) => username.includes(text))
    .sort((a, b) => b.queue_bytes - a.queue_bytes);
  return { type: "list", rows: found.slice(0, ROWS), total: found.length, silent: [] };
}
