import { useEffect, useRef } from "preact/hooks";
import { t } from "../i18n";
import { isOpen, jobOf, look } from "../state/jobs";
import { justMade } from "../state/dress";
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
    // A click leads to where the picture will be; a mere link leaves the focus where it is.
    if (justMade.value === id) region.current?.focus({ preventScroll: true });
    justMade.value = null;
  }, [id]);

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
