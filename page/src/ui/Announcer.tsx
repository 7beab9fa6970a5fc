import { signal, useSignalEffect } from "@preact/signals";
import { useRef } from "preact/hooks";
import type { Job, JobStatus } from "../api";
import { t } from "../i18n";
import { isOpen, jobs } from "../state/jobs";

const said = signal("");
/** Announces something to screen readers that is also visible. */
export const announce = (text: string): void => void (said.value = text);

/** What ended while the tab was hidden, for its title, until it is shown again. */
export const unseen = signal<Job | null>(null);
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) unseen.value = null;
});

/** Announces changes of jobs to screen readers, each once. */
export function Announcer() {
  const before = useRef(new Map<string, JobStatus>());
  useSignalEffect(() => {
    const changed = jobs.value.filter((job) => {
      const last = before.current.get(job.id);
      return last !== undefined && last !== job.status;
    });
    before.current = new Map(jobs.value.map((job) => [job.id, job.status]));
    const last = changed[0];
    if (last === undefined) return;
    announce(sentence(last));
    if (document.hidden && !isOpen(last.status)) unseen.value = last;
  });
  return (
    <p class="visually-hidden" role="status" data-announcer>
      {said.value}
    </p>
  );
}

function sentence(job: Job): string {
  const say = t();
  if (job.status === "uncertain") return say.progress.uncertain;
  if (job.error !== null) return `${say.failures[job.error.code].why} ${say.failure.free}`;
  return job.status === "completed" ? say.result.title : say.status[job.status];
}
