import { render } from "preact";
import { App } from "./app";
import { preferred, speak } from "./i18n";
import { forgetOld } from "./keep";
import { form } from "./state/composer";
import { resumeDraft } from "./state/draft";
import { isSignedIn } from "./session";
import { comeBack, finishPending, isSending } from "./state/dress";
import { loadCredits } from "./state/credits";
import { catchFiles } from "./state/intake";
import { openJobs, poll } from "./state/jobs";
import { loadLimits } from "./state/limits";
import { loadJobs } from "./state/listing";
import { keptFor, loadModels } from "./state/models";
import { go, here, links, route } from "./state/route";
import "./styles/base.css";
import "./styles/page.css";
import "./styles/composer.css";
import "./styles/stage.css";
import "./styles/pages.css";
import "./styles/account.css";
import "./styles/shop.css";
import "./styles/media.css";

/** Shows a user who returns the job in progress, unless they have begun something else meanwhile. */
async function resume(): Promise<void> {
  const [still, before] = [here(), form.peek()];
  await loadJobs();
  const { value } = route;
  const newest = openJobs.value[0];
  // Who left to sign in goes on with what they had chosen.
  if ((isSignedIn.peek() === true && comeBack()) || !still() || form.peek() !== before || isSending.value) return;
  if (value.page === "dress" && value.job === null && newest !== undefined) go(links.job(newest.id));
}

/** Loads what is the user's. */
function loadUser(): void {
  void loadCredits();
  void loadLimits();
  void finishPending();
}

/** Loads it once somebody has signed in on this page. */
function loadAfterSignIn(): void {
  let was = isSignedIn.peek();
  isSignedIn.subscribe((is) => {
    const isNew = was === false && is === true;
    was = is;
    if (!isNew) return;
    comeBack();
    loadUser();
    // A job is no longer polled once nobody is signed in.
    void loadJobs().then(() => openJobs.peek().forEach((job) => void poll(job.id)));
  });
}

const root = document.getElementById("app");
if (root !== null) {
  await Promise.all([speak(preferred()), resumeDraft()]);
  // What was there before this script.
  root.replaceChildren();
  render(<App />, root);
  catchFiles();
  void loadModels().then(() => forgetOld(keptFor.value?.image_seconds ?? null));
  loadAfterSignIn();
  loadUser();
  await resume();
}
