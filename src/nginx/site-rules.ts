import { posix } from 'node:path';
import type { Fault } from '../errors.ts';
import { nearest } from '../lib/text/document-faults.ts';
import {
  lineOf,
  type NginxDirective,
  nginxBlocks,
  nginxDirectives,
} from '../lib/text/nginx-conf.ts';
import { nginxFile } from '../release/layout.ts';
import { dollar, dollarName } from './nginx-word.ts';
import { logFormat } from './render-nginx.ts';

/**
 * What nginx/proto.conf may contain, so that root can install a copy of it. nginx's main process runs as root, and
 * opens logs, sockets and folders wherever a configuration says. The owner of an installation must not get root's
 * rights by a line in his file, so directives are known, and paths lead to known places.
 */

/** What the judgement needs to know besides the text. */
export interface SiteGround {
  /** Absolute path of the installation, without links. */
  readonly installation: string;
  /** Files outside of the known places that the owner of the installation owns: he cannot read more by naming them. */
  readonly owned?: ReadonlySet<string>;
}

const words = (text: string) => text.trim().split(/\s+/);

/** In http, server, location and if alike. nginx itself knows better which of these goes where, and says so. */
const general = words(`
  absolute_redirect add_header add_trailer allow auth_basic auth_request auth_request_set charset charset_types
  chunked_transfer_encoding client_body_buffer_size client_body_timeout client_header_buffer_size client_header_timeout
  client_max_body_size default_type deny error_page etag expires gunzip gunzip_buffers gzip gzip_buffers gzip_comp_level
  gzip_disable gzip_http_version gzip_min_length gzip_proxied gzip_static gzip_types gzip_vary brotli brotli_comp_level
  brotli_static brotli_types http2 http2_body_preread_size http2_chunk_size http2_idle_timeout
  http2_max_concurrent_streams http2_max_field_size http2_max_header_size http2_recv_timeout http3 http3_hq
  if_modified_since ignore_invalid_headers keepalive_disable keepalive_requests keepalive_time keepalive_timeout
  large_client_header_buffers limit_conn limit_conn_dry_run limit_conn_log_level limit_conn_status limit_rate
  limit_rate_after limit_req limit_req_dry_run limit_req_log_level limit_req_status lingering_close lingering_time
  lingering_timeout log_not_found log_subrequest max_ranges merge_slashes msie_padding open_file_cache
  open_file_cache_errors open_file_cache_min_uses open_file_cache_valid output_buffers port_in_redirect postpone_output
  proxy_buffer_size proxy_buffering proxy_buffers proxy_busy_buffers_size proxy_cache
  proxy_cache_background_update proxy_cache_bypass proxy_cache_key proxy_cache_lock proxy_cache_lock_age
  proxy_cache_lock_timeout proxy_cache_methods proxy_cache_min_uses proxy_cache_revalidate proxy_cache_use_stale
  proxy_cache_valid proxy_connect_timeout proxy_cookie_domain proxy_cookie_flags proxy_cookie_path proxy_force_ranges
  proxy_headers_hash_bucket_size proxy_headers_hash_max_size proxy_hide_header proxy_http_version
  proxy_ignore_client_abort proxy_ignore_headers proxy_intercept_errors proxy_limit_rate proxy_max_temp_file_size
  proxy_method proxy_next_upstream proxy_next_upstream_timeout proxy_next_upstream_tries proxy_no_cache
  proxy_pass_header proxy_pass_request_body proxy_pass_request_headers proxy_read_timeout proxy_redirect
  proxy_request_buffering proxy_send_lowat proxy_send_timeout proxy_set_body proxy_set_header proxy_socket_keepalive
  proxy_ssl_ciphers proxy_ssl_name proxy_ssl_protocols proxy_ssl_server_name proxy_ssl_session_reuse proxy_ssl_verify
  proxy_ssl_verify_depth proxy_temp_file_write_size quic_retry real_ip_header real_ip_recursive recursive_error_pages
  request_pool_size reset_timedout_connection resolver resolver_timeout satisfy send_lowat send_timeout sendfile
  sendfile_max_chunk server_name_in_redirect server_names_hash_bucket_size server_names_hash_max_size server_tokens
  set_real_ip_from source_charset sub_filter sub_filter_last_modified sub_filter_once sub_filter_types ssl
  ssl_buffer_size ssl_ciphers ssl_early_data ssl_ecdh_curve ssl_prefer_server_ciphers ssl_protocols
  ssl_reject_handshake ssl_session_cache ssl_session_tickets ssl_session_timeout ssl_stapling ssl_stapling_verify
  ssl_verify_client ssl_verify_depth tcp_nodelay tcp_nopush types_hash_bucket_size types_hash_max_size
  underscores_in_headers userid valid_referers variables_hash_bucket_size variables_hash_max_size
  access_log error_log include root ssl_certificate ssl_certificate_key ssl_client_certificate ssl_crl ssl_dhparam
  ssl_password_file ssl_trusted_certificate auth_basic_user_file proxy_ssl_certificate proxy_ssl_certificate_key
  proxy_ssl_crl proxy_ssl_trusted_certificate types
`);
const requests = words('break if return rewrite set index try_files');

