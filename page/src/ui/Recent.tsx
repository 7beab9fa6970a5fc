import type { Job } from "../api";
import { moment } from "../format";
import { t } from "../i18n";
import { isOpen, jobs } from "../state/jobs";
import { links, route } from "../state/route";
import { useThumbnail } from "./picture";

const MOST = 12;

/** A job as a thumbnail, or as its state. */
export function Tile({ job, isCurrent }: { job: Job; isCurrent: boolean }) {
  const image = job.images[0];
  const { source, isGone, onError, onLoad } = useThumbnail(job, 0);
  const status = t().status[job.status];
  return (
    <a
      class="tile"
      href={links.job(job.id)}
      aria-current={isCurrent}
      aria-label={t().history.open(status, moment(job.created_at))}
    >
      {image !== undefined && !isGone ? (
        <img
          src={source}
          alt=""
          loading="lazy"
          width={image.width}
          height={image.height}
          onLoad={onLoad}
          onError={onError}
        />
      ) : (
        <span>
          {isOpen(job.status) && <span class="spinner" />}
          {isGone ? t().result.unreachable : status}
        </span>
      )}
    </a>
  );
}

/** The newest jobs, those under way among them. */
export function Recent() {
  const say = t().history;
  const at = route.value.page === "dress" ? route.value.job : null;
  if (jobs.value.length === 0) return null;
  return (
    <section class="recent stack" aria-label={say.recent}>
      <div class="spread">
        <h2>{say.recent}</h2>
        <a href={links.history}>{say.all}</a>
      </div>
      <div class="strip">
        {jobs.value.slice(0, MOST).map((job) => (
          <Tile key={job.id} job={job} isCurrent={job.id === at} />
        ))}
      </div>
    </section>
  );
}
