import { useSignal } from "@preact/signals";
import type { Image, Job } from "../api";
import { ownAddress } from "../client";
import { date } from "../format";
import { t } from "../i18n";
import { resultAt } from "../pictures";
import { garment, photo } from "../state/composer";
import { takeUp } from "../state/dress";
import { freshAddress, look } from "../state/jobs";
import { keptFor } from "../state/models";
import { go, links } from "../state/route";
import { Compare } from "./Compare";
import { Icon } from "./Icon";
import { useKept } from "./kept";
import { Receipt } from "./Receipt";
import { Remove } from "./Remove";
import { Zoom } from "./Zoom";

const fileName = (job: Job, image: Image, index: number): string =>
  `atelier-${job.id.slice(-6)}${index > 0 ? `-${index + 1}` : ""}.${image.content_type.split("/")[1] ?? "png"}`;

/** What was made, and what can be done with it. */
export function Result({ job }: { job: Job }) {
  const say = t().result;
  const { photo: before } = useKept(job.id);
  const picked = useSignal(0);
  const isZoomed = useSignal(false);
  const index = Math.min(picked.value, job.images.length - 1);
  const image = job.images[index];
  if (image === undefined) {
    return (
      <div class="card stack" data-status="deleted">
        <h1 class="title">{say.gone}</h1>
        {job.images_removed_at != null && <p class="muted">{say.goneOn(date(job.images_removed_at))}</p>}
        <Receipt job={job} />
      </div>
    );
  }
  const address = ownAddress(image.url);
  const alt = say.alt(index + 1);

  async function repeat() {
    await takeUp(job);
    go(links.dress);
  }

  function onward() {
    photo.value = resultAt(address, () => freshAddress(job.id, index));
    garment.value = null;
    go(links.dress);
  }

  return (
    <div class="card stack" data-status={job.status}>
      <h1 class="title">{say.title}</h1>
      <Compare key={address} image={image} before={before} alt={alt} onGone={() => void look(job.id)} />
      {job.images.length > 1 && (
        <div class="samples" role="group" aria-label={say.pick}>
          {job.images.map((one, at) => (
            <button
              type="button"
              class="thumb"
              key={one.url}
              aria-pressed={at === index}
              aria-label={say.alt(at + 1)}
              onClick={() => (picked.value = at)}
            >
              <img src={ownAddress(one.url)} alt="" />
            </button>
          ))}
        </div>
      )}
      {job.images.length < job.count && <p class="note small">{say.fewer(job.images.length, job.count)}</p>}
      {job.credits.on_the_house && (
        <p class="note small">
          <strong>{say.house}.</strong> {say.houseWhy}
        </p>
      )}
      <div class="row actions">
        <a class="button primary" href={address} download={fileName(job, image, index)}>
          <Icon name="download" />
          {say.download}
        </a>
        <button type="button" class="button" onClick={() => (isZoomed.value = true)}>
          <Icon name="zoom" />
          {say.zoom}
        </button>
        <button type="button" class="button" onClick={() => void repeat()}>
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
        <p class="small muted">{say.kept(date(Date.parse(job.updated_at) + keptFor.value.image_seconds * 1000))}</p>
      )}
      <Receipt job={job} />
      {isZoomed.value && <Zoom src={address} alt={alt} onClose={() => (isZoomed.value = false)} />}
    </div>
  );
}
