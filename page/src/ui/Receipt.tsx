import type { Job } from "../api";
import { expiry, shortId } from "../format";
import { t } from "../i18n";
import { credits } from "../state/credits";

/** What a job costs, in a few words. */
export function receiptLine(job: Job): string {
  const say = t().receipt;
  const { held, paid } = job.credits;
  return held > 0 ? say.held(held) : paid > 0 ? say.paid(paid) : say.free;
}

/** What a job held, paid and gave back, and of which packages. */
export function Receipt({ job }: { job: Job }) {
  const say = t().receipt;
  const { quoted, held, paid, returned } = job.credits;
  const kinds = new Map(credits.value?.packages.map((one) => [one.id, one.kind]));
  return (
    <div class="receipt">
      <h2 class="label">{say.title}</h2>
      <ol class="numbers">
        <li>{say.held(quoted)}</li>
        {held === 0 && <li>{paid > 0 ? say.paid(paid) : say.free}</li>}
        {returned > 0 && <li>{say.returned(returned)}</li>}
      </ol>
      <ul class="small muted">
        {job.receipt.map((line) => {
          const kind = kinds.get(line.package);
          const until = line.expires_at === null ? say.never : say.until(expiry(line.expires_at));
          return (
            <li key={line.package}>
              {say.from} {kind === undefined ? "" : `${t().kinds[kind]} `}
              {shortId(line.package)} ({until})
            </li>
          );
        })}
      </ul>
    </div>
  );
}
