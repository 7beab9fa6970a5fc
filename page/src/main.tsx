import { render } from "preact";
import { App } from "./app";
import { preferred, speak } from "./i18n";
import { finishPending } from "./state/dress";
import { loadCredits } from "./state/credits";
import { openJobs } from "./state/jobs";
import { loadJobs } from "./state/listing";
import { loadModels } from "./state/models";
import { go, links, route } from "./state/route";
import "./styles/base.css";
import "./styles/page.css";
import "./styles/stage.css";
import "./styles/pages.css";

/** Somebody who comes back finds what is still being made. */
function resume(): void {
  const { value } = route;
  const newest = openJobs.value[0];
  if (value.page === "dress" && value.job === null && newest !== undefined) go(links.job(newest.id));
}

const root = document.getElementById("app");
if (root !== null) {
  await speak(preferred());
  render(<App />, root);
  void loadModels();
  void loadCredits();
  void finishPending();
  await loadJobs();
  resume();
}
