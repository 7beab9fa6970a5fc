// Codes and links of mails, and what can go wrong with them and at providers.
import assert from "node:assert/strict";
import { test } from "node:test";
import { address, emulator, focusOn, heading } from "../browser.mjs";
import {
  ask,
  askForCode,
  chooseAt,
  codeFor,
  enterCode,
  goOn,
  isChosen,
  land,
  pressToSignIn,
  signedIn,
  somebody,
  visitor,
} from "./people.mjs";

const alert = (page, text) => page.getByRole("alert").filter({ hasText: text });
const openSignIn = (page) => page.goto(`${address}/#/sign-in`);

test("the mail's link, opened in the browser that asked, takes a click, and both tabs go on", async () => {
  const { context, page, done } = await visitor();
  const email = somebody();
  await land(page);
  await pressToSignIn(page);
  await askForCode(page, email);
  const link = `${address}/#/sign-in?code=${await codeFor(email)}`;
  const other = await context.newPage();
  await other.goto(link);
  await other.getByText(`This is the code for ${email}.`).waitFor();
  assert.equal(await other.locator('input[name="code"]').inputValue(), link.slice(-8));
  await focusOn(other, "Sign in");
  assert.equal((await ask(other, "GET", "/v1/me")).status, 401);
  await other.keyboard.press("Enter");
  await heading(other, "Try on any outfit").waitFor();
  // What was chosen in the tab that asked is in both.
  await isChosen(other);
  await goOn(page);
  await done();
});

test("the mail's link, opened in another browser, shows the code and signs nobody in", async () => {
  const { page, done } = await visitor();
  const elsewhere = await visitor();
  const email = somebody();
  await openSignIn(page);
  await askForCode(page, email);
  const code = await codeFor(email);
  const sent = [];
  elsewhere.page.on("request", (request) => request.method() !== "GET" && sent.push(request.url()));
  await elsewhere.page.goto(`${address}/#/sign-in?code=${code}`);
  await heading(elsewhere.page, "Your code").waitFor();
  await elsewhere.page.getByText("Type it where you asked for it").waitFor();
  const shown = await elsewhere.page.locator(".code-shown").textContent();
  assert.equal(shown.replace(/\s/g, ""), code);
  assert.deepEqual(sent, []);
  await enterCode(page, shown);
  await page.locator(".balance").waitFor();
  assert.equal((await ask(elsewhere.page, "GET", "/v1/me")).status, 401);
  await elsewhere.done();
  await done();
});

test("a wrong code is told from one that no longer works, and a new one is sent", async () => {
  const { page, done } = await visitor();
  const email = somebody();
  await openSignIn(page);
  await page.locator('input[name="email"]').fill("nobody");
  await page.keyboard.press("Enter");
  await alert(page, "That doesn't look like an e-mail address.").waitFor();
  await askForCode(page, email);
  const first = await codeFor(email);
  const wrong = first === "00000000" ? "00000001" : "00000000";
  await enterCode(page, "1234");
  await alert(page, "The code has 8 digits.").waitFor();
  for (let tries = 0; tries < 4; tries++) {
    const answered = page.waitForResponse("**/v1/auth/email/verify");
    await enterCode(page, wrong);
    await answered;
    await alert(page, "That isn't the code.").waitFor();
  }
  await enterCode(page, wrong);
  await alert(page, "This code no longer works").waitFor();
  await page.getByRole("button", { name: "Send a new code" }).click();
  const second = await codeFor(email, 2);
  await page.waitForFunction(() => document.activeElement?.getAttribute("name") === "code");
  await enterCode(page, first === second ? wrong : first);
  await alert(page, "That isn't the code.").waitFor();
  await enterCode(page, second);
  await page.locator(".balance").waitFor();
  await done();
});

test("another address can be used, and the sign-in survives a reload", async () => {
  const { page, done } = await visitor();
  const [mistyped, email] = [somebody(), somebody()];
  await openSignIn(page);
  await askForCode(page, mistyped);
  await page.reload();
  await page.getByText(`We've sent a code to ${mistyped}.`).waitFor();
  await page.getByRole("button", { name: "Use another address" }).click();
  await page.waitForFunction(() => document.activeElement?.getAttribute("name") === "email");
  await askForCode(page, email);
  await enterCode(page, await codeFor(email));
  await page.locator(".balance").waitFor();
  await done();
});

