/**
 * The first lines of a client in some languages, to be copied. Pure; tests/snippets_test.ts runs them.
 *
 * @module
 */

/** A way to take part. */
export interface Snippet {
  readonly name: "JavaScript" | "Python" | "curl" | "websocat";
  readonly code: string;
}

/** The snippets for a server, by the address of its page. */
export function snippetsFor(address: string): readonly Snippet[] {
  const socket = `${address.replace(/^http/, "ws")}/api/ws`;
  return [
    {
      name: "JavaScript",
      code: `// In a browser, Deno, or Node 22
const socket = new WebSocket("${socket}?username=ana");
socket.onopen = () => socket.send(JSON.stringify({ message: "Olá" }));
socket.onmessage = ({ data }) => console.log(JSON.parse(data));`,
    },
    {
      name: "Python",
      code: `# pip install websockets
import asyncio, json, websockets

async def main():
    async with websockets.connect("${socket}?username=ana") as socket:
        await socket.send(json.dumps({"message": "Olá"}))
        async for frame in socket:
            print(json.loads(frame))

asyncio.run(main())`,
    },
    {
      name: "curl",
      code: `# Who is here, and what was said
curl "${address}/api/users"
curl "${address}/api/messages?limit=10"

# Say something from outside, where the server has an API_KEY
curl "${address}/api/messages" -H "authorization: Bearer $API_KEY" \\
  -H "content-type: application/json" -d '{"message": "build 42 is green"}'`,
    },
    {
      name: "websocat",
      code: `# What you type is a chat; /fib 10 computes
websocat "${socket}?format=text&username=ana"

# Every message, as JSON
websocat "${socket}?username=ana"`,
    },
  ];
}