/** The directives of each block, by its name; `''` is the file itself, which nginx includes in its http block. */
const directives: Readonly<Record<string, ReadonlySet<string>>> = {
  '': new Set([
    ...general,
    ...words(`server upstream map geo split_clients log_format limit_conn_zone limit_req_zone map_hash_bucket_size
      map_hash_max_size index`),
  ]),
  server: new Set([...general, ...requests, ...words('listen location server_name')]),
  location: new Set([
    ...general,
    ...requests,
    ...words('alias empty_gif internal limit_except location mirror proxy_pass stub_status'),
  ]),
  if: new Set([...general, ...requests, 'proxy_pass']),
  limit_except: new Set([...general, 'proxy_pass']),
  upstream: new Set(
    words(`server hash ip_hash keepalive keepalive_requests keepalive_time keepalive_timeout least_conn random
      zone`),
  ),
};

/** Blocks of pairs, in which every name is a value but `include`. */
const pairs = new Set(['map', 'geo', 'split_clients', 'types']);

/** Where certificates and keys usually are. nginx only ever uses them for TLS, and shows no line of them. */
const certificatePlaces = words('/etc /opt /usr/local /var/lib/acme');
/** Where sites usually are, with the answers for ACME. */
const rootPlaces = words('/var/www /srv/www /usr/share/nginx /var/lib/letsencrypt /var/lib/acme');
/** What only root writes, and certbot's options for TLS. */
const includePlaces = words('/etc/nginx /etc/letsencrypt');

type Judge = (args: readonly string[], ground: SiteGround) => string | undefined;

const certificate: Judge = ([path = ''], { installation, owned }) =>
  !path.includes('$') &&
  (isBelow(path, [installation, ...certificatePlaces]) || owned?.has(path) === true)
    ? undefined
    : `${path} is neither in the installation, nor in ${list(certificatePlaces)}, nor a file that the owner of the installation owns. Move it to one of these folders, or change its owner`;

const served: Judge = ([path = ''], { installation }) => {
  const literal = path.replaceAll(dollar, '$');
  const hasVariable = path.replaceAll(dollar, '').includes('$');
  return !hasVariable && isBelow(literal, [installation, ...rootPlaces])
    ? undefined
    : `${path} is neither in the installation nor in ${list(rootPlaces)}. Move the files to one of these folders`;
};

const log: Judge = ([path = '', ...rest]) => {
  if (path === 'off' || path === 'stderr') return undefined;
  // A format of the host belongs to root. A variable would make the workers open files by what a client sends.
  return /^\/var\/log\/nginx\/\w[\w.-]*$/.test(path) && !rest.some((word) => word.includes('/'))
    ? undefined
    : `root's nginx would write to ${path}. Write to a file directly in /var/log/nginx`;
};

/** Directives whose arguments matter. A judge returns what is wrong and what to do, as one sentence without a full stop. */
const judges: Readonly<Record<string, Judge>> = {
  access_log: log,
  error_log: log,
  root: served,
  alias: served,
  ...Object.fromEntries(
    words(`ssl_certificate ssl_certificate_key ssl_client_certificate ssl_crl ssl_dhparam ssl_password_file
      ssl_trusted_certificate auth_basic_user_file proxy_ssl_certificate proxy_ssl_certificate_key proxy_ssl_crl
      proxy_ssl_trusted_certificate`).map((name) => [name, certificate]),
  ),
  auth_basic_user_file: (args, ground) =>
    args[0] === 'off' ? undefined : certificate(args, ground),
  proxy_ssl_certificate: (args, ground) => (args[0] === '' ? undefined : certificate(args, ground)),
  proxy_ssl_certificate_key: (args, ground) =>
    args[0] === '' ? undefined : certificate(args, ground),
  log_format: (args) =>
    JSON.stringify(args) === JSON.stringify(logFormat)
      ? undefined
      : "a format decides what root's nginx writes into its logs. Define the format in a file of /etc/nginx/conf.d, which belongs to root, and use its name here",
  include: ([path = '']) =>
    isBelow(path, includePlaces)
      ? undefined
      : `whoever can change ${path} would change the configuration of root's nginx. Write its lines here instead`,
};

