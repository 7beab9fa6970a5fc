import { useSignal } from "@preact/signals";
import type { Job } from "../api";
import { date, expiry, modelName } from "../format";
import { t } from "../i18n";
import { resultAt } from "../pictures";
import { garment, photo } from "../state/composer";
import { change } from "../state/dress";
import { freshAddress } from "../state/jobs";
import { keptFor } from "../state/models";
import { go, links } from "../state/route";
import { Compare } from "./Compare";
import { Icon } from "./Icon";
import { useKept } from "./kept";
import { usePicture, useThumbnail } from "./picture";
import { Receipt } from "./Receipt";
import { Remove } from "./Remove";
import { Take } from "./Take";
import { Zoom } from "./Zoom";

/** The request, in one line. */
function Asked({ job }: { job: Job }) {
  const say = t();
  const parts = [modelName(job.model), job.aspect_ratio ?? say.settings.sameShape, say.settings.pictures(job.count)];
  return (
    <div class="small asked">
      <h2 class="label">{say.result.asked}</h2>
      {job.prompt !== null && <p>{say.result.quoted(job.prompt)}</p>}
      <p class="muted">{parts.join(" · ")}</p>
    </div>
  );
}

function Thumb({ job, index }: { job: Job; index: number }) {
  const { source, onError, onLoad } = useThumbnail(job, index);
  return <img src={source} alt="" onLoad={onLoad} onError={onError} />;
}

/** The finished pictures, and the actions for them. */
export function Result({ job }: { job: Job }) {
  const say = t().result;
  const { photo: before } = useKept(job.id);
  const picked = useSignal(0);
  const isZoomed = useSignal(false);
  const index = Math.min(picked.value, job.images.length - 1);
  const image = job.images[index];
  const { source = "", isGone, onError } = usePicture(job, index);
  if (image === undefined) {
    return (
      <div class="card stack" data-status="deleted">
        <h1 class="title">{say.gone}</h1>
        {job.images_removed_at != null && <p class="muted">{say.goneOn(date(job.images_removed_at))}</p>}
        <Receipt job={job} />
      </div>
    );
  }
  const alt = say.alt(index + 1);

  function onward() {
    photo.value = resultAt(job.id, index, source, () => freshAddress(job.id, index));
    garment.value = null;
    go(links.dress);
  }

  return (
    <div class="card stack" data-status={job.status}>
      <h1 class="title">{say.title}</h1>
      <Compare key={source} image={image} source={source} before={before} alt={alt} onGone={onError} />
      <p class="small muted">{say.madeWithAi}</p>
      {isGone && (
        <p class="note bad small" role="alert">
          {say.unreachable}
        </p>
      )}
      {job.images.length > 1 && (
        <div class="samples" role="group" aria-label={say.pick}>
          {job.images.map((_, at) => (
            <button
              type="button"
              class="thumb"
              key={at}
              aria-pressed={at === index}
              aria-label={say.alt(at + 1)}
              onClick={() => (picked.value = at)}
            >
              <Thumb job={job} index={at} />
            </button>
          ))}
        </div>
      )}
      {job.images.length < job.count && <p class="note small">{say.fewer(job.images.length, job.count)}</p>}
      {job.credits.waived && (
        <p class="note small">
          <strong>{say.waived}.</strong> {say.waivedWhy}
        </p>
      )}
      <div class="row actions">
        <Take job={job} index={index} />
        <button type="button" class="button" onClick={() => (isZoomed.value = true)}>
          <Icon name="zoom" />
          {say.zoom}
        </button>
        <button type="button" class="button" onClick={() => void change(job)}>
          <Icon name="again" />
          {say.again}
        </button>
        <button type="button" class="button" onClick={onward}>
          <Icon name="shirt" />
          {say.onward}
        </button>
        <Remove job={job} />
      </div>
      {keptFor.value?.image_seconds != null && (
        <p class="small muted">{say.kept(expiry(Date.parse(job.updated_at) + keptFor.value.image_seconds * 1000))}</p>
      )}
      <Asked job={job} />
      <Receipt job={job} />
      {isZoomed.value && <Zoom src={source} alt={alt} onClose={() => (isZoomed.value = false)} />}
    </div>
  );
}
