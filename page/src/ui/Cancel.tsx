import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { Job } from "../api";
import { NoAnswer } from "../client";
import { isFocusLost } from "../focus";
import { t } from "../i18n";
import { cancel } from "../state/jobs";

/** Cancels an open job, and says what may still happen. */
export function Cancel({ job, label }: { job: Job; label?: string }) {
  const say = t().progress;
  const isBusy = useSignal(false);
  const hasFailed = useSignal<"offline" | "refused" | null>(null);
  const asked = useRef<HTMLSpanElement>(null);
  const wasPressed = useRef(false);

  // The button is gone, and the focus with it.
  useEffect(() => {
    if (job.cancel_requested && wasPressed.current && isFocusLost()) asked.current?.focus({ preventScroll: true });
  }, [job.cancel_requested]);

  async function stop() {
    if (isBusy.peek()) return;
    wasPressed.current = isBusy.value = true;
    hasFailed.value = null;
    try {
      await cancel(job.id);
    } catch (error) {
      hasFailed.value = error instanceof NoAnswer ? "offline" : "refused";
    } finally {
      isBusy.value = false;
    }
  }

  if (job.cancel_requested)
    return (
      <span class="small muted" tabIndex={-1} role="status" ref={asked}>
        {say.canceling}
      </span>
    );
  return (
    <>
      {/* A button that is disabled would lose the focus. */}
      <button
        type="button"
        class="button quiet"
        aria-label={isBusy.value ? undefined : label}
        aria-disabled={isBusy.value}
        onClick={() => void stop()}
      >
        {isBusy.value ? say.cancelBusy : say.cancel}
      </button>
      {hasFailed.value !== null && (
        <p class="note bad small" role="alert">
          {hasFailed.value === "offline" && t().problems.offline} {say.cancelFailed}
        </p>
      )}
    </>
  );
}
