import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const page = fileURLToPath(new URL('../../docs/proto-scaffold.1', import.meta.url));
const mandoc = (...args: string[]) => spawnSync('mandoc', [...args, page], { encoding: 'utf8' });

describe('the manual page', () => {
  it('is sound to mandoc, but for a date, which it has none', () => {
    const { stdout } = mandoc('-Tlint', '-Wstyle');
    expect(stdout.trimEnd().split('\n')).toEqual([expect.stringContaining('missing date')]);
  });

  it('shows flags and examples as they are typed', () => {
    const { stdout } = mandoc('-Tascii');
    const plain = stdout.replace(/.[\b]/g, '');
    expect(plain).toContain('--on-conflict <whose>');
    expect(plain).toContain('proto-scaffold psql -c "select count(*) from people"\n');
    expect(plain).toContain('printf %s "$KEY" | proto-scaffold config set sendgrid.api_key\n');
  });
});
