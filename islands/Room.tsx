import { useEffect, useMemo } from "preact/hooks";
import { Broadcasts } from "../components/Broadcasts.tsx";
import { Chat } from "../components/Chat.tsx";
import { Fibonacci } from "../components/Fibonacci.tsx";
import { COMPOSER_ID } from "../components/focus.ts";
import { Metrics } from "../components/Metrics.tsx";
import { People } from "../components/People.tsx";
import { TopBar } from "../components/TopBar.tsx";
import { Views } from "../components/Views.tsx";
import { Room as RoomState, type RoomProps } from "../client/page/room.ts";
import { words } from "../client/page/words.ts";

/** The whole page: rendered by the server as it was a moment ago, then live. */
export default function Room(props: RoomProps) {
  const room = useMemo(() => new RoomState(props), []);
  useEffect(() => live(room), []);
  return (
    <div class="page" data-view={room.view.value}>
      <a class="skip needs-script" href={`#${COMPOSER_ID}`}>{words.skip}</a>
      <TopBar room={room} />
      <main class="room">
        <Chat room={room} />
        <Views room={room} />
        <Broadcasts room={room} />
        <div class="instruments">
          <People room={room} />
          <Metrics room={room} />
          <Fibonacci room={room} />
        </div>
      </main>
      <p class="visually-hidden" aria-live="polite">{room.announcer.line.value}</p>
    </div>
  );
}

/** Starts the room with what only a browser can tell it; returns what stops it. */
function live(room: RoomState): () => void {
  const listening = new AbortController();
  const { signal } = listening;
  addEventListener("online", () => room.network(true), { signal });
  addEventListener("offline", () => room.network(false), { signal });
  document.addEventListener("visibilitychange", () => room.beat(), { signal });
  room.network(navigator.onLine);
  room.start(location.origin);
  return () => {
    listening.abort();
    room.stop();
  };
}
