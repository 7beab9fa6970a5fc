import { t } from "../i18n";
import { Icon } from "./Icon";

/** What makes a good picture. */
export function Guide() {
  const say = t().guide;
  return (
    <div class="card guide">
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
