// Other people's issuers of identities against the running Worker: npm `oidc-provider`, which refuses a wrong PKCE
// verifier; ID tokens that npm `jose` signs, rightly and wrongly; and a scanner that opens every link of a mail.
//
// VENDORS is where scripts/setup.sh has put them, ATELIER_URL the Worker, ATELIER_EMULATOR_URL its emulator. The Worker's
// OIDC_ISSUER and GOOGLE_BASE_URL are on ISSUER_PORT and GOOGLE_PORT, where this starts them.
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { expect, Tally } from "./tally.mjs";

const { VENDORS: home, ATELIER_URL: worker, ATELIER_EMULATOR_URL: emulator, ISSUER_PORT, GOOGLE_PORT } = process.env;
const secret = /^OIDC_CLIENT_SECRET="(.*)"$/m.exec(readFileSync(".dev.vars", "utf8"))[1];
const versionOf = (name) => JSON.parse(readFileSync(join(home, "node_modules", name, "package.json"), "utf8")).version;
const load = (name, file) => import(pathToFileURL(join(home, "node_modules", name, file)));

/** A browser: it keeps our cookies, and follows no redirect by itself. */
class Browser {
  #cookies = new Map();

  async open(url, { json, form, foreign, ...init } = {}) {
    const { origin } = new URL(url);
    const own = this.#cookies.get(origin) ?? new Map();
    const headers = { cookie: [...own].map((pair) => pair.join("=")).join("; ") };
    if (origin === worker) headers["sec-fetch-site"] = foreign ? "cross-site" : "same-origin";
    if (json) Object.assign(headers, { "content-type": "application/json" });
    const body = json ? JSON.stringify(json) : form && new URLSearchParams(form);
    const method = body ? "POST" : "GET";
    const response = await fetch(url, { method, body, headers, redirect: "manual", ...init });
    for (const line of response.headers.getSetCookie()) {
      const [pair] = line.split(";");
      const [name, value] = [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)];
      if (/max-age=0|1970/i.test(line)) own.delete(name);
      else own.set(name, value);
    }
    this.#cookies.set(origin, own);
    return response;
  }

  async next(url, init) {
    const response = await this.open(url, init);
    const to = response.headers.get("location");
    expect(to !== null, `${url} answers ${response.status} and no redirect: ${(await response.text()).slice(0, 300)}`);
    return new URL(to, url).href;
  }

  async me() {
    const response = await this.open(`${worker}/v1/me`);
    return response.ok ? response.json() : null;
  }
}

// ---- npm oidc-provider

async function oidcProvider() {
  const { default: Provider } = await load("oidc-provider", "lib/index.js");
  const claims = { sub: "campus-1", email: "ada@campus.example", email_verified: true, name: "Ada" };
  const provider = new Provider(`http://127.0.0.1:${ISSUER_PORT}`, {
    clients: [
      { client_id: "local-oidc-client", client_secret: secret, redirect_uris: [`${worker}/v1/auth/oidc/callback`] },
    ],
    clientDefaults: { token_endpoint_auth_method: "client_secret_post" },
    pkce: { required: () => true },
    claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ ...claims, sub: id }) }),
    cookies: { keys: [randomBytes(16).toString("hex")] },
  });
  return provider.listen(Number(ISSUER_PORT), "127.0.0.1");
}

/** From our page through the provider's forms to the address that it sends the browser back to. */
async function throughProvider(browser) {
  let at = await browser.next(`${worker}/v1/auth/oidc/start?return_to=/%23/credits`);
  const began = at;
  const [own] = [`${worker}/`];
  for (let hops = 0; !at.startsWith(own); hops += 1) {
    expect(hops < 12, `there is no end to it: ${at}`);
    if (!at.includes("/interaction/")) {
      at = await browser.next(at);
      continue;
    }
    const page = await (await browser.open(at)).text();
    const prompt = /name="prompt" value="(\w+)"/.exec(page)[1];
    at = await browser.next(at, {
      form: prompt === "login" ? { prompt, login: "campus-1", password: "x" } : { prompt },
    });
  }
  return { at, began };
}

