/**
 * What a reader of the page has chosen: the language and the theme. They travel in cookies, so that the first paint is
 * right already. Pure.
 *
 * Invariant: what a request says never throws and never fails: what is not understood is the default.
 *
 * @module
 */

/** The languages of the page, the default first. */
export const LANGUAGES = ["en", "pt-BR"] as const;
/** One of {@linkcode LANGUAGES}, a BCP 47 tag. */
export type LanguageTag = typeof LANGUAGES[number];

/** The themes of the page, the default first. */
export const THEMES = ["system", "light", "dark"] as const;
/** One of {@linkcode THEMES}. */
export type Theme = typeof THEMES[number];

/** The choices of a reader. */
export interface Choices {
  readonly language: LanguageTag;
  readonly theme: Theme;
}

/** So much of a header is read: nobody has more languages. */
const READ_LENGTH = 1000;

/** The choices of a request: its cookies, and without one `Accept-Language`. */
export function readChoices(headers: Headers): Choices {
  const cookies = (headers.get("cookie") ?? "").split(";").map((cookie) => cookie.trim());
  const chosen = <T extends string>(name: string, values: readonly T[]) =>
    values.find((value) => cookies.includes(cookieOf(name, value)));
  return {
    language: chosen("language", LANGUAGES) ?? acceptedLanguage(headers.get("accept-language")),
    theme: chosen("theme", THEMES) ?? THEMES[0],
  };
}

/** The cookie that says a choice, without its attributes: `pulso.theme=dark`. */
export function cookieOf(name: string, value: string): string {
  return `pulso.${name}=${value}`;
}

/**
 * The language that somebody wants most; a language without its region is any of it.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-12.5.4
 */
function acceptedLanguage(header: string | null): LanguageTag {
  const wanted = (header ?? "").slice(0, READ_LENGTH).split(",").map((range) => {
    const [tag = "", ...parameters] = range.trim().toLowerCase().split(/\s*;\s*/);
    const weight = parameters.find((parameter) => parameter.startsWith("q="));
    return { tag, weight: weight === undefined ? 1 : Number(weight.slice(2)) };
  }).filter(({ weight }) => weight > 0).sort((a, b) => b.weight - a.weight);
  for (const { tag } of wanted) {
    const found = LANGUAGES.find((language) => primary(language) === primary(tag));
    if (found !== undefined) return found;
    if (tag === "*") break;
  }
  return LANGUAGES[0];
}

function primary(tag: string): string {
  return tag.split("-")[0] ?? tag;
}
