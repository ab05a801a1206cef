import { mergeText } from '../merge/merge-text.ts';
import type { MergeOptions, MergeResult } from '../merge/result.ts';
import type { Hosting } from '../release/hosting.ts';
import { hbaFile } from '../release/layout.ts';
import { databaseOf, type Release, servicesOf } from '../release/release.ts';

const header = `# Who may connect to PostgreSQL, and how (https://www.postgresql.org/docs/current/auth-pg-hba-conf.html).
# The first line that fits decides; whom no line fits is refused.
#
# Rendered by proto-scaffold from access.allowed_cidrs in config/access.toml. Change it as you like: what later
# releases bring is merged into it line by line, and your lines stay. After an edit: docker compose restart postgres

# Inside of the container, by its socket: docker compose exec postgres psql
local    all  all  trust
# Inside of the container, by TCP: the health check
host     all  all  127.0.0.1/32  scram-sha-256
host     all  all  ::1/128  scram-sha-256
`;

/**
 * Renders PostgreSQL's pg_hba.conf: from outside of the container the allowed networks alone, with TLS and password.
 * @param allowed networks as `parseCidrs` gives them
 * @returns `undefined` where no service of this kind of hosting has such a file
 */
export function renderHba(
  release: Release,
  hosting: Hosting,
  allowed: readonly string[],
): string | undefined {
  const mounted = servicesOf(release, hosting).some(([, { files }]) =>
    Object.hasOwn(files, hbaFile.slice('backend/'.length)),
  );
  const database = databaseOf(release, hosting);
  if (!mounted || database === undefined) return undefined;
  const { name, user } = database;
  const lines = networkLines(name, user, allowed);
  return `${header}# The vendor's platform: with TLS and password alone\n${lines.join('\n')}\n`;
}

const nobody = '# No network is set in config/access.toml, so nobody gets in.';

function networkLines(name: string, user: string, allowed: readonly string[]): string[] {
  if (allowed.length === 0) return [nobody];
  return allowed.map((cidr) => `hostssl  ${name}  ${user}  ${cidr}  scram-sha-256`);
}

/** A line as it is rendered; one of the operator's own differs, if only in its blanks. */
const rendered = /^hostssl {2}\S+ {2}\S+ {2}(\S+) {2}scram-sha-256$/;

/** The networks that the rendered lines of a pg_hba.conf let in, in its order. */
export function networksOfHba(text: string): string[] {
  return text.split('\n').flatMap((line) => rendered.exec(line)?.[1] ?? []);
}

/** A pg_hba.conf with these networks in the place of the rendered ones; all other lines keep their bytes. */
export function withNetworks(
  text: string,
  { name, user }: { readonly name: string; readonly user: string },
  allowed: readonly string[],
): string {
  return withLines(text, networkLines(name, user, allowed));
}

function isOurs(line: string): boolean {
  return rendered.test(line) || line === nobody;
}

function withLines(text: string, fresh: readonly string[]): string {
  const lines = text.split('\n');
  const at = lines.findIndex(isOurs);
  if (at === -1 && fresh.length === 0) return text;
  if (at === -1)
    return `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}${fresh.join('\n')}\n`;
  const before = lines.slice(0, at);
  return [...before, ...fresh, ...lines.slice(at).filter((line) => !isOurs(line))].join('\n');
}

/**
 * The merge of a pg_hba.conf for `update`. Networks go by themselves, as their lines stand side by side, where a merge
 * by lines sees a conflict with any edit beside them: those that somebody put there since the last render stay.
 */
export function mergeHba(
  base: string,
  current: string,
  incoming: string,
  options: MergeOptions,
): MergeResult {
  const lines = (text: string) => text.split('\n').filter(isOurs);
  const changed = lines(base).join('\n') !== lines(current).join('\n');
  const wanted = lines(changed ? current : incoming);
  const [before, ours, theirs] = [base, current, incoming].map((text) => withLines(text, wanted));
  return mergeText(before ?? '', ours ?? '', theirs ?? '', options);
}