async function judgedByOidcProvider(tally) {
  const client = `npm oidc-provider ${versionOf("oidc-provider")}`;
  const server = await oidcProvider();
  const browser = new Browser();
  await tally.call(client, "signs somebody in by code, PKCE, nonce and userinfo", async () => {
    const { at, began } = await throughProvider(browser);
    expect(new URL(began).searchParams.get("code_challenge_method") === "S256", began);
    expect(new URL(at).searchParams.get("iss") === `http://127.0.0.1:${ISSUER_PORT}`, at);
    const place = await browser.next(at);
    expect(place === `${worker}/#/credits`, place);
    const me = await browser.me();
    expect(me?.email === "ada@campus.example" && me.ways_in[0].method === "oidc", JSON.stringify(me));
    expect((await browser.next(at)).includes("error=lost"), "the same answer works twice");
  });
  await tally.call(client, "knows them again", async () => {
    const again = new Browser();
    const { at } = await throughProvider(again);
    await again.next(at);
    expect((await again.me()).account === (await browser.me()).account, "another account");
  });
  await tally.call(client, "another browser's answer signs nobody in", async () => {
    const { at } = await throughProvider(new Browser());
    const victim = new Browser();
    expect((await victim.next(at, { foreign: true })).includes("error=lost"), "it does");
    expect((await victim.me()) === null, "somebody is signed in");
  });
  await tally.call(client, "refuses a wrong verifier, so ours is right", async () => {
    const { at } = await throughProvider(new Browser());
    const code = new URL(at).searchParams.get("code");
    const form = { grant_type: "authorization_code", code, redirect_uri: `${worker}/v1/auth/oidc/callback` };
    const wrong = { ...form, client_id: "local-oidc-client", client_secret: secret, code_verifier: "x".repeat(43) };
    const response = await fetch(`http://127.0.0.1:${ISSUER_PORT}/token`, {
      method: "POST",
      body: new URLSearchParams(wrong),
    });
    const { error } = await response.json();
    expect(response.status === 400 && error === "invalid_grant", `${response.status} ${error}`);
  });
  server.close();
  server.closeAllConnections();
}

// ---- npm jose

/** An issuer whose next ID token is what `make` makes of the nonce. */
async function joseIssuer({ keys, make }) {
  const issuer = `http://127.0.0.1:${GOOGLE_PORT}`;
  const codes = new Map();
  const server = createServer(async (request, response) => {
    const url = new URL(request.url, issuer);
    const answer = (body) => response.setHeader("content-type", "application/json").end(JSON.stringify(body));
    if (url.pathname === "/.well-known/openid-configuration") {
      const at = (path) => `${issuer}${path}`;
      return answer({
        issuer,
        authorization_endpoint: at("/auth"),
        token_endpoint: at("/token"),
        jwks_uri: at("/jwks"),
      });
    }
    if (url.pathname === "/jwks") return answer({ keys });
    if (url.pathname === "/auth") {
      const { state, nonce, code_challenge: challenge, redirect_uri: to } = Object.fromEntries(url.searchParams);
      const code = randomBytes(8).toString("hex");
      codes.set(code, { nonce, challenge });
      return response.writeHead(302, { location: `${to}?${new URLSearchParams({ code, state })}` }).end();
    }
    let body = "";
    for await (const chunk of request) body += chunk;
    const form = Object.fromEntries(new URLSearchParams(body));
    const { nonce, challenge } = codes.get(form.code);
    const proven = createHash("sha256").update(form.code_verifier).digest("base64url");
    if (proven !== challenge) return response.writeHead(400).end("{}");
    return answer({ access_token: "at", token_type: "Bearer", id_token: await make({ issuer, nonce }) });
  });
  server.listen(Number(GOOGLE_PORT), "127.0.0.1");
  await once(server, "listening");
  return server;
}