function unknown(name: string, block: string): string {
  const closest = nearest(name, [...(directives[block] ?? [])]);
  return `${name}: it is not among the directives that proto-scaffold installs as root${closest}. If you need it, put it into a file of /etc/nginx/conf.d, which belongs to root`;
}

/** Far deeper than any site. */
const deepest = 10;

/**
 * What root must not install, by line; empty if the site is harmless.
 * @param conf the content of nginx/proto.conf
 */
export function siteFaults(conf: string, ground: SiteGround): Fault[] {
  const faults: Fault[] = [];
  const refuse = (start: number, message: string) =>
    faults.push({ file: nginxFile, line: lineOf(conf, start), message });
  const hidden = conf.search(controls);
  if (hidden !== -1) refuse(hidden, 'has a control character. Remove it');
  for (const { args, content, start } of nginxBlocks(conf, 'geo')) {
    if (!args.some(({ text }) => text.includes(dollarName))) continue;
    const pairs = content.map(({ name, args }) =>
      [name, ...args.map(({ text }) => text)].join(' '),
    );
    if (pairs.join() !== 'default $') refuse(start, dollarReason);
  }
  for (const directive of nginxDirectives(conf)) {
    const reason = reasonAgainst(directive, ground);
    if (reason !== undefined) refuse(directive.start, reason);
  }
  return faults;
}

/** The files that a site names where a certificate may be, as written. */
export function certificatePaths(conf: string): string[] {
  const named = nginxDirectives(conf).filter(({ name }) => judges[name] === certificate);
  return [...new Set(named.flatMap(({ args }) => args.slice(0, 1).map(({ text }) => text)))];
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: a path with one is cut or shown in another way
const controls = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f]/;

function reasonAgainst(directive: NginxDirective, ground: SiteGround): string | undefined {
  const { name, within } = directive;
  const args = directive.args.map(({ text }) => text);
  const block = within.at(-1) ?? '';
  if (within.length > deepest) return `${name} is in more than ${deepest} blocks. Remove some`;
  if ([name, ...args].some((word) => /unix:/i.test(word))) {
    return `${name} uses a socket, which root's nginx could create or open anywhere. Use an address and a port`;
  }
  if (!isOurDollar(name, args)) return `${name}: ${dollarReason}`;
  if (pairs.has(block)) {
    return name === 'include' ? `include: ${judges.include?.(args, ground) ?? ''}` : undefined;
  }
  if (!Object.hasOwn(directives, block)) return unknown(name, '');
  if (directives[block]?.has(name) !== true) return unknown(name, block);
  const judge = Object.hasOwn(judges, name) ? judges[name] : undefined;
  const reason = judge?.(args, ground);
  return reason === undefined ? undefined : `${name}: ${reason}`;
}

const dollarReason = `the variable $${dollarName} is a dollar sign in the paths of proto-scaffold, and could be something else here. Use another name`;

/** Only geo defines it, and only paths use it. */
function isOurDollar(name: string, args: readonly string[]): boolean {
  if (![name, ...args].some((word) => word.includes(dollarName))) return true;
  if (name === 'root' || name === 'alias') return true;
  return name === 'geo' && args.length === 1 && args[0] === `$${dollarName}`;
}

/** Whether a path is below one of these folders. Relative names belong to nginx's own folders. */
function isBelow(path: string, places: readonly string[]): boolean {
  if (path === '' || path.split('/').includes('..')) return false;
  // `data:`, `engine:`, `store:` are no files.
  if (!path.startsWith('/')) return /^[\w.-]+(\/|$)/.test(path);
  const at = posix.normalize(path);
  return places.some((place) => at === place || at.startsWith(`${place}/`));
}

function list(places: readonly string[]): string {
  return `${places.slice(0, -1).join(', ')} or ${places.at(-1)}`;
}
