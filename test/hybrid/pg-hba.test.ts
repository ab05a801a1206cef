import { describe, expect, it } from 'vitest';
import { networksOfHba, renderHba, withNetworks } from '../../src/compose/pg-hba.ts';
import { readTemplateSet } from '../support/template-set.ts';

const { release } = readTemplateSet();
const database = { name: 'platform', user: 'postgres' };
const render = (...networks: string[]) => renderHba(release, 'hybrid', networks) ?? '';
const rules = (text: string) =>
  text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));

describe('pg_hba.conf', () => {
  it('is there with hybrid hosting alone', () => {
    expect(renderHba(release, 'on-premise', ['203.0.113.0/24'])).toBeUndefined();
  });

  it('lets no one in from outside but the allowed networks, by TLS and password', () => {
    expect(
      rules(render('203.0.113.0/24', '2001:db8::/32')).map((line) => line.split(/ +/)),
    ).toEqual([
      ['local', 'all', 'all', 'trust'],
      ['host', 'all', 'all', '127.0.0.1/32', 'scram-sha-256'],
      ['host', 'all', 'all', '::1/128', 'scram-sha-256'],
      ['hostssl', 'platform', 'postgres', '203.0.113.0/24', 'scram-sha-256'],
      ['hostssl', 'platform', 'postgres', '2001:db8::/32', 'scram-sha-256'],
    ]);
    expect(rules(render()).some((line) => line.startsWith('hostssl'))).toBe(false);
  });

  it('takes other networks, and is then as if rendered with them', () => {
    const sets = [[], ['203.0.113.0/24'], ['198.51.100.7/32', '2001:db8::/32']];
    for (const from of sets) {
      for (const to of sets) {
        expect(withNetworks(render(...from), database, to)).toBe(render(...to));
        expect(networksOfHba(render(...to))).toEqual(to);
      }
    }
  });

  it('keeps every line of the operator’s own, and every byte of it', () => {
    const own = 'hostssl platform\treports 10.1.2.3/32 cert  # our reports\r';
    const text = render('203.0.113.0/24').replace('# The vendor', `${own}\n# The vendor`);
    const after = withNetworks(`${text}hostssl all all 10.9.0.0/16 reject\n`, database, [
      '198.51.100.0/24',
    ]);
    expect(after).toBe(
      `${render('198.51.100.0/24').replace('# The vendor', `${own}\n# The vendor`)}hostssl all all 10.9.0.0/16 reject\n`,
    );
    expect(networksOfHba(after)).toEqual(['198.51.100.0/24']);
  });

  it('gets the networks at its end where the operator took ours out', () => {
    const bare = 'local all all trust';
    expect(withNetworks(bare, database, ['198.51.100.0/24'])).toBe(
      `${bare}\nhostssl  platform  postgres  198.51.100.0/24  scram-sha-256\n`,
    );
  });
});
