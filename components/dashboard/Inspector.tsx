import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { Dashboard } from "../../client/dashboard/dashboard.ts";
import { type InspectionView, isGone } from "../../client/dashboard/inspection.ts";
import { keyOf } from "../../client/dashboard/listing.ts";
import { Icon } from "../Icon.tsx";
import { Frames } from "./Frames.tsx";
import { shortNode } from "./Nodes.tsx";
import { keepRowFocus } from "./row_focus.ts";

/** The one connection that is looked at, over everything else. */
export function Inspector({ dashboard }: { dashboard: Dashboard }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const view = dashboard.inspection.view.value;
  const isOpen = view !== undefined;
  const place = usePlace(dashboard);
  useEffect(() => {
    if (isOpen) dialog.current?.showModal();
    else dialog.current?.close();
  }, [isOpen]);
  return (
    <dialog
      ref={dialog}
      class="inspector"
      aria-labelledby="inspector-title"
      onClose={() => {
        dashboard.inspection.leave();
        keepRowFocus(place);
      }}
    >
      {view && <Content dashboard={dashboard} view={view} />}
    </dialog>
  );
}

/** Where in the list the connection that is looked at is, or was before it went. */
function usePlace({ inspection, listing }: Dashboard): number {
  const place = useRef(0);
  const looked = inspection.view.value;
  const rows = listing.listed.value?.rows ?? [];
  const at = looked ? rows.findIndex((row) => keyOf(row) === keyOf(looked.row)) : -1;
  if (at >= 0) place.current = at;
  return place.current;
}

/** What is said of a connection that is not watched. */
const WHY_NOT = {
  ended: "one_ended",
  unknown: "one_unknown",
  too_many: "one_too_many",
  silent: "one_silent",
} as const;

/** What is said of the wish to close it. */
const CLOSED = { done: "closed", unknown: "closed_not", silent: "closed_silent" } as const;

interface ContentProps {
  readonly dashboard: Dashboard;
  readonly view: InspectionView;
}

function Content({ dashboard, view }: ContentProps) {
  const language = dashboard.language.value;
  const { inspection } = dashboard;
  const closed = inspection.closed.value;
  const isAnswered = closed !== undefined && (closed !== "silent" || !isGone(view));
  const done = useRef<HTMLButtonElement>(null);
  // What had the focus may have gone with the connection.
  useEffect(() => done.current?.focus(), [view.standing]);
  return (
    <>
      <div class="panel-head">
        <h2 id="inspector-title">{language.text("one", { name: view.row.username })}</h2>
        <button
          ref={done}
          class="button is-quiet"
          type="button"
          onClick={() => inspection.leave()}
        >
          {language.text("done")}
        </button>
      </div>
      <Facts dashboard={dashboard} view={view} />
      <p class="inspector-note" role="status">
        {isAnswered
          ? language.text(CLOSED[closed], { name: view.row.username })
          : view.standing === "watched"
          ? ""
          : language.text(WHY_NOT[view.standing])}
      </p>
      <Frames dashboard={dashboard} view={view} />
      {!isGone(view) && <Closing dashboard={dashboard} view={view} />}
    </>
  );
}

/** What the list says of it now. */
function Facts({ dashboard, view }: ContentProps) {
  const language = dashboard.language.value;
  const key = keyOf(view.row);
  const row = dashboard.listing.listed.value?.rows.find((row) => keyOf(row) === key) ?? view.row;
  const facts = [
    [language.text("address"), row.address],
    [language.text("node"), shortNode(row.node)],
    [language.text("age"), language.lasting(row.age_ms)],
    [language.text("queue"), language.number(row.queue_bytes)],
    [language.text("round_trip"), language.number(row.round_trip_ms)],
    [language.text("chats_in"), language.number(row.chats_in)],
    [language.text("chats_out"), language.number(row.chats_out)],
  ] as const;
  return (
    <dl class="node-figures">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** Its end by hand, after a second press. */
function Closing({ dashboard, view }: ContentProps) {
  const language = dashboard.language.value;
  const isSure = useSignal(false);
  const keep = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (isSure.value) keep.current?.focus();
  }, [isSure.value]);
  if (!isSure.value) {
    return (
      <div class="inspector-foot">
        <button class="button is-danger" type="button" onClick={() => isSure.value = true}>
          <Icon name="power" />
          {language.text("close_it")}
        </button>
      </div>
    );
  }
  return (
    <div class="inspector-foot" role="group" aria-labelledby="close-sure">
      <p id="close-sure">{language.text("close_sure", { name: view.row.username })}</p>
      <button ref={keep} class="button" type="button" onClick={() => isSure.value = false}>
        {language.text("close_no")}
      </button>
      <button
        class="button is-danger"
        type="button"
        onClick={() => dashboard.inspection.close()}
      >
        {language.text("close_yes")}
      </button>
    </div>
  );
}
