import { useLayoutEffect, useRef } from "preact/hooks";
import type { Language } from "../client/page/language.ts";
import type { Room } from "../client/page/room.ts";
import { flag } from "./flag.ts";
import { COMPOSER_ID } from "./focus.ts";
import { Icon } from "./Icon.tsx";
import { useLanguage } from "./language.ts";

const HINT_ID = "composer-hint";
const COUNTER_ID = "composer-counter";

/** Where one writes. Enter sends, Shift+Enter starts a line. */
export function Composer({ room }: { room: Room }) {
  const language = useLanguage();
  const { link, conversation: { composition } } = room;
  const isTooLong = composition.length.value > composition.limit.value;
  const ref = useRef<HTMLTextAreaElement>(null);
  useLayoutEffect(() => grow(ref.current), [composition.draft.value]);
  const submit = (event: Event) => {
    event.preventDefault();
    room.conversation.send();
    // Also after a press of the button: a phone's keyboard stays.
    ref.current?.focus();
  };
  return (
    <form class="composer needs-script" aria-label={language.text("message")} onSubmit={submit}>
      <label class="visually-hidden" for={COMPOSER_ID}>{language.text("message")}</label>
      <textarea
        ref={ref}
        id={COMPOSER_ID}
        class="field"
        rows={1}
        placeholder={placeholderFor(room, language)}
        value={composition.draft.value}
        aria-invalid={flag(isTooLong)}
        aria-describedby={composition.isCounted.value ? `${HINT_ID} ${COUNTER_ID}` : HINT_ID}
        onInput={(event) =>
          composition.write(event.currentTarget.value)}
        onKeyDown={(event) =>
          sends(event) && submit(event)}
      />
      <div class="composer-foot">
        <Hint room={room} />
        <Counter room={room} />
      </div>
      <button
        class="button is-main send"
        type="submit"
        aria-label={language.text("send")}
        // Not `disabled`: it keeps its place in the order of the tab key, and the focus if it has it.
        aria-disabled={flag(!link.carries.value || isTooLong)}
      >
        <Icon name="send" />
        <span class="long">{language.text("send")}</span>
      </button>
    </form>
  );
}

/** Grows the field with its text where the browser does not by itself (`field-sizing`); CSS sets the bounds. */
function grow(field: HTMLTextAreaElement | null): void {
  if (field === null || CSS.supports("field-sizing", "content")) return;
  const edges = field.offsetHeight - field.clientHeight;
  field.style.blockSize = "auto";
  field.style.blockSize = `${field.scrollHeight + edges}px`;
}

function sends(event: KeyboardEvent): boolean {
  // The keyboard of a touch screen has no Shift+Enter: there Enter starts a line, and the button sends.
  const startsLine = event.shiftKey || matchMedia("(pointer: coarse)").matches;
  if (event.key !== "Enter" || startsLine) return false;
  // While an input method is composing, Enter belongs to it. Safari tells so by the code 229 alone.
  return !event.isComposing && event.keyCode !== 229;
}

function placeholderFor(room: Room, language: Language): string {
  if (!room.link.isOnline.value) return language.text("message");
  const others = room.people.view.value.online - 1;
  if (others < 1) return language.text("message_alone");
  return language.text("message_to", { n: others });
}

function Hint({ room }: { room: Room }) {
  const language = useLanguage();
  const { link } = room;
  // The first attempt takes no time that anybody would read of it in.
  const isUsual = link.isOnline.value || link.isFirstTry.value;
  const text = isUsual
    ? language.text("keys_hint")
    : link.carries.value
    ? language.text("will_wait")
    : language.text("connect_to_send");
  return <p id={HINT_ID} class={isUsual ? "hint is-keys" : "hint"}>{text}</p>;
}

function Counter({ room }: { room: Room }) {
  const language = useLanguage();
  const { isCounted, length, limit } = room.conversation.composition;
  if (!isCounted.value) return null;
  const left = limit.value - length.value;
  return (
    <p id={COUNTER_ID} class={left < 0 ? "counter is-over" : "counter"}>
      <strong>{language.number(length.value)}</strong> / {language.number(limit.value)} ·{" "}
      {left < 0 ? language.text("too_long", { n: -left }) : language.text("left", { n: left })}
    </p>
  );
}
