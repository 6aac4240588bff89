import { words } from "../client/page/words.ts";
import { terminalCommand } from "./EmptyRoom.tsx";

/** What the page says where it cannot run, and how to take part all the same. */
export function NoScript({ address }: { address: string }) {
  return (
    <noscript>
      <div class="no-script">
        <p>{words.no_script}</p>
        <p>
          {words.from_terminal}: <code>{terminalCommand(address)}</code>
        </p>
      </div>
    </noscript>
  );
}
