import { useSignal } from "@preact/signals";
import type { Job } from "../api";
import { modelName, moment } from "../format";
import { t } from "../i18n";
import { explain } from "../problems";
import { isOpen, jobs, listing, moreJobs, nextCursor, removeAll } from "../state/jobs";
import { links } from "../state/route";
import { Receipt } from "./Receipt";
import { Tile } from "./Recent";
import { Ask, Remove } from "./Remove";

const FILTERS = {
  all: () => true,
  open: (job: Job) => isOpen(job.status),
  done: (job: Job) => job.status === "completed",
  not: (job: Job) => !isOpen(job.status) && job.status !== "completed",
} as const;

type Filter = keyof typeof FILTERS;
const isFilter = (name: string): name is Filter => name in FILTERS;

function Card({ job }: { job: Job }) {
  return (
    <li class="entry">
      <Tile job={job} isCurrent={false} />
      <div class="about">
        <p>
          <strong>{t().status[job.status]}</strong>
          {job.credits.on_the_house && <span class="pill">{t().result.house}</span>}
        </p>
        <p class="small muted">
          {moment(job.created_at)}
          <br />
          {modelName(job.model)}
        </p>
        {job.prompt !== null && <p class="small said">“{job.prompt}”</p>}
        <Receipt job={job} />
        {!isOpen(job.status) && <Remove job={job} />}
      </div>
    </li>
  );
}

function Everything() {
  const say = t().account;
  const isAsking = useSignal(false);
  const removed = useSignal<number | null>(null);

  return (
    <section class="card stack">
      <h2>{say.title}</h2>
      <p class="muted">{say.what}</p>
      {removed.value !== null && <p role="status">{say.done(removed.value)}</p>}
      <div>
        <button type="button" class="button" onClick={() => (isAsking.value = true)}>
          {say.button}
        </button>
      </div>
      {isAsking.value && (
        <Ask
          question={say.ask}
          what={t().result.removeWhat}
          yes={say.button}
          act={async () => void (removed.value = await removeAll())}
          onClose={() => (isAsking.value = false)}
        />
      )}
    </section>
  );
}

/** All that was made, with what each cost. */
export function History() {
  const say = t().history;
  const filter = useSignal<Filter>("all");
  const trouble = useSignal<string | null>(null);
  const shown = jobs.value.filter(FILTERS[filter.value]);

  async function more() {
    trouble.value = null;
    await moreJobs().catch((error: unknown) => (trouble.value = explain(error).text));
  }

  return (
    <div class="stack wide">
      <h1>{say.title}</h1>
      <div class="chips" role="group" aria-label={say.filter}>
        {Object.keys(FILTERS)
          .filter(isFilter)
          .map((name) => (
            <button
              type="button"
              class="chip"
              key={name}
              aria-pressed={filter.value === name}
              onClick={() => (filter.value = name)}
            >
              {say.filters[name]}
            </button>
          ))}
      </div>
      {jobs.value.length === 0 && listing.value !== "loading" ? (
        <div class="nothing">
          <h2>{say.empty}</h2>
          <p class="muted">{say.emptyHint}</p>
          <a class="button primary" href={links.dress}>
            {say.first}
          </a>
        </div>
      ) : (
        <>
          {shown.length === 0 && listing.value !== "loading" && <p class="muted">{say.none}</p>}
          <ul class="entries">
            {shown.map((job) => (
              <Card key={job.id} job={job} />
            ))}
          </ul>
        </>
      )}
      {trouble.value !== null && (
        <p class="note bad small" role="alert">
          {trouble.value}
        </p>
      )}
      {nextCursor.value !== null && (
        <div>
          <button type="button" class="button" onClick={() => void more()}>
            {say.more}
          </button>
        </div>
      )}
      <Everything />
    </div>
  );
}
