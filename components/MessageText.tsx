import { Fragment } from "preact";
import { useRef } from "preact/hooks";
import type { Reading } from "../client/page/reading.ts";
import type { ChatItem } from "../client/page/talk_items.ts";
import { isLong, splitLinks, withoutEmptyRuns } from "../client/page/text.ts";
import { useLanguage } from "./language.ts";
import { useHeldTop } from "./scrolling.ts";

interface MessageTextProps {
  readonly chat: ChatItem;
  readonly reading: Reading;
}

/** What somebody said, as text; a long one is folded until somebody wants to see it all. */
export function MessageText({ chat, reading }: MessageTextProps) {
  const text = withoutEmptyRuns(chat.text);
  if (isLong(text)) return <LongText text={text} chat={chat} reading={reading} />;
  return (
    <p class="text" dir="auto">
      {linked(text)}
    </p>
  );
}

function LongText({ text, chat: { key }, reading }: MessageTextProps & { readonly text: string }) {
  const language = useLanguage();
  const ref = useRef<HTMLParagraphElement>(null);
  const isFolded = !reading.unfolded.value.includes(key);
  const holdTop = useHeldTop(ref, isFolded);
  const toggle = () => {
    // The list hangs at its bottom edge: there the button stays by itself where a text is folded.
    if (isFolded) holdTop();
    reading.toggleText(key);
  };
  return (
    <>
      <p ref={ref} class={isFolded ? "text is-folded" : "text"} dir="auto">
        {linked(text)}
      </p>
      <button class="link unfold needs-script" type="button" onClick={toggle}>
        {language.text(isFolded ? "show_all" : "fold")}
      </button>
    </>
  );
}

/**
 * The text with its web addresses as links that tell their target nothing. Fragments, for Preact's precompiled templates
 * escape the bare strings of an array twice.
 */
function linked(text: string) {
  return splitLinks(text).map(({ text, href, host }, index) =>
    href === undefined ? <Fragment key={index}>{text}</Fragment> : (
      <span key={index}>
        <a href={href} title={href} dir="ltr" target="_blank" rel="noopener noreferrer nofollow">
          {text}
        </a>
        {host !== undefined && <bdi class="real-host">({host})</bdi>}
      </span>
    )
  );
}
