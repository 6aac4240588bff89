import type { ComponentChildren } from "preact";
import { useDisclosure } from "./disclosure.ts";
import { Icon } from "./Icon.tsx";
import type { IconName } from "./Sprite.tsx";

interface MenuProps {
  readonly id: string;
  readonly label: string;
  readonly icon: IconName;
  readonly children: ComponentChildren;
}

/** A button and the menu that it opens; in a wide bar the menu is always open. */
export function Menu({ id, label, icon, children }: MenuProps) {
  const { isOpen, whole, button } = useDisclosure<HTMLDivElement>(id);
  return (
    <div class={`${id} needs-script`} {...whole}>
      <button
        class="button is-quiet is-icon menu-button"
        type="button"
        aria-label={label}
        title={label}
        {...button}
      >
        <Icon name={icon} />
      </button>
      <div class={isOpen ? "menu is-open" : "menu"} id={id}>{children}</div>
    </div>
  );
}
