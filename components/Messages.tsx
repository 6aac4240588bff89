import type { Room } from "../client/page/room.ts";
import { EmptyRoom } from "./EmptyRoom.tsx";
import { flag } from "./flag.ts";
import { Icon } from "./Icon.tsx";
import { useLanguage } from "./language.ts";
import { MessageRow } from "./MessageRow.tsx";
import { OlderMessages } from "./OlderMessages.tsx";
import { useRows } from "./rows.ts";

/** The list of messages: hangs at its bottom edge, and stays there unless somebody scrolls up. */
export function Messages({ room }: { room: Room }) {
  const language = useLanguage();
  const { reading } = room.conversation;
  const { rows, ref, older, showOlder } = useRows(room);
  const jump = () => {
    // The button goes away, and the focus would with it.
    ref.current?.focus({ preventScroll: true });
    reading.jump();
  };
  return (
    <div class="log">
      <TimesButton room={room} />
      <div
        ref={ref}
        class="scroller"
        tabindex={0}
        role="region"
        aria-label={language.text("messages")}
        onKeyDown={(event) => event.key === "End" && reading.jump()}
      >
        <div class="scrolled">
          <OlderMessages state={older} show={showOlder} />
          {rows.length === 0
            ? <EmptyRoom room={room} />
            : (
              <ol class="messages" onClick={(event) => isTime(event) && reading.toggleTimes()}>
                {rows.map((row) => <MessageRow key={row.key} row={row} room={room} />)}
              </ol>
            )}
        </div>
      </div>
      {!reading.isAtNewest.value && rows.length > 0 && <JumpButton room={room} jump={jump} />}
    </div>
  );
}

/** The keyboard's way to what pressing any of the times does; seen only while it has the focus. */
function TimesButton({ room: { conversation: { reading } } }: { room: Room }) {
  const language = useLanguage();
  return (
    <button
      class="button times needs-script"
      type="button"
      aria-pressed={flag(reading.isRelative.value)}
      onClick={() => reading.toggleTimes()}
    >
      {language.text("times_ago")}
    </button>
  );
}

function isTime({ target }: Event): boolean {
  return target instanceof Element && target.closest("time") !== null;
}

function JumpButton({ room, jump }: { room: Room; jump: () => void }) {
  const language = useLanguage();
  const n = room.conversation.reading.unread.value;
  const text = language.text("jump");
  return (
    <button class="button is-main jump" type="button" onClick={jump}>
      <Icon name="down" />
      {n > 0 ? `${text} · ${language.text("unread", { n })}` : text}
    </button>
  );
}
