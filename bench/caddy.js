import { writeFileSync } from 'node:fs';
import { accessToken, tenant } from './scenario.js';

/** Caddy as a plain reverse proxy: keep-alive on both sides, one fixed credential, no session, no log. */
export async function startCaddy(workshop, name, port, upstream) {
  const file = workshop.path(`${name}.Caddyfile`);
  writeFileSync(file, configuration(port, upstream));
  const child = workshop.start(name, 'caddy', ['run', '--adapter', 'caddyfile', '--config', file], {
    HOME: workshop.directory,
  });
  await workshop.answering(name, child, `http://127.0.0.1:${port}/`);
  return child;
}

function configuration(port, upstream) {
  return `
{
  admin off
  auto_https off
}
http://:${port} {
  bind 127.0.0.1
  handle /v1/tenants/* {
    uri path_regexp ^/v1/tenants/[^/]+ /v1/projects/${tenant.projectId}
    reverse_proxy ${upstream.host} {
      header_up Authorization "Bearer ${accessToken}"
    }
  }
  handle {
    respond 404
  }
}
`;
}
