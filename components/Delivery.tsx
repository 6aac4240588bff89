import type { ComponentChild } from "preact";
import type { ChatFailure } from "../client/outbox.ts";
import type { Language } from "../client/page/language.ts";
import type { Room } from "../client/page/room.ts";
import type { ChatItem } from "../client/page/talk_items.ts";
import { describeError } from "./error_words.ts";
import { flag } from "./flag.ts";
import { Icon } from "./Icon.tsx";
import { useLanguage } from "./language.ts";

/** So much of a chat is enough to know which one it is. */
const TEXT_TOLD = 60;

interface DeliveryProps {
  readonly chat: ChatItem;
  readonly room: Room;
  readonly time: ComponentChild;
}

/** What became of a chat of one's own. */
export function Delivery({ chat, room, time }: DeliveryProps) {
  const language = useLanguage();
  const { delivery } = chat;
  switch (delivery?.at) {
    case undefined:
      return <p class="delivery">{time}</p>;
    case "waiting":
      return (
        <p class="delivery is-waiting">
          {time} <Icon name="hourglass" />
          {room.link.isOnline.value ? language.text("waiting") : language.text("waiting_offline")}
        </p>
      );
    case "sent":
      return (
        <p class="delivery">
          {time} <Icon name="check" />
          {delivery.ack.recipients === 0
            ? language.text("sent_nobody")
            : language.text("sent_to", { n: delivery.ack.recipients })}
        </p>
      );
    case "failed":
      return <Failed chat={chat} room={room} why={delivery.why} />;
  }
}

function Failed({ chat, room, why }: { chat: ChatItem; room: Room; why: ChatFailure }) {
  const language = useLanguage();
  const isIdle = !room.link.carries.value;
  return (
    <p class="delivery is-failed">
      <span>
        <Icon name="alert" /> {failureText({ why, room, language })}
      </span>
      <button
        class="link"
        type="button"
        aria-disabled={flag(isIdle)}
        onClick={() => room.conversation.sendAgain(chat.key, chat.text)}
      >
        {language.text("send_again")}
      </button>
      <button class="link quiet" type="button" onClick={() => room.conversation.discard(chat.key)}>
        {language.text("discard")}
      </button>
    </p>
  );
}

/** Tells a screen reader of a failure, once: the line of the chat itself comes and goes as one scrolls. */
export function FailureAlert({ room }: { room: Room }) {
  const language = useLanguage();
  const { delivery, text = "" } = room.conversation.talk.failure.value ?? {};
  const told = delivery?.at === "failed"
    ? `${failureText({ why: delivery.why, room, language })} “${text.slice(0, TEXT_TOLD)}”`
    : "";
  return <p class="visually-hidden" role="alert">{told}</p>;
}

interface FailureText {
  readonly why: ChatFailure;
  readonly room: Room;
  readonly language: Language;
}

function failureText({ why, room, language }: FailureText): string {
  if (why === "unknown") return language.text("failed_unknown");
  if (why === "full") return language.text("failed_full");
  if (why === "discarded" || why === "renamed") return language.text("failed");
  return describeError(why, {
    language,
    messageLength: room.conversation.composition.limit.value,
    fibonacciInput: room.fibonacci.limit.value,
  });
}
