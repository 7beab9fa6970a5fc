import { useSignal } from "@preact/signals";
import type { Job } from "../api";
import { modelName } from "../format";
import { t } from "../i18n";
import { explain } from "../problems";
import { cancel, expectedAt, isOffline, now } from "../state/jobs";
import { models } from "../state/models";
import { links } from "../state/route";
import { useKept } from "./kept";

/** Beyond this nothing is promised before the picture is there. */
const MOST_SHARE = 0.95;
const STEPS = ["queued", "running", "storing"] as const;

/** How far a job is, between 0 and 1, and how many seconds are left, if that can be said. */
function estimate(job: Job): { share: number; left: number | null } {
  const until = expectedAt(job.id);
  const left = until === undefined ? 0 : Math.max(0, Math.ceil((until - now.value) / 1000));
  const typical = models.value.find((one) => one.id === job.model)?.typical_seconds ?? left;
  const byTime = typical === 0 ? 0 : 1 - left / typical;
  const share = job.status === "storing" ? 1 : Math.max(byTime, (job.progress ?? 0) / 100);
  return { share: Math.min(MOST_SHARE, share), left: left > 0 ? left : null };
}

function Estimate({ job }: { job: Job }) {
  const say = t().progress;
  const { share, left } = estimate(job);
  const typical = models.value.find((one) => one.id === job.model)?.typical_seconds ?? 0;
  return (
    <>
      <progress max={1} value={share} aria-label={say.title} />
      <p class="spread">
        <span class="numbers">
          {job.status === "storing" ? say.nearly : left === null ? say.longer(typical) : say.left(left)}
        </span>
        <span class="small muted">{modelName(job.model)}</span>
      </p>
    </>
  );
}

/** How an open job goes, in its real states. */
export function Progress({ job }: { job: Job }) {
  const say = t().progress;
  const { photo, garment } = useKept(job.id);
  const trouble = useSignal<string | null>(null);
  const at = job.status === "uncertain" ? 1 : STEPS.findIndex((step) => step === job.status);
  const isUncertain = job.status === "uncertain";
  const text = isUncertain
    ? say.uncertain(job.credits.held)
    : job.status === "storing"
      ? say.storing
      : job.status === "running"
        ? say.running
        : say.queued;

  async function stop() {
    trouble.value = null;
    await cancel(job.id).catch((error: unknown) => (trouble.value = explain(error).text));
  }

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
      {isUncertain ? <p class="note small">{say.uncertainMore}</p> : <Estimate job={job} />}
      {isOffline.value && <p class="note bad small">{t().problems.retrying}</p>}
      {trouble.value !== null && (
        <p class="note bad small" role="alert">
          {trouble.value}
        </p>
      )}
      <p class="small muted">
        {say.leave} {say.heldNow(job.credits.held)}
      </p>
      <div class="row">
        <a class="button" href={links.dress}>
          {say.another}
        </a>
        {job.cancel_requested ? (
          <span class="small muted">{say.canceling}</span>
        ) : (
          <button type="button" class="button quiet" onClick={() => void stop()}>
            {say.cancel}
          </button>
        )}
      </div>
    </div>
  );
}
