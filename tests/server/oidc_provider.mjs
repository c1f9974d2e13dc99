// A real OpenID Connect provider (panva's oidc-provider) on loopback, for the tests. Made-up people; the development
// pages for sign-in and consent are its own. Usage: node oidc_provider.mjs PORT CALLBACK TOLD (where it tells of sign-outs)
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [port, callback, told] = process.argv.slice(2);
const console_ = createRequire(new URL("../../web/package.json", import.meta.url));
const { default: Provider } = await import(pathToFileURL(console_.resolve("oidc-provider")).href);

const GROUPS = { ana: ["safety-office", "everyone"], ben: ["everyone"], cai: ["night-shift"] };
const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [
    {
      client_id: "yufang",
      client_secret: "a-secret-of-the-tests-only",
      redirect_uris: [callback],
      post_logout_redirect_uris: [new URL("/sign-in", callback).href],
      backchannel_logout_uri: told,
      grant_types: ["authorization_code"],
      response_types: ["code"],
    },
  ],
  features: { backchannelLogout: { enabled: true } },
  // Its own way out refuses loopback, which is all that there is here.
  fetch: (address, { dispatcher, ...options }) => fetch(address, options),
  pkce: { required: () => true },
  claims: { openid: ["sub", "groups"], profile: ["name", "preferred_username"], email: ["email"] },
  findAccount: (_ctx, id) => ({
    accountId: id,
    claims: async () => ({ sub: id, name: `${id} of the agency`, preferred_username: `${id}.agency`, groups: GROUPS[id] ?? [] }),
  }),
  cookies: { keys: ["tests-only"] },
});
provider.listen(Number(port), "127.0.0.1", () => process.stdout.write("ready\n"));
