// A real identity provider for the tests: the certified `oidc-provider`, with accounts that the test changes while it
// runs. Started with one JSON argument: {module, port, redirects, signedOut, claimsInToken, tokenSeconds}.
import { generateKeyPairSync, randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { pathToFileURL } from "node:url";

const wish = JSON.parse(process.argv[2]);
const { default: Provider } = await import(pathToFileURL(wish.module).href);

/** @type {Map<string, object>} What is known of each account, by its login. */
const accounts = new Map();

function key(kind, options, algorithm) {
  const { privateKey } = generateKeyPairSync(kind, options);
  return { ...privateKey.export({ format: "jwk" }), kid: randomUUID(), use: "sig", alg: algorithm };
}

function client(id, more = {}) {
  return {
    client_id: id,
    client_secret: "between-us",
    redirect_uris: wish.redirects,
    post_logout_redirect_uris: wish.signedOut,
    grant_types: ["authorization_code", "refresh_token"],
    response_types: ["code"],
    ...more,
  };
}

const provider = new Provider(`http://localhost:${wish.port}`, {
  jwks: { keys: [key("rsa", { modulusLength: 2048 }, "RS256"), key("ec", { namedCurve: "P-256" }, "ES256")] },
  clients: [
    client("forewarn"),
    client("forewarn-es", { id_token_signed_response_alg: "ES256", token_endpoint_auth_method: "client_secret_post" }),
    client("forewarn-public", { client_secret: undefined, token_endpoint_auth_method: "none" }),
    client("forewarn-no-refresh", { grant_types: ["authorization_code"] }),
  ],
  claims: { openid: ["sub"], profile: ["preferred_username", "groups"], email: ["email", "email_verified"] },
  conformIdTokenClaims: !wish.claimsInToken,
  cookies: { keys: [randomUUID()] },
  pkce: { required: () => true },
  ttl: { AccessToken: 3600, IdToken: wish.tokenSeconds, Session: 86400, Grant: 86400, RefreshToken: 86400, Interaction: 600 },
  issueRefreshToken: (ctx, client) => client.grantTypeAllowed("refresh_token"),
  async findAccount(ctx, sub) {
    const known = accounts.get(sub);
    return known && { accountId: sub, claims: () => ({ sub, preferred_username: sub, email_verified: true, ...known }) };
  },
  // Our own desk needs no consent.
  async loadExistingGrant(ctx) {
    const grant = new ctx.oidc.provider.Grant({ clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId });
    grant.addOIDCScope("openid profile email offline_access");
    await grant.save();
    return grant;
  },
});

const serve = provider.callback();
createServer(async (request, response) => {
  if (request.url !== "/accounts") return serve(request, response);
  let text = "";
  for await (const part of request) text += part;
  for (const [login, known] of Object.entries(JSON.parse(text))) {
    if (known === null) accounts.delete(login);
    else accounts.set(login, known);
  }
  response.end();
}).listen(wish.port, "localhost", () => console.log("ready"));
