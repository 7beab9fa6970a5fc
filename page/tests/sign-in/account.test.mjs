// The account page, and sessions that end.
import assert from "node:assert/strict";
import { test } from "node:test";
import { address, arrived, button, go, heading, leadsToJob, make, shot, stage, TIMEOUT } from "../browser.mjs";
import {
  ask,
  askForCode,
  chooseAt,
  codeFor,
  enterCode,
  isChosen,
  land,
  pressToSignIn,
  signedIn,
  somebody,
  visitor,
  WAYS,
} from "./people.mjs";

const card = (page, title) => page.locator("section.card", { has: page.getByRole("heading", { name: title }) });
const isSignedOut = async (page) => assert.equal((await ask(page, "GET", "/v1/me")).status, 401);

test("a session that was ended elsewhere says so at the next click, and nothing is lost", async () => {
  const here = await visitor();
  const there = await visitor();
  const email = await signedIn(here.page);
  await signedIn(there.page, email);
  const { page } = here;
  await page.getByRole("button", { name: "Knit sweater" }).click();
  await page.locator("textarea").fill("with a belt");
  await go(there.page, "#/account");
  const sessions = card(there.page, "Where you're signed in");
  await sessions.locator(".fact").nth(1).waitFor();
  assert.equal(await sessions.locator(".fact", { hasText: "This one" }).count(), 1);
  await sessions.getByRole("button", { name: /^Sign out: Chrome on Linux/ }).click();
  await sessions.locator(".fact").nth(1).waitFor({ state: "detached" });
  await isSignedOut(page);
  await button(page).click();
  await page.getByRole("alert").filter({ hasText: "Your session has ended" }).waitFor();
  await heading(page, "Sign in").waitFor();
  await shot(page, "session-ended");
  await WAYS.email(page, email);
  await heading(page, "Try on any outfit").waitFor();
  await isChosen(page);
  assert.equal(await page.getByText("Your session has ended").count(), 0);
  const job = await leadsToJob(page, () => button(page).click());
  await stage(page, "completed", job).waitFor({ timeout: TIMEOUT });
  await there.done();
  await here.done();
});

test("a session that has ended is told of after a reload, too, and not the reader's after them", async () => {
  const { context, page, done } = await visitor();
  const email = await signedIn(page);
  await stage(page, "completed", await make(page, "with a belt", "Knit sweater")).waitFor({ timeout: TIMEOUT });
  await context.clearCookies();
  await page.goto(`${address}/#/credits`);
  await page.reload();
  await page.getByRole("alert").filter({ hasText: "Your session has ended" }).waitFor();
  assert.equal(await page.locator(".balance").count(), 0);
  // Somebody else finds nothing of it.
  await WAYS.email(page, somebody());
  await page.locator(".balance", { hasText: "20 credits" }).waitFor();
  await go(page, "#/");
  await page.locator("[data-dress]", { hasText: /\d/ }).waitFor();
  assert.equal(await page.locator("textarea").inputValue(), "");
  assert.equal(await page.locator(".recent .tile").count(), 0);
  const kept = await page.evaluate(() => Object.keys(localStorage).filter((name) => /sent|jobs/.test(name)));
  assert.deepEqual(kept, []);
  assert.equal(await page.getByText(email).count(), 0);
  await done();
});

test("a tab shows nothing of one user to the next, who signs in in another tab", async () => {
  const { context, page, done } = await visitor();
  await signedIn(page);
  await stage(page, "completed", await make(page, "with a belt", "Knit sweater")).waitFor({ timeout: TIMEOUT });
  const other = await context.newPage();
  await other.goto(`${address}/#/sign-in?again&return_to=/%23/credits`);
  await heading(other, "Sign in once more").waitFor();
  await WAYS.email(other, somebody());
  await other.locator(".balance", { hasText: "20 credits" }).waitFor();
  await page.locator(".balance", { hasText: "20 credits" }).waitFor();
  await go(page, "#/history");
  await page.getByText("Nothing here yet.").waitFor();
  await done();
});

