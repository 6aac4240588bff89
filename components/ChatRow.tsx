import type { ChatRow as Row } from "../client/page/arrangement.ts";
import type { Room } from "../client/page/room.ts";
import {
  formatMilliseconds,
  formatMinute,
  hueOf,
  isoDate,
  MINUTE_MS,
  monogram,
} from "../client/page/text.ts";
import { Delivery } from "./Delivery.tsx";
import { useLanguage } from "./language.ts";
import { MessageText } from "./MessageText.tsx";

interface ChatRowProps {
  readonly row: Row;
  readonly room: Room;
}

/** What somebody said; the first of a group says who and when. */
export function ChatRow({ row, room }: ChatRowProps) {
  const { chat, isFirst } = row;
  if (chat.isMine) return <OwnRow row={row} room={room} />;
  const hue = hueOf(chat.name);
  return (
    <li class={isFirst ? "group" : "group is-more"}>
      {isFirst && (
        <span class="monogram" data-hue={hue} aria-hidden="true">{monogram(chat.name)}</span>
      )}
      <div class="said">
        {isFirst && (
          <p class="by">
            <bdi class="name" data-hue={hue} title={chat.name}>{chat.name}</bdi>
            <Time at={chat.at} room={room} />
          </p>
        )}
        <MessageText chat={chat} reading={room.conversation.reading} />
      </div>
    </li>
  );
}

function OwnRow({ row: { chat, isFirst, isToldBelow }, room }: ChatRowProps) {
  return (
    <li class={isFirst ? "group mine" : "group mine is-more"}>
      <div class={`said own is-${chat.delivery?.at ?? "sent"}`}>
        <MessageText chat={chat} reading={room.conversation.reading} />
        {!isToldBelow && (
          <Delivery chat={chat} room={room} time={<Time at={chat.at} room={room} />} />
        )}
      </div>
    </li>
  );
}

/** When it was said: exactly, or how many minutes ago. Pressing it is the list's business. */
function Time({ at, room }: { at: number; room: Room }) {
  const language = useLanguage();
  const zone = room.zone.value;
  const agoMs = () => (room.minute.value - Math.floor(at / MINUTE_MS)) * MINUTE_MS;
  return (
    <time
      datetime={new Date(at).toISOString()}
      title={`${isoDate(at, zone)} ${formatMilliseconds(at, zone)}`}
    >
      {room.conversation.reading.isRelative.value ? language.ago(agoMs()) : formatMinute(at, zone)}
    </time>
  );
}
