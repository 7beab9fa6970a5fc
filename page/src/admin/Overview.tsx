import type { State, Overview as Data } from "../api";
import { moment, number, shortId } from "../format";
import { Parts, Rows, Spans } from "./Plots";
import { say } from "./state";

const STATES: readonly State[] = [
  "dispatching",
  "running",
  "uncertain",
  "storing",
  "completed",
  "failed",
  "canceled",
  "expired",
];
const PARTS = ["remaining", "held", "spent", "expired", "clawed_back"] as const;

function Jobs({ of }: { of: Data }) {
  const words = say();
  const rows = STATES.map((state) => ({ name: words.states[state], value: of.jobs[state] ?? 0 }));
  const isEmpty = rows.every((row) => row.value === 0);
  return (
    <section class="card stack">
      <h2>{words.jobs}</h2>
      {isEmpty ? (
        <p class="muted">{words.noJobs}</p>
      ) : (
        <Rows rows={rows.map((row) => ({ ...row, text: number(row.value) }))} />
      )}
    </section>
  );
}

function Watch({ of }: { of: Data }) {
  const words = say();
  const oldest = of.oldest_open;
  const age = oldest === null ? 0 : (Date.parse(of.at) - Date.parse(oldest.created_at)) / 1000;
  return (
    <section class="card stack">
      <h2>{words.oldest}</h2>
      {oldest === null ? (
        <p class="muted">{words.noOpen}</p>
      ) : (
        <p>
          <strong class="figure">{words.age(age)}</strong>
          <br />
          <span class="small muted">
            {words.states[oldest.state]} · {shortId(oldest.id)}
          </span>
        </p>
      )}
      <h2>{words.past}</h2>
      <p>
        <strong class="figure">{number(of.holds_past_deadline)}</strong>
        <br />
        <span class="small muted">{of.holds_past_deadline === 0 ? words.pastFine : words.pastBad}</span>
      </p>
    </section>
  );
}

/** Results that the provider charges for, and fetched once their hosts are listed. */
function Unlisted({ of }: { of: Data }) {
  const words = say();
  return (
    <section class="card stack note bad" role="alert">
      <h2>{words.unlisted}</h2>
      <ul class="stack">
        {of.unlisted_hosts.map(({ hosts, provider, jobs, since }) => (
          <li key={provider + hosts}>
            <strong>{hosts}</strong>
            <br />
            <span class="small">{words.unlistedText(provider, jobs, moment(since))}</span>
          </li>
        ))}
      </ul>
      <p class="small">{words.unlistedHow}</p>
    </section>
  );
}

function Providers({ of }: { of: Data }) {
  const words = say();
  const health = (one: Data["providers"][number]) => {
    if (one.needs_operator) return { text: words.needsOperator, tone: "bad" };
    const isPaused = one.open_until !== null && Date.parse(one.open_until) > Date.parse(of.at);
    if (isPaused && one.open_until !== null) return { text: words.paused(moment(one.open_until)), tone: "bad" };
    if (one.failures > 0) return { text: words.failing(one.failures), tone: "some" };
    return { text: words.healthy, tone: "good" };
  };
  return (
    <section class="card stack">
      <h2>{words.providers}</h2>
      <ul class="health">
        {of.providers.map((one) => {
          const { text, tone } = health(one);
          return (
            <li key={one.name}>
              <span class={`dot ${tone}`} aria-hidden="true" />
              <strong>{one.name}</strong>
              <span class="small muted">{text}</span>
            </li>
          );
        })}
      </ul>
    </section>
  );
}

function Money({ of }: { of: Data }) {
  const words = say();
  const parts = PARTS.map((part) => {
    const value = of.credits[part];
    return { name: words.parts[part], value, text: number(value) };
  });
  const liability = of.liability.map((one) => ({
    name: one.month ?? words.never,
    value: one.credits,
    text: number(one.credits),
  }));
  return (
    <section class="card stack">
      <div class="spread">
        <h2>{words.credits}</h2>
        <span class="small muted numbers">{words.granted(number(of.credits.granted))}</span>
      </div>
      <Parts parts={parts} />
      {liability.length > 0 && (
        <>
          <h3>{words.liability}</h3>
          <Rows rows={liability} />
        </>
      )}
    </section>
  );
}

function Models({ of }: { of: Data }) {
  const words = say();
  const seconds = (value: number) => Math.round(value * 10) / 10;
  const spans = of.models.map((one) => ({
    name: one.model,
    from: one.p50_seconds,
    to: one.p90_seconds,
    text: words.timesText(one.model, seconds(one.p50_seconds), seconds(one.p90_seconds), one.completed),
  }));
  const margins = of.margins.map((one) => ({
    name: one.model,
    value: one.margin,
    isBad: one.margin < 0,
    text: words.margin(number(one.margin), number(one.paid), number(one.cost), one.jobs),
  }));
  return (
    <section class="card stack">
      <h2>{words.times}</h2>
      {spans.length === 0 ? <p class="muted">{words.noTimes}</p> : <Spans spans={spans} />}
      <h2>{words.margins}</h2>
      {margins.length === 0 ? <p class="muted">{words.noMargins}</p> : <Rows rows={margins} />}
    </section>
  );
}

/** The state of the deployment at a glance. */
export function Overview({ of }: { of: Data }) {
  return (
    <div class="board">
      {of.unlisted_hosts.length > 0 && <Unlisted of={of} />}
      <Jobs of={of} />
      <Watch of={of} />
      <Providers of={of} />
      <Money of={of} />
      <Models of={of} />
    </div>
  );
}
