import { Fragment } from "preact";
import type { ChatRow as Row } from "../client/page/arrangement.ts";
import type { Room } from "../client/page/room.ts";
import {
  formatMilliseconds,
  formatMinute,
  hueOf,
  isoDate,
  monogram,
  splitLinks,
} from "../client/page/text.ts";
import { Delivery } from "./Delivery.tsx";
import { useLanguage } from "./language.ts";

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
        <Text text={chat.text} />
      </div>
    </li>
  );
}

function OwnRow({ row: { chat, isFirst, isToldBelow }, room }: ChatRowProps) {
  return (
    <li class={isFirst ? "group mine" : "group mine is-more"}>
      <div class={`said own is-${chat.delivery?.at ?? "sent"}`}>
        <Text text={chat.text} />
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
  const agoMs = () => (room.minute.value - Math.floor(at / 60_000)) * 60_000;
  return (
    <time
      datetime={new Date(at).toISOString()}
      title={`${isoDate(at, zone)} ${formatMilliseconds(at, zone)}`}
    >
      {room.conversation.reading.isRelative.value ? language.ago(agoMs()) : formatMinute(at, zone)}
    </time>
  );
}

/**
 * The text as text, with its web addresses as links that tell their target nothing. Fragments, for Preact's precompiled
 * templates escape the bare strings of an array twice.
 */
function Text({ text }: { text: string }) {
  return (
    <p class="text" dir="auto">
      {splitLinks(text).map(({ text, href, host }, index) =>
        href === undefined ? <Fragment key={index}>{text}</Fragment> : (
          <span key={index}>
            <a
              href={href}
              title={href}
              dir="ltr"
              target="_blank"
              rel="noopener noreferrer nofollow"
            >
              {text}
            </a>
            {host !== undefined && <bdi class="real-host">({host})</bdi>}
          </span>
        )
      )}
    </p>
  );
}
