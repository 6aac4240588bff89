import type { IconName } from "./Sprite.tsx";

/** A picture of the page's sprite; decoration, so the words beside it say the same. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" aria-hidden="true">
      <use href={`#i-${name}`} />
    </svg>
  );
}
