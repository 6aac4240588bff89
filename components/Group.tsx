import type { Room } from "../client/page/room.ts";
import type { ChatItem } from "../client/page/talk.ts";
import {
  formatMilliseconds,
  formatMinute,
  hueOf,
  isoDate,
  monogram,
  splitLinks,
  type Zone,
} from "../client/page/text.ts";
import { Delivery, isSameDelivery } from "./Delivery.tsx";

interface GroupProps {
  readonly chats: readonly [ChatItem, ...ChatItem[]];
  readonly room: Room;
}

/** What one person said in one minute. */
export function Group({ chats, room }: GroupProps) {
  const [first] = chats;
  const zone = room.zone.value;
  if (first.isMine) return <OwnGroup chats={chats} room={room} />;
  const hue = hueOf(first.name);
  return (
    <li class="group">
      <span class="monogram" data-hue={hue} aria-hidden="true">{monogram(first.name)}</span>
      <div class="said">
        <p class="by">
          <bdi class="name" data-hue={hue}>{first.name}</bdi>
          <Time at={first.at} zone={zone} />
        </p>
        {chats.map((chat) => <Text key={chat.key} text={chat.text} />)}
      </div>
    </li>
  );
}

function OwnGroup({ chats, room }: GroupProps) {
  const zone = room.zone.value;
  return (
    <li class="group mine">
      <div class="said">
        {chats.map((chat, index) => {
          const next = chats[index + 1];
          const isTold = next !== undefined && isSameDelivery(chat, next);
          return (
            <div key={chat.key} class={`own is-${chat.delivery?.at ?? "sent"}`}>
              <Text text={chat.text} />
              {!isTold && (
                <Delivery chat={chat} room={room} time={<Time at={chat.at} zone={zone} />} />
              )}
            </div>
          );
        })}
      </div>
    </li>
  );
}

function Time({ at, zone }: { at: number; zone: Zone }) {
  return (
    <time
      datetime={new Date(at).toISOString()}
      title={`${isoDate(at, zone)} ${formatMilliseconds(at, zone)}`}
    >
      {formatMinute(at, zone)}
    </time>
  );
}

/** The text as text, with its web addresses as links that tell their target nothing. */
function Text({ text }: { text: string }) {
  return (
    <p class="text" dir="auto">
      {splitLinks(text).map(({ text, href }, index) =>
        href === undefined
          ? text
          : <a key={index} href={href} target="_blank" rel="noopener noreferrer nofollow">{text}</a>
      )}
    </p>
  );
}
