// An OpenID provider for Lernraum's tests: the package oidc-provider with users, clients and groups from the test.
// It listens on loopback only; its start contract is in ../README.md.
import { generateKeyPairSync, createPrivateKey, randomBytes } from "node:crypto";
import { createServer } from "node:http";
import { createInterface } from "node:readline";
import Provider from "oidc-provider";

const lines = createInterface({ input: process.stdin });
const setup = JSON.parse((await lines[Symbol.asyncIterator]().next()).value);
lines.on("close", () => process.exit(0)); // whoever started it is gone when its end of the pipe is

const users = new Map(setup.users.map((u) => [u.id, u]));
const keys = [];
const cookieKeys = [randomBytes(16).toString("hex")];
let provider, handle;

function page(title, body) {
  return `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>${title}</title></head><body><h1>${title}</h1>${body}</body></html>`;
}

// newKey signs from now on; what was signed with older ones stays good.
function newKey() {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  keys.unshift({ ...privateKey.export({ format: "jwk" }), kid: randomBytes(12).toString("hex"), use: "sig", alg: "RS256" });
}

// build makes the provider anew. Its keys are fixed when it is made; what it has issued lies in the package's memory.
function build(issuer) {
  provider = new Provider(issuer, {
    jwks: { keys },
    clients: setup.clients.map((c) => ({
      client_id: c.id,
      client_secret: c.secret,
      redirect_uris: c.redirects,
      post_logout_redirect_uris: c.post_logout ?? [],
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
      ...(c.backchannel ? { backchannel_logout_uri: c.backchannel, backchannel_logout_session_required: true } : {}),
    })),
    claims: { openid: ["sub", "sid"], profile: ["name", "preferred_username", "groups"], email: ["email", "email_verified"] },
    scopes: ["openid", "offline_access", "profile", "email"],
    pkce: { required: () => true },
    ttl: { AccessToken: 300, AuthorizationCode: 60, IdToken: 3600, RefreshToken: 86400, Session: 86400, Grant: 86400, Interaction: 3600 },
    cookies: { keys: cookieKeys },
    features: {
      devInteractions: { enabled: false },
      backchannelLogout: { enabled: true },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource(ctx, form) {
          ctx.body = page("Sign out", `${form}<button type="submit" form="op.logoutForm" name="logout" value="yes">Sign out</button>`);
        },
        postLogoutSuccessSource(ctx) {
          ctx.body = page("Signed out", "");
        },
      },
    },
    interactions: { url: (ctx, i) => `/interaction/${i.uid}` },
    renderError(ctx, out) {
      ctx.type = "text/plain";
      ctx.body = JSON.stringify(out);
    },
    async findAccount(ctx, id) {
      const u = users.get(id);
      if (!u) return undefined;
      return {
        accountId: id,
        claims: async () => ({ sub: id, name: u.name, preferred_username: u.login, email: u.mail, email_verified: u.mail_verified === true, groups: u.groups ?? [] }),
      };
    },
    // The package's own way to refuse loopback addresses needs a newer Node and would refuse the tests.
    fetch(url, options) {
      delete options.dispatcher;
      return fetch(url, options);
    },
  });
  provider.proxy = true;
  provider.on("server_error", (ctx, err) => console.error("op-node:", err));
  provider.on("backchannel.success", (ctx, client, id, sid) => console.error(`op-node: backchannel logout told ${client.clientId}`));
  provider.on("backchannel.error", (ctx, err) => console.error("op-node: backchannel logout:", err.message));
  handle = provider.callback();
}

async function body(req) {
  const parts = [];
  for await (const p of req) parts.push(p);
  return Buffer.concat(parts).toString();
}

// interaction is the provider's own login page, then the question whether Lernraum may know who that is.
async function interaction(req, res) {
  const { prompt, params } = await provider.interactionDetails(req, res);
  const show = (status, text) => res.writeHead(status, { "Content-Type": "text/html; charset=utf-8" }).end(text);
  const form = (fields, label, said = "") =>
    page("Sign in", `<p id="error">${said}</p><form method="post">${fields}<button type="submit">${label}</button></form>`);
  const login = form(
    '<label>Name <input name="username" autocomplete="username"></label><label>Password <input name="password" type="password" autocomplete="current-password"></label>', "Sign in");
  if (req.method !== "POST") return show(200, prompt.name === "login" ? login : form("<p>Lernraum asks for your name, mail address and groups.</p>", "Allow"));
  const typed = new URLSearchParams(await body(req));
  if (prompt.name === "login") {
    const u = [...users.values()].find((u) => u.login === typed.get("username") && u.password === typed.get("password"));
    if (!u) return show(401, login.replace('<p id="error">', '<p id="error">Wrong name or password'));
    return provider.interactionFinished(req, res, { login: { accountId: u.id } });
  }
  const { session } = await provider.interactionDetails(req, res);
  const grant = new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
  grant.addOIDCScope(params.scope);
  return provider.interactionFinished(req, res, { consent: { grantId: await grant.save() } }, { mergeWithLastSubmission: true });
}

// control is what a test does to the provider. It gives its private key away: tests forge with it.
async function control(req, res) {
  const given = req.method === "POST" ? JSON.parse((await body(req)) || "{}") : {};
  switch (`${req.method} ${req.url}`) {
    case "POST /groups":
      if (!users.has(given.id)) return res.writeHead(404).end();
      users.get(given.id).groups = given.groups;
      break;
    case "POST /remove":
      users.delete(given.id);
      break;
    case "POST /rotate":
      newKey();
      build(issuer);
      break;
    case "GET /key":
      return res.end(JSON.stringify({ kid: keys[0].kid, pem: createPrivateKey({ key: keys[0], format: "jwk" }).export({ format: "pem", type: "pkcs8" }) }));
    default:
      res.writeHead(404);
  }
  res.end();
}

// guarded answers 500 where a handler fails, so that the test sees it and the process goes on.
const guarded = (h) => (req, res) =>
  Promise.resolve(h(req, res)).catch((err) => {
    console.error("op-node:", err);
    if (!res.headersSent) res.writeHead(500);
    res.end(String(err));
  });

function listen(h) {
  const server = createServer(guarded(h));
  return new Promise((done) => server.listen(0, "127.0.0.1", () => done(`http://127.0.0.1:${server.address().port}`)));
}

newKey();
const own = await listen((req, res) => (req.url.startsWith("/interaction/") ? interaction(req, res) : handle(req, res)));
const issuer = setup.issuer || own;
build(issuer);
const controlled = await listen(control);
console.log(JSON.stringify({ issuer, listen: own, control: controlled }));
