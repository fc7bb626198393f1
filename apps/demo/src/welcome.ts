export interface Addresses {
  readonly port: string;
  readonly managementPort: string;
  readonly simulator: string;
  /** Where the printed commands keep cookies. */
  readonly folder: string;
}

const JSON_CALL = "-H 'X-CSRF: 1' -H 'Content-Type: application/json'";

/** What a newcomer sees when everything runs: where, who, and commands that work as they stand. */
export function welcome({ port, managementPort, simulator, folder }: Addresses): string {
  const service = `http://localhost:${port}`;
  const cookies = `'${folder}/cookies.txt'`;
  const signIn = `'{"email":"editor@acme.example","password":"editor-demo-password"}'`;
  return `
The Sinch Provisioning BFF is running, against the Sinch simulator. Ctrl-C stops both; the data stays in .data.

  console  ${service}          editor@acme.example / editor-demo-password, viewer@acme.example / viewer-demo-password
  partners http://partner.localhost:${port}  partner@orchard.example / partner-demo-password
  admin    http://admin.localhost:${port}    admin@bff.example / admin-demo-password
  health and metrics http://localhost:${managementPort}    simulator ${simulator}/_simulator

${adminWalk(port, folder)}
Sign in, read the account, post a comment:

curl -sSw '\\n' -c ${cookies} ${JSON_CALL} -d ${signIn} ${service}/session
curl -sSw '\\n' -b ${cookies} -H 'X-CSRF: 1' ${service}/v1/tenants/acme/whatsapp
curl -sSw '\\n' -b ${cookies} ${JSON_CALL} -d '{"comment":"Hello from the BFF"}' ${service}/v1/tenants/acme/whatsapp/comments
`;
}

/** curl keeps no Secure cookie of a host below localhost, as browsers do: it is handed over. */
function adminWalk(port: string, folder: string): string {
  const admin = `http://admin.localhost:${port}`;
  const [headers, cookie] = [`'${folder}/admin-headers.txt'`, `'${folder}/admin-cookie.txt'`];
  const keepCookie = `sed -n 's/^set-cookie: \\([^;]*\\);.*/cookie: \\1/p' ${headers} > ${cookie}`;
  const signIn = `'{"email":"admin@bff.example","password":"admin-demo-password"}'`;
  const elevate = `'{"code":"'$(npm run --silent demo:code)'","reason":"Trying the demo","tenantId":"summit"}'`;
  return `As admin: sign in, rise for the tenant summit with the code of the second factor, read its account:

curl -sSw '\\n' --fail-with-body -D ${headers} ${JSON_CALL} -d ${signIn} ${admin}/session && ${keepCookie}
curl -sSw '\\n' --fail-with-body -D ${headers} -H @${cookie} ${JSON_CALL} -d ${elevate} ${admin}/session/elevation && ${keepCookie}
curl -sSw '\\n' -H @${cookie} -H 'X-CSRF: 1' ${admin}/v1/tenants/summit/whatsapp
`;
}
