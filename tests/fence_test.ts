import assert from "node:assert/strict";
import { FakeBus } from "./fake_bus.ts";
import { eventually } from "./eventually.ts";
import { settle, setUp } from "./fake_hub.ts";

/** A node that has slept, and its clients. */
async function slept(options: Parameters<typeof setUp>[0] = {}) {
  const scene = setUp(options);
  const [ana, bia] = [await scene.online("Ana"), await scene.online("Bia")];
  for (const { socket } of [ana, bia]) socket.take();
  scene.presence.isSure = false;
  return { ...scene, ana, bia };
}

const chats = (client: { take(): { type?: unknown; message?: unknown }[] }) =>
  client.take().filter(({ type }) => type === "chat").map(({ message }) => message);

Deno.test("Hub hears nobody before it is sure of its names again, and then everybody in order", async () => {
  const { presence, ana, bia } = await slept();
  await ana.say({ message: "one" });
  await ana.say({ message: "two" });
  assert.deepEqual(chats(bia), []);
  // The beat may have made sure of it meanwhile; what waits still comes first.
  presence.isSure = true;
  await ana.say({ message: "three" });
  assert.deepEqual(chats(bia), []);
  presence.sure.resolve();
  await settle();
  assert.deepEqual(chats(bia), ["one", "two", "three"]);
  await ana.say({ message: "four" });
  assert.deepEqual(chats(bia), ["four"]);
});

Deno.test("Hub hears nothing of what somebody said whose name is another's by then", async () => {
  const { presence, ana, bia, hub } = await slept();
  await ana.say({ message: "in her name" });
  await bia.say({ message: "mine" });
  presence.subscriber?.taken([...presence.rows].find(([, key]) => key === "ana")?.[0] ?? "");
  presence.sure.resolve();
  await settle();
  assert.deepEqual(chats(bia), []);
  await eventually(() => assert.equal(ana.socket.closedWith?.code, 4009));
  assert.equal(hub.online, 1);
});

Deno.test("Hub asks once however many speak while it is not sure, and holds what each may have in its queue", async () => {
  const { presence, ana, bia } = await slept({ QUEUE_BYTES: 65_536 });
  let asked = 0;
  const { makeSure } = presence;
  presence.makeSure = () => {
    asked++;
    return makeSure.call(presence);
  };
  for (let count = 0; count < 8; count++) ana.socket.receive("x".repeat(10_000));
  await bia.say({ message: "short" });
  await settle();
  assert.equal(asked, 1);
  await eventually(() => assert.equal(ana.socket.closedWith?.code, 1008));
  assert.equal(bia.socket.closedWith, undefined);
});

Deno.test("Hub counts what it holds anew after each sleep", async () => {
  const { presence, ana, bia } = await slept({ QUEUE_BYTES: 65_536, MESSAGES_PER_SECOND: 0 });
  const text = "x".repeat(4000);
  for (let sleep = 0; sleep < 3; sleep++) {
    presence.isSure = false;
    presence.sure = Promise.withResolvers();
    for (let count = 0; count < 10; count++) await ana.say({ message: text });
    presence.sure.resolve();
    await settle();
    assert.equal(chats(bia).length, 10);
  }
  assert.equal(ana.socket.closedWith, undefined);
});

Deno.test("Hub shows its users under the node_id that it has by now", async () => {
  const { presence, hub, ana } = await slept();
  await settle();
  const former = presence.nodeId;
  presence.nodeId = "renewed";
  presence.subscriber?.renamed(former);
  assert.deepEqual(hub.users(10).map(({ node }) => node), ["renewed", "renewed"]);
  assert.deepEqual(ana.types(), [], "it is nobody's news");
});

Deno.test("Hub tells presence with which code a session went away or ended", async () => {
  const { connect, presence, hub } = setUp({ RESUME_GRACE_MS: 10_000 });
  const clients = [await connect("Ana"), await connect("Bia"), await connect("Caio")];
  const [ana, bia, caio] = clients.map(({ socket }) => socket);
  const [anaId, biaId, caioId] = [...presence.rows.keys()];
  ana?.end(1000);
  bia?.end(1006);
  caio?.receive(new Uint8Array(1).buffer);
  await settle();
  assert.deepEqual(presence.ends, [[anaId, 1000], [biaId, 1006], [caioId, 1003]]);
  assert.equal(hub.online, 0);
});

Deno.test("Hub closes with 4010 whose session turns out to be another node's, of whom it hears no more", async () => {
  const { presence, hub, ana, bia } = await slept();
  const [anaId] = [...presence.rows.keys()];
  await ana.say({ message: "late" });
  presence.subscriber?.moved(anaId!);
  presence.sure.resolve();
  await settle();
  await eventually(() => assert.equal(ana.socket.closedWith?.code, 4010));
  assert.deepEqual(hub.users(10).map(({ username }) => username), ["Bia"]);
  assert.deepEqual(chats(bia), []);
});

Deno.test("Hub on a bus leaves it to the others to tell of a session that is theirs by now", async () => {
  const bus = new FakeBus();
  const { presence, hub, connect, time } = setUp({}, { bus: bus.end(), nodeId: "A" });
  const [ana, bia] = [await connect("Ana"), await connect("Bia")];
  const [anaId] = [...presence.rows.keys()];
  bia.take();
  presence.subscriber?.moved(anaId!);
  await eventually(() => assert.equal(ana.socket.closedWith?.code, 4010));
  assert.deepEqual([hub.online, bia.types()], [2, []]);
  // It is over there too by now.
  for (let second = 0; second < 5; second++) {
    time.advance(1000);
    await settle();
  }
  assert.equal(hub.online, 1);
});

Deno.test("Hub on a bus tells the others under which node_id its sessions are, and asks what it has missed", async () => {
  const bus = new FakeBus();
  const a = setUp({}, { bus: bus.end(), nodeId: "A" });
  const b = setUp({}, { bus: bus.end(), nodeId: "B" });
  await a.connect("Ana");
  const pass = async (seconds: number) => {
    for (let second = 0; second < seconds; second++) {
      for (const { time } of [a, b]) time.advance(1000);
      bus.deliver();
      await settle();
    }
  };
  await pass(5);
  let asked = 0;
  a.presence.snapshot = () => Promise.resolve((asked++, []));
  a.presence.nodeId = "A2";
  a.presence.subscriber?.renamed("A");
  await settle();
  assert.equal(asked, 1);
  await pass(2);
  assert.deepEqual(b.hub.users(10).map(({ node }) => node), ["A2"]);
});
