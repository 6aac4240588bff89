import { useSignal } from "@preact/signals";
import type { Cast } from "../client/page/casts.ts";
import { formatMilliseconds, formatNumber, type Zone } from "../client/page/text.ts";
import { summarize } from "./broadcast_summary.ts";
import { CopyButton } from "./CopyButton.tsx";

/** One message in short; opened, its JSON. */
export function BroadcastRow({ cast, zone }: { cast: Cast; zone: Zone }) {
  const isOpen = useSignal(false);
  const { who, body, offset, isName } = summarize(cast.message);
  return (
    <li class="cast">
      <details onToggle={(event) => isOpen.value = event.currentTarget.open}>
        <summary>
          <span class="cast-type">{cast.message.type}</span>
          <span class="cast-who">{isName ? <bdi class="name">{who}</bdi> : who}</span>
          <time class="cast-time" datetime={new Date(cast.arrivedAt).toISOString()}>
            {formatMilliseconds(cast.arrivedAt, zone)}
          </time>
          {body !== undefined && <span class="cast-body" dir="auto">{body}</span>}
          {offset !== undefined && <span class="cast-offset">#{formatNumber(offset)}</span>}
        </summary>
        {isOpen.value && <Raw line={cast.line} />}
      </details>
    </li>
  );
}

function Raw({ line }: { line: string }) {
  return (
    <div class="raw">
      <pre tabindex={0}>{JSON.stringify(JSON.parse(line), null, 2)}</pre>
      <CopyButton text={line} />
    </div>
  );
}
