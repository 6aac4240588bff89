import { arrange, type Row } from "../client/page/arrangement.ts";
import type { Room } from "../client/page/room.ts";
import type { TalkItem } from "../client/page/talk.ts";
import { fill, words } from "../client/page/words.ts";
import { EmptyRoom } from "./EmptyRoom.tsx";
import { Group } from "./Group.tsx";
import { Icon } from "./Icon.tsx";
import { Day, Moves } from "./QuietLine.tsx";
import { useNewestInSight } from "./scrolling.ts";

/** How many items are in the document, and how many more a step back shows. */
const SHOWN = 200;
const STEP = 100;

/** The list of messages: hangs at its bottom edge, and stays there unless somebody scrolls up. */
export function Messages({ room }: { room: Room }) {
  const { reading } = room;
  const { ref, hold } = useNewestInSight(reading);
  const items = room.talk.items.value;
  const start = startOf(items, reading.from.value);
  const rows = arrange(items.slice(start, start + SHOWN), {
    zone: room.zone.value,
    unreadFrom: reading.unreadFrom.value,
  });
  const goBack = () => {
    hold();
    const first = items[Math.max(0, start - STEP)];
    if (first !== undefined) reading.goBack(first.key);
  };
  const jump = () => {
    reading.jump();
    // The button goes away, and the focus would with it.
    ref.current?.focus({ preventScroll: true });
  };
  return (
    <div class="log">
      <div ref={ref} class="scroller" tabindex={0} role="region" aria-label={words.messages}>
        {start > 0 && (
          <button class="link older" type="button" onClick={goBack}>{words.older}</button>
        )}
        {rows.length === 0 ? <EmptyRoom address={room.address.value} /> : (
          <ol class="messages">
            {rows.map((row) => <MessageRow key={row.key} row={row} room={room} />)}
          </ol>
        )}
      </div>
      {!reading.isAtNewest.value && rows.length > 0 && (
        <JumpButton
          unread={reading.unread.value}
          jump={jump}
        />
      )}
    </div>
  );
}

/** The index of the first item shown: of the one that was gone back to, else so that the newest are. */
function startOf(items: readonly TalkItem[], from: string | undefined): number {
  const newest = Math.max(0, items.length - SHOWN);
  if (from === undefined) return newest;
  // One that is no longer kept: the oldest that is.
  return Math.min(newest, Math.max(0, items.findIndex((item) => item.key === from)));
}

function MessageRow({ row, room }: { row: Row; room: Room }) {
  switch (row.kind) {
    case "day":
      return <Day at={row.at} now={room.now.value} zone={room.zone.value} />;
    case "group":
      return <Group chats={row.chats} room={room} />;
    case "moves":
      return <Moves moves={row.moves} />;
    case "gap":
      return (
        <li class="unread-line is-gap">
          <span>{words.gap}</span>
        </li>
      );
    case "unread":
      return (
        <li class="unread-line">
          <span>{fill(words.new_n, { n: room.reading.lineCount })}</span>
        </li>
      );
  }
}

function JumpButton({ unread, jump }: { unread: number; jump: () => void }) {
  return (
    <button class="button is-main jump" type="button" onClick={jump}>
      <Icon name="down" />
      {words.jump}
      {unread > 0 && <span>· {fill(words.unread, { n: unread })}</span>}
    </button>
  );
}
