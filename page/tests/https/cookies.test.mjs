// The cookies that production has, which a browser takes from this host alone.
import assert from "node:assert/strict";
import { test } from "node:test";
import { address } from "../browser.mjs";
import { ask, askForCode, codeFor, enterCode, somebody, visitor } from "../sign-in/people.mjs";

const SESSION = "__Host-atelier";
const SIGN_IN = "__Host-atelier-sign-in";

const names = async (context) => (await context.cookies()).map((cookie) => cookie.name).sort();

test("whoever signs in has a cookie that is this host's alone, until they sign out", async () => {
  const { context, page, done } = await visitor();
  const email = somebody();
  await page.goto(`${address}/#/sign-in`);
  assert.deepEqual(await names(context), []);
  await askForCode(page, email);
  assert.deepEqual(await names(context), [SIGN_IN]);

  // A code is worthless without the cookie of the browser that asked for it.
  const code = await codeFor(email);
  const [asked] = await context.cookies();
  await context.clearCookies();
  await enterCode(page, code);
  await page.getByRole("alert").waitFor();
  assert.deepEqual(await names(context), []);
  await context.addCookies([asked]);
  await enterCode(page, code);
  await page.locator(".balance").waitFor();

  const cookies = await context.cookies();
  assert.deepEqual(
    cookies.map(({ name, domain, path, secure, httpOnly, sameSite }) => ({
      name,
      domain,
      path,
      secure,
      httpOnly,
      sameSite,
    })),
    [{ name: SESSION, domain: "127.0.0.1", path: "/", secure: true, httpOnly: true, sameSite: "Lax" }],
  );
  assert.equal((await ask(page, "GET", "/v1/me")).status, 200);

  // The name without the prefix, which another host of the domain could plant, signs nobody in.
  await context.clearCookies();
  await context.addCookies([
    { name: "atelier", value: cookies[0].value, url: address, httpOnly: true, sameSite: "Lax" },
  ]);
  assert.equal((await ask(page, "GET", "/v1/me")).status, 401);
  await context.clearCookies();
  await context.addCookies([cookies[0]]);

  await page.goto(`${address}/#/account`);
  await page.reload();
  await page.getByRole("button", { name: "Sign out", exact: true }).click();
  await page.locator(".bar .enter").waitFor();
  assert.deepEqual(await names(context), []);
  await context.addCookies([cookies[0]]);
  assert.equal((await ask(page, "GET", "/v1/me")).status, 401);
  await done();
});
