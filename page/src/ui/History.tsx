import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { Job } from "../api";
import { focusHeading, isFocusLost } from "../focus";
import { modelName, moment } from "../format";
import { t } from "../i18n";
import { mode } from "../session";
import { isOpen, jobs } from "../state/jobs";
import { listed, listingOf, moreJobs, openListing, removeAll } from "../state/listing";
import { links, replace, route, type Filter } from "../state/route";
import { Cancel } from "./Cancel";
import { timeLeft } from "./Progress";
import { Receipt, receiptLine } from "./Receipt";
import { Tile } from "./Recent";
import { Ask, Remove } from "./Remove";

/** As many as fill a window. */
const SKELETONS = [1, 2, 3, 4, 5, 6];

function Card({ job }: { job: Job }) {
  const when = moment(job.created_at);
  return (
    <li class="entry">
      <Tile job={job} isCurrent={false} />
      <div class="about">
        <p>
          <strong>{t().status[job.status]}</strong>
          {job.credits.waived && <span class="pill">{t().result.waived}</span>}
        </p>
        <p class="small muted">
          {when}
          <br />
          {modelName(job.model)}
        </p>
        {job.prompt !== null && <p class="small said">{t().result.quoted(job.prompt)}</p>}
        {isOpen(job.status) && job.status !== "uncertain" && <p class="small numbers">{timeLeft(job)}</p>}
        <details>
          <summary class="small numbers">{receiptLine(job)}</summary>
          <Receipt job={job} />
        </details>
        {isOpen(job.status) ? <Cancel job={job} label={t().history.cancel(when)} /> : <Remove job={job} />}
      </div>
    </li>
  );
}

/** The list of jobs. When the focused one is deleted, the next one gets the focus. */
function Cards({ of }: { of: readonly Job[] }) {
  const list = useRef<HTMLUListElement>(null);
  const focused = useRef<number | null>(null);

  useEffect(() => {
    if (focused.current === null || !isFocusLost()) return;
    const entries = [...(list.current?.children ?? [])];
    const next = entries[Math.min(focused.current, entries.length - 1)]?.querySelector("a");
    if (next == null) focusHeading(document);
    else next.focus({ preventScroll: true });
  }, [of.length]);

  function note({ target }: FocusEvent) {
    const entry = (target as HTMLElement).closest(".entry");
    focused.current = [...(list.current?.children ?? [])].findIndex((one) => one === entry);
  }

  if (of.length === 0) return null;
  return (
    <ul
      class="entries"
      ref={list}
      onFocusIn={note}
      onFocusOut={({ relatedTarget }) => {
        if (relatedTarget !== null) focused.current = null;
      }}
    >
      {of.map((job) => (
        <Card key={job.id} job={job} />
      ))}
    </ul>
  );
}

function Everything() {
  const say = t().account;
  const isAsking = useSignal(false);
  const removed = useSignal(false);
  // That deletes the account with all that belongs to it, which the account page offers.
  if (mode.value === "cookie") return null;

  return (
    <section class="card stack">
      <h2>{say.title}</h2>
      <p class="muted">{say.what}</p>
      {removed.value && <p role="status">{say.done}</p>}
      <div>
        <button type="button" class="button" onClick={() => (isAsking.value = true)}>
          {say.button}
        </button>
      </div>
      {isAsking.value && (
        <Ask
          question={say.ask}
          what={say.askWhat}
          yes={say.button}
          no={say.keep}
          act={async () => {
            await removeAll();
            removed.value = true;
          }}
          onClose={() => (isAsking.value = false)}
        />
      )}
    </section>
  );
}

function Filters({ chosen }: { chosen: Filter }) {
  const say = t().history;
  const names: readonly Filter[] = ["all", "open", "done", "not"];
  return (
    <div class="chips" role="group" aria-label={say.filter}>
      {names.map((name) => (
        <button
          type="button"
          class="chip"
          key={name}
          aria-pressed={chosen === name}
          onClick={() => replace(links.filter(name))}
        >
          {say.filters[name]}
        </button>
      ))}
    </div>
  );
}

function Skeletons() {
  return (
    <>
      <p class="visually-hidden" role="status">
        {t().loading}
      </p>
      <ul class="entries" aria-hidden="true">
        {SKELETONS.map((number) => (
          <li class="entry skeleton" key={number}>
            <span class="tile" />
          </li>
        ))}
      </ul>
    </>
  );
}

/** Says that there are no jobs, which is known only once the listing has loaded. */
function Nothing({ filter }: { filter: Filter }) {
  const say = t().history;
  if (filter !== "all" || jobs.value.length > 0) return <p class="muted">{say.none}</p>;
  return (
    <div class="nothing">
      <h2>{say.empty}</h2>
      <p class="muted">{say.emptyHint}</p>
      <a class="button primary" href={links.dress}>
        {say.first}
      </a>
    </div>
  );
}

/** All jobs, with the cost of each. */
export function History() {
  const say = t().history;
  const at = route.value;
  const filter = at.page === "history" ? at.filter : "all";
  const { state, cursor, trouble } = listingOf(filter);
  const shown = listed(filter);
  useEffect(() => void openListing(filter), [filter]);

  return (
    <div class="stack wide">
      <h1>{say.title}</h1>
      <Filters chosen={filter} />
      <Cards of={shown} />
      {shown.length === 0 && state === "loading" && <Skeletons />}
      {shown.length === 0 && state === "listed" && <Nothing filter={filter} />}
      {trouble !== null && (
        <div class="note bad spread" role="alert">
          <p>
            {say.failed} {trouble.text}
          </p>
          {state === "failed" && (
            <button type="button" class="button" onClick={() => void openListing(filter)}>
              {t().problems.retry}
            </button>
          )}
        </div>
      )}
      {cursor !== null && (
        <div>
          <button type="button" class="button" onClick={() => void moreJobs(filter)}>
            {say.more}
          </button>
        </div>
      )}
      <Everything />
    </div>
  );
}
