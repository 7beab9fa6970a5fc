import type { Job } from "../api";
import { modelName } from "../format";
import { t } from "../i18n";
import { expectedAt, now } from "../state/jobs";
import { models } from "../state/models";
import { links } from "../state/route";
import { Silence } from "./Absent";
import { Cancel } from "./Cancel";
import { useKept } from "./kept";

/** The most progress that is shown before the picture is ready. */
const MOST_SHARE = 0.95;
/** The time after which saving counts as slow, in milliseconds. */
const SAVED_WITHIN = 2 * 60_000;
const STEPS = ["queued", "running", "storing"] as const;

/** The progress of a job, from 0 to 1, and the seconds left, if known. */
function estimate(job: Job): { share: number; left: number | null } {
  const until = expectedAt(job.id);
  const left = until === undefined ? 0 : Math.max(0, Math.ceil((until - now.value) / 1000));
  const typical = models.value.find((one) => one.id === job.model)?.typical_seconds ?? left;
  const byTime = typical === 0 ? 0 : 1 - left / typical;
  const share = job.status === "storing" ? 1 : Math.max(byTime, (job.progress ?? 0) / 100);
  return { share: Math.min(MOST_SHARE, share), left: left > 0 ? left : null };
}

/** The time left, as text. */
export function timeLeft(job: Job): string {
  const say = t().progress;
  const { left } = estimate(job);
  const typical = models.value.find((one) => one.id === job.model)?.typical_seconds ?? 0;
  if (job.status !== "storing") return left === null ? say.longer(typical) : say.left(left);
  const isLate = now.value - Date.parse(job.created_at) > typical * 1000 + SAVED_WITHIN;
  return isLate ? say.saving : say.nearly;
}

function Estimate({ job }: { job: Job }) {
  const say = t().progress;
  const { share } = estimate(job);
  return (
    <>
      <progress max={1} value={share} aria-label={say.title} />
      <p class="spread">
        <span class="numbers">{timeLeft(job)}</span>
        <span class="small muted">{modelName(job.model)}</span>
      </p>
    </>
  );
}

/** The progress of an open job, with its actual state. */
export function Progress({ job }: { job: Job }) {
  const say = t().progress;
  const { photo, garment } = useKept(job.id);
  const at = job.status === "uncertain" ? 1 : STEPS.findIndex((step) => step === job.status);
  const isUncertain = job.status === "uncertain";
  const text = isUncertain
    ? say.uncertain
    : job.status === "storing"
      ? say.storing
      : job.status === "running"
        ? say.running
        : say.queued;

  return (
    <div class="card stack" data-status={job.status}>
      <h1 class="title">{isUncertain ? t().status.uncertain : say.title}</h1>
      <div class="preview">
        {photo !== null && <img class="back" src={photo} alt="" />}
        {garment !== null && <img class="front" src={garment} alt="" />}
        {photo !== null && <span class="sheen" />}
      </div>
      <ol class="steps">
        {STEPS.map((step, index) => (
          <li key={step} class={index <= at ? "reached" : ""} aria-current={index === at ? "step" : undefined}>
            {say.steps[step]}
          </li>
        ))}
      </ol>
      <p>{text}</p>
      {isUncertain ? <p class="note small">{say.uncertainMore(job.credits.held)}</p> : <Estimate job={job} />}
      <Silence />
      <p class="small muted">
        {say.leave} {say.heldNow(job.credits.held)}
      </p>
      <div class="row">
        <a class="button" href={links.dress}>
          {say.another}
        </a>
        <Cancel job={job} />
      </div>
    </div>
  );
}
