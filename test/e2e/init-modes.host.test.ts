import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Desk } from '../support/program.ts';
import { type EmbeddedRegistry, startRegistry } from '../support/registry/index.ts';
import { modesOf } from '../support/tree.ts';

let registry: EmbeddedRegistry;

beforeAll(async () => {
  registry = await startRegistry();
  await registry.seedRelease({ bundles: ['webchat', { name: 'web-app', content: hostileModes }] });
});
afterAll(() => registry.close());

/** A vendor's archive may have any mode; what nginx serves must be readable, and nothing set-uid. */
const hostileModes = [
  { path: 'index.html', content: '<p>', mode: 0o600 },
  { path: 'bin/', type: 'Directory' as const, mode: 0o700 },
  { path: 'bin/run', content: '#!', mode: 0o6777 },
];

const expected = [
  'proto/ 755',
  'proto/.proto/ 700',
  'proto/.proto/base/ 700',
  'proto/.proto/base/.proto.schema.json 600',
  'proto/.proto/base/backend/ 700',
  'proto/.proto/base/backend/config/ 700',
  'proto/.proto/base/backend/config/.bucket.schema.json 600',
  'proto/.proto/base/backend/config/.chatbot.schema.json 600',
  'proto/.proto/base/backend/config/.msgrouter_ws.schema.json 600',
  'proto/.proto/base/backend/config/.platform.schema.json 600',
  'proto/.proto/base/backend/config/bucket.toml 600',
  'proto/.proto/base/backend/config/chatbot.toml 600',
  'proto/.proto/base/backend/config/msgrouter_ws.toml 600',
  'proto/.proto/base/backend/config/platform.toml 600',
  'proto/.proto/base/backend/docker-compose.yml 600',
  'proto/.proto/base/backend/secrets/ 700',
  'proto/.proto/base/backend/secrets/postgres_password 600',
  'proto/.proto/base/nginx/ 700',
  'proto/.proto/base/nginx/proto.conf 600',
  'proto/.proto/base/proto.toml 600',
  'proto/.proto/home.json 600',
  'proto/.proto/lock.json 600',
  'proto/.proto.schema.json 644',
  'proto/backend/ 700',
  'proto/backend/config/ 700',
  'proto/backend/config/.bucket.schema.json 640',
  'proto/backend/config/.chatbot.schema.json 640',
  'proto/backend/config/.msgrouter_ws.schema.json 640',
  'proto/backend/config/.platform.schema.json 640',
  'proto/backend/config/bucket.toml 640',
  'proto/backend/config/chatbot.toml 640',
  'proto/backend/config/msgrouter_ws.toml 640',
  'proto/backend/config/platform.toml 640',
  'proto/backend/docker-compose.yml 600',
  'proto/backend/secrets/ 700',
  'proto/backend/secrets/postgres_password 640',
  'proto/frontend/ 755',
  'proto/frontend/bin/ 755',
  'proto/frontend/bin/run 644',
  'proto/frontend/index.html 644',
  'proto/nginx/ 755',
  'proto/nginx/proto.conf 644',
  'proto/proto.toml 644',
  'proto/webchat/ 755',
  'proto/webchat/assets/ 755',
];

describe('the modes of an installation', () => {
  it.each(['000', '022', '027', '077', '0177'])('are the same under umask %s', async (umask) => {
    const desk = new Desk(registry);
    desk.credentials();
    desk.through = ['sh', '-c', `umask ${umask}; exec "$@"`, 'sh'];
    const { code, stderr } = await desk.run('init');
    expect(code, stderr).toBe(0);
    const modes = modesOf(desk.tree()).filter((line) => line.startsWith('proto/'));
    expect(modes.filter((line) => !/webchat\/(assets\/)?\w+\./.test(line))).toEqual(expected);
    expect(modes.filter((line) => /webchat\/(assets\/)?\w+\./.test(line))).toEqual(
      expect.arrayContaining(['proto/webchat/index.html 644', 'proto/webchat/loader.js 644']),
    );
    desk.remove();
  });
});
