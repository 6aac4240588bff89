/**
 * Swagger UI in the page: loaded from our own origin, without anything of it that would ask another one.
 *
 * @module
 */

import type { DocsProps } from "../client/docs/docs_props.ts";
import type { Theme } from "../lib/preferences.ts";

/** What Swagger UI's own script leaves in the page. */
declare global {
  var SwaggerUIBundle: ((options: Record<string, unknown>) => unknown) | undefined;
}

/**
 * Loads Swagger UI and shows the document of this server in an element.
 *
 * @throws {Error} If one of its files could not be loaded.
 */
export async function showHttp(
  element: HTMLElement,
  { style, script }: DocsProps["httpAssets"],
): Promise<void> {
  await Promise.all([addStyle(style), addScript(script)]);
  globalThis.SwaggerUIBundle?.({
    domNode: element,
    url: "/openapi.json",
    // Without these it would ask other origins, or write into the address.
    validatorUrl: null,
    queryConfigEnabled: false,
    deepLinking: false,
    docExpansion: "list",
    defaultModelsExpandDepth: 0,
    displayRequestDuration: true,
    plugins: [{ statePlugins: { auth: { wrapSelectors: { isAuthorized: withSecret } } } }],
  });
}

/** What an operation asks for, one of which is enough: secrets by name, or none at all. A list of immutable.js. */
interface Requirements {
  filter(isKept: (secrets: { readonly size: number }) => boolean): Requirements;
}

/**
 * Whether a lock is closed: where the secret has been given, and not already where one is let in without it.
 *
 * @see https://github.com/swagger-api/swagger-ui/blob/master/docs/customization/plugin-api.md
 */
function withSecret(isAuthorized: (requirements?: Requirements) => unknown) {
  // The state that is given here first the wrapped one has already.
  return (_state: unknown, requirements?: Requirements) =>
    isAuthorized(requirements?.filter(({ size }) => size > 0));
}

/** Gives it the theme: its dark colours hang on a class of the document. Returns what stops following the system's. */
export function wearTheme(theme: Theme): (() => void) | undefined {
  const { classList } = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const wear = () => {
    classList.toggle("dark-mode", theme === "dark" || theme === "system" && dark.matches);
  };
  wear();
  dark.addEventListener("change", wear);
  return () => dark.removeEventListener("change", wear);
}

function addStyle(href: string): Promise<void> {
  return added(Object.assign(document.createElement("link"), { rel: "stylesheet", href }));
}

function addScript(src: string): Promise<void> {
  return added(Object.assign(document.createElement("script"), { src }));
}

function added(element: HTMLElement): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  element.onload = () => resolve();
  element.onerror = () => reject(new Error("Could not load a part of the page"));
  document.head.append(element);
  return promise;
}
