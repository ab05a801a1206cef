import { counted, defineCheck, failed, judgeKnown, notApplicable, ok } from './define.ts';

const databaseCertificate = defineCheck({
  id: 'database-certificate-served',
  title: 'The database serves the current certificate',
  why: 'PostgreSQL reads a certificate when it starts or reloads. After a renewal it serves the old one until then, also after that has expired.',
  remedy: 'Run `proto-scaffold reload`.',
  severity: { check: 'requirement' },
  inside: true,
  concerns: 'host',
  engine: true,
  needs: ['databaseCertificate'],
  judge: ({ databaseCertificate }) => {
    if (databaseCertificate.kind === 'absent') {
      return notApplicable('No database is running that other hosts reach with a certificate');
    }
    return judgeKnown(databaseCertificate, 'The certificate of the database', ({ same, file }) =>
      same ? ok(file) : failed(`The database serves another certificate than ${file}`),
    );
  },
});

const allowedNetworks = defineCheck({
  id: 'allowed-networks',
  title: 'The allowed networks can reach the database',
  why: "Docker's networks carry only IPv4 by default. A network of IPv6 in the list has no effect there.",
  remedy:
    'Add the IPv4 networks of the vendor: proto-scaffold config set access.allowed_cidrs. Or give the network of the database addresses of IPv6 in docker-compose.override.yml.',
  severity: { check: 'requirement', start: 'advice' },
  inside: true,
  concerns: 'values',
  needs: ['databaseNetworks'],
  judge: ({ databaseNetworks }) => {
    if (databaseNetworks.kind === 'absent') return notApplicable('Only with hybrid hosting');
    return judgeKnown(databaseNetworks, 'The allowed networks', ({ allowed, ipv6, networks }) => {
      const [network = 'default'] = networks;
      const remedy = `Add the IPv4 networks of the vendor: proto-scaffold config set access.allowed_cidrs. Or set \`networks: {${network}: {enable_ipv6: true}}\` in docker-compose.override.yml.`;
      const without = ipv6 ? [] : allowed.filter((network) => network.includes(':'));
      if (without.length === 0) return ok(counted(allowed.length, 'network', 'networks'));
      if (without.length === allowed.length) {
        return failed(
          'No one can connect: all allowed networks are IPv6, and the database is reached by IPv4 only',
          { remedy },
        );
      }
      return failed(`The database is reached by IPv4 only, not from ${without.join(', ')}`, {
        severity: 'advice',
        remedy,
      });
    });
  },
});

export const hybridChecks = [databaseCertificate, allowedNetworks];
