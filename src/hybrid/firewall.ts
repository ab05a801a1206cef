import type { Connection } from './connection.ts';

/**
 * A shell script for root with rules for Docker's chain DOCKER-USER: connections from outside to the published port of the database
 * come from the allowed networks only (https://docs.docker.com/engine/network/packet-filtering-firewalls/). pg_hba.conf says the same,
 * but whoever is not let in by it still talks to PostgreSQL.
 *
 * Docker has changed the destination by then, so the rules look for the one before (iptables-extensions(8), conntrack). Connections between
 * containers were not changed and are left alone, also those to another database on the same port.
 */
export function firewallScript({ allowed, database: { port } }: Guarded): string {
  const chain = `PROTO-SCAFFOLD-${port}`;
  const families = [
    ['iptables', allowed.filter((network) => !network.includes(':'))],
    ['ip6tables', allowed.filter((network) => network.includes(':'))],
  ] as const;
  const lines = families.flatMap(([program, networks]) => [
    `if ${program} -w -n -L DOCKER-USER >/dev/null 2>&1; then`,
    `  ${program} -w -N ${chain} 2>/dev/null || ${program} -w -F ${chain}`,
    ...networks.map((network) => `  ${program} -w -A ${chain} -s ${network} -j RETURN`),
    `  ${program} -w -A ${chain} -j DROP`,
    `  ${program} -w -C DOCKER-USER ${match(port)} -j ${chain} 2>/dev/null ||`,
    `    ${program} -w -I DOCKER-USER ${match(port)} -j ${chain}`,
    'fi',
  ]);
  return ['#!/bin/sh', 'set -e', ...lines, ''].join('\n');
}

/** Of a connection. */
type Guarded = Pick<Connection, 'allowed'> & {
  readonly database: Pick<Connection['database'], 'port'>;
};

function match(port: number): string {
  return `-p tcp -m conntrack --ctstate DNAT --ctorigdstport ${port} --ctdir ORIGINAL`;
}

export function firewallLines(connection: Guarded): string[] {
  return [
    '',
    `Firewall: so that no one else reaches port ${connection.database.port} of the database, run this as root. Run it again after each start`,
    'of the host or of Docker, and after a change of the networks:',
    '',
    ...firewallScript(connection).trimEnd().split('\n'),
  ];
}
