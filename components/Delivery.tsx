import type { ComponentChild } from "preact";
import type { ChatFailure } from "../client/outbox.ts";
import type { Room } from "../client/page/room.ts";
import type { ChatItem } from "../client/page/talk.ts";
import { fill, words } from "../client/page/words.ts";
import { Icon } from "./Icon.tsx";

interface DeliveryProps {
  readonly chat: ChatItem;
  readonly room: Room;
  readonly time: ComponentChild;
}

/** What became of a chat of one's own. */
export function Delivery({ chat, room, time }: DeliveryProps) {
  const { delivery } = chat;
  switch (delivery?.at) {
    case undefined:
      return <p class="delivery">{time}</p>;
    case "waiting":
      return (
        <p class="delivery is-waiting">
          {time} <Icon name="hourglass" />
          {room.link.isOnline.value ? words.waiting : words.waiting_offline}
        </p>
      );
    case "sent":
      return (
        <p class="delivery">
          {time} <Icon name="check" />
          {delivery.ack.recipients === 0
            ? words.sent_nobody
            : fill(words.sent_to, { n: delivery.ack.recipients })}
        </p>
      );
    case "failed":
      return <Failed chat={chat} room={room} why={delivery.why} />;
  }
}

function Failed({ chat, room, why }: { chat: ChatItem; room: Room; why: ChatFailure }) {
  return (
    <p class="delivery is-failed" role="alert">
      <span>
        <Icon name="alert" /> {failureText(why, room)}
      </span>
      <button
        class="link"
        type="button"
        disabled={!room.link.carries.value}
        onClick={() => room.sendAgain(chat.key, chat.text)}
      >
        {words.send_again}
      </button>
      <button class="link quiet" type="button" onClick={() => room.discard(chat.key)}>
        {words.discard}
      </button>
    </p>
  );
}

function failureText(why: ChatFailure, room: Room): string {
  switch (why) {
    case "unknown":
      return words.failed_unknown;
    case "message_too_long":
      return fill(words.e_message_too_long, { max: room.composition.limit.value });
    case "unavailable":
      return words.e_unavailable;
    case "invalid_message":
      return words.e_invalid;
    default:
      return words.failed;
  }
}

/** Whether two chats of one group need one line only to say what became of them. */
export function isSameDelivery(a: ChatItem, b: ChatItem): boolean {
  if (a.delivery === undefined || b.delivery === undefined) return a.delivery === b.delivery;
  if (a.delivery.at === "sent" && b.delivery.at === "sent") {
    return a.delivery.ack.recipients === b.delivery.ack.recipients;
  }
  return a.delivery.at === "waiting" && b.delivery.at === "waiting";
}
