/**
 * A name that many want at once, on two real nodes on one PostgreSQL.
 *
 * @module
 */

import assert from "node:assert/strict";
import { anySeed, Chance } from "./chance.ts";
import { type Node, startCluster } from "./cluster.ts";
import { listUsers, nameOf, socketUrl } from "./presence_people.ts";

/** A name that is given back is free before somebody has asked for it so often. */
const MOST_TRIES = 1000;

/** The names and client_ids that a node lists, of those at a node; sorted. */
async function listedAt(node: Node, name: string): Promise<string[]> {
  const users = await listUsers(node);
  return users.filter((user) => user.node === name)
    .map(({ username, client_id }) => `${username} ${client_id}`).sort();
}

/** What {@linkcode names} takes. */
export interface NamesOptions {
  readonly rounds: number;
  /** How many want the same name at once, of both nodes by turns. */
  readonly claims: number;
}

/**
 * Many want one name at once on two nodes, round after round: each time one gets it and everybody else 4009. When that
 * one says goodbye, somebody on the other node wants the name at once, and keeps it though the release of the one before
 * may be on its way.
 *
 * @returns How many sockets there were, and how many wins of each node.
 * @throws {Error} Where that is not so.
 */
export async function names(
  { rounds, claims }: NamesOptions,
): Promise<{ readonly sockets: number; readonly wins: readonly [number, number] }> {
  const cluster = await startCluster({ chance: new Chance(anySeed()) });
  const { nodes } = cluster;
  try {
    const wins: [number, number] = [0, 0];
    let sockets = 0;
    for (let round = 0; round < rounds; round++) {
      const spellings = [`Name ${round}`, `NAME ${round}`, `name ${round}`];
      const wishes = await Promise.all(
        Array.from(
          { length: claims },
          (_, index) => wish(nodes[index % 2]!, spellings[index % spellings.length]!),
        ),
      );
      const winners = wishes.filter(({ code }) => code === undefined);
      const codes = new Set(wishes.map(({ code }) => code));
      assert.deepEqual([winners.length, [...codes].sort()], [1, [4009, undefined]], `${round}`);
      const [winner] = winners;
      const at = wishes.indexOf(winner!) % 2;
      wins[at]!++;
      sockets += claims + await handOver(winner!, { from: nodes[at]!, to: nodes[1 - at]! });
    }
    return { sockets, wins };
  } finally {
    await cluster.close();
    assert.deepEqual(nodes.flatMap(({ faults }) => faults), []);
  }
}

/** A socket that wants a name: with the client_id it got, or the code it was closed with. */
interface Wish {
  readonly name: string;
  readonly clientId?: string;
  readonly code?: number;
  goodbye(): Promise<void>;
}

/** Wants a name; resolves when it has it, or is closed. */
function wish(node: Node, name: string): Promise<Wish> {
  const socket = new WebSocket(socketUrl(node, name));
  const { promise: closed, resolve: close } = Promise.withResolvers<void>();
  const goodbye = () => {
    socket.close(1000);
    return closed;
  };
  return new Promise((resolve) => {
    socket.onmessage = ({ data }) => {
      const { type, client_id: clientId } = JSON.parse(data);
      if (type === "welcome") resolve({ name, clientId, goodbye });
    };
    socket.onerror = (event) => event.preventDefault();
    socket.onclose = ({ code }) => {
      close();
      resolve({ name, code, goodbye });
    };
  });
}

/** A name passes from one node to the other, and stays there; returns how many sockets it took. */
async function handOver(
  holder: Wish,
  { from, to }: { readonly from: Node; readonly to: Node },
): Promise<number> {
  const { name } = holder;
  let sockets = 0;
  const gone = holder.goodbye();
  let successor: Wish;
  do {
    successor = await wish(to, name);
    // It is refused while the one before has not been released.
    assert.ok([undefined, 4009].includes(successor.code) && ++sockets < MOST_TRIES, name);
  } while (successor.code !== undefined);
  await gone;
  // By its answer the node of the one before has written whatever it had to.
  const [refused, other] = await Promise.all([wish(from, name), wish(from, `${name} too`)]);
  assert.equal(refused.code, 4009);
  const expected = [`${name} ${successor.clientId}`];
  assert.deepEqual(await listedAt(from, await nameOf(to)), expected);
  await Promise.all([successor.goodbye(), other.goodbye()]);
  return sockets + 2;
}
