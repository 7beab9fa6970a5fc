import { useEffect, useRef } from "preact/hooks";
import { t } from "../i18n";
import { isOpen, jobOf, look } from "../state/jobs";
import { isSending } from "../state/dress";
import { Failure } from "./Failure";
import { Guide } from "./Guide";
import { Progress } from "./Progress";
import { Result } from "./Result";

/** What becomes of the click: how it goes, what came of it, or how it goes best. */
export function Stage({ id }: { id: string | null }) {
  const job = id === null ? undefined : jobOf(id);
  const region = useRef<HTMLElement>(null);

  useEffect(() => {
    if (id === null) return;
    if (jobOf(id) === undefined) void look(id);
    window.scrollTo({ top: 0, behavior: "smooth" });
  }, [id]);

  // A click that went through leads to where the picture will be; a link to it leaves the focus where it is.
  const wasSending = useRef(false);
  useEffect(() => {
    if (wasSending.current && !isSending.value && id !== null) region.current?.focus();
    wasSending.current = isSending.value;
  }, [id, isSending.value]);

  return (
    <section class="stage" aria-label={t().nav.picture} tabIndex={-1} ref={region}>
      <div key={job?.id}>
        {job === undefined ? (
          <Guide />
        ) : isOpen(job.status) ? (
          <Progress job={job} />
        ) : job.status === "completed" ? (
          <Result job={job} />
        ) : (
          <Failure job={job} />
        )}
      </div>
    </section>
  );
}