test("a limit says when to try again", async () => {
  const { context, page, done } = await visitor();
  const body = { type: "about:blank", title: "", detail: "", status: 429, code: "rate_limited" };
  await context.route("**/v1/auth/email", (route) =>
    route.fulfill({
      status: 429,
      headers: { "retry-after": "42" },
      json: { ...body, limit_name: "sign_in_mails_per_hour", limit: 5 },
    }),
  );
  await openSignIn(page);
  await page.locator('input[name="email"]').fill(somebody());
  await page.keyboard.press("Enter");
  await alert(page, "as many codes as we can this hour. Too many requests. Try again in 42 s.").waitFor();
  await done();
});

test("a site that does not answer is asked again", async () => {
  const { context, page, done } = await visitor();
  await context.route("**/v1/site", (route) => route.abort());
  await openSignIn(page);
  await alert(page, "We can't reach the server.").waitFor();
  await context.unroute("**/v1/site");
  await page.getByRole("button", { name: "Try again" }).click();
  await page.locator('input[name="email"]').waitFor();
  await done();
});

test("each failure at a provider is explained", async () => {
  const { page, done } = await visitor();
  await page.goto(address);
  for (const [error, says] of Object.entries({
    lost: "took too long",
    refused: "was canceled",
    failed: "GitHub couldn't confirm who you are",
    use_email: "There's already an account with this e-mail address",
    taken: "already belongs to another account",
    signed_out: "signed out before GitHub was added",
    rate_limited: "Wait a minute",
    unavailable: "isn't possible right now",
  })) {
    await page.goto(`${address}/#/sign-in?error=${error}&method=github`);
    await alert(page, says).waitFor();
  }
  await done();
});

test("whoever cancels at a provider can go on by another way, with what they chose", async () => {
  const { page, done } = await visitor();
  await land(page);
  await pressToSignIn(page);
  await page.getByRole("link", { name: "Continue with Google" }).click();
  await page.waitForURL((url) => url.origin === emulator);
  await page.getByRole("button", { name: "Cancel" }).click();
  await alert(page, "The sign-in with Google was canceled.").waitFor();
  await page.getByRole("link", { name: "Continue with GitHub" }).click();
  await chooseAt(page, somebody());
  await goOn(page);
  await done();
});

test("an address that has an account is not let in by a provider", async () => {
  const { page, done } = await visitor();
  const email = await signedIn(page);
  const other = await visitor();
  await openSignIn(other.page);
  await other.page.getByRole("link", { name: "Continue with GitHub" }).click();
  await chooseAt(other.page, email);
  await alert(other.page, "Sign in with a code; then you can add GitHub").waitFor();
  await other.done();
  await done();
});

/** The site with a challenge, whose script is another one. */
async function challenged(script) {
  const origin = "https://challenges.cloudflare.com";
  // The policy of this build does not allow it: TURNSTILE=on does.
  const visit = await visitor({ bypassCSP: true, elsewhere: [origin] });
  await visit.context.route("**/v1/site", async (route) => {
    const response = await route.fetch();
    const json = { ...(await response.json()), challenge: { site_key: "key", action: "sign-in" } };
    await route.fulfill({ response, json });
  });
  await visit.context.route(`${origin}/**`, (route) =>
    script === null ? route.abort() : route.fulfill({ contentType: "text/javascript", body: script }),
  );
  return visit;
}

test("a challenge's token is sent along, once", async () => {
  const { page, done } = await challenged(`
    let count = 0;
    const pass = (options) => options.callback(options.sitekey + ++count);
    window.turnstile = { render: (_, options) => ((window.options = options), pass(options), "w"), reset: () => pass(window.options), remove() {} };
  `);
  const email = somebody();
  const asked = page.waitForRequest("**/v1/auth/email");
  await openSignIn(page);
  await page.locator('input[name="email"]').waitFor();
  await askForCode(page, email);
  assert.equal((await asked).postDataJSON().challenge, "key1");
  await enterCode(page, await codeFor(email));
  await page.locator(".balance").waitFor();
  await done();
});

test("where the challenge cannot be loaded, the other ways in remain", async () => {
  const { page, done } = await challenged(null);
  await openSignIn(page);
  await alert(page, "The security check couldn't be loaded").waitFor();
  await page.getByRole("link", { name: "Continue with GitHub" }).click();
  await chooseAt(page, somebody());
  await page.locator(".balance").waitFor();
  await done();
});
