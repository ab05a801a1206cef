import { expect, it } from 'vitest';
import { firewallScript } from '../../src/hybrid/firewall.ts';

const connection = (allowed: string[]) => ({ allowed, database: { port: 15432 } });

it('lets each family in from its own networks, and drops the rest of both', () => {
  const script = firewallScript(connection(['203.0.113.0/24', '2001:db8:12::/48']));
  const rules = script.split('\n').filter((line) => / -A /.test(line));
  expect(rules).toEqual([
    '  iptables -w -A PROTO-SCAFFOLD-15432 -s 203.0.113.0/24 -j RETURN',
    '  iptables -w -A PROTO-SCAFFOLD-15432 -j DROP',
    '  ip6tables -w -A PROTO-SCAFFOLD-15432 -s 2001:db8:12::/48 -j RETURN',
    '  ip6tables -w -A PROTO-SCAFFOLD-15432 -j DROP',
  ]);
  // The port is the one that the client asked for, of connections that Docker forwards.
  expect(script.match(/--ctstate DNAT --ctorigdstport 15432 --ctdir ORIGINAL/g)).toHaveLength(4);
});

it('drops everything where no network is allowed', () => {
  expect(firewallScript(connection([]))).not.toContain('RETURN');
});
