/**
 * The first lines of a client in some languages, to be copied. Pure; tests/snippets_test.ts runs them.
 *
 * @module
 */

import { BEARER, type Door, socketFor, websocatFor } from "../joining.ts";

/** A way to take part. */
export interface Snippet {
  readonly name: "JavaScript" | "Python" | "curl" | "websocat";
  readonly code: string;
}

/** The snippets for a server. */
export function snippetsFor(door: Door): readonly Snippet[] {
  const { address, asksForToken } = door;
  const bearer = asksForToken ? ` ${BEARER}` : "";
  return [
    {
      name: "JavaScript",
      code: `// In a browser, Deno, or Node 22
const socket = new WebSocket("${socketFor(door, "ana-js")}");
socket.onopen = () => socket.send(JSON.stringify({ message: "Olá" }));
socket.onmessage = ({ data }) => console.log(JSON.parse(data));`,
    },
    {
      name: "Python",
      code: `# pip install websockets
import asyncio, json, websockets

async def main():
    async with websockets.connect("${socketFor(door, "ana-py")}") as socket:
        await socket.send(json.dumps({"message": "Olá"}))
        async for frame in socket:
            print(json.loads(frame))

asyncio.run(main())`,
    },
    {
      name: "curl",
      code: `# Who is here, and what was said
curl "${address}/api/users"${bearer}
curl "${address}/api/messages?limit=10"${bearer}

# Say something from outside, where the server has an API_KEY
curl "${address}/api/messages" -H "Authorization: Bearer $API_KEY" \\
  -H "Content-Type: application/json" -d '{"message": "build 42 is green"}'`,
    },
    {
      name: "websocat",
      code: `# What you type is a chat; /fib 10 computes
${websocatFor(door)}

# Every message, as JSON
${websocatFor(door, "json")}`,
    },
  ];
}
