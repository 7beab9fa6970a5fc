// People who sign in, at a system with all ways in: its mails and providers are emulated.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import * as browser from "../browser.mjs";

const { address, button, emulator, heading, TIMEOUT } = browser;

/** Somebody new. Only so many people of one domain are welcomed a day, so each has one of their own. */
export const somebody = () => `${randomUUID().slice(0, 8)}@${randomUUID().slice(0, 8)}.example`;

/** A visitor who may go to the emulated providers' pages. */
export const visitor = ({ elsewhere = [], ...options } = {}) =>
  browser.visitor({ elsewhere: [emulator, ...elsewhere], ...options });

/** The page for somebody who is not signed in, once it has loaded prices. */
export async function land(page, path = "/") {
  await page.goto(address + path);
  await page.locator("[data-dress]", { hasText: /\d/ }).waitFor();
  await page.locator(".bar .enter").waitFor();
}

/** The code of the newest mail to an address, once there are so many. */
export async function codeFor(email, count = 1) {
  const until = Date.now() + TIMEOUT;
  for (;;) {
    const { mails } = await (await fetch(`${emulator}/mailbox.json?to=${encodeURIComponent(email)}`)).json();
    if (mails.length >= count) return mails.at(-1).text.match(/code=(\d{8})/)[1];
    assert(Date.now() < until, `${email} has ${mails.length} mails, and not ${count}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const submit = (page) => page.locator("main form .button.primary");

export async function askForCode(page, email) {
  await page.locator('input[name="email"]').fill(email);
  await submit(page).click();
  await page.locator('input[name="code"]').waitFor();
}

export async function enterCode(page, code) {
  await page.locator('input[name="code"]').fill(code);
  await submit(page).click();
}

/** Chooses who to be on a provider's page. */
export async function chooseAt(page, email) {
  await page.waitForURL((url) => url.origin === emulator);
  await page.locator('input[name="person"]').fill(email);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.waitForURL((url) => url.origin === address);
}

const byProvider = (name) => async (page, email) => {
  await page.getByRole("link", { name: new RegExp(name) }).click();
  await chooseAt(page, email);
};

/** From the sign-in page to where it leads, in each way. */
export const WAYS = {
  email: async (page, email) => {
    const before = await mailCount(email);
    await askForCode(page, email);
    const code = await codeFor(email, before + 1);
    await enterCode(page, `${code.slice(0, 4)} ${code.slice(4)}`);
  },
  google: byProvider("Google"),
  github: byProvider("GitHub"),
  oidc: byProvider("OpenID"),
};

async function mailCount(email) {
  return (await (await fetch(`${emulator}/mailbox.json?to=${encodeURIComponent(email)}`)).json()).mails.length;
}

/** Signs somebody in, who then sees the landing page with their balance. */
export async function signedIn(page, email = somebody(), way = "email") {
  await land(page);
  await page.locator(".bar .enter").click();
  await heading(page, "Sign in").waitFor();
  await WAYS[way](page, email);
  await page.locator(".balance").waitFor();
  await heading(page, "Try on any outfit").waitFor();
  return email;
}

/** Calls the API with the browser's cookie, as the page does. */
export const ask = (page, method, path) =>
  page.evaluate(
    async ([method, path]) => {
      const response = await fetch(path, { method });
      return { status: response.status, data: await response.json().catch(() => null) };
    },
    [method, path],
  );

/** Chooses a garment and presses the main button, as a visitor, who is asked to sign in. */
export async function pressToSignIn(page, garment = "Knit sweater") {
  await page.getByRole("button", { name: garment }).click();
  await page.locator("textarea").fill("with a belt");
  await button(page).click();
  await heading(page, "Sign in").waitFor();
}

/** What was chosen is there, and one more press makes a picture of it. */
export async function goOn(page, garment = "Knit sweater") {
  await page.getByText("You're signed in, and everything you chose is still here.").waitFor();
  await isChosen(page, garment);
  const job = await browser.leadsToJob(page, () => button(page).click());
  await browser.stage(page, "completed", job).waitFor({ timeout: TIMEOUT });
  return job;
}

export async function isChosen(page, garment = "Knit sweater") {
  await page.locator(`button[aria-pressed="true"][aria-label="${garment}"]`).waitFor();
  assert.equal(await page.locator("textarea").inputValue(), "with a belt");
}
