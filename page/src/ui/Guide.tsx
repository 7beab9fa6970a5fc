import { t } from "../i18n";
import { garment, photo, takesGarment } from "../state/composer";
import { Icon } from "./Icon";

/** The inputs, shown where the result will appear. */
function Still() {
  const [person, clothes] = [photo.value, garment.value];
  return (
    <div class="preview still">
      {person !== null && <img class="back" src={person.src} alt="" />}
      {clothes !== null && takesGarment.value && <img class="front" src={clothes.src} alt="" />}
      <span class="caption">{t().guide.here}</span>
    </div>
  );
}

/** What makes a good picture. */
export function Guide() {
  const say = t().guide;
  return (
    <div class="card guide">
      <Still />
      <h2>{say.title}</h2>
      <div class="columns">
        <div>
          <h3>{say.best}</h3>
          <ul class="best">
            {say.bests.map((line) => (
              <li key={line}>
                <Icon name="check" />
                {line}
              </li>
            ))}
          </ul>
        </div>
        <div>
          <h3>{say.avoid}</h3>
          <ul class="avoid">
            {say.avoids.map((line) => (
              <li key={line}>
                <Icon name="cross" />
                {line}
              </li>
            ))}
          </ul>
        </div>
      </div>
    </div>
  );
}
