/*
 * The offline page, and nothing else: the room itself is always asked of the network, and no other request of it is
 * answered here. The query of this script's own address is the build's, so a new build brings a new worker and new files.
 */

const { search } = location;
const CACHE = `offline${search}`;
const PAGE = "/offline";
const PARTS = ["/styles.css", "/offline.js", "/icon.svg"].map((path) => path + search);

/** What a proxy answers in the place of a server that is away. */
const AWAY = [502, 503, 504];

addEventListener("install", (event) => {
  skipWaiting();
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll([PAGE, ...PARTS])));
});

addEventListener("activate", (event) => {
  event.waitUntil(Promise.all([forgetOthers(), registration.navigationPreload?.enable()]));
});

addEventListener("fetch", (event) => {
  const { pathname, search } = new URL(event.request.url);
  if (event.request.mode === "navigate" && pathname === "/") event.respondWith(openRoom(event));
  // The page's parts are asked for by their exact address, which no other build has.
  else if (PARTS.includes(pathname + search)) event.respondWith(keptOrFetched(event.request));
});

async function openRoom(event) {
  const response = await (event.preloadResponse ?? Promise.resolve())
    .then((preloaded) => preloaded ?? fetch(event.request))
    .catch(() => undefined);
  if (response !== undefined && !AWAY.includes(response.status)) return response;
  return await kept(PAGE) ?? response ?? Response.error();
}

async function keptOrFetched(request) {
  return await kept(request) ?? fetch(request);
}

async function kept(request) {
  return await (await caches.open(CACHE)).match(request, { ignoreVary: true });
}

async function forgetOthers() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name !== CACHE).map((name) => caches.delete(name)));
}
