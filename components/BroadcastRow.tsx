import type { ComponentChild } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { Cast } from "../client/page/casts.ts";
import { indentJson } from "../client/page/json_text.ts";
import type { Room } from "../client/page/room.ts";
import { formatMilliseconds } from "../client/page/text.ts";
import { isOneLine, summarize, type Summary } from "./broadcast_summary.ts";
import { CopyButton } from "./CopyButton.tsx";
import { useLanguage } from "./language.ts";
import { Phrase } from "./Phrase.tsx";

interface BroadcastRowProps {
  readonly cast: Cast;
  readonly room: Room;
  /** Whether Tab stops here; from row to row go the arrow keys. */
  readonly isStop: boolean;
  /** Told how high the row is when open. */
  readonly measured: (key: number, height: number) => void;
}

/**
 * One message in short; opened, its JSON. It reads signals, and so is rendered again only when these or its properties
 * change, not with every other row.
 */
export function BroadcastRow({ cast, room, isStop, measured }: BroadcastRowProps) {
  const language = useLanguage();
  const row = useRef<HTMLLIElement>(null);
  const isOpen = room.casts.open.value.has(cast.key);
  const { who, isName, warning, offset, ...rest } = summarize(cast, language);
  useLayoutEffect(() => {
    const element = row.current;
    if (!isOpen || element === null) return;
    const resized = new ResizeObserver(() => {
      if (element.clientHeight > 0) measured(cast.key, element.getBoundingClientRect().height);
    });
    resized.observe(element);
    return () => resized.disconnect();
  }, [isOpen]);
  return (
    <li
      ref={row}
      class={`cast${isOneLine(cast.message) ? " is-line" : ""}${isOpen ? " is-open" : ""}`}
    >
      <details
        open={isOpen}
        onToggle={(event) => room.casts.setOpen(cast.key, event.currentTarget.open)}
      >
        <summary tabindex={isStop ? 0 : -1}>
          <span class="cast-type">{cast.message.type}</span>
          <span class="cast-who">
            {isName ? <bdi class="name">{who}</bdi> : who}
            {warning !== undefined && <span class="warn">{warning}</span>}
          </span>
          <time class="cast-time" datetime={new Date(cast.arrivedAt).toISOString()}>
            {formatMilliseconds(cast.arrivedAt, room.zone.value)}
          </time>
          <Body {...rest} />
          {offset !== undefined && <span class="cast-offset">#{language.number(offset)}</span>}
        </summary>
        {isOpen && <Raw line={cast.line} />}
      </details>
    </li>
  );
}

function Body({ body, names, more = 0 }: Pick<Summary, "body" | "names" | "more">) {
  const language = useLanguage();
  if (body !== undefined) return <span class="cast-body" dir="auto">{body}</span>;
  if (names === undefined) return null;
  const list: ComponentChild = names.map((name, index) => (
    <>
      {index > 0 && ", "}
      <bdi>{name}</bdi>
    </>
  ));
  return (
    <span class="cast-body">
      {more === 0
        ? list
        : <Phrase text={language.template("names_more", more)} values={{ names: list, n: more }} />}
    </span>
  );
}

function Raw({ line }: { line: string }) {
  const language = useLanguage();
  return (
    <div class="raw">
      <pre tabindex={0} role="group" aria-label={language.text("raw_json")}>{indentJson(line)}</pre>
      <CopyButton text={line} say={(key) => language.text(key)} />
    </div>
  );
}
