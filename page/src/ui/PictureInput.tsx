import { useSignal, type Signal } from "@preact/signals";
import { useId } from "preact/hooks";
import { t } from "../i18n";
import { readPicture, type Picture } from "../pictures";
import { explain } from "../problems";
import type { Sample } from "../samples";
import { Icon } from "./Icon";

interface Props {
  name: "person" | "garment";
  picture: Signal<Picture | null>;
  samples: readonly Sample[];
  canBeEmpty?: boolean;
}

const ACCEPT = "image/jpeg,image/png,image/webp";

/** Where a picture comes in: chosen, dropped, pasted, taken, or a sample. */
export function PictureInput({ name, picture, samples, canBeEmpty = false }: Props) {
  const words = t()[name];
  const say = t().picker;
  const flaw = useSignal<string | null>(null);
  const isReading = useSignal(false);
  const isOver = useSignal(false);
  const errorId = useId();
  const hintId = useId();
  const current = picture.value;

  async function take(file: Blob | undefined) {
    if (file === undefined) return;
    flaw.value = null;
    isReading.value = true;
    try {
      picture.value = await readPicture(file, name);
    } catch (error) {
      flaw.value = explain(error).text;
    } finally {
      isReading.value = false;
    }
  }

  function chosen(event: Event) {
    const input = event.currentTarget as HTMLInputElement;
    void take(input.files?.[0]);
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

  return (
    <section
      class="input"
      aria-label={words.title}
      data-input={name}
      onPaste={(event) => {
        const pasted = [...(event.clipboardData?.files ?? [])][0];
        if (pasted !== undefined) event.preventDefault();
        void take(pasted);
      }}
    >
      <h2>{words.title}</h2>
      <label
        class={`picture ${current === null ? "empty" : ""} ${name === "garment" && current ? "whole" : ""} ${isOver.value ? "over" : ""}`}
        onDragOver={(event) => {
          event.preventDefault();
          isOver.value = true;
        }}
        onDragLeave={() => (isOver.value = false)}
        onDrop={(event) => {
          event.preventDefault();
          isOver.value = false;
          void take(event.dataTransfer?.files[0]);
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
      <p class="small muted" id={hintId}>
        {words.hint}
      </p>
      {flaw.value !== null && (
        <p class="note bad small" role="alert" id={errorId}>
          {flaw.value}
        </p>
      )}
      <div class="samples row-that-scrolls" role="group" aria-label={words.samples}>
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
            onClick={() => {
              flaw.value = null;
              picture.value = current === sample && canBeEmpty ? null : sample;
            }}
          >
            <img src={sample.src} alt="" loading="lazy" />
          </button>
        ))}
        {canBeEmpty && current !== null && current.kind !== "sample" && (
          <button type="button" class="chip" onClick={() => (picture.value = null)} aria-label={t().garment.remove}>
            <Icon name="cross" />
          </button>
        )}
      </div>
    </section>
  );
}

const nameOf = (picture: Picture): string | undefined => {
  const names: Record<string, string> = t().samples;
  return names[picture.name];
};
