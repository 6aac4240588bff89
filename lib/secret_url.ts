/**
 * A URL that may hold a secret, as it may be shown. Pure. Not here: hiding passwords in a text that may hold a URL (log.ts).
 *
 * Invariant: what is shown is put together from parts that are known to be no secret and are plain; nothing is cut out of a
 * text in the hope that it was all.
 *
 * @module
 */

/** What may be shown of a user, a host or a database. A password that has got there, or its end, is not plain. */
const PLAIN = /^[\w.-]*$/;
const PLAIN_HOST = /^(?:[\w.-]+|\[[0-9a-f:.]+\])(?::[0-9]+)?$/i;

/** The parameters that are shown. */
const HARMLESS: ReadonlySet<string> = new Set([
  ...["sslmode", "ssl", "application_name", "connect_timeout"],
]);

/**
 * Shows URLs, several separated by commas, with `***` for what is secret.
 *
 * @returns Nothing where one of them cannot be read, or where it is not sure what in it is secret. Never throws.
 */
export function showUrls(text: string): string | undefined {
  const shown = text.split(",").map(showUrl);
  return shown.includes(undefined) ? undefined : shown.join(",");
}

function showUrl(text: string): string | undefined {
  const url = URL.parse(text.trim());
  if (url === null || url.hash !== "" || !PLAIN_HOST.test(url.host)) return undefined;
  const { protocol, host, pathname, search } = url;
  // An @ there is the end of a password that has a / or a ? in it.
  if (!PLAIN.test(pathname.replace("/", "")) || search.includes("@")) return undefined;
  return `${protocol}//${showUser(url)}${host}${pathname}${showQuery(url)}`;
}

/** The whole query or nothing of it: a secret with an & in it looks like more parameters. */
function showQuery({ search, searchParams }: URL): string {
  const isHarmless = [...searchParams].every(([name, value]) =>
    HARMLESS.has(name) && PLAIN.test(value)
  );
  return isHarmless ? search : "?***";
}

function showUser({ protocol, username, password }: URL): string {
  if (username === "" && password === "") return "";
  // To NATS who comes without a password says a token.
  const isToken = password === "" && !/^postgres(ql)?:$/.test(protocol);
  const user = !isToken && PLAIN.test(username) ? username : "***";
  return password === "" ? `${user}@` : `${user}:***@`;
}
