/**
 * People on the nodes of a cluster, what they are told of one another, and what the nodes say of them.
 *
 * @module
 */

import type { User } from "../lib/protocol.ts";
import { TestClient } from "./client.ts";
import type { Node } from "./cluster.ts";

/** Somebody who is connected to a node. */
export interface Person {
  readonly name: string;
  readonly clientId: string;
  readonly client: TestClient;
}

/** The address of a node's sockets, for somebody who wants a name. */
export function socketUrl(node: Node, name: string): string {
  return `ws://127.0.0.1:${node.port}/api/ws?username=${encodeURIComponent(name)}`;
}

/**
 * Somebody comes to a node and is welcomed.
 *
 * @throws {Error} If they are refused.
 */
export async function join(node: Node, name: string): Promise<Person> {
  const client = await TestClient.open(socketUrl(node, name));
  const welcome = await client.next(({ type }) => type === "welcome" || type === "error");
  if (welcome.type === "error") {
    await client.closed();
    throw new Error(`Could not join as ${name}: ${welcome.code}`);
  }
  return { name: String(welcome.username), clientId: String(welcome.client_id), client };
}

/** Asks a node over a socket who is there, as far as it has heard; as soon as it may ask. */
export async function askUsers({ client }: Person): Promise<readonly User[]> {
  for (;;) {
    const since = client.messages.length;
    const find = () =>
      client.messages.slice(since).find(({ type, code }) =>
        type === "users" || code === "rate_limited"
      );
    client.send({ type: "users" });
    await client.until(() => find() !== undefined);
    const answer = find()!;
    if (answer.type === "users") return answer.users as User[];
    await new Promise((resolve) => setTimeout(resolve, Number(answer.retry_after_ms)));
  }
}

/**
 * What somebody was told of others.
 *
 * @param since How many of their messages are not counted.
 * @returns Of each client_id, in their order: `joined`, `left`.
 */
export function told({ client }: Person, since: number): Map<string, string[]> {
  const news = new Map<string, string[]>();
  for (const message of client.messages.slice(since)) {
    if (message.type !== "presence") continue;
    for (const what of ["left", "joined"]) {
      for (const { client_id } of message[what] as User[]) {
        news.set(client_id, [...news.get(client_id) ?? [], what]);
      }
    }
  }
  return news;
}

/** Whom a node lists, read from the database. */
export async function listUsers(node: Node): Promise<readonly User[]> {
  const { users } = await node.get("/api/users?limit=1000") as { users: User[] };
  return users;
}

/** How a node names itself. */
export async function nameOf(node: Node): Promise<string> {
  return (await node.get("/health") as { node: string }).node;
}
