import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Context } from '../../src/context.ts';
import { gatherNginx } from '../../src/nginx/gather-nginx.ts';
import { parseBuild } from '../../src/nginx/nginx.ts';

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'gather-nginx-'));
  for (const name of ['conf.d', 'sites-available', 'sites-enabled']) await mkdir(join(root, name));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const site = 'server { listen 80; server_name a.example; }\n';

async function gathered(http: string) {
  await writeFile(join(root, 'nginx.conf'), `pid ${root}/pid;\nhttp {\n${http}\n}\n`);
  const build = parseBuild(`configure arguments: --conf-path=${root}/nginx.conf`);
  return gatherNginx({} as Context, build, join(root, 'proto'), site);
}

test.each(['conf.d', 'sites-enabled'])(
  'the site goes into %s if nginx includes only that',
  async (name) => {
    const { enabled } = await gathered(`include ${root}/${name}/*;`);
    expect(enabled).toBe(join(root, name, 'proto.conf'));
  },
);

test('an include of the site itself is refused, with its line', async () => {
  const include = `include ${root}/conf.d/*.conf;\ninclude "${root}/proto/nginx/proto.conf";`;
  await expect(gathered(include)).rejects.toMatchObject({
    code: 'NGINX_INCLUDES_SITE',
    faults: [{ file: join(root, 'nginx.conf'), line: 4 }],
  });
});
