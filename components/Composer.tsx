import type { Room } from "../client/page/room.ts";
import { fill, words } from "../client/page/words.ts";
import { flag } from "./flag.ts";
import { COMPOSER_ID } from "./focus.ts";
import { Icon } from "./Icon.tsx";

/** Where one writes. Enter sends, Shift+Enter starts a line. */
export function Composer({ room }: { room: Room }) {
  const { composition, link } = room;
  const submit = (event: Event) => {
    event.preventDefault();
    room.send();
  };
  return (
    <form class="composer needs-script" aria-label={words.message} onSubmit={submit}>
      <label class="visually-hidden" for={COMPOSER_ID}>{words.message}</label>
      <textarea
        id={COMPOSER_ID}
        class="field"
        rows={1}
        placeholder={placeholderFor(room)}
        value={composition.draft.value}
        aria-invalid={flag(composition.length.value > composition.limit.value)}
        aria-describedby="composer-hint"
        onInput={(event) => composition.write(event.currentTarget.value)}
        onKeyDown={(event) => sends(event) && submit(event)}
      />
      <div class="composer-foot">
        <Hint room={room} />
        <Counter room={room} />
      </div>
      <button
        class="button is-main send"
        type="submit"
        aria-label={words.send}
        disabled={!link.carries.value || composition.length.value > composition.limit.value}
      >
        <Icon name="send" />
        <span class="long">{words.send}</span>
      </button>
    </form>
  );
}

function sends(event: KeyboardEvent): boolean {
  if (event.key !== "Enter" || event.shiftKey) return false;
  // While an input method is composing, Enter belongs to it. Safari tells so by the code 229 alone.
  return !event.isComposing && event.keyCode !== 229;
}

function placeholderFor(room: Room): string {
  if (!room.link.isOnline.value) return words.message;
  const others = room.people.view.value.online - 1;
  if (others < 1) return words.message_alone;
  return others === 1 ? words.message_to_one : fill(words.message_to, { n: others });
}

function Hint({ room }: { room: Room }) {
  const { link } = room;
  const isOnline = link.isOnline.value;
  const text = isOnline
    ? words.keys_hint
    : link.carries.value
    ? words.will_wait
    : words.connect_to_send;
  return <p id="composer-hint" class={isOnline ? "hint is-keys" : "hint"}>{text}</p>;
}

function Counter({ room }: { room: Room }) {
  const { isCounted, length, limit } = room.composition;
  if (!isCounted.value) return null;
  const left = limit.value - length.value;
  return (
    <p class={left < 0 ? "counter is-over" : "counter"}>
      <strong>{fill("{n}", { n: length.value })}</strong> / {fill("{n}", { n: limit.value })} ·{" "}
      {left < 0 ? fill(words.too_long, { n: -left }) : fill(words.left, { n: left })}
    </p>
  );
}
