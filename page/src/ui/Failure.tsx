import { useSignal } from "@preact/signals";
import type { Job } from "../api";
import { t } from "../i18n";
import { again, isSending, takeUp } from "../state/dress";
import { go, links } from "../state/route";
import { Icon } from "./Icon";
import { Receipt } from "./Receipt";
import { Remove } from "./Remove";

/** Why a job came to nothing, that it cost nothing, and what to do. */
export function Failure({ job }: { job: Job }) {
  const say = t().failure;
  const isRetrying = useSignal(false);
  const code = job.error?.code ?? (job.status === "expired" ? "timed_out" : "generation_failed");
  const { why, fix } = t().failures[code];

  async function retry() {
    isRetrying.value = true;
    await again(job).finally(() => (isRetrying.value = false));
  }

  async function change() {
    await takeUp(job);
    go(links.dress);
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
        <button
          type="button"
          class="button primary"
          disabled={isRetrying.value || isSending.value}
          onClick={() => void retry()}
        >
          <Icon name="again" />
          {isRetrying.value ? t().dress.busy : say.retry}
        </button>
        <button type="button" class="button" onClick={() => void change()}>
          {say.change}
        </button>
        <Remove job={job} />
      </div>
      <Receipt job={job} />
    </div>
  );
}
