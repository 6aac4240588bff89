import type { Room } from "../client/page/room.ts";
import { flag } from "./flag.ts";
import { focusName } from "./focus.ts";
import { Icon } from "./Icon.tsx";
import { useLanguage } from "./language.ts";

/** One's name, and the way to change it. A name that was refused is not one's own. */
export function NameButton({ room }: { room: Room }) {
  const language = useLanguage();
  const { link } = room;
  const name = link.name.value ?? language.text("guest");
  const isNameless = link.needsName.value;
  const label = room.pass.isNeeded.value ? "change_token" : "change_name";
  const change = () => {
    // Where a banner asks for the name already, the field is there.
    if (!link.isRenaming.value && focusName()) return;
    link.isRenaming.value = !link.isRenaming.value;
  };
  return (
    <button
      class="button is-quiet name-button"
      type="button"
      aria-label={isNameless ? undefined : language.text(label, { name })}
      title={isNameless ? undefined : name}
      aria-expanded={flag(link.isRenaming.value)}
      onClick={change}
    >
      {isNameless
        ? <span class="name-now is-unset">{language.text("your_name")}</span>
        : <bdi class="name-now">{name}</bdi>}
      <Icon name="pencil" />
    </button>
  );
}
