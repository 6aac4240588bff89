/**
 * The words of the page of documents, in both languages. They are not among those of the room, which need not carry them.
 * What a message or a code means is told by the schemas, in English.
 *
 * @module
 */

import type { LanguageTag } from "../../lib/preferences.ts";

const english = {
  title: "Documentation",
  room: "To the room",
  sections: "Sections",
  start: "Start",
  start_text: "One socket carries everything. Copy this, run it, and you are in the room.",
  start_token:
    "This server asks for a token. Put yours in the place of `TOKEN`; in a shell, set it first: `TOKEN=…`",
  language_of_code: "Language of the example",
  socket: "Socket",
  socket_text:
    "Connect, change an example as you like, and send it. What comes back is checked against its schema.",
  username: "Name",
  guest: "guest",
  token: "Token",
  token_hint: "which says your name",
  connect: "Connect",
  disconnect: "Disconnect",
  closed: "Not connected",
  connecting: "Connecting",
  open: "Connected",
  closed_by: "Closed with {code}",
  no_socket: "No connection: the server refused it or is away",
  you_send: "You send",
  server_sends: "The server sends",
  field: "Field",
  value: "Value",
  meaning: "Meaning",
  optional: "optional",
  example: "Example",
  edit: "Message, {name}",
  send: "Send",
  restore: "Restore",
  fits: "fits the schema",
  does_not_fit: "does not fit the schema",
  no_json: "is not JSON",
  unknown: "has no schema here",
  answer: "Answer",
  log: "On the wire",
  log_empty: "Connect, and every frame stands here.",
  clear: "Clear",
  copy: "Copy",
  copied: "Copied",
  sent: "sent",
  received: "received",
  times: "{n} times",
  codes: "Codes",
  close_codes: "Close codes",
  error_codes: "Error codes",
  code: "Code",
  when: "When",
  comes_back: "Reconnect?",
  http: "HTTP",
  http_text: "What is served beside the socket. “Try it out” asks this very server.",
  http_loading: "Loading",
  http_failed: "This part could not be loaded. The document itself:",
  documents: "For programs:",
  no_script: "The console and the part about HTTP need JavaScript.",
} as const;

/** The name of a text of the page of documents. */
export type DocsKey = keyof typeof english;

const portuguese: Readonly<Record<DocsKey, string>> = {
  title: "Documentação",
  room: "Para a sala",
  sections: "Seções",
  start: "Começo",
  start_text: "Um só socket leva tudo. Copie isto, execute, e você está na sala.",
  start_token:
    "Este servidor pede um token. Ponha o seu no lugar de `TOKEN`; em um shell, defina antes: `TOKEN=…`",
  language_of_code: "Linguagem do exemplo",
  socket: "Socket",
  socket_text:
    "Conecte, mude um exemplo como quiser e envie. O que volta é conferido com o seu esquema.",
  username: "Nome",
  guest: "convidado",
  token: "Token",
  token_hint: "que diz o seu nome",
  connect: "Conectar",
  disconnect: "Desconectar",
  closed: "Sem conexão",
  connecting: "Conectando",
  open: "Conectado",
  closed_by: "Fechado com {code}",
  no_socket: "Sem conexão: o servidor recusou ou está fora",
  you_send: "Você envia",
  server_sends: "O servidor envia",
  field: "Campo",
  value: "Valor",
  meaning: "Significado",
  optional: "opcional",
  example: "Exemplo",
  edit: "Mensagem, {name}",
  send: "Enviar",
  restore: "Restaurar",
  fits: "segue o esquema",
  does_not_fit: "não segue o esquema",
  no_json: "não é JSON",
  unknown: "não tem esquema aqui",
  answer: "Resposta",
  log: "No fio",
  log_empty: "Conecte, e cada quadro aparece aqui.",
  clear: "Limpar",
  copy: "Copiar",
  copied: "Copiado",
  sent: "enviado",
  received: "recebido",
  times: "{n} vezes",
  codes: "Códigos",
  close_codes: "Códigos de fechamento",
  error_codes: "Códigos de erro",
  code: "Código",
  when: "Quando",
  comes_back: "Reconectar?",
  http: "HTTP",
  http_text: "O que é servido ao lado do socket. “Try it out” pergunta a este mesmo servidor.",
  http_loading: "Carregando",
  http_failed: "Esta parte não pôde ser carregada. O próprio documento:",
  documents: "Para programas:",
  no_script: "O console e a parte sobre HTTP precisam de JavaScript.",
};

const WORDS: Readonly<Record<LanguageTag, Readonly<Record<DocsKey, string>>>> = {
  en: english,
  "pt-BR": portuguese,
};

/** Says a text in a language, with values in its places. */
export type Say = (key: DocsKey, values?: Readonly<Record<string, string | number>>) => string;

/** The words of a language. */
export function docsWordsOf(tag: LanguageTag): Say {
  return (key, values = {}) =>
    WORDS[tag][key].replace(/\{(\w+)\}/g, (place, name: string) => String(values[name] ?? place));
}