test("signing out leaves nothing in the browser, in any tab", async () => {
  const { context, page, done } = await visitor();
  await signedIn(page);
  await page.getByRole("button", { name: "Knit sweater" }).click();
  const other = await context.newPage();
  await other.goto(`${address}/#/credits`);
  await heading(other, "Your credits").waitFor();
  await go(page, "#/account");
  await page.getByRole("button", { name: "Sign out", exact: true }).click();
  await page.getByText("You're signed out.").waitFor();
  await page.locator(".bar .enter").waitFor();
  await isSignedOut(page);
  assert.equal(await page.locator('[aria-label="Knit sweater"]').getAttribute("aria-pressed"), "false");
  await heading(other, "Sign in").waitFor();
  await done();
});

test("signing out everywhere ends all sessions", async () => {
  const here = await visitor();
  const there = await visitor();
  await signedIn(there.page, await signedIn(here.page));
  await go(here.page, "#/account");
  await here.page.getByRole("button", { name: "Sign out everywhere" }).click();
  await here.page.getByRole("dialog").getByRole("button", { name: "Sign out everywhere" }).click();
  await here.page.getByText("You're signed out everywhere.").waitFor();
  await isSignedOut(here.page);
  await isSignedOut(there.page);
  await there.done();
  await here.done();
});

test("ways in are added and removed, and one remains", async () => {
  const { page, done } = await visitor();
  const email = await signedIn(page, somebody(), "google");
  await go(page, "#/account");
  const ways = card(page, "Ways to sign in");
  await ways.getByText("Your only way in").waitFor();
  await ways.getByRole("button", { name: "Add GitHub" }).click();
  await chooseAt(page, email);
  await ways.getByRole("button", { name: "Remove GitHub" }).waitFor();
  assert.equal(new URL(page.url()).hash, "#/account");
  // An address, by its code.
  const mail = somebody();
  await ways.getByRole("button", { name: "Add E-mail" }).click();
  await askForCode(page, mail);
  await page.getByRole("button", { name: "Add this address" }).waitFor();
  await enterCode(page, await codeFor(mail));
  await ways.getByText(mail).waitFor();
  await ways.getByRole("button", { name: "Remove Google" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
  await ways.getByRole("button", { name: "Add Google" }).waitFor();
  const { data } = await ask(page, "GET", "/v1/me");
  assert.deepEqual(data.ways_in.map(({ method }) => method).toSorted(), ["email", "github"]);
  await done();
});

test("what needs a newer sign-in leads to one, and back", async () => {
  const { context, page, done } = await visitor();
  const email = await signedIn(page);
  await go(page, "#/account");
  await context.route("**/v1/auth/github/link", (route) =>
    route.fulfill({
      status: 403,
      json: { type: "about:blank", title: "", detail: "sign in again", status: 403, code: "forbidden" },
    }),
  );
  await page.getByRole("button", { name: "Add GitHub" }).click();
  await page.getByRole("alert").filter({ hasText: "a sign-in of the last 10 minutes" }).waitFor();
  await page.getByRole("link", { name: "Sign in again" }).click();
  await heading(page, "Sign in once more").waitFor();
  assert.equal(await page.locator('input[name="email"]').inputValue(), email);
  await WAYS.email(page, email);
  await arrived(page, "#/account");
  await done();
});

test("a deleted account is gone, and its credits are found again by the same way in", async () => {
  const { page, done } = await visitor();
  const email = await signedIn(page, somebody(), "github");
  await stage(page, "completed", await make(page)).waitFor({ timeout: TIMEOUT });
  await go(page, "#/account");
  await shot(page, "account");
  await page.getByRole("button", { name: "Delete my account" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete my account" }).click();
  await page.getByText("Your account is deleted.").waitFor();
  await isSignedOut(page);
  await page.locator(".bar .enter").waitFor();
  await pressToSignIn(page);
  await WAYS.github(page, email);
  await page.locator(".balance", { hasText: "16 credits" }).waitFor();
  await isChosen(page);
  assert.deepEqual((await ask(page, "GET", "/v1/jobs")).data.jobs, []);
  await done();
});

test("a visitor's page asks for nothing that is a user's", async () => {
  const { page, done } = await visitor();
  const asked = [];
  page.on("request", (request) => asked.push(new URL(request.url()).pathname));
  await land(page);
  await page.getByRole("button", { name: "Linen shirt" }).click();
  await page.getByText("You'll sign in first").waitFor();
  const calls = asked.filter((path) => path.startsWith("/v1/")).toSorted();
  assert.deepEqual(calls, ["/v1/me", "/v1/models", "/v1/site"]);
  await done();
});
