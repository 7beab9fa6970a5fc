import { useId } from "preact/hooks";
import { modelName } from "../format";
import { t } from "../i18n";
import { garments, persons } from "../samples";
import { garment, marked, model, takesGarment, takesWords, words } from "../state/composer";
import { hasConsented } from "../state/consent";
import { keptFor } from "../state/models";
import { DressBar } from "./DressBar";
import { Icon } from "./Icon";
import { PictureInput } from "./PictureInput";
import { Settings } from "./Settings";

/** What is too old is removed by the next cleanup, which cron runs each hour. */
const CLEANUP_HOURS = 1;
/** The share of the longest prompt from which on the count is shown. */
const NEARLY = 0.9;

function Words() {
  const say = t().words;
  const id = useId();
  const isAlso = garment.value !== null && takesGarment.value;
  // An idea replaces the text, so none is offered once something was typed.
  const hasIdeas = !isAlso && (words.value.trim() === "" || say.ideas.includes(words.value));
  const most = model.value?.max_prompt_characters;
  const isNeeded = model.value?.takes.prompt === "required";
  return (
    <div class="input" data-input="words">
      <label for={id}>
        <h3>{isNeeded ? say.needed : isAlso ? say.also : say.only}</h3>
      </label>
      <textarea
        id={id}
        class={`field ${marked.value === "words" ? "wanted" : ""}`}
        rows={2}
        maxLength={most}
        placeholder={isAlso ? say.alsoPlaceholder : say.placeholder}
        value={words.value}
        onInput={(event) => (words.value = event.currentTarget.value)}
      />
      {most !== undefined && words.value.length >= most * NEARLY && (
        <p class="small muted numbers">{say.length(words.value.length, most)}</p>
      )}
      {hasIdeas && (
        <div class="chips row-that-scrolls" role="group" aria-label={say.ideasLabel}>
          {say.ideas.map((idea) => (
            <button
              type="button"
              class="chip"
              key={idea}
              aria-pressed={words.value === idea}
              onClick={() => (words.value = idea)}
            >
              {idea}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}

/** The form. */
export function Composer({ isFirst }: { isFirst: boolean }) {
  return (
    <section class="composer" aria-label={t().nav.dress}>
      {isFirst && (
        <div class="stack intro">
          <h1>{t().tagline}</h1>
          <p class="muted">{t().intro}</p>
        </div>
      )}
      <p class="small muted promise">
        <Icon name="lock" />
        <span>
          {t().sentences([
            t().privacy(keptFor.value === null ? null : Math.ceil(keptFor.value.upload_seconds / 3600) + CLEANUP_HOURS),
            ...(hasConsented.value ? [] : [t().person.consent]),
          ])}
        </span>
      </p>
      <div class="inputs">
        <PictureInput name="person" samples={persons} />
        {takesGarment.value ? (
          <PictureInput name="garment" samples={garments} />
        ) : (
          <p class="note small">{t().garment.unsupported}</p>
        )}
      </div>
      {takesWords.value ? (
        <Words />
      ) : (
        model.value !== undefined && <p class="note small">{t().words.unsupported(modelName(model.value.id))}</p>
      )}
      <Settings />
      <DressBar />
    </section>
  );
}
