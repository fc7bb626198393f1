import { writeFileSync } from 'node:fs';
import { accessToken, basicPair, calls, tenant } from './scenario.js';

/** Starts an nginx with one worker in the foreground, everything of it in the throw-away directory. */
export async function startNginx(workshop, name, port, http) {
  const file = workshop.path(`${name}.conf`);
  writeFileSync(file, configuration(workshop, name, http));
  const child = workshop.start(name, 'nginx', ['-p', workshop.directory, '-c', file, '-e', 'stderr']);
  await workshop.answering(name, child, `http://127.0.0.1:${port}/`);
  return child;
}

const temporaries = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];

function configuration(workshop, name, http) {
  return `
# A worker of root's nginx would otherwise be somebody who may not read the throw-away directory.
${process.getuid() === 0 ? 'user root;' : ''}
daemon off;
worker_processes 1;
pid ${workshop.path(`${name}.pid`)};
error_log stderr error;
events { worker_connections 1024; }
http {
  access_log off;
  server_tokens off;
  tcp_nodelay on;
  keepalive_timeout 75s;
  # The default closes a connection every 1000 requests.
  keepalive_requests 1000000000;
${temporaries.map((kind) => `  ${kind}_temp_path ${workshop.path(`${name}-${kind}`)};`).join('\n')}
${http}
}
`;
}

/** The plain reverse proxy: keep-alive on both sides, one fixed credential, no session, no log. */
export function reverseProxy(port, upstream) {
  return `
  upstream sinch { server ${upstream.host}; keepalive 64; }
  server {
    listen 127.0.0.1:${port};
    location /v1/tenants/ {
      rewrite "^/v1/tenants/[^/]+/(.*)$" /v1/projects/${tenant.projectId}/$1 break;
      proxy_pass http://sinch;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Authorization "Bearer ${accessToken}";
    }
    location / { return 404; }
  }`;
}

/** The upstream: two files from memory for who has the token, and the endpoint that issues it. */
export function upstreamServer(workshop, port) {
  for (const { name, body } of calls) writeFileSync(workshop.path(`${name}.json`), body);
  const token = JSON.stringify({ access_token: accessToken, token_type: 'bearer', expires_in: 3600 });
  return `
  types {}
  default_type application/json;
  # Runs with many sessions ask for many pages, which need not be large.
  map $arg_pageToken $page {
    default "activities";
    "~^page-" "account";
  }
  open_file_cache max=10 inactive=1h;
  open_file_cache_valid 1h;
  sendfile off;
  output_buffers 1 64k;
  server {
    listen 127.0.0.1:${port};
    location = /oauth2/token { return 200 '${token}'; }
${calls.map((call) => (call.method === 'GET' ? answer(call, fileOf(workshop, call)) : created(call))).join('\n')}
    location / { return 404; }
  }`;
}

const ACCEPTED = `^(Bearer ${accessToken}|Basic ${basicPair})$`;

function fileOf(workshop, { name }) {
  return workshop.path(name === 'activities' ? '$page.json' : `${name}.json`);
}

/** The resource of any project. */
const locationOf = ({ resource }) => `location ~ "^/v1/projects/[0-9a-f-]+/${resource}$"`;

function created(call) {
  const { status, body } = call;
  return `    ${locationOf(call)} {
      if ($http_authorization != "Bearer ${accessToken}") { return 401; }
      if ($request_method != POST) { return 405; }
      return ${status} '${body}';
    }`;
}

function answer(call, file) {
  return `    ${locationOf(call)} {
      if ($http_authorization !~ "${ACCEPTED}") { return 401; }
      alias ${file};
    }`;
}
