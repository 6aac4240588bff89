import type { Room } from "../client/page/room.ts";
import { useLanguage } from "./language.ts";
import { Menu } from "./Menu.tsx";
import { NameButton } from "./NameButton.tsx";
import { Switches } from "./Switches.tsx";

/** The name, the language and the theme: in the top bar, and where that is too narrow in a menu. */
export function Preferences({ room }: { room: Room }) {
  const language = useLanguage();
  return (
    <Menu id="preferences" label={language.text("preferences")} icon="sliders">
      <NameButton room={room} />
      <Switches preferences={room.preferences} />
    </Menu>
  );
}
