import { useSignal } from "@preact/signals";
import { useEffect, useId } from "preact/hooks";
import type { AdminJob } from "../api";
import { answer } from "../client";
import { shortId } from "../format";
import { api, say, tell } from "./state";

function lastResponse(job: AdminJob): string {
  const attempt = job.attempts.at(-1);
  const parts = [job.error ?? job.waiting_hosts, attempt?.outcome, attempt?.detail, attempt?.anomaly];
  return parts.filter((part) => part !== null && part !== undefined).join(" · ");
}

const ACCOUNT_CHARS = 12;
/** How long "copied" is shown, in milliseconds. */
const SAID_MS = 2000;

/** An id too long for its column; a click copies all of it. */
export function Id({ id, children }: { id: string; children: string }) {
  const words = say();
  const isCopied = useSignal(false);

  async function copy() {
    await navigator.clipboard.writeText(id);
    isCopied.value = true;
    setTimeout(() => (isCopied.value = false), SAID_MS);
  }

  return (
    <button type="button" class="id" title={id} onClick={() => void copy()}>
      {isCopied.value ? words.copied : children}
      <span class="visually-hidden">, {words.copy}</span>
    </button>
  );
}

function Line({ job }: { job: AdminJob }) {
  const words = say();
  const { hold } = job;
  return (
    <tr>
      <td>
        <Id id={job.id}>{shortId(job.id)}</Id>
      </td>
      <td>
        <Id id={job.account}>{`${job.account.slice(0, ACCOUNT_CHARS)}…`}</Id>
      </td>
      <td>{words.states[job.state]}</td>
      <td>{job.model}</td>
      <td class="number">{words.age(job.age_seconds)}</td>
      <td class={hold.past_deadline ? "late" : ""}>
        {hold.state} {hold.amount}
      </td>
      <td class="muted last">{lastResponse(job)}</td>
    </tr>
  );
}

/** The newest jobs of all accounts. */
export function Jobs() {
  const words = say();
  const id = useId();
  const state = useSignal("");
  const isOverdue = useSignal(false);
  const jobs = useSignal<AdminJob[]>([]);
  const next = useSignal<string | null>(null);
  const trouble = useSignal<string | null>(null);

  async function load(cursor: string | null) {
    const query = {
      stale: isOverdue.value,
      ...(state.value !== "" && { state: state.value }),
      ...(cursor !== null && { cursor }),
    };
    try {
      const { data } = await answer(api.GET("/v1/admin/jobs", { params: { query } }));
      jobs.value = cursor === null ? data.jobs : [...jobs.value, ...data.jobs];
      next.value = data.next_cursor;
      trouble.value = null;
    } catch (error) {
      trouble.value = tell(error);
    }
  }

  useEffect(() => void load(null), [state.value, isOverdue.value]);

  const { columns } = words;
  return (
    <section class="card stack">
      <div class="spread">
        <h2 id={`${id}-title`}>{words.list}</h2>
        <div class="row">
          <label for={`${id}-state`}>{words.state}</label>
          <select
            class="field narrow"
            id={`${id}-state`}
            value={state.value}
            onChange={(event) => (state.value = event.currentTarget.value)}
          >
            <option value="">{words.anyState}</option>
            {Object.entries(words.states).map(([name, label]) => (
              <option key={name} value={name}>
                {label}
              </option>
            ))}
          </select>
          <label class="chip">
            <input
              type="checkbox"
              checked={isOverdue.value}
              onChange={(event) => (isOverdue.value = event.currentTarget.checked)}
            />
            {words.overdueOnly}
          </label>
        </div>
      </div>
      {trouble.value !== null && (
        <p class="note bad small" role="alert">
          {trouble.value}
        </p>
      )}
      {jobs.value.length === 0 ? (
        <p class="muted">{words.none}</p>
      ) : (
        <div class="scrolls" tabIndex={0} role="region" aria-labelledby={`${id}-title`}>
          <table>
            <thead>
              <tr>
                {Object.entries(columns).map(([name, label]) => (
                  <th key={name} scope="col" class={name === "age" ? "number" : ""}>
                    {label}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody class="numbers">
              {jobs.value.map((job) => (
                <Line key={job.id} job={job} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {next.value !== null && (
        <div>
          <button type="button" class="button" onClick={() => void load(next.value)}>
            {words.more}
          </button>
        </div>
      )}
    </section>
  );
}
