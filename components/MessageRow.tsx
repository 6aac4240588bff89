import type { Row } from "../client/page/arrangement.ts";
import type { Room } from "../client/page/room.ts";
import { MINUTE_MS } from "../client/page/text.ts";
import { ChatRow } from "./ChatRow.tsx";
import { useLanguage } from "./language.ts";
import { Day, Moves } from "./QuietLine.tsx";

interface MessageRowProps {
  readonly row: Row;
  readonly room: Room;
}

/**
 * One row of the list.
 *
 * It reads a signal whatever the row is, and has no state: such a component the signals' integration renders anew only
 * with other properties, and a row is the same object as long as nothing of it has changed.
 */
export function MessageRow({ row, room }: MessageRowProps) {
  const zone = room.zone.value;
  switch (row.kind) {
    case "day":
      return <Day at={row.at} now={room.minute.value * MINUTE_MS} zone={zone} />;
    case "chat":
      return <ChatRow row={row} room={room} />;
    case "moves":
      return <Moves moves={row.moves} />;
    case "gap":
      return <GapLine />;
    case "unread":
      return <UnreadLine room={room} />;
  }
}

function GapLine() {
  const language = useLanguage();
  return (
    <li class="unread-line is-gap">
      <span>{language.text("gap")}</span>
    </li>
  );
}

function UnreadLine({ room }: { room: Room }) {
  const language = useLanguage();
  return (
    <li class="unread-line">
      <span>{language.text("new_n", { n: room.conversation.reading.lineCount.value })}</span>
    </li>
  );
}
