import type { Room } from "../client/page/room.ts";
import { Banner } from "./Banner.tsx";
import { Composer } from "./Composer.tsx";
import { FailureAlert } from "./Delivery.tsx";
import { Messages } from "./Messages.tsx";
import { Unsent } from "./Unsent.tsx";
import { useLanguage } from "./language.ts";

/** The chat: the banner over it, the messages, the field. */
export function Chat({ room }: { room: Room }) {
  const language = useLanguage();
  return (
    <div class="talk">
      <header class="panel-head">
        <h2 id="h-chat">{language.text("chat")}</h2>
        {room.link.isOnline.value && (
          <span class="count">
            {language.text("n_online", { n: room.people.view.value.online })}
          </span>
        )}
      </header>
      <div class="banners">
        <Banner room={room} />
      </div>
      <section class="chat" aria-labelledby="h-chat">
        <Messages room={room} />
        <Unsent room={room} />
        <Composer room={room} />
        <FailureAlert room={room} />
      </section>
    </div>
  );
}
