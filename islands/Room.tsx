import { asset, IS_BROWSER } from "fresh/runtime";
import { useEffect, useMemo } from "preact/hooks";
import { Broadcasts } from "../components/Broadcasts.tsx";
import { Chat } from "../components/Chat.tsx";
import { Fibonacci } from "../components/Fibonacci.tsx";
import { COMPOSER_ID, composerText, escape } from "../components/focus.ts";
import { Metrics } from "../components/Metrics.tsx";
import { People } from "../components/People.tsx";
import { applyTheme } from "../components/ThemeColors.tsx";
import { TopBar } from "../components/TopBar.tsx";
import { Views } from "../components/Views.tsx";
import { Room as RoomState } from "../client/page/room.ts";
import type { RoomProps } from "../client/page/room_props.ts";
import { LanguageContext } from "../components/language.ts";

/** The whole page: rendered by the server as it was a moment ago, then live. */
export default function Room(props: RoomProps) {
  const room = useMemo(() => new RoomState(props), []);
  // Before the first rendering, which empties the field.
  const typed = useMemo(() => IS_BROWSER ? composerText() : "", []);
  const language = room.language.value;
  const theme = room.preferences.theme.value;
  useEffect(() => live(room, typed), []);
  const unread = room.conversation.reading.unread.value;
  useEffect(() => {
    document.documentElement.lang = language.tag;
    applyTheme(theme);
  }, [language, theme]);
  useEffect(() => {
    const title = language.text("title");
    document.title = unread > 0 ? `(${language.number(unread)}) ${title}` : title;
  }, [language, unread]);
  return (
    <LanguageContext.Provider value={language}>
      <div class="page" data-view={room.view.value}>
        <a class="skip needs-script" href={`#${COMPOSER_ID}`}>{language.text("skip")}</a>
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
        <p class="visually-hidden" aria-live="polite">{room.conversation.announcer.line.value}</p>
      </div>
    </LanguageContext.Provider>
  );
}

/** Starts the room with what only a browser can tell it; returns what stops it. */
function live(room: RoomState, typed: string): () => void {
  const listening = new AbortController();
  const { signal } = listening;
  addEventListener("online", () => room.network(true), { signal });
  addEventListener("offline", () => room.network(false), { signal });
  document.addEventListener("visibilitychange", () => room.turned(), { signal });
  // A page that goes into the back/forward cache loses its socket without being told.
  addEventListener("pagehide", () => room.rest(), { signal });
  const isKept = (event: Event) => event instanceof PageTransitionEvent && event.persisted;
  addEventListener("pageshow", (event) => isKept(event) && room.back(), { signal });
  document.addEventListener("keydown", (event) => escape(event, room.link), { signal });
  room.network(navigator.onLine);
  room.start(location.origin, typed);
  void keepOfflinePage();
  return () => {
    listening.abort();
    room.stop();
  };
}

/** Asks the browser to keep the offline page; one that refuses, or cannot outside of https, does without. */
async function keepOfflinePage(): Promise<void> {
  if (isSecureContext) await navigator.serviceWorker?.register(asset("/sw.js")).catch(() => {});
}
