import type { Room } from "../client/page/room.ts";
import { fill, words } from "../client/page/words.ts";
import { Banner } from "./Banner.tsx";
import { Composer } from "./Composer.tsx";
import { Messages } from "./Messages.tsx";

/** The chat: the banner over it, the messages, the field. */
export function Chat({ room }: { room: Room }) {
  return (
    <div class="talk">
      <header class="panel-head">
        <h2 id="h-chat">{words.chat}</h2>
        {room.link.isOnline.value && (
          <span class="count">
            {fill(words.n_online, { n: room.people.view.value.online })}
          </span>
        )}
      </header>
      <div class="banners">
        <Banner room={room} />
      </div>
      <section class="chat" aria-labelledby="h-chat">
        <Messages room={room} />
        <Composer room={room} />
      </section>
    </div>
  );
}