async function judgedByJose(tally) {
  const client = `npm jose ${versionOf("jose")}`;
  const { SignJWT, UnsecuredJWT, exportJWK, generateKeyPair } = await load("jose", "dist/webapi/index.js");
  const [good, other] = await Promise.all([generateKeyPair("RS256"), generateKeyPair("RS256")]);
  const published = { ...(await exportJWK(good.publicKey)), kid: "1", alg: "RS256", use: "sig" };
  let next;
  const server = await joseIssuer({ keys: [published], make: (of) => next(of) });
  const claims = ({ nonce }) => ({ email: "lin@gmail.com", email_verified: true, name: "Lin", nonce });
  const token = (
    of,
    more = {},
    {
      key = good.privateKey,
      header = {},
      iat = "now",
      exp = "5 minutes",
      aud = "local-google-client",
      iss = of.issuer,
    } = {},
  ) =>
    new SignJWT({ ...claims(of), ...more })
      .setProtectedHeader({ alg: "RS256", kid: "1", typ: "JWT", ...header })
      .setSubject("107")
      .setIssuer(iss)
      .setAudience(aud)
      .setIssuedAt(iat === "now" ? undefined : iat)
      .setExpirationTime(exp)
      .sign(key);
  const signsIn = async (make) => {
    next = make;
    const browser = new Browser();
    const back = await browser.next(await browser.next(`${worker}/v1/auth/google/start`));
    const place = await browser.next(back);
    return { place, me: await browser.me() };
  };
  await tally.call(client, "a good ID token", async () => {
    const { place, me } = await signsIn((of) => token(of));
    expect(place === `${worker}/` && me?.email === "lin@gmail.com", `${place} ${JSON.stringify(me)}`);
  });
  await tally.call(client, "one for several audiences, that names us", async () => {
    const { me } = await signsIn((of) =>
      token(of, { azp: "local-google-client" }, { aud: ["other", "local-google-client"] }),
    );
    expect(me !== null, "it is refused");
  });
  const now = Math.floor(Date.now() / 1000);
  const wrong = {
    "of another key": (of) => token(of, {}, { key: other.privateKey }),
    "of a key that is not published": (of) => token(of, {}, { key: other.privateKey, header: { kid: "2" } }),
    "for another client": (of) => token(of, {}, { aud: "another-client" }),
    "whose authorised party is another": (of) => token(of, { azp: "another-client" }),
    "of another issuer": (of) => token(of, {}, { iss: "https://evil.example" }),
    "with another nonce": (of) => token({ ...of, nonce: "other" }),
    "without a nonce": (of) => token(of, { nonce: undefined }),
    "that has expired": (of) => token(of, {}, { iat: now - 600, exp: now - 60 }),
    "that was made two hours ago": (of) => token(of, {}, { iat: now - 7200 }),
    "from the future": (of) => token(of, {}, { iat: now + 3600 }),
    "that is a logout token": (of) => token(of, {}, { header: { typ: "logout+jwt" } }),
    "with a critical extension": (of) => token(of, {}, { header: { crit: ["b64"], b64: true } }),
    "without a signature": (of) =>
      new UnsecuredJWT(claims(of))
        .setSubject("107")
        .setIssuer(of.issuer)
        .setAudience("local-google-client")
        .setIssuedAt()
        .setExpirationTime("5m")
        .encode(),
    "signed with the client's secret": (of) =>
      new SignJWT(claims(of))
        .setProtectedHeader({ alg: "HS256", kid: "1" })
        .setSubject("107")
        .setIssuer(of.issuer)
        .setAudience("local-google-client")
        .setIssuedAt()
        .setExpirationTime("5m")
        .sign(new TextEncoder().encode(secret)),
  };
  for (const [what, make] of Object.entries(wrong))
    await tally.call(client, `an ID token ${what}: refused`, async () => {
      const { place, me } = await signsIn(make);
      expect(place.includes("error=failed") && me === null, `${place} ${JSON.stringify(me)}`);
    });
  server.close();
  server.closeAllConnections();
}

// ---- A mail scanner

async function scanned(tally) {
  const client = "a mail scanner";
  await tally.call(client, "opens every link of the mail, and its code works after it", async () => {
    const to = `scan-${randomBytes(4).toString("hex")}@example.com`;
    const browser = new Browser();
    expect((await browser.open(`${worker}/v1/auth/email`, { json: { email: to } })).status === 202, "no code");
    let mail;
    for (let looks = 0; mail === undefined && looks < 50; looks += 1) {
      await sleep(100);
      [mail] = (await (await fetch(`${emulator}/mailbox.json?to=${to}`)).json()).mails;
    }
    const links = [...`${mail.text} ${mail.html}`.matchAll(/https?:\/\/[^\s"<]+/g)].map(([link]) => link);
    expect(links.length >= 3, `${links.length} links`);
    for (const link of links)
      for (const method of ["HEAD", "GET"]) {
        const response = await fetch(link, { method });
        expect(response.headers.getSetCookie().length === 0, `${link} sets a cookie`);
      }
    const code = /code=(\d+)/.exec(mail.text)[1];
    const verified = await fetch(`${worker}/v1/auth/email/verify`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ code }),
    });
    expect(verified.status === 409, `a scanner that types the code is answered ${verified.status}`);
    const entered = await browser.open(`${worker}/v1/auth/email/verify`, { json: { code } });
    expect(entered.status === 200 && (await browser.me()).email === to, `${entered.status}`);
  });
}

const tally = new Tally();
await judgedByOidcProvider(tally);
await judgedByJose(tally);
await scanned(tally);
console.log(`${tally.told("judges of signing in", "judgements")}, ${tally.failures} failed`);
process.exit(tally.failures === 0 ? 0 : 1);
