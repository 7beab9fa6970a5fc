import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";
import type { Model, Options } from "../api";
import { modelName, providerName } from "../format";
import { t } from "../i18n";
import { count, model, options, shape, wantedCount, wantedModel } from "../state/composer";
import { models } from "../state/models";
import { Icon } from "./Icon";

/** From this ratio on, a shape is as wide as any, and the lower the wider it is. */
const WIDE = 1.6;

interface ChipsProps<T extends string> {
  legend: string;
  choices: readonly { value: T; label: ComponentChildren }[];
  value: T;
  onChoose: (value: T) => void;
}

function Chips<T extends string>({ legend, choices, value, onChoose }: ChipsProps<T>) {
  const name = useId();
  return (
    <fieldset>
      <legend>{legend}</legend>
      <div class="chips">
        {choices.map((choice) => (
          <label class="chip" key={choice.value}>
            <input
              class="visually-hidden"
              type="radio"
              name={name}
              checked={choice.value === value}
              onChange={() => onChoose(choice.value)}
            />
            {choice.label}
          </label>
        ))}
      </div>
    </fieldset>
  );
}

/** One of the options, if the model supports it. */
function Option<K extends "category" | "garment_photo" | "quality">(props: {
  name: K;
  legend: string;
  of: Model;
  labels: Record<"auto" | Model["options"][K][number], string>;
}) {
  type Value = Model["options"][K][number];
  const supported = props.of.options[props.name] as readonly Value[];
  if (supported.length === 0) return null;
  const chosen = options.value[props.name] as Value | undefined;
  const values: ("auto" | Value)[] = ["auto", ...supported];
  return (
    <Chips
      legend={props.legend}
      choices={values.map((value) => ({ value, label: props.labels[value] }))}
      value={chosen !== undefined && supported.includes(chosen) ? chosen : "auto"}
      onChoose={(value) => {
        const { [props.name]: _, ...rest } = options.value;
        options.value = value === "auto" ? rest : ({ ...rest, [props.name]: value } as Options);
      }}
    />
  );
}

/** A ratio's outline: as high as the text, if it is not too wide then. */
function Shape({ ratio }: { ratio: string }) {
  const [width = 1, height = 1] = ratio.split(":").map(Number);
  const isWide = width > height * WIDE;
  return (
    <span class={`shape ${isWide ? "wide" : ""}`} style={{ aspectRatio: `${width} / ${height}` }} aria-hidden="true" />
  );
}

/** In one line: how long a model takes, its restrictions, and its provider. */
function about({ provider, typical_seconds, takes }: Model): string {
  const say = t().settings;
  const parts = [say.about(typical_seconds)];
  if (takes.garment === "unsupported") parts.push(say.wordsOnly);
  else if (takes.prompt === "unsupported") parts.push(say.pictureOnly);
  return parts.join(" · ") + say.via(providerName(provider));
}

function ModelChoice() {
  const say = t().settings;
  const name = useId();
  return (
    <fieldset>
      <legend>{say.model}</legend>
      <div class="models">
        {models.value.map((one) => (
          <label class="model" key={one.id}>
            <input
              type="radio"
              name={name}
              value={one.id}
              checked={one.id === model.value?.id}
              disabled={!one.available}
              onChange={() => (wantedModel.value = one.id)}
            />
            <span>{modelName(one.id)}</span>
            <span class="small numbers">{one.available ? say.perPicture(one.credits_per_image) : say.unavailable}</span>
            <span class="small muted" style={{ gridColumn: "2 / -1" }}>
              {about(one)}
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

/** The optional settings, collapsed into one line until they are opened. */
export function Settings() {
  const say = t().settings;
  const of = model.value;
  const sameShape = { value: "", label: say.sameShape };
  return (
    <details class="settings">
      <summary>
        <span>
          <strong>{say.title}</strong>
          <br />
          <span class="small muted">
            {of === undefined
              ? "…"
              : `${modelName(of.id)} · ${say.about(of.typical_seconds)} · ${say.pictures(count.value)}`}
          </span>
        </span>
        <Icon name="down" />
      </summary>
      {of !== undefined && (
        <div class="stack">
          <ModelChoice />
          {of.max_count > 1 && (
            <Chips
              legend={say.count}
              choices={Array.from({ length: of.max_count }, (_, index) => {
                const value = String(index + 1);
                return { value, label: value };
              })}
              value={String(count.value)}
              onChoose={(value) => (wantedCount.value = Number(value))}
            />
          )}
          {of.aspect_ratios.length > 0 && (
            <Chips
              legend={say.shape}
              choices={[
                sameShape,
                ...of.aspect_ratios.map((ratio) => ({
                  value: ratio,
                  label: (
                    <>
                      <Shape ratio={ratio} /> {ratio}
                    </>
                  ),
                })),
              ]}
              value={shape.value !== null && of.aspect_ratios.includes(shape.value) ? shape.value : ""}
              onChoose={(value) => (shape.value = value === "" ? null : value)}
            />
          )}
          <Option name="category" legend={say.category} of={of} labels={say.categories} />
          <Option name="garment_photo" legend={say.garmentPhoto} of={of} labels={say.garmentPhotos} />
          <Option name="quality" legend={say.quality} of={of} labels={say.qualities} />
        </div>
      )}
    </details>
  );
}
