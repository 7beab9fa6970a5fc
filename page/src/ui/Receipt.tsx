import type { Job } from "../api";
import { expiry } from "../format";
import { t } from "../i18n";
import { credits } from "../state/credits";

/** The cost of a job, in brief. */
export function receiptLine(job: Job): string {
  const say = t().receipt;
  const { held, paid } = job.credits;
  return held > 0 ? say.held(held) : paid > 0 ? say.charged(paid) : say.free;
}

/** The credits that are reserved for a job, or were charged and returned, by package. */
export function Receipt({ job }: { job: Job }) {
  const say = t().receipt;
  const { returned } = job.credits;
  const kinds = new Map(credits.value?.packages.map((one) => [one.id, one.kind]));
  return (
    <div class="receipt">
      <h2 class="label">{say.title}</h2>
      <ol class="numbers">
        <li>{receiptLine(job)}</li>
        {returned > 0 && <li>{say.returned(returned)}</li>}
      </ol>
      <ul class="small muted">
        {job.receipt.map((line) => {
          const count = job.receipt.length > 1 ? line.credits : null;
          const until = line.expires_at === null ? null : expiry(line.expires_at);
          return <li key={line.package}>{say.from(count, kinds.get(line.package), until)}</li>;
        })}
      </ul>
    </div>
  );
}
