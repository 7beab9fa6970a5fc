import { render } from "preact";
import { App } from "./app";
import { preferred, speak } from "./i18n";
import { finishPending } from "./state/dress";
import { loadCredits } from "./state/credits";
import { loadJobs } from "./state/jobs";
import { loadModels } from "./state/models";
import "./styles/base.css";
import "./styles/page.css";
import "./styles/stage.css";
import "./styles/pages.css";

const root = document.getElementById("app");
if (root !== null) {
  await speak(preferred());
  render(<App />, root);
  void loadModels();
  void loadCredits();
  void loadJobs();
  void finishPending();
}
