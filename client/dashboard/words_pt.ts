/**
 * Every word of the dashboard in Brazilian Portuguese.
 *
 * @module
 */

import type { Words } from "./words_en.ts";

/** The words in Portuguese. */
export const portuguese: Words = {
  title: "Painel",
  skip: "Ir para as conexões",
  no_script:
    "Esta página precisa de JavaScript. Sem ele, /metrics tem os números deste nó em texto.",
  forget: "Sair",
  forget_long: "Sair e esquecer o token nesta aba",

  live: "Ao vivo",
  connecting: "Conectando",
  cut: "Sem conexão",
  cut_text: "Sem conexão com o servidor. O que se vê é de antes. Nova tentativa em {s}\u00a0s.",
  cut_now: "Sem conexão com o servidor. O que se vê é de antes. Tentando agora.",
  try_now: "Tentar agora",

  token: "Token de acesso",
  token_text:
    "O servidor mostra seu interior a quem tem o ADMIN_TOKEN. Esta aba o guarda até ser fechada.",
  token_wrong: "O servidor não aceitou este token.",
  open: "Abrir",

  nodes: "Nós",
  all_nodes: "Todos os nós",
  this_node: "este",
  silent: "calado há {t}",
  connections: "Conexões",
  chats: "Mensagens, /s",
  deliveries: "Entregas, /s",
  deliveryMs: "Entrega p99, ms",
  tickMs: "Atraso p99, ms",
  lagMs: "Laço p99, ms",
  memoryBytes: "Memória, MB",

  plots: "Os últimos 15 minutos",
  plot_text: "{name}: agora {now}, máximo {max} em 15 minutos",
  highest: "máximo {n}",
  now: "agora",

  list: "Conexões",
  list_of: "{n} de {total}",
  list_empty: "Ninguém está conectado",
  list_none: "Nenhuma conexão corresponde",
  find: "Nome, endereço ou id",
  list_silent: "Sem resposta de {nodes}",
  name: "Nome",
  address: "Endereço",
  node: "Nó",
  age: "Idade",
  queue: "Fila, bytes",
  round_trip: "Ida e volta, ms",
  chats_in: "Recebidas",
  chats_out: "Enviadas",
  look_at: "Observar {name}",
  table_text: "Conexões, {n} de {total}. Pressione um cabeçalho para ordenar por ele.",

  one: "Conexão de {name}",
  frames: "Quadros",
  frames_none: "Nada passou ainda",
  frames_dropped: "Passaram mais {n} do que se pode mostrar",
  frame_in: "do cliente",
  frame_out: "para o cliente",
  frame_length: "{n} caracteres",
  one_ended: "Esta conexão se foi.",
  one_unknown: "Esta conexão não existe mais.",
  one_too_many: "Este nó já tem tantas conexões observadas quanto pode; a pergunta é repetida.",
  one_silent: "O nó desta conexão não responde agora; a pergunta é repetida.",
  pause: "Pausar",
  resume: "Continuar",
  done: "Pronto",
  close_it: "Encerrar conexão",
  close_sure: "Encerrar? {name} será avisado e não volta por si só.",
  close_yes: "Encerrar agora",
  close_no: "Manter",
  closed: "{name} foi desconectado.",
  closed_not: "{name} já tinha saído.",
  closed_silent: "O nó de {name} não respondeu; {name} talvez ainda esteja conectado.",

  log: "Avisos e erros",
  log_empty: "Nada com que se preocupar até agora",
};
