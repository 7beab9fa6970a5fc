import { useSignal } from "@preact/signals";
import { useEffect, useId, useRef } from "preact/hooks";
import { t } from "../i18n";
import type { Picture } from "../pictures";
import { explain } from "../problems";
import type { Sample } from "../samples";
import { marked } from "../state/composer";
import { boxes, put, take, type BoxName } from "../state/intake";
import { Icon } from "./Icon";

interface Props {
  name: BoxName;
  samples: readonly Sample[];
}

const ACCEPT = "image/jpeg,image/png,image/webp";

/** Why a file could not be used; scrolled into view, since it may be off the screen. */
function Flaw({ id, error }: { id: string; error: unknown }) {
  const note = useRef<HTMLParagraphElement>(null);
  useEffect(() => note.current?.scrollIntoView({ block: "nearest" }), [error]);
  return (
    <p class="note bad small" role="alert" id={id} ref={note}>
      {explain(error).text}
    </p>
  );
}

/** The input for a picture: chosen, dropped, pasted, taken, or a sample. */
export function PictureInput({ name, samples }: Props) {
  const words = t()[name];
  const say = t().picker;
  const { picture, isReading, flaw } = boxes[name];
  const isOver = useSignal(false);
  const errorId = useId();
  const hintId = useId();
  const current = picture.value;
  const isWanted = marked.value === (name === "person" ? "photo" : "garment");

  function chosen(event: Event) {
    const input = event.currentTarget as HTMLInputElement;
    void take(name, input.files?.[0]);
    // So that the same file can be chosen again.
    input.value = "";
  }

  const file = (capture: boolean) => (
    <input
      class="visually-hidden"
      type="file"
      accept={ACCEPT}
      {...(capture && { capture: name === "person" ? "user" : "environment" })}
      aria-label={`${words.title}: ${capture ? say.camera : say.choose}`}
      aria-describedby={flaw.value === null ? hintId : errorId}
      onChange={chosen}
    />
  );
  const state = [
    current === null && "empty",
    current !== null && name === "garment" && "whole",
    isOver.value && "over",
    isWanted && "wanted",
  ];

  return (
    <section class="input" aria-label={words.title} data-input={name}>
      <h2>{words.title}</h2>
      <div class="box">
        <label
          class={["picture", ...state].filter(Boolean).join(" ")}
          onDragOver={(event) => {
            event.preventDefault();
            isOver.value = true;
          }}
          onDragLeave={() => (isOver.value = false)}
          onDrop={(event) => {
            event.preventDefault();
            isOver.value = false;
            void take(name, event.dataTransfer?.files[0]);
          }}
        >
          {file(false)}
          {current === null ? (
            <span class="invite">
              <Icon name={name === "person" ? "person" : "shirt"} />
              <strong>{isReading.value ? say.reading : isOver.value ? say.drop : say.choose}</strong>
              <span class="small muted fine">{say.or}</span>
            </span>
          ) : (
            <>
              <img src={current.src} alt={nameOf(current) ?? words.title} />
              <span class="badge">{isReading.value ? say.reading : isOver.value ? say.drop : say.replace}</span>
            </>
          )}
        </label>
        {current !== null && (
          <button
            type="button"
            class="take-out"
            onClick={() => put(name, null)}
            aria-label={words.remove}
            title={words.remove}
          >
            <Icon name="cross" />
          </button>
        )}
      </div>
      {flaw.value !== null && <Flaw id={errorId} error={flaw.value} />}
      <p class="small muted" id={hintId}>
        {words.hint}
      </p>
      <div class="samples" role="group" aria-label={words.samples}>
        <label class="chip camera" title={say.camera}>
          {file(true)}
          <Icon name="camera" />
          <span class="visually-hidden">{say.camera}</span>
        </label>
        {samples.map((sample) => (
          <button
            type="button"
            class="thumb"
            key={sample.name}
            aria-pressed={current === sample}
            aria-label={t().samples[sample.name]}
            title={t().samples[sample.name]}
            onClick={() => put(name, current === sample ? null : sample)}
          >
            <img src={sample.src} alt="" loading="lazy" />
          </button>
        ))}
      </div>
    </section>
  );
}

const nameOf = (picture: Picture): string | undefined => {
  const names: Record<string, string> = t().samples;
  return names[picture.name];
};
