import { useSignal } from "@preact/signals";
import type { Job } from "../api";
import { t } from "../i18n";
import { isBurst, pressOnce } from "../state/burst";
import { again, change, isSending } from "../state/dress";
import { Icon } from "./Icon";
import { Receipt } from "./Receipt";
import { Remove } from "./Remove";

/** Why a job failed, that it cost nothing, and what to do. */
export function Failure({ job }: { job: Job }) {
  const say = t().failure;
  const isRetrying = useSignal(false);
  const code = job.error?.code ?? (job.status === "expired" ? "timed_out" : "generation_failed");
  const { why, fix } = t().failures[code];

  const isReady = !isRetrying.value && !isSending.value;

  async function retry() {
    if (!isReady) return;
    isRetrying.value = true;
    await again(job).finally(() => (isRetrying.value = false));
  }

  return (
    <div class="card stack" data-status={job.status}>
      <h1 class="title">{code === "canceled" ? say.canceledTitle : say.title}</h1>
      <p>{why}</p>
      <p class="muted">{fix}</p>
      {job.credits.paid === 0 && (
        <p class="note row">
          <Icon name="check" />
          <span>
            <strong>{say.free}</strong> {job.credits.returned > 0 && say.back(job.credits.returned)}
          </span>
        </p>
      )}
      <div class="row">
        {/* A button that is disabled would lose the focus. */}
        <button
          type="button"
          class="button primary"
          aria-disabled={!isReady || isBurst.value}
          onKeyDown={pressOnce}
          onClick={() => void retry()}
        >
          <Icon name="again" />
          {isRetrying.value ? t().dress.busy : say.retry}
        </button>
        <button type="button" class="button" onClick={() => void change(job)}>
          {say.change}
        </button>
        <Remove job={job} />
      </div>
      <Receipt job={job} />
    </div>
  );
}
