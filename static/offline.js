/*
 * The offline page: it was kept as it was for somebody some time ago, so the reader's choices are looked up again; and it
 * comes back by itself. Loaded before anything is painted.
 */

const LANGUAGES = { en: "en", pt: "pt-BR" };
const LOOK_AGAIN_MS = 5000;

const chosen = (name) => document.cookie.match(`(?:^|; )pulso\\.${name}=([\\w-]+)`)?.[1];

const { documentElement } = document;
const language = [chosen("language"), ...navigator.languages]
  .map((tag) => LANGUAGES[tag?.slice(0, 2).toLowerCase()]).find((known) => known !== undefined);
if (language !== undefined) documentElement.lang = language;
documentElement.dataset.theme = chosen("theme") ?? "system";

// Opened by its own address it leads to the room.
const tryAgain = () => location.pathname === "/" ? location.reload() : location.replace("/");

addEventListener("online", tryAgain);
addEventListener("click", ({ target }) => {
  if (target instanceof Element && target.closest("button") !== null) tryAgain();
});
// The network may be there and the server not.
setInterval(async () => {
  if (document.hidden) return;
  const response = await fetch("/health", { cache: "no-store" }).catch(() => undefined);
  if (response?.ok) tryAgain();
}, LOOK_AGAIN_MS);
